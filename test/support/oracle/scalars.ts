// The oracle's own reading of single values: regular expressions, BigInt and Date, one value at a time, written without regard to
// speed and without a line of the column path.
import type { CleanStep, TimeFormat } from '../../../src/contract/compiled.ts';
import type { PrimitiveType } from '../../../src/contract/types.ts';
import type { JsonNode } from './json-tree.ts';

export type Scalar = boolean | number | bigint | string | Uint8Array;
/** `misfit`: not of the type. `null`: cleaned away. */
export type ScalarResult = { readonly value: Scalar } | 'misfit' | 'null';

export interface ScalarPlan {
  readonly type: PrimitiveType;
  readonly clean: readonly CleanStep[];
  readonly formats: readonly TimeFormat[];
}

const NUMBER = /^(-?)(0|[1-9]\d*)(?:\.(\d+))?(?:[eE]([+-]?\d+))?$/;

export function readScalar(node: JsonNode, plan: ScalarPlan): ScalarResult {
  if (node.kind === 'boolean') return plan.type === 'boolean' ? { value: node.value } : 'misfit';
  if (node.kind === 'number') return wrap(fromNumber(node.raw, plan));
  if (node.kind !== 'string') return 'misfit';
  const text = cleaned(node.value, plan.clean);
  return text === null ? 'null' : wrap(fromText(text, plan));
}

function wrap(value: Scalar | undefined): ScalarResult {
  return value === undefined ? 'misfit' : { value };
}

export function cleaned(text: string, steps: readonly CleanStep[]): string | null {
  let current: string | null = text;
  for (const step of steps) {
    if (current === null) return null;
    if (step === 'trim') current = trimmed(current);
    if (step === 'lower') current = current.toLowerCase();
    if (step === 'upper') current = current.toUpperCase();
    if (step === 'nfc') current = current.normalize('NFC');
    if (step === 'empty-to-null' && current === '') current = null;
  }
  return current;
}

const SPACES = [9, 10, 11, 12, 13, 0x20, 0x85, 0xa0, 0x1680, 0x2028, 0x2029, 0x202f, 0x205f, 0x3000];
for (let code = 0x2000; code <= 0x200a; code++) SPACES.push(code);

function trimmed(text: string): string {
  const chars = [...text];
  const isSpace = (char: string | undefined) => char !== undefined && SPACES.includes(char.codePointAt(0)!);
  while (isSpace(chars[0])) chars.shift();
  while (isSpace(chars[chars.length - 1])) chars.pop();
  return chars.join('');
}

function fromText(text: string, plan: ScalarPlan): Scalar | undefined {
  const { type } = plan;
  if (type === 'string') return text;
  if (type === 'uuid') return /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i.test(text) ? hex(text.replaceAll('-', '')) : undefined;
  if (type === 'binary' || type.startsWith('fixed')) return base64(text, type);
  const coerces = plan.clean.includes('coerce');
  if (type === 'boolean') return coerces && (text === 'true' || text === 'false') ? text === 'true' : undefined;
  if (isTime(type)) return timeText(text, plan) ?? (coerces && NUMBER.test(text) ? fromNumber(text, plan) : undefined);
  return coerces && NUMBER.test(text) ? fromNumber(text, plan) : undefined;
}

function hex(text: string): Uint8Array {
  return Uint8Array.from(text.match(/../g)!, (pair) => Number.parseInt(pair, 16));
}

function base64(text: string, type: string): Uint8Array | undefined {
  const bytes = Uint8Array.from(Buffer.from(text, 'base64'));
  if (Buffer.from(bytes).toString('base64') !== text) return undefined;
  const length = /\d+/.exec(type);
  return length && bytes.length !== Number(length[0]) ? undefined : bytes;
}

function isTime(type: string): boolean {
  return type.startsWith('date') || type.startsWith('time');
}

/** Value × 10^scale, if that is an integer of at most 40 digits. */
function scaled(raw: string, scale: number): bigint | undefined {
  const [, sign, whole, fraction = '', exponent = '0'] = NUMBER.exec(raw)!;
  let digits = (whole! + fraction).replace(/^0+/, '');
  if (digits === '') return 0n;
  let power = Number(exponent) - fraction.length + scale;
  while (digits.endsWith('0')) {
    digits = digits.slice(0, -1);
    power++;
  }
  if (power < 0 || digits.length + power > 38) return undefined;
  return BigInt(`${sign}${digits}${'0'.repeat(power)}`);
}

function fromNumber(raw: string, plan: ScalarPlan): Scalar | undefined {
  const { type } = plan;
  if (raw.replace(/\D/g, '').length > 400) return undefined;
  const decimal = /^decimal\((\d+),(\d+)\)$/.exec(type);
  if (decimal) {
    const value = scaled(raw, Number(decimal[2]));
    return value !== undefined && (value < 0n ? -value : value) < 10n ** BigInt(decimal[1]!) ? value : undefined;
  }
  switch (type) {
    case 'int': {
      const value = scaled(raw, 0);
      return value !== undefined && BigInt.asIntN(32, value) === value ? Number(value) : undefined;
    }
    case 'long': {
      const value = scaled(raw, 0);
      return value !== undefined && BigInt.asIntN(64, value) === value ? value : undefined;
    }
    case 'double':
      return Number.isFinite(Number(raw)) ? Number(raw) : undefined;
    case 'float':
      return single(raw);
    default:
      return isTime(type) ? epoch(raw, plan) : undefined;
  }
}

/** Of all singles near the double, the one nearest to the text; the even one of two. */
function single(raw: string): number | undefined {
  const near = Math.fround(Number(raw));
  if (!Number.isFinite(Number(raw))) return undefined;
  const view = new DataView(new ArrayBuffer(4));
  const [low, high] = [near, near].map((value, i) => {
    view.setFloat32(0, value);
    const bits = view.getUint32(0) & 0x7fffffff;
    view.setUint32(0, (i === 0 ? Math.max(0, bits - 1) : bits + 1) | (value < 0 || Object.is(value, -0) ? 0x80000000 : 0));
    return view.getFloat32(0);
  }) as [number, number];
  if (!Number.isFinite(near) || !Number.isFinite(high)) {
    const text = exact(raw);
    // The largest single and half a step: 2^128 − 2^103.
    const limit = 2n ** 128n - 2n ** 103n;
    const magnitude = text.n < 0n ? -text.n : text.n;
    if (magnitude >= limit * text.d) return undefined;
    return Number(raw) < 0 ? -3.4028234663852886e38 : 3.4028234663852886e38;
  }
  const distance = (value: number) => {
    const a = exact(raw);
    const b = ofDouble(value);
    const difference = a.n * b.d - b.n * a.d;
    return { n: difference < 0n ? -difference : difference, d: a.d * b.d };
  };
  const isEven = (value: number) => {
    view.setFloat32(0, value);
    return (view.getUint32(0) & 1) === 0;
  };
  return [low, near, high].reduce((best, value) => {
    const [x, y] = [distance(best), distance(value)];
    const sign = y.n * x.d - x.n * y.d;
    return sign < 0n || (sign === 0n && isEven(value) && !isEven(best)) ? value : best;
  });
}

/** By mathematical value. */
export function isSameNumber(a: string, b: string): boolean {
  const [x, y] = [exact(a), exact(b)];
  return x.n * y.d === y.n * x.d;
}

function exact(raw: string): { n: bigint; d: bigint } {
  const [, sign, whole, fraction = '', exponent = '0'] = NUMBER.exec(raw)!;
  const n = BigInt(`${sign}${whole}${fraction}`);
  const power = Number(exponent) - fraction.length;
  return power >= 0 ? { n: n * 10n ** BigInt(power), d: 1n } : { n, d: 10n ** BigInt(-power) };
}

function ofDouble(value: number): { n: bigint; d: bigint } {
  return { n: BigInt(value * 2 ** 149), d: 2n ** 149n };
}

const UNITS = { seconds: 1_000_000_000n, millis: 1_000_000n, micros: 1_000n };

function epoch(raw: string, plan: ScalarPlan): Scalar | undefined {
  for (const format of plan.formats) {
    if (format.kind !== 'epoch') continue;
    const value = scaled(raw, 0);
    const stored = value === undefined ? undefined : fromNanos(value * UNITS[format.unit], plan.type);
    if (stored !== undefined) return stored;
  }
  return undefined;
}

const DAY = 86_400_000_000_000n;
const FIRST = BigInt(Date.UTC(2001, 0, 1) - 63_113_904_000_000) * 1_000_000n;

/** Nanoseconds since 1970 (of the day, for times) → the cell of the type. */
function fromNanos(nanos: bigint, type: string): Scalar | undefined {
  const isNano = type.endsWith('_ns');
  if (type === 'time') return nanos >= 0n && nanos < DAY && nanos % 1000n === 0n ? nanos / 1000n : undefined;
  if (isNano) return BigInt.asIntN(64, nanos) === nanos ? nanos : undefined;
  const last = BigInt(Date.UTC(9999, 11, 31, 23, 59, 59)) * 1_000_000n + 999_999_999n;
  if (nanos < FIRST || nanos > last) return undefined;
  if (type === 'date') return nanos % DAY === 0n ? Number(nanos / DAY) : undefined;
  return nanos % 1000n === 0n ? nanos / 1000n : undefined;
}

const DATE = String.raw`(\d{4})-(\d\d)-(\d\d)`;
const CLOCK = String.raw`(\d\d):(\d\d):(\d\d)(?:\.(\d{1,9}))?`;
const ISO_TIMESTAMP = new RegExp(`^${DATE}[Tt]${CLOCK}([Zz]|[+-]\\d\\d:\\d\\d)?$`);
const ISO_DATE = new RegExp(`^${DATE}$`);
const ISO_TIME = /^(\d\d):(\d\d)(?::(\d\d)(?:\.(\d{1,9}))?)?$/;

function timeText(text: string, plan: ScalarPlan): Scalar | undefined {
  for (const format of plan.formats.length > 0 ? plan.formats : [{ kind: 'iso' } as const]) {
    const nanos =
      format.kind === 'iso' ? isoNanos(text, plan.type) : format.kind === 'pattern' ? patternNanos(text, format.pattern) : undefined;
    if (nanos !== undefined) return fromNanos(nanos, plan.type);
  }
  return undefined;
}

function isoNanos(text: string, type: string): bigint | undefined {
  if (type === 'date') {
    const match = ISO_DATE.exec(text);
    return match ? dayNanos(match.slice(1, 4)) : undefined;
  }
  if (type === 'time') {
    const match = ISO_TIME.exec(text);
    return match ? clockNanos(match.slice(1, 5)) : undefined;
  }
  const match = ISO_TIMESTAMP.exec(text);
  if (!match) return undefined;
  const [day, clock, offset] = [dayNanos(match.slice(1, 4)), clockNanos(match.slice(4, 8)), match[8]];
  if (day === undefined || clock === undefined || (offset !== undefined) !== type.startsWith('timestamptz')) return undefined;
  if (!offset || /^z$/i.test(offset)) return day + clock;
  const shift = clockNanos([offset.slice(1, 3), offset.slice(4, 6), '00', undefined]);
  return shift === undefined ? undefined : day + clock - (offset[0] === '-' ? -shift : shift);
}

/** The two patterns the property tests use. */
function patternNanos(text: string, pattern: string): bigint | undefined {
  if (pattern === 'yyyy/MM/dd HH:mm') {
    const match = /^(\d{4})\/(\d\d)\/(\d\d) (\d\d):(\d\d)$/.exec(text);
    const [day, clock] = match ? [dayNanos(match.slice(1, 4)), clockNanos([match[4]!, match[5]!, '00', undefined])] : [];
    return day === undefined || clock === undefined ? undefined : day + clock;
  }
  if (pattern === 'd.M.yyyy') {
    const match = /^(\d{1,19})\.(\d{1,19})\.(\d{4})$/.exec(text);
    return match ? dayNanos([match[3]!, match[2]!, match[1]!]) : undefined;
  }
  throw new Error(`the oracle does not know the pattern ${pattern}`);
}

function dayNanos([year, month, day]: readonly (string | undefined)[]): bigint | undefined {
  const date = new Date(0);
  date.setUTCFullYear(Number(year), Number(month) - 1, Number(day));
  const isReal = date.getUTCFullYear() === Number(year) && date.getUTCMonth() === Number(month) - 1 && date.getUTCDate() === Number(day);
  return isReal && Number(year) >= 1 ? BigInt(date.getTime()) * 1_000_000n : undefined;
}

function clockNanos([hour, minute, second = '00', fraction = '']: readonly (string | undefined)[]): bigint | undefined {
  if (Number(hour) > 23 || Number(minute) > 59 || Number(second) > 59) return undefined;
  return BigInt(Number(hour) * 3600 + Number(minute) * 60 + Number(second)) * 1_000_000_000n + BigInt(fraction.padEnd(9, '0'));
}
