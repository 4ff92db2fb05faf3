// DELTA_BINARY_PACKED: blocks of 128 deltas in four miniblocks, each bit-packed at its own width over the block's smallest delta.
// Deltas wrap around in the width of the type, so every value comes back exactly. 64-bit values are pairs of 32-bit words.
// Source: parquet-format, Encodings.md "Delta Encoding".
import type { Span, Target } from './kernels.ts';
import { writeVarint } from './varint.ts';

const BLOCK = 128;
const MINIBLOCKS = 4;
const MINIBLOCK = BLOCK / MINIBLOCKS;

/** Most bytes `deltaBinary` needs for `count` values. */
export function deltaBytesMax(count: number, perValue: 1 | 2): number {
  const blocks = Math.ceil(count / BLOCK);
  return 40 + blocks * (10 + MINIBLOCKS + BLOCK * 4 * perValue);
}

/** Kernel: 32 or 64 bit integers. */
export function deltaBinary(values: { readonly words: Int32Array; readonly perValue: 1 | 2 }, span: Span, target: Target): number {
  const count = span.to - span.from;
  const writer: Writer = { out: target.out, at: target.at };
  for (const number of [BLOCK, MINIBLOCKS, count]) writer.at = writeVarint(number, writer);
  const { words, perValue } = values;
  if (perValue === 1) writeZigzag(writer, BigInt(count > 0 ? words[span.from]! : 0));
  else writeZigzag(writer, count > 0 ? longAt(words, span.from) : 0n);
  for (let from = span.from + 1; from < span.to; from += BLOCK) {
    const block = { from, to: Math.min(from + BLOCK, span.to) };
    if (perValue === 1) writeBlock32(writer, words, block);
    else writeBlock64(writer, words, block);
  }
  return writer.at;
}

interface Writer {
  readonly out: Buffer;
  at: number;
}

function longAt(words: Int32Array, i: number): bigint {
  return (BigInt(words[2 * i + 1]!) << 32n) | BigInt(words[2 * i]! >>> 0);
}

function writeBlock32(writer: Writer, words: Int32Array, block: Span): void {
  const count = block.to - block.from;
  const deltas = new Int32Array(BLOCK);
  let least = 0x7fff_ffff;
  for (let i = 0; i < count; i++) {
    const delta = (words[block.from + i]! - words[block.from + i - 1]!) | 0;
    deltas[i] = delta;
    if (delta < least) least = delta;
  }
  const low = new Uint32Array(BLOCK);
  for (let i = 0; i < count; i++) low[i] = (deltas[i]! - least) >>> 0;
  writeZigzag(writer, BigInt(least));
  writeMiniblocks(writer, { low, high: undefined }, count);
}

function writeBlock64(writer: Writer, words: Int32Array, block: Span): void {
  const count = block.to - block.from;
  const low = new Uint32Array(BLOCK);
  const high = new Int32Array(BLOCK);
  let least = 0;
  for (let i = 0; i < count; i++) {
    const at = 2 * (block.from + i);
    const a = words[at]! >>> 0;
    const b = words[at - 2]! >>> 0;
    low[i] = a - b;
    high[i] = (words[at + 1]! - words[at - 1]! - (a < b ? 1 : 0)) | 0;
    if (high[i]! < high[least]! || (high[i] === high[least] && low[i]! < low[least]!)) least = i;
  }
  const leastLow = low[least]!;
  const leastHigh = high[least]!;
  for (let i = 0; i < count; i++) {
    const borrow = low[i]! < leastLow ? 1 : 0;
    low[i] = low[i]! - leastLow;
    high[i] = (high[i]! - leastHigh - borrow) | 0;
  }
  writeZigzag(writer, (BigInt(leastHigh) << 32n) | BigInt(leastLow));
  writeMiniblocks(writer, { low, high: new Uint32Array(high.buffer) }, count);
}

/** Miniblocks after the last value have width 0 and no bytes; the last one with values is padded. */
function writeMiniblocks(
  writer: Writer,
  deltas: { readonly low: Uint32Array; readonly high: Uint32Array | undefined },
  count: number,
): void {
  const widthsAt = writer.at;
  writer.at += MINIBLOCKS;
  for (let m = 0; m < MINIBLOCKS; m++) {
    const from = m * MINIBLOCK;
    let low = 0;
    let high = 0;
    for (let i = from; i < from + MINIBLOCK && i < count; i++) {
      low |= deltas.low[i]!;
      if (deltas.high) high |= deltas.high[i]!;
    }
    const width = from >= count ? 0 : high !== 0 ? 64 - Math.clz32(high) : 32 - Math.clz32(low);
    writer.out[widthsAt + m] = width;
    if (width > 0) packMiniblock(writer, deltas, { from, width, count });
  }
}

function packMiniblock(
  writer: Writer,
  deltas: { readonly low: Uint32Array; readonly high: Uint32Array | undefined },
  part: { readonly from: number; readonly width: number; readonly count: number },
): void {
  const { out } = writer;
  const { from, width } = part;
  const to = Math.min(from + MINIBLOCK, part.count);
  const end = writer.at + (MINIBLOCK / 8) * width;
  out.fill(0, writer.at, end);
  let bit = 0;
  for (let i = from; i < to; i++) {
    orBits(out, { at: writer.at, bit, value: deltas.low[i]!, width: Math.min(width, 32) });
    if (width > 32) orBits(out, { at: writer.at, bit: bit + 32, value: deltas.high![i]!, width: width - 32 });
    bit += width;
  }
  writer.at = end;
}

/** ORs the lowest `width` bits of a value into zeroed bytes from a bit position. */
function orBits(out: Buffer, part: { readonly at: number; readonly bit: number; readonly value: number; readonly width: number }): void {
  let index = part.at + (part.bit >>> 3);
  const shift = part.bit & 7;
  let value = part.value;
  let left = part.width;
  out[index]! |= (value << shift) & 0xff;
  left -= 8 - shift;
  value >>>= 8 - shift;
  while (left > 0) {
    out[++index]! |= value & 0xff;
    value >>>= 8;
    left -= 8;
  }
}

function writeZigzag(writer: Writer, value: bigint): void {
  let zigzag = BigInt.asUintN(64, (value << 1n) ^ (value >> 63n));
  while (zigzag >= 0x80n) {
    writer.out[writer.at++] = Number(zigzag & 0x7fn) | 0x80;
    zigzag >>= 7n;
  }
  writer.out[writer.at++] = Number(zigzag);
}
