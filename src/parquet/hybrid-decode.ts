// Decodes the run-length / bit-packed hybrid of any writer, bounded by the number of values asked for and the bytes given.
// Source: parquet-format, Encodings.md "Run Length Encoding / Bit-Packing Hybrid".
import { expectFile } from './refuse.ts';
import { readVarint } from './varint.ts';

export interface HybridSource {
  readonly bytes: Uint8Array;
  readonly from: number;
  readonly to: number;
  readonly width: number;
}

/** Decodes exactly `count` values, each at most `max`, into out[at…]. */
export function readHybrid(
  source: HybridSource,
  target: { readonly out: Uint8Array | Uint32Array; readonly at: number; readonly count: number; readonly max: number },
): void {
  const { bytes, to, width } = source;
  const { out } = target;
  const end = target.at + target.count;
  expectFile(width >= 0 && width <= 32, `a level or id of ${width} bits`);
  let position = source.from;
  let at = target.at;
  while (at < end) {
    const header = readVarint(bytes, position, to);
    position = header.end;
    if (header.value % 2 === 1) {
      const groups = (header.value - 1) / 2;
      const count = Math.min(groups * 8, end - at);
      // The last run may end before its padding does.
      expectFile(Math.ceil((count * width) / 8) <= to - position, 'a run of levels or ids ends early');
      unpack({ bytes, from: position, to, width }, { out, at, count });
      position += groups * width;
      at += count;
    } else {
      const valueBytes = (width + 7) >> 3;
      expectFile(valueBytes <= to - position, 'a run of levels or ids ends early');
      let value = 0;
      for (let i = 0; i < valueBytes; i++) value += bytes[position++]! * 2 ** (8 * i);
      const stop = Math.min(end, at + header.value / 2);
      out.fill(value, at, stop);
      expectFile(value <= target.max, `a level or id of ${value}, at most ${target.max} expected`);
      at = stop;
    }
  }
  for (let i = target.at; i < end; i++) if (out[i]! > target.max) expectFile(false, `a level or id above ${target.max}`);
}

/** Arithmetic instead of shifts where a value and the bits before it pass 32 bits. */
function unpack(
  source: HybridSource,
  target: { readonly out: Uint8Array | Uint32Array; readonly at: number; readonly count: number },
): void {
  const { bytes, width } = source;
  const { out, at, count } = target;
  let position = source.from;
  if (width > 24) {
    unpackWide(source, target);
    return;
  }
  const mask = (1 << width) - 1;
  let register = 0;
  let bits = 0;
  for (let i = 0; i < count; i++) {
    while (bits < width) {
      register |= bytes[position++]! << bits;
      bits += 8;
    }
    out[at + i] = register & mask;
    register >>>= width;
    bits -= width;
  }
}

function unpackWide(
  source: HybridSource,
  target: { readonly out: Uint8Array | Uint32Array; readonly at: number; readonly count: number },
): void {
  const { bytes, width } = source;
  const modulus = 2 ** width;
  let position = source.from;
  let register = 0;
  let bits = 0;
  for (let i = 0; i < target.count; i++) {
    while (bits < width) {
      register += bytes[position++]! * 2 ** bits;
      bits += 8;
    }
    target.out[target.at + i] = register % modulus;
    register = Math.floor(register / modulus);
    bits -= width;
  }
}
