// The delta encodings other writers use. The unpacking of deltas is hyparquet's, over headers checked here so that it always makes
// progress; lengths are checked against the bytes that are there. Source: parquet-format, Encodings.md "Delta Encoding".
import { deltaBinaryUnpack } from 'hyparquet/src/delta.js';
import { LIMITS } from '../contract/limits.ts';
import type { Arena, DecodeTarget, DenseValues, Views } from './dense.ts';
import { expectFile, parseForeign, refuse } from './refuse.ts';

/** DELTA_BINARY_PACKED: 32 or 64 bit integers. */
export function decodeDeltas(body: Buffer, target: DecodeTarget): void {
  const { into, at, count } = target;
  expectFile(into.kind === 'INT32' || into.kind === 'INT64', 'only integers are delta encoded');
  unpackDeltas(body, 0, into.kind === 'INT32' ? into.v.subarray(at, at + count) : into.v.subarray(at, at + count));
}

/** Gives the position after the deltas. The header is checked so that every miniblock makes progress. */
function unpackDeltas(body: Buffer, from: number, out: Int32Array | BigInt64Array): number {
  const view = new DataView(body.buffer, body.byteOffset, body.length);
  const reader = { view, offset: from };
  const block = smallVarint(body, from);
  const miniblocks = smallVarint(body, block.end);
  const isSane = miniblocks.value > 0 && block.value % (miniblocks.value * 8) === 0 && block.value > 0 && block.value <= 2 ** 20;
  expectFile(isSane, 'a delta block has an impossible size');
  parseForeign('delta encoded values end early', () => deltaBinaryUnpack(reader, out.length, out));
  return reader.offset;
}

function smallVarint(body: Buffer, from: number): { readonly value: number; readonly end: number } {
  let value = 0;
  for (let i = 0; i < 4; i++) {
    expectFile(from + i < body.length, 'delta encoded values end early');
    const byte = body[from + i]!;
    value += (byte & 0x7f) * 2 ** (7 * i);
    if (byte < 0x80) return { value, end: from + i + 1 };
  }
  refuse('a delta block has an impossible size');
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
