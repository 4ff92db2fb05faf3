// DELTA_BINARY_PACKED of 32 and 64 bit integers: the bytes of src/parquet/kernel-delta.ts. Blocks of 128 deltas in four miniblocks, each of
// a width of its own; arithmetic wraps, as readers undo it. Source: parquet-format, Encodings.md "Delta Encoding".
import { writeVarint } from './encode-hybrid.ts';

const BLOCK: u32 = 128;
const MINIBLOCKS: u32 = 4;
const MINIBLOCK: u32 = 32;

/** Deltas of the block at hand, above its least one; entries past the last value are 0. */
const DELTAS = memory.data(1024, 16);

/** Values from..to of one or two words each; gives the end. */
export function encodeDelta(words: usize, perValue: u32, from: u32, to: u32, out: usize): usize {
  const count = to - from;
  let at = writeVarint(BLOCK, out);
  at = writeVarint(MINIBLOCKS, at);
  at = writeVarint(count, at);
  at = writeZigzag(count > 0 ? valueAt(words, perValue, from) : 0, at);
  for (let block = from + 1; block < to; block += BLOCK) {
    const size = min<u32>(BLOCK, to - block);
    const least = perValue === 1 ? deltas32(words, block, size) : deltas64(words, block, size);
    at = writeMiniblocks(size, writeZigzag(least, at));
  }
  return at;
}

function valueAt(words: usize, perValue: u32, i: u32): i64 {
  return perValue === 1 ? <i64>load<i32>(words + ((<usize>i) << 2)) : load<i64>(words + ((<usize>i) << 3));
}

/** Fills DELTAS; gives the least delta. */
function deltas32(words: usize, from: u32, size: u32): i64 {
  let least = i32.MAX_VALUE;
  let before = load<i32>(words + ((<usize>(from - 1)) << 2));
  for (let i: u32 = 0; i < size; i++) {
    const value = load<i32>(words + ((<usize>(from + i)) << 2));
    const delta = value - before;
    before = value;
    store<i64>(DELTAS + ((<usize>i) << 3), delta);
    if (delta < least) least = delta;
  }
  for (let i: u32 = 0; i < size; i++) {
    const at = DELTAS + ((<usize>i) << 3);
    store<u64>(at, <u64>(<u32>(<i32>load<i64>(at) - least)));
  }
  clearRest(size);
  return least;
}

function deltas64(words: usize, from: u32, size: u32): i64 {
  let least = i64.MAX_VALUE;
  let before = load<i64>(words + ((<usize>(from - 1)) << 3));
  for (let i: u32 = 0; i < size; i++) {
    const value = load<i64>(words + ((<usize>(from + i)) << 3));
    const delta = value - before;
    before = value;
    store<i64>(DELTAS + ((<usize>i) << 3), delta);
    if (delta < least) least = delta;
  }
  for (let i: u32 = 0; i < size; i++) {
    const at = DELTAS + ((<usize>i) << 3);
    store<i64>(at, load<i64>(at) - least);
  }
  clearRest(size);
  return least;
}

function clearRest(size: u32): void {
  memory.fill(DELTAS + ((<usize>size) << 3), 0, (<usize>(BLOCK - size)) << 3);
}

/** Miniblocks after the last value have width 0 and no bytes; the last one with values is padded. */
function writeMiniblocks(size: u32, out: usize): usize {
  let at = out + MINIBLOCKS;
  for (let m: u32 = 0; m < MINIBLOCKS; m++) {
    const deltas = DELTAS + ((<usize>(m * MINIBLOCK)) << 3);
    let all: u64 = 0;
    if (m * MINIBLOCK < size) for (let i: usize = 0; i < MINIBLOCK; i++) all |= load<u64>(deltas + (i << 3));
    const width = 64 - <u32>clz<u64>(all);
    store<u8>(out + m, <u8>width);
    if (width > 0) at = packMiniblock(deltas, width, at);
  }
  return at;
}

/** 32 values of `width` bits: 4 · width bytes. */
function packMiniblock(deltas: usize, width: u32, out: usize): usize {
  let at = out;
  let register: u64 = 0;
  let bits: u32 = 0;
  for (let i: usize = 0; i < MINIBLOCK; i++) {
    const value = load<u64>(deltas + (i << 3));
    register |= value << bits;
    if (bits + width < 64) {
      bits += width;
      continue;
    }
    store<u64>(at, register);
    at += 8;
    const taken = 64 - bits;
    register = taken < 64 ? value >> taken : 0;
    bits = bits + width - 64;
  }
  if (bits > 0) {
    store<u32>(at, <u32>register);
    at += 4;
  }
  return at;
}

function writeZigzag(value: i64, out: usize): usize {
  return writeVarint(((<u64>value) << 1) ^ <u64>(value >> 63), out);
}
