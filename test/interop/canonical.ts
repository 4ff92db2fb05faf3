// Expected values in the canonical JSON form of python/canonical.py, computed from literals by arithmetic of their own: nothing
// here uses the code under test.

export type Canonical = null | boolean | string | readonly Canonical[] | { readonly [name: string]: Canonical };

/** Big-endian hex of a double; `nan` for NaN. A `float` column is given the value rounded to single precision. */
export function ofDouble(value: number): Canonical {
  if (Number.isNaN(value)) return 'nan';
  const bytes = Buffer.alloc(8);
  bytes.writeDoubleBE(value);
  return bytes.toString('hex');
}

export function ofFloat(value: number): Canonical {
  return ofDouble(Math.fround(value));
}

/** `-12.5` at scale 4 → `-125000e-4`; plain decimal notation only. */
export function ofDecimal(text: string, scale: number): Canonical {
  const match = /^(-?)(\d+)(?:\.(\d+))?$/.exec(text);
  if (!match) throw new Error(`expected plain decimal notation, got ${text}`);
  const fraction = (match[3] ?? '').padEnd(scale, '0');
  if (fraction.length !== scale) throw new Error(`${text} has more than ${scale} decimals`);
  return `${BigInt(`${match[1]}${match[2]}${fraction}`)}e-${scale}`;
}

/** Days since 1970-01-01 of `YYYY-MM-DD`. */
export function ofDate(text: string): Canonical {
  return String(Math.floor(Date.parse(`${text}T00:00:00Z`) / 86_400_000));
}

/** Microseconds since midnight of `HH:MM:SS[.ffffff]`. */
export function ofTime(text: string): Canonical {
  const [clock, fraction = ''] = text.split('.');
  const [hours, minutes, seconds] = clock!.split(':').map(Number);
  return String(((hours! * 60 + minutes!) * 60 + seconds!) * 1_000_000 + Number(fraction.padEnd(6, '0')));
}

/** Microseconds since the epoch of `YYYY-MM-DDTHH:MM:SS[.ffffff](Z|±hh:mm)`; a local time counts as UTC. */
export function ofTimestamp(text: string): Canonical {
  const match = /^([^.Z+]+?)(?:\.(\d+))?(Z|[+-]\d\d:\d\d)?$/.exec(text);
  if (!match) throw new Error(`expected an ISO 8601 instant, got ${text}`);
  const seconds = BigInt(Date.parse(`${match[1]}${match[3] ?? 'Z'}`)) * 1000n;
  return String(seconds + BigInt((match[2] ?? '').padEnd(6, '0')));
}

/** Lower-case hex of base64 text. */
export function ofBase64(text: string): Canonical {
  return Buffer.from(text, 'base64').toString('hex');
}

/** Entries sorted by key, as the readers give a map. */
export function ofMap(entries: readonly (readonly [Canonical, Canonical])[]): Canonical {
  return [...entries].sort(([a], [b]) => (String(a) < String(b) ? -1 : 1)).map(([key, value]) => [key, value]);
}
