// Values and keys of a regular event as bytes: base64 decoded straight to its place, one behind the other with a 0 byte behind each. In an
// arena a text is written where its bytes shall be and decoded there by a kernel, which also finds out whether all bytes of all values are
// ASCII; what the kernel does not settle is the engine's.
import { LIMITS } from '../contract/limits.ts';
import { type Arena, alloc } from '../hot/memory.ts';
import { BASE64 } from '../hot/module.ts';
import { releaseArena, takeBatchArena } from '../hot/pool.ts';
import { writeBase64, writeLatin1 } from './base64-text.ts';
import { SPARE_BYTES } from './pack-records.ts';
import { base64Length } from './record-json.ts';
import { NULL_POSITION } from './records.ts';

export interface Texts {
  readonly arena: Arena | undefined;
  readonly bytes: Buffer;
  /** Where the first text went and the next goes, and the end of what there is room for. */
  readonly first: number;
  at: number;
  readonly end: number;
  isAscii: boolean;
}

/** Room for the texts of so many records: in an arena what it has, else exactly what they take. Undefined when positions would not fit. */
export function openTexts(lists: readonly (readonly unknown[])[], count: number, inArena: boolean): Texts | undefined {
  const arena = inArena ? takeBatchArena(Math.ceil(bytesOf(lists, SAMPLES) * 1.25)) : undefined;
  if (arena) {
    const first = alloc(arena, 0, 64);
    return { arena, bytes: arena.bytes, first, at: first, end: arena.high, isAscii: true };
  }
  const size = bytesOf(lists, Number.POSITIVE_INFINITY) + 2 * count + SPARE_BYTES;
  if (size >= NULL_POSITION) return undefined;
  return { arena, bytes: Buffer.allocUnsafe(size), first: 0, at: 0, end: size, isAscii: false };
}

/** Records of a list that stand for all of it where a guess will do: one too small takes the general way. */
const SAMPLES = 8;

/** Bytes of values and keys, as a number of records of each list has them. */
function bytesOf(lists: readonly (readonly unknown[])[], samples: number): number {
  let sum = 0;
  for (const list of lists) {
    const step = Math.max(1, Math.floor(list.length / samples));
    let bytes = 0;
    let seen = 0;
    for (let i = 0; i < list.length; i += step, seen++) {
      const record = list[i] as { readonly value?: unknown; readonly key?: unknown } | null | undefined;
      bytes += lengthOf(record?.value) + lengthOf(record?.key);
    }
    if (seen > 0) sum += seen === list.length ? bytes : (bytes / seen) * list.length;
  }
  return Math.ceil(sum);
}

function lengthOf(text: unknown): number {
  return isText(text) ? base64Length(text) : 0;
}

/** Can the text be padded base64, by its length? */
export function isText(text: unknown): text is string {
  return typeof text === 'string' && text.length % 4 === 0;
}

/** A value's bytes and a 0 byte, which `at` is behind then; false for text that is no base64, more than a record keeps, or without room. */
export function putValue(texts: Texts, text: string): boolean {
  const answer = put(texts, text);
  if (answer !== BASE64.ascii) texts.isAscii = false;
  return answer !== BASE64.unsettled;
}

/** The same of a key. */
export function putKey(texts: Texts, text: string): boolean {
  return put(texts, text) !== BASE64.unsettled;
}

function put(texts: Texts, text: string): number {
  const answer = decodeInPlace(texts, text);
  if (answer !== BASE64.unsettled) return answer;
  const { at, bytes, end } = texts;
  const length = base64Length(text);
  if (length > LIMITS.recordValueBytesMax || at + length + 1 + SPARE_BYTES > end) return BASE64.unsettled;
  if (!writeBase64(bytes, at, text, length)) return BASE64.unsettled;
  close(texts, length);
  return BASE64.other;
}

function close(texts: Texts, length: number): void {
  const end = texts.at + length;
  texts.bytes[end] = 0;
  texts.at = end + 1;
}

/** Shorter text is sooner decoded by hand, longer by the engine. */
const KERNEL_TEXT_MIN = 32;
const KERNEL_TEXT_MAX = 64 * 1024;
/** Has the text characters whose lower byte is another? Of text that the engine keeps in bytes it knows the answer without looking. */
const WIDE = /[^\u0000-\u00ff]/;

/** The padding is looked up in the bytes just written: the end of a long text in the engine's memory would have to be waited for. */
function decodeInPlace(texts: Texts, text: string): number {
  const { arena, at, bytes, end } = texts;
  const size = text.length;
  if (!arena || size < KERNEL_TEXT_MIN || size > KERNEL_TEXT_MAX || at + size + SPARE_BYTES > end || WIDE.test(text))
    return BASE64.unsettled;
  writeLatin1(bytes, at, text);
  const padding = bytes[at + size - 1] !== PADDING ? 0 : bytes[at + size - 2] === PADDING ? 2 : 1;
  const length = (size >> 2) * 3 - padding;
  const answer = length > LIMITS.recordValueBytesMax ? BASE64.unsettled : arena.kernels.decodeBase64(at, size, length);
  if (answer !== BASE64.unsettled) close(texts, length);
  return answer;
}

/** `=` */
const PADDING = 0x3d;

/** Everything is there: zeros behind it. */
export function closeTexts({ arena, bytes, first, at, isAscii }: Texts): { readonly bytes: Buffer; readonly valuesAreAscii: boolean } {
  const behind = at + SPARE_BYTES;
  bytes.fill(0, at, behind);
  if (arena) alloc(arena, behind - first, 1);
  return { bytes: bytes.subarray(0, behind), valuesAreAscii: isAscii };
}

/** Gives the memory back. */
export function dropTexts({ arena }: Texts): void {
  if (arena) releaseArena(arena);
}
