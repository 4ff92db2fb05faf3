// Snappy block decompression, for manifests of writers that chose it. Source: google/snappy, format_description.txt. Output is
// bounded by the caller; every copy is checked against what exists.
import { refused } from './avro-source.ts';

/** The decompressed bytes; throws InputRefusedError on malformed input or more than `sizeMax` bytes. */
export function decompressSnappy(bytes: Uint8Array, sizeMax: number): Uint8Array {
  const { length, at: start } = preamble(bytes);
  if (length > sizeMax) throw refused(`snappy block of ${length} bytes, at most ${sizeMax} expected`);
  const out = new Uint8Array(length);
  let used = 0;
  let at = start;
  while (at < bytes.length) {
    const element = readElement(bytes, at);
    const copied = element.literal ? element.length : Math.min(element.length, length - used);
    const fits =
      used + element.length <= length && (element.literal ? element.next <= bytes.length : element.offset > 0 && element.offset <= used);
    if (!fits) throw refused('snappy element out of range');
    if (element.literal) out.set(bytes.subarray(element.next - copied, element.next), used);
    else for (let i = 0; i < copied; i += 1) out[used + i] = out[used + i - element.offset]!;
    used += copied;
    at = element.next;
  }
  if (used !== length) throw refused('snappy block shorter than it says');
  return out;
}

interface Element {
  readonly literal: boolean;
  readonly length: number;
  readonly offset: number;
  /** Position after the element, for literals after their bytes. */
  readonly next: number;
}

function readElement(bytes: Uint8Array, at: number): Element {
  const tag = bytes[at]!;
  const byte = (i: number) => bytes[at + i] ?? 0;
  switch (tag & 3) {
    case 0: {
      const short = tag >> 2;
      if (short < 60) return { literal: true, length: short + 1, offset: 0, next: at + 1 + short + 1 };
      const extra = short - 59;
      let length = 0;
      for (let i = extra; i > 0; i -= 1) length = length * 256 + byte(i);
      return { literal: true, length: length + 1, offset: 0, next: at + 1 + extra + length + 1 };
    }
    case 1:
      return { literal: false, length: ((tag >> 2) & 7) + 4, offset: ((tag >> 5) << 8) | byte(1), next: at + 2 };
    case 2:
      return { literal: false, length: (tag >> 2) + 1, offset: byte(1) | (byte(2) << 8), next: at + 3 };
    default:
      return {
        literal: false,
        length: (tag >> 2) + 1,
        offset: (byte(1) | (byte(2) << 8) | (byte(3) << 16) | (byte(4) << 24)) >>> 0,
        next: at + 5,
      };
  }
}

function preamble(bytes: Uint8Array): { readonly length: number; readonly at: number } {
  let length = 0;
  for (let at = 0; at < 5 && at < bytes.length; at += 1) {
    length += (bytes[at]! & 0x7f) * 2 ** (7 * at);
    if (bytes[at]! < 0x80) return { length, at: at + 1 };
  }
  throw refused('snappy block without a length');
}
