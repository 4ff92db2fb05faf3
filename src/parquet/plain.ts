// PLAIN encoding: values back to back, little endian; byte arrays with a 4-byte length before each, fixed ones without; booleans
// one bit each. Source: parquet-format, Encodings.md "Plain".
import { copyStrings } from './kernel-strings.ts';
import type { Values } from './values.ts';

/** Part of a column's values: positions from..to. */
export interface Range {
  readonly from: number;
  readonly to: number;
}

/** Bytes `writePlain` writes. */
export function plainBytes(values: Values, range: Range): number {
  const count = range.to - range.from;
  switch (values.kind) {
    case 'bool':
      return Math.ceil(count / 8);
    case 'i32':
    case 'f32':
      return count * 4;
    case 'i64':
    case 'f64':
      return count * 8;
    case 'bytes': {
      if (values.fixed !== undefined) return count * values.fixed;
      if (count === values.count) return count * 4 + values.totalBytes;
      let total = count * 4;
      for (let i = range.from; i < range.to; i++) total += values.length[i]!;
      return total;
    }
  }
}

/** Writes values[from..to) at `at` and gives the end. */
export function writePlain(values: Values, range: Range, target: { readonly out: Buffer; readonly at: number }): number {
  const { out, at } = target;
  switch (values.kind) {
    case 'bool':
      return writeBits(values.v, range, target);
    case 'i32':
    case 'f32':
      return copyWords(values.v, { from: range.from * 4, to: range.to * 4 }, { out, at });
    case 'i64':
      return copyWords(values.lohi, { from: range.from * 8, to: range.to * 8 }, { out, at });
    case 'f64':
      return copyWords(values.v, { from: range.from * 8, to: range.to * 8 }, { out, at });
    case 'bytes':
      return copyStrings(values, { ...range, prefixed: values.fixed === undefined }, target, { min: -1, max: -1 });
  }
}

/** Typed arrays have the byte order of the machine; Node runs on little-endian ones only (x64, arm64). */
function copyWords(
  source: Int32Array | Float32Array | Float64Array,
  bytes: { readonly from: number; readonly to: number },
  target: { readonly out: Buffer; readonly at: number },
): number {
  target.out.set(new Uint8Array(source.buffer, source.byteOffset + bytes.from, bytes.to - bytes.from), target.at);
  return target.at + bytes.to - bytes.from;
}

function writeBits(source: Uint8Array, range: Range, target: { readonly out: Buffer; readonly at: number }): number {
  let at = target.at;
  for (let i = range.from; i < range.to; i += 8) {
    let byte = 0;
    const end = Math.min(range.to, i + 8);
    for (let j = i; j < end; j++) byte |= source[j]! << (j - i);
    target.out[at++] = byte;
  }
  return at;
}
