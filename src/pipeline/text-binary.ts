// Bytes written as text: UUIDs (RFC 9562 §4, hyphenated, any case) and base64 (RFC 4648 §4, padded, canonical). Strict, so that
// two texts never become one value by accident.
import type { ColumnBuilder } from './builders.ts';
import { storeView } from './builders.ts';
import { type Decoder, reserve } from './decoder.ts';
import { hexDigit } from './scan.ts';

/** Stores the text read last as the 16 bytes of a UUID; false when it is none. */
export function readUuid(d: Decoder, column: ColumnBuilder, row: number): boolean {
  if (d.textLength !== 36) return false;
  reserve(d, 16);
  const b = d.scan.bytes;
  let p = d.textStart;
  for (let i = 0; i < 16; i++) {
    if (i === 4 || i === 6 || i === 8 || i === 10) if (b[p++] !== 0x2d) return false;
    const high = hexDigit(b[p]!);
    const low = hexDigit(b[p + 1]!);
    if (high < 0 || low < 0) return false;
    b[d.auxTop + i] = (high << 4) | low;
    p += 2;
  }
  storeView(column, row, d.auxTop, 16);
  d.auxTop += 16;
  return true;
}

const DIGITS = new Int8Array(256).fill(-1);
for (const [i, c] of [...Buffer.from('ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/')].entries()) DIGITS[c] = i;

/** Writes the bytes of the base64 text read last behind aux (without taking them); returns how many, −1 when it is no base64. */
export function readBase64(d: Decoder): number {
  const { textStart, textLength } = d;
  if (textLength % 4 !== 0) return -1;
  reserve(d, textLength);
  const b = d.scan.bytes;
  let padding = 0;
  while (padding < 2 && padding < textLength && b[textStart + textLength - 1 - padding] === 0x3d) padding++;
  const end = textStart + textLength - padding;
  let to = d.auxTop;
  let bits = 0;
  let held = 0;
  for (let p = textStart; p < end; p++) {
    const digit = DIGITS[b[p]!]!;
    if (digit < 0) return -1;
    held = ((held << 6) | digit) & 0xffff;
    bits += 6;
    if (bits >= 8) {
      bits -= 8;
      b[to++] = held >> bits;
    }
  }
  // Bits behind the last byte must be zero: otherwise two texts name the same bytes.
  return (held & ((1 << bits) - 1)) === 0 ? to - d.auxTop : -1;
}
