// Truncated bounds of strings and binaries. A lower bound is a prefix; an upper bound is a prefix with its last unit that can
// grow raised by one, so it is never below any value it stands for. No bound at all where nothing can be raised. Strings count
// code points and skip the surrogate range. Source: Iceberg specification, "Data File Fields"; vectors `truncate-upper`.
import { raiseBytes, raiseText } from '../contract/raise-prefix.ts';

/** The first `length` code points of UTF-8 bytes. */
export function truncateTextLower(utf8: Uint8Array, length: number): Uint8Array {
  return utf8.subarray(0, prefixBytes(utf8, length));
}

/** An upper bound of at most `length` code points; undefined if none can be written. */
export function truncateTextUpper(utf8: Uint8Array, length: number): Uint8Array | undefined {
  const end = prefixBytes(utf8, length);
  if (end === utf8.length) return utf8;
  return raiseText(Buffer.from(utf8.buffer, utf8.byteOffset, end));
}

/** The first `length` bytes. */
export function truncateBinaryLower(bytes: Uint8Array, length: number): Uint8Array {
  return bytes.subarray(0, length);
}

/** An upper bound of at most `length` bytes; undefined if none can be written. */
export function truncateBinaryUpper(bytes: Uint8Array, length: number): Uint8Array | undefined {
  return bytes.length <= length ? bytes : raiseBytes(bytes.subarray(0, length));
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
