// JSON whose integers stay exact beyond 2^53: snapshot ids are 64-bit. Reading, integers that no double holds become bigint;
// writing, bigint becomes a plain number. A metadata file of 10,000 snapshots is 8 MB, so the engine's own parser does the work:
// long integers are put in quotes behind a marker first and made bigint afterwards; a reviver would cost ten times as much. Keys with
// escapes are put behind it in hexadecimal: Node 24's parser may take one for another key that it met before after the same keys.

const QUOTE = 0x22;
const BACKSLASH = 0x5c;
/**
 * Shorter ones are below 2^53 whatever their digits. Longer ones are no number of any format here and stay doubles: making a bigint
 * takes more than linear time, and a document may be one integer of half a gigabyte.
 */
const LONG_INTEGER = /(?<![\d.eE+-])-?\d{16,40}(?![\d.eE])/g;

/** Parses JSON; integers outside the safe range are bigint. */
export function parseExact(text: string): unknown {
  const marker = unusedMarker(text);
  const marked = markTexts(text, marker);
  const parsed: unknown = JSON.parse(marked);
  return marked === text ? parsed : unmark(parsed, marker);
}

/** Writes JSON with bigint as numbers. */
export function stringifyExact(value: unknown): string {
  return JSON.stringify(toWritable(value));
}

/** A beginning that no text of the document has, so that no text is taken for a number. */
function unusedMarker(document: string): string {
  // Escapes of ASCII may spell it, too. One that is escaped itself is read as well, which can only make the marker longer.
  const text = document.includes('\\u00')
    ? document.replace(ASCII_ESCAPE, (_, hex: string) => String.fromCharCode(Number.parseInt(hex, 16)))
    : document;
  // One pass, whatever the text holds: one `#` more than any run of them before the word.
  let longest = 0;
  for (let at = text.indexOf(MARKER); at >= 0; at = text.indexOf(MARKER, at + MARKER.length)) {
    let run = 0;
    while (text.charCodeAt(at - 1 - run) === HASH) run += 1;
    longest = Math.max(longest, run);
  }
  return `${'#'.repeat(longest + 1)}${MARKER}`;
}

const MARKER = 'integer:';
const ASCII_ESCAPE = /\\u00([2-7][\da-fA-F])/g;
const HASH = 0x23;

/** Copies the document with every long integer outside texts, and every key with escapes, as a marked text. */
function markTexts(text: string, marker: string): string {
  const parts: string[] = [];
  let copied = 0;
  const mark = (from: number, to: number) => {
    // A gap between two texts that could hold a long integer is rare; most are `:` and `,`.
    if (to - from < 16) return;
    for (const match of text.slice(from, to).matchAll(LONG_INTEGER)) {
      if (Number.isSafeInteger(Number(match[0]))) continue;
      const at = from + match.index;
      parts.push(text.slice(copied, at), '"', marker, match[0], '"');
      copied = at + match[0].length;
    }
  };
  let at = 0;
  let backslash = text.indexOf('\\');
  for (;;) {
    const open = text.indexOf('"', at);
    mark(at, open < 0 ? text.length : open);
    if (open < 0) break;
    at = endOfText(text, open);
    if (backslash >= 0 && backslash < open) backslash = text.indexOf('\\', open);
    if (backslash < 0 || backslash >= at || !isKey(text, at)) continue;
    parts.push(text.slice(copied, open), '"', marker, Buffer.from(text.slice(open, at), 'utf16le').toString('hex'), '"');
    copied = at;
  }
  return copied === 0 ? text : parts.join('') + text.slice(copied);
}

/** Is what follows the text that ends there what follows a key? */
function isKey(text: string, end: number): boolean {
  COLON.lastIndex = end;
  return COLON.test(text);
}

const COLON = /[ \t\n\r]*:/y;

/** The place after the closing quote; the end of the document where there is none (which the parser then refuses). */
function endOfText(text: string, open: number): number {
  for (let close = text.indexOf('"', open + 1); close >= 0; close = text.indexOf('"', close + 1)) {
    let backslashes = 0;
    while (text.charCodeAt(close - 1 - backslashes) === BACKSLASH) backslashes += 1;
    if (backslashes % 2 === 0 && text.charCodeAt(close) === QUOTE) return close + 1;
  }
  return text.length;
}

/** Marked texts become bigint, marked keys what they were, in place. */
function unmark(value: unknown, marker: string): unknown {
  if (typeof value === 'string') return value.startsWith(marker) ? BigInt(value.slice(marker.length)) : value;
  if (typeof value !== 'object' || value === null) return value;
  const members = value as Record<string, unknown>;
  for (const key of Object.keys(members)) {
    const member = members[key];
    if (typeof member === 'string' ? !member.startsWith(marker) : typeof member !== 'object' || member === null) continue;
    members[key] = unmark(member, marker);
  }
  if (!Array.isArray(value) && Object.keys(members).some((key) => key.startsWith(marker))) unmarkKeys(members, marker);
  return value;
}

/** Every member is put in anew, so that they keep their order; of two of one name the later stays, as with the parser. */
function unmarkKeys(members: Record<string, unknown>, marker: string): void {
  for (const [key, member] of Object.entries(members)) {
    delete members[key];
    const name = key.startsWith(marker) ? (JSON.parse(Buffer.from(key.slice(marker.length), 'hex').toString('utf16le')) as string) : key;
    Object.defineProperty(members, name, { value: member, writable: true, enumerable: true, configurable: true });
  }
}

/** The same value with every bigint as something the writer prints as a plain number; what holds none is shared, not copied. */
function toWritable(value: unknown): unknown {
  if (typeof value === 'bigint') return rawNumber(value);
  if (typeof value !== 'object' || value === null) return value;
  if (Array.isArray(value)) return writableList(value);
  let copy: Record<string, unknown> | undefined;
  for (const key of Object.keys(value)) {
    const member = (value as Record<string, unknown>)[key];
    const writable = toWritable(member);
    if (writable === member) continue;
    copy ??= { ...value };
    copy[key] = writable;
  }
  return copy ?? value;
}

function writableList(values: readonly unknown[]): readonly unknown[] {
  let copy: unknown[] | undefined;
  values.forEach((member, i) => {
    const writable = toWritable(member);
    if (writable === member) return;
    copy ??= [...values];
    copy[i] = writable;
  });
  return copy ?? values;
}

function rawNumber(value: bigint): unknown {
  const number = Number(value);
  return Number.isSafeInteger(number) ? number : (JSON as unknown as { rawJSON(text: string): unknown }).rawJSON(value.toString());
}
