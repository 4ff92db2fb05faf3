// Unsigned LEB128 numbers of at most 35 bits: run headers, counts of delta blocks, the size of a snappy block. Beyond 32 bits they are
// computed in floating point, so no shift cuts them. Source: parquet-format, Encodings.md.
import { expectFile } from './refuse.ts';

const BYTES_MAX = 5;

/** Reads one from `bytes[from..to)`; `end` is the byte behind it. Refuses a file whose number ends early or takes more bytes. */
export function readVarint(bytes: Uint8Array, from: number, to: number): { readonly value: number; readonly end: number } {
  let value = 0;
  for (let i = 0; i < BYTES_MAX; i++) {
    expectFile(from + i < to, 'a number of variable length ends early');
    const byte = bytes[from + i]!;
    value += (byte & 0x7f) * 2 ** (7 * i);
    if (byte < 0x80) return { value, end: from + i + 1 };
  }
  expectFile(false, 'a number of variable length is too long');
}

/** Writes a number that is not negative; gives the place behind it. */
export function writeVarint(value: number, target: { readonly out: Uint8Array; readonly at: number }): number {
  let { at } = target;
  while (value >= 0x80) {
    target.out[at++] = (value % 0x80) | 0x80;
    value = Math.floor(value / 0x80);
  }
  target.out[at++] = value;
  return at;
}
