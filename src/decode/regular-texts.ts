// Values and keys of a regular event as bytes: base64 decoded straight to its place, values one behind the other with a 0 byte between them,
// keys behind all of them. In an arena a value's text is written where its bytes shall be and decoded there by a kernel, which also finds
// out whether all of them are ASCII; what the kernel does not settle is the engine's.
import { LIMITS } from '../contract/limits.ts';
import { type Arena, ArenaFullError, alloc } from '../hot/memory.ts';
import { BASE64 } from '../hot/module.ts';
import { batchBytes, releaseArena, takeArena } from '../hot/pool.ts';
import { writeBase64, writeLatin1 } from './base64-text.ts';
import { SPARE_BYTES } from './pack-records.ts';
import { base64Length } from './record-json.ts';
import { NULL_POSITION } from './records.ts';

export interface Texts {
  readonly arena: Arena | undefined;
  readonly bytes: Buffer;
  /** Where the next value goes, and the end of what there is room for. */
  at: number;
  readonly end: number;
  isAscii: boolean;
  keys: Buffer;
  keysAt: number;
}

/** Room for the texts of so many records: in an arena what it has, else exactly what they take. Undefined when positions would not fit. */
export function openTexts(lists: readonly (readonly unknown[])[], count: number, inArena: boolean): Texts | undefined {
  const arena = inArena ? arenaFor(Math.ceil(bytesOf(lists, SAMPLES) * 1.25)) : undefined;
  const keys = Buffer.allocUnsafe(count * KEY_BYTES_EXPECTED);
  if (arena) {
    const at = alloc(arena, 0, 64);
    return { arena, bytes: arena.bytes, at, end: arena.high, isAscii: true, keys, keysAt: 0 };
  }
  const size = bytesOf(lists, Number.POSITIVE_INFINITY) + count + SPARE_BYTES;
  if (size >= NULL_POSITION) return undefined;
  return { arena, bytes: Buffer.allocUnsafe(size), at: 0, end: size, isAscii: false, keys, keysAt: 0 };
}

const KEY_BYTES_EXPECTED = 16;
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

/** Undefined when there is none to be had: the records then lie in ordinary memory. */
function arenaFor(size: number): Arena | undefined {
  try {
    return takeArena(batchBytes(size));
  } catch (error) {
    if (!(error instanceof ArenaFullError)) throw error;
    return undefined;
  }
}

/** Can the text be padded base64, by its length? */
export function isText(text: unknown): text is string {
  return typeof text === 'string' && text.length % 4 === 0;
}

/** A value's bytes and its 0 byte; false for text that is no base64, more than a record keeps, or without room. */
export function putValue(texts: Texts, text: string, length: number): boolean {
  const { at } = texts;
  if (length > LIMITS.recordValueBytesMax) return false;
  const isDone = at + text.length + SPARE_BYTES <= texts.end && decodeInPlace(texts, text, length);
  if (!isDone) {
    if (at + length + SPARE_BYTES > texts.end || !writeBase64(texts.bytes, at, text, length)) return false;
    texts.isAscii = false;
  }
  texts.bytes[at + length] = 0;
  texts.at = at + length + 1;
  return true;
}

/** Shorter text is sooner decoded by hand, longer by the engine. */
const KERNEL_TEXT_MIN = 32;
const KERNEL_TEXT_MAX = 64 * 1024;
/** Has the text characters whose lower byte is another? Of text that the engine keeps in bytes it knows the answer without looking. */
const WIDE = /[^\u0000-\u00ff]/;

function decodeInPlace(texts: Texts, text: string, length: number): boolean {
  const { arena, at } = texts;
  if (!arena || text.length < KERNEL_TEXT_MIN || text.length > KERNEL_TEXT_MAX || WIDE.test(text)) return false;
  writeLatin1(texts.bytes, at, text);
  const answer = arena.kernels.decodeBase64(at, text.length, length);
  if (answer === BASE64.other) texts.isAscii = false;
  return answer !== BASE64.unsettled;
}

/** A key's bytes; false for text that is no base64 or more than a record keeps. */
export function putKey(texts: Texts, text: string, length: number): boolean {
  const { keysAt } = texts;
  if (length > LIMITS.recordValueBytesMax) return false;
  if (keysAt + length > texts.keys.length) {
    const grown = Buffer.allocUnsafe(Math.max(texts.keys.length * 2, keysAt + length));
    texts.keys.copy(grown, 0, 0, keysAt);
    texts.keys = grown;
  }
  texts.keysAt = keysAt + length;
  return writeBase64(texts.keys, keysAt, text, length);
}

interface KeySpans {
  readonly keyStart: Uint32Array;
  readonly keyEnd: Uint32Array;
}

/** Everything is there: keys go behind the values, zeros behind them. Undefined without room. */
export function closeTexts(
  { arena, bytes, at, end, isAscii, keys, keysAt }: Texts,
  { keyStart, keyEnd }: KeySpans,
): { readonly bytes: Buffer; readonly valuesAreAscii: boolean } | undefined {
  const behind = at + keysAt + SPARE_BYTES;
  if (behind > end || behind >= NULL_POSITION) return undefined;
  bytes.set(keys.subarray(0, keysAt), at);
  bytes.fill(0, at + keysAt, behind);
  for (let i = 0; i < keyStart.length; i++) {
    if (keyStart[i] === NULL_POSITION) continue;
    keyStart[i] = keyStart[i]! + at;
    keyEnd[i] = keyEnd[i]! + at;
  }
  if (arena) alloc(arena, behind - arena.low, 1);
  return { bytes: bytes.subarray(0, behind), valuesAreAscii: isAscii };
}

/** Gives the memory back. */
export function dropTexts({ arena }: Texts): void {
  if (arena) releaseArena(arena);
}
