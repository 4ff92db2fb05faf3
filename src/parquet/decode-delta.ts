// The delta encodings other writers use. Every header and length is checked against the bytes that are there.
// Source: parquet-format, Encodings.md "Delta Encoding".
import { LIMITS } from '../contract/limits.ts';
import type { Arena, DecodeTarget, DenseValues, Views } from './dense.ts';
import { expectFile, refuse } from './refuse.ts';

/** DELTA_BINARY_PACKED: 32 or 64 bit integers. */
export function decodeDeltas(body: Buffer, target: DecodeTarget): void {
  const { into, at, count } = target;
  expectFile(into.kind === 'INT32' || into.kind === 'INT64', 'only integers are delta encoded');
  unpackDeltas(body, 0, into.kind === 'INT32' ? into.v.subarray(at, at + count) : into.v.subarray(at, at + count));
}

/** Gives the position after the deltas. Reads as many values as there is room for; sums wrap around in the width of the type. */
function unpackDeltas(body: Buffer, from: number, out: Int32Array | BigInt64Array): number {
  const cursor: Cursor = { body, at: from };
  const blockSize = Number(varint(cursor));
  const miniblocks = Number(varint(cursor));
  const isSane = miniblocks > 0 && blockSize > 0 && blockSize <= 2 ** 20 && blockSize % (miniblocks * 8) === 0;
  expectFile(isSane, 'a delta block has an impossible size');
  const count = Number(varint(cursor));
  expectFile(count === out.length, 'a page has another number of deltas than values');
  let value = zigzag(cursor);
  const put = (i: number) => {
    if (out instanceof Int32Array) out[i] = Number(BigInt.asIntN(32, value));
    else out[i] = value;
  };
  if (count > 0) put(0);
  let done = 1;
  while (done < count) {
    const least = zigzag(cursor);
    const widths = cursor.at;
    cursor.at += miniblocks;
    expectFile(cursor.at <= body.length, 'delta encoded values end early');
    for (let m = 0; m < miniblocks && done < count; m++) {
      const width = body[widths + m]!;
      const size = blockSize / miniblocks;
      expectFile(width <= 64, 'a delta has more than 64 bits');
      const stop = Math.min(count, done + size);
      // The last miniblock may end before its padding does.
      expectFile(cursor.at + Math.ceil(((stop - done) * width) / 8) <= body.length, 'delta encoded values end early');
      for (let i = 0; done < stop; i++, done++) {
        value = BigInt.asIntN(64, value + least + bitsAt(body, { from: cursor.at, bit: i * width, width }));
        put(done);
      }
      cursor.at = Math.min(body.length, cursor.at + (size * width) / 8);
    }
  }
  return cursor.at;
}

interface Cursor {
  readonly body: Buffer;
  at: number;
}

/** `width` bits from a bit position, lowest first. */
function bitsAt(body: Buffer, part: { readonly from: number; readonly bit: number; readonly width: number }): bigint {
  const { bit, width } = part;
  let index = part.from + (bit >>> 3);
  const skip = bit & 7;
  if (skip + width <= 32) {
    let word = 0;
    for (let have = 0; have < skip + width; have += 8) word |= body[index++]! << have;
    return BigInt((word >>> skip) & (width === 32 ? -1 : (1 << width) - 1)) & 0xffff_ffffn;
  }
  let value = 0n;
  for (let have = 0n; have < BigInt(skip + width); have += 8n) value |= BigInt(body[index++]!) << have;
  return BigInt.asUintN(width, value >> BigInt(skip));
}

function varint(cursor: Cursor): bigint {
  let value = 0n;
  for (let shift = 0n; shift < 70n; shift += 7n) {
    expectFile(cursor.at < cursor.body.length, 'delta encoded values end early');
    const byte = cursor.body[cursor.at++]!;
    value |= BigInt(byte & 0x7f) << shift;
    if (byte < 0x80) return BigInt.asUintN(64, value);
  }
  refuse('a delta block has an impossible size');
}

function zigzag(cursor: Cursor): bigint {
  const value = varint(cursor);
  return BigInt.asIntN(64, (value >> 1n) ^ -(value & 1n));
}

function viewsOf(into: DenseValues): Views {
  expectFile('start' in into, 'only byte arrays are delta-length encoded');
  return into;
}

/** DELTA_LENGTH_BYTE_ARRAY: all lengths, then all bytes. */
export function decodeDeltaLengths(body: Buffer, arena: Arena, target: DecodeTarget): void {
  const into = viewsOf(target.into);
  const lengths = new Int32Array(target.count);
  const dataAt = unpackDeltas(body, 0, lengths);
  let position = arena.add(body) + dataAt;
  const end = arena.sizeBytes;
  lengths.forEach((length, i) => {
    expectFile(length >= 0 && length <= end - position, 'a byte array is longer than its page');
    into.start[target.at + i] = position;
    into.length[target.at + i] = length;
    position += length;
  });
}

/** DELTA_BYTE_ARRAY: each value is a prefix of the one before and a suffix. Repeating prefixes may grow it far: limited before. */
export function decodePrefixed(body: Buffer, arena: Arena, target: DecodeTarget): void {
  const into = viewsOf(target.into);
  const prefixes = new Int32Array(target.count);
  const suffixes = new Int32Array(target.count);
  let position = unpackDeltas(body, unpackDeltas(body, 0, prefixes), suffixes);
  let total = 0;
  for (let i = 0; i < target.count; i++) {
    const previous = i === 0 ? 0 : prefixes[i - 1]! + suffixes[i - 1]!;
    expectFile(prefixes[i]! >= 0 && prefixes[i]! <= previous && suffixes[i]! >= 0, 'a delta encoded byte array has an impossible length');
    total += prefixes[i]! + suffixes[i]!;
    expectFile(total <= LIMITS.parquetPageReadBytesMax, 'a page of byte arrays is too large');
  }
  const out = Buffer.allocUnsafe(total);
  const base = arena.add(out);
  let at = 0;
  for (let i = 0; i < target.count; i++) {
    const prefix = prefixes[i]!;
    const suffix = suffixes[i]!;
    expectFile(suffix <= body.length - position, 'a byte array is longer than its page');
    if (i > 0) out.copy(out, at, at - prefixes[i - 1]! - suffixes[i - 1]!, at - prefixes[i - 1]! - suffixes[i - 1]! + prefix);
    body.copy(out, at + prefix, position, position + suffix);
    into.start[target.at + i] = base + at;
    into.length[target.at + i] = prefix + suffix;
    at += prefix + suffix;
    position += suffix;
  }
}
