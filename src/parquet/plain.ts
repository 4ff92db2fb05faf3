// PLAIN encoding: values back to back, little endian; byte arrays with a 4-byte length before each, fixed ones without; booleans
// one bit each. `ids` picks values (a dictionary's entries). Source: parquet-format, Encodings.md "Plain".
import type { ByteValues, Values } from './values.ts';

/** Part of a column's values: positions from..to, or the positions listed in `picks`. */
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
      return writeByteValues(values, range, target);
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

function writeByteValues(values: ByteValues, range: Range, target: { readonly out: Buffer; readonly at: number }): number {
  const { bytes, start, length } = values;
  const { out } = target;
  const isPrefixed = values.fixed === undefined;
  let at = target.at;
  for (let i = range.from; i < range.to; i++) {
    const size = length[i]!;
    const from = start[i]!;
    if (isPrefixed) {
      out[at++] = size & 0xff;
      out[at++] = (size >>> 8) & 0xff;
      out[at++] = (size >>> 16) & 0xff;
      out[at++] = size >>> 24;
    }
    // A native copy costs a call of about 50 ns: short values are copied here.
    if (size < 48) for (let j = 0; j < size; j++) out[at + j] = bytes[from + j]!;
    else bytes.copy(out, at, from, from + size);
    at += size;
  }
  return at;
}
