// Seeded inputs for the encoder's kernels: what sits at the edges of their loops. Lengths around the widths of loads, values that differ in
// their last byte, runs around eight, deltas that wrap, rows out of order, and garbage around everything.
import type { DictionaryRule, KernelPlace } from '../../../src/parquet/kernels.ts';
import type { ByteValues } from '../../../src/parquet/values.ts';
import type { Random } from '../fuzz/random.ts';

const LENGTHS = [0, 1, 2, 3, 4, 5, 7, 8, 9, 12, 15, 16, 17, 23, 24, 25, 31, 32, 33, 63, 64, 65, 80, 200];
const COUNTS = [0, 1, 2, 7, 8, 9, 31, 32, 33, 127, 128, 129, 130, 257, 700];
const BYTES = [0x00, 0x20, 0x61, 0x62, 0x7f, 0x80, 0xc3, 0xff];

/** Strings as views in shuffled order, few or many distinct, some equal up to the last byte; the same in both places. */
export function makeStrings(random: Random, places: readonly KernelPlace[]): ByteValues[] {
  const special = random.below(10);
  const count = special === 0 ? MANY_VALUES : random.pick(COUNTS);
  const fixed = special > 1 && random.chance(4) ? random.pick([1, 4, 16]) : undefined;
  const pool = special === 0 ? manyBytes() : special === 1 ? twins() : somePool(random, count, fixed);
  const parts: Buffer[] = [];
  const start = new Uint32Array(count);
  const length = new Uint32Array(count);
  let at = 0;
  for (let i = 0; i < count; i++) {
    const gap = Buffer.alloc(random.below(4), 0x5a);
    const value = random.chance(6) && i > 0 ? undefined : random.pick(pool);
    if (value) {
      start[i] = at + gap.length;
      length[i] = value.length;
      parts.push(gap, value);
      at += gap.length + value.length;
    } else {
      // The same bytes as another value, or their beginning.
      const other = random.chance(2) ? i - 1 : random.below(i);
      start[i] = start[other]!;
      length[i] = fixed === undefined && random.chance(4) ? random.below(length[other]! + 1) : length[other]!;
    }
  }
  const bytes = Buffer.concat([...parts, Buffer.alloc(64, 0xa5)]);
  const totalBytes = length.reduce((sum, size) => sum + size, 0);
  return places.map(({ room }) => ({
    kind: 'bytes',
    count,
    bytes: put(room.bytes(bytes.length), bytes).subarray(0, bytes.length),
    start: put(room.u32(count), start),
    length: put(room.u32(count), length),
    end: bytes.length,
    totalBytes,
    fixed,
  }));
}

/** Enough distinct values for the table to grow, and enough more for each to be looked up again. */
const MANY_VALUES = 2400;

function manyBytes(): Buffer[] {
  return Array.from({ length: 700 }, (_, i) => Buffer.from(`value ${i}`));
}

/** Long values of one hash: they differ where only their comparison looks. */
function twins(): Buffer[] {
  return [1, 2, 3].map((middle) => Buffer.alloc(200, 0x61).fill(middle, 100, 101));
}

function somePool(random: Random, count: number, fixed: number | undefined): Buffer[] {
  const sizes = random.chance(2) ? [random.pick(LENGTHS)] : LENGTHS;
  const distinct = random.pick([1, 2, 5, 40, 2000]);
  return Array.from({ length: Math.min(distinct, count) + 1 }, () => makeBytes(random, fixed ?? random.pick(sizes)));
}

function makeBytes(random: Random, size: number): Buffer {
  const common = random.pick(BYTES);
  const bytes = Buffer.alloc(size, common);
  // Half of the values differ in one place alone.
  if (random.chance(2)) for (let i = 0; i < size; i++) bytes[i] = random.pick(BYTES);
  else if (size > 0) bytes[random.chance(2) ? size - 1 : random.below(size)] = random.below(256);
  return bytes;
}

/** One or two words a value, as 32-bit words: steady, jumping, repeating. */
export function makeWords(random: Random, perValue: 1 | 2): Int32Array {
  const count = random.pick(COUNTS);
  const values = new BigInt64Array(count);
  const kind = random.below(4);
  let value = BigInt(random.below(2 ** 31)) * (random.chance(2) ? 1n : -1n);
  for (let i = 0; i < count; i++) {
    if (kind === 0) value += BigInt(random.below(1000) - 500);
    else if (kind === 1) value = random.pick(EXTREMES);
    else if (kind === 2) value = BigInt(random.below(4));
    else value = (BigInt(random.below(2 ** 32)) << 32n) | BigInt(random.below(2 ** 32));
    values[i] = value;
  }
  if (perValue === 1) return Int32Array.from(values, (one) => Number(BigInt.asIntN(32, one)));
  return new Int32Array(values.buffer);
}

const EXTREMES = [-(2n ** 63n), 2n ** 63n - 1n, -(2n ** 31n), 2n ** 31n - 1n, 2n ** 32n - 1n, -1n, 0n, 1n];

/** Levels or ids below 2^width in runs of lengths around eight. */
export function makeRuns(random: Random, width: number): Uint32Array {
  const count = random.pick(COUNTS);
  const values = new Uint32Array(count);
  for (let i = 0; i < count; ) {
    const run = random.pick([1, 1, 2, 7, 8, 9, 16, 40]);
    const value = random.chance(3) ? 2 ** width - 1 : random.below(2 ** width);
    for (let j = 0; j < run && i < count; j++) values[i++] = value;
  }
  return values;
}

export function makeRule(random: Random): DictionaryRule {
  const probeValues = random.pick([4, 64, 1024]);
  return {
    bytesMax: random.pick([1, 40, 500, 2 ** 21, 2 ** 31]),
    probeValues,
    probeDistinctMax: Math.floor(probeValues * random.pick([0.5, 0.97])),
  };
}

/** A copy in the given memory. */
export function put<T extends { set(from: ArrayLike<number>): void }>(into: T, values: ArrayLike<number>): T {
  into.set(values);
  return into;
}
