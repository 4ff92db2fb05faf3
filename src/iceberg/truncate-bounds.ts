// Truncated bounds of strings and binaries. A lower bound is a prefix; an upper bound is a prefix with its last unit that can
// grow raised by one, so it is never below any value it stands for. No bound at all where nothing can be raised. Strings count
// code points and skip the surrogate range. Source: Iceberg specification, "Data File Fields"; vectors `truncate-upper`.
import { isUtf8 } from 'node:buffer';

const SURROGATES_FIRST = 0xd800;
const SURROGATES_END = 0xe000;
const CODE_POINT_MAX = 0x10ffff;
/** A byte below it is a character of its own, and so is the next. */
const ASCII_MAX = 0x7f;

/** The first `length` code points of UTF-8 bytes. */
export function truncateTextLower(utf8: Uint8Array, length: number): Uint8Array {
  return utf8.subarray(0, prefixBytes(utf8, length));
}

/** An upper bound of at most `length` code points; undefined if none can be written. */
export function truncateTextUpper(utf8: Uint8Array, length: number): Uint8Array | undefined {
  const end = prefixBytes(utf8, length);
  if (end === utf8.length) return utf8;
  const prefix = Buffer.from(utf8.buffer, utf8.byteOffset, end);
  // Bytes that are no UTF-8 decode to U+FFFD, which does not stand for their order: no bound.
  if (!isUtf8(prefix)) return undefined;
  if (utf8[end - 1]! < ASCII_MAX) {
    // A copy: the value itself must not change.
    const raised = new Uint8Array(utf8.subarray(0, end));
    raised[end - 1]! += 1;
    return raised;
  }
  const points = Array.from(prefix.toString('utf8'), (text) => text.codePointAt(0)!);
  for (let i = points.length - 1; i >= 0; i -= 1) {
    if (points[i]! === CODE_POINT_MAX) continue;
    const raised = points[i]! + 1 === SURROGATES_FIRST ? SURROGATES_END : points[i]! + 1;
    return new Uint8Array(Buffer.from(String.fromCodePoint(...points.slice(0, i), raised), 'utf8'));
  }
  return undefined;
}

/** The first `length` bytes. */
export function truncateBinaryLower(bytes: Uint8Array, length: number): Uint8Array {
  return bytes.subarray(0, length);
}

/** An upper bound of at most `length` bytes; undefined if none can be written. */
export function truncateBinaryUpper(bytes: Uint8Array, length: number): Uint8Array | undefined {
  if (bytes.length <= length) return bytes;
  for (let i = length - 1; i >= 0; i -= 1) {
    if (bytes[i] === 0xff) continue;
    const out = bytes.slice(0, i + 1);
    out[i]! += 1;
    return out;
  }
  return undefined;
}

/** Bytes of the first `length` code points: a byte that does not continue a character begins one. */
function prefixBytes(utf8: Uint8Array, length: number): number {
  let points = 0;
  for (let at = 0; at < utf8.length; at += 1) {
    if ((utf8[at]! & 0xc0) === 0x80) continue;
    if (points === length) return at;
    points += 1;
  }
  return utf8.length;
}
