// Copies byte strings to a page and finds their extremes in the same pass, while the bytes are in the cache. Order is unsigned, byte
// by byte, as Parquet and Iceberg compare strings and binaries; the first four bytes decide almost always and are compared as a word.
import type { MinMax, Span, Target } from './kernels.ts';
import type { ByteValues } from './values.ts';

/** A native copy costs a call: shorter values are copied here. */
const NATIVE_COPY_BYTES = 256;

/** Kernel: the values of a span, each after its length when `prefixed`. */
export function copyStrings(values: ByteValues, span: Span & { readonly prefixed: boolean }, target: Target, extremes: MinMax): number {
  const { bytes, start, length } = values;
  const { out } = target;
  const source = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  const sink = new DataView(out.buffer, out.byteOffset, out.length);
  const { prefixed } = span;
  let at = target.at;
  let min = -1;
  let max = -1;
  let minHead = 0;
  let maxHead = 0;
  for (let i = span.from; i < span.to; i++) {
    const size = length[i]!;
    const from = start[i]!;
    if (prefixed) {
      sink.setUint32(at, size, true);
      at += 4;
    }
    const head = size >= 4 ? source.getUint32(from, false) : headOf(bytes, from, size);
    if (min < 0) {
      min = max = i;
      minHead = maxHead = head;
    } else if (head <= minHead && (head < minHead || compareBytes(values, i, min) < 0)) {
      min = i;
      minHead = head;
    } else if (head >= maxHead && (head > maxHead || compareBytes(values, i, max) > 0)) {
      max = i;
      maxHead = head;
    }
    if (size > NATIVE_COPY_BYTES) bytes.copy(out, at, from, from + size);
    else if (size >= 8) {
      // Words of 64 bits, the last one overlapping: V8 moves them without making a bigint.
      const last = size - 8;
      for (let j = 0; j < last; j += 8) sink.setBigInt64(at + j, source.getBigInt64(from + j, true), true);
      sink.setBigInt64(at + last, source.getBigInt64(from + last, true), true);
    } else for (let j = 0; j < size; j++) out[at + j] = bytes[from + j]!;
    at += size;
  }
  extremes.min = min;
  extremes.max = max;
  return at;
}

/** The first four bytes as a number that orders as they do; missing bytes are 0, so equal heads decide nothing. */
function headOf(bytes: Buffer, from: number, size: number): number {
  let head = 0;
  for (let i = 0; i < size; i++) head += bytes[from + i]! * 2 ** (24 - 8 * i);
  return head;
}

/** Sign of value a − value b by unsigned order; a prefix comes first. */
export function compareBytes(values: ByteValues, a: number, b: number): number {
  const { bytes, start, length } = values;
  const atA = start[a]!;
  const atB = start[b]!;
  const size = Math.min(length[a]!, length[b]!);
  for (let i = 0; i < size; i++) {
    const difference = bytes[atA + i]! - bytes[atB + i]!;
    if (difference !== 0) return difference;
  }
  return length[a]! - length[b]!;
}
