// Columns in row order: the permutation and the presence bits of a batch applied once, dense values out. And the smallest and largest of
// integers. Rows are 32-bit row numbers; `report` is where results besides the first go.

/** Word of every row. */
export function encodeGather32(source: usize, rows: usize, count: u32, into: usize): void {
  for (let i: u32 = 0; i < count; i++) {
    const at = (<usize>i) << 2;
    store<u32>(into + at, load<u32>(source + ((<usize>load<u32>(rows + at)) << 2)));
  }
}

/** Two words of every row. */
export function encodeGather64(source: usize, rows: usize, count: u32, into: usize): void {
  for (let i: u32 = 0; i < count; i++) {
    const row = <usize>load<u32>(rows + ((<usize>i) << 2));
    store<u64>(into + ((<usize>i) << 3), load<u64>(source + (row << 3)));
  }
}

/** Start and length of every row's value; report: largest end (f64), sum of lengths (f64). */
export function encodeGatherViews(
  start: usize,
  length: usize,
  rows: usize,
  count: u32,
  intoStart: usize,
  intoLength: usize,
  report: usize,
): void {
  let end: u64 = 0;
  let sum: u64 = 0;
  for (let i: u32 = 0; i < count; i++) {
    const at = (<usize>i) << 2;
    const row = (<usize>load<u32>(rows + at)) << 2;
    const from = load<u32>(start + row);
    const size = load<u32>(length + row);
    store<u32>(intoStart + at, from);
    store<u32>(intoLength + at, size);
    end = max<u64>(end, <u64>from + size);
    sum += size;
  }
  store<f64>(report, <f64>end);
  store<f64>(report, <f64>sum, 8);
}

/** Presence bit of every row as its definition level; the rows that have it, in order. Gives their number. */
export function encodeLevels(words: usize, bit: u32, rows: usize, count: u32, definition: usize, there: usize): u32 {
  let found: u32 = 0;
  for (let i: u32 = 0; i < count; i++) {
    const row = load<u32>(rows + ((<usize>i) << 2));
    const here = (load<u32>(words + ((<usize>row) << 2)) >> bit) & 1;
    store<u8>(definition + i, <u8>here);
    store<u32>(there + ((<usize>found) << 2), row);
    found += here;
  }
  return found;
}

/** An entry that has no row any more. The same as in ../../parquet/kernel-gather.ts. */
const ENDED: u32 = 0xffff_ffff;

/** One optional step: an entry whose row has the presence bit goes on with a level more, any other ends. */
export function encodeStep(
  words: usize,
  bit: u32,
  rows: usize,
  definition: usize,
  count: u32,
  intoRows: usize,
  intoDefinition: usize,
): void {
  for (let i: u32 = 0; i < count; i++) {
    const at = (<usize>i) << 2;
    const row = load<u32>(rows + at);
    const here = row === ENDED ? 0 : (load<u32>(words + ((<usize>row) << 2)) >> bit) & 1;
    store<u32>(intoRows + at, here !== 0 ? row : ENDED);
    store<u8>(intoDefinition + i, <u8>(<u32>load<u8>(definition + i) + here));
  }
}

/** Entries that a list or map step makes of these: one per element, and one of each that ends. */
export function encodeElements(rows: usize, count: u32, length: usize): u32 {
  let total: u32 = 0;
  for (let i: u32 = 0; i < count; i++) {
    const row = load<u32>(rows + ((<usize>i) << 2));
    total += row === ENDED ? 1 : max<u32>(1, load<u32>(length + ((<usize>row) << 2)));
  }
  return total;
}

/** One list or map step: every element goes on with a level more, the first as its entry, the others repeated at `depth`; without elements an entry ends. */
export function encodeRepeat(
  rows: usize,
  definition: usize,
  repetition: usize,
  count: u32,
  start: usize,
  length: usize,
  depth: u32,
  intoRows: usize,
  intoDefinition: usize,
  intoRepetition: usize,
): void {
  let out: usize = 0;
  for (let i: u32 = 0; i < count; i++) {
    const row = load<u32>(rows + ((<usize>i) << 2));
    const level = <u32>load<u8>(definition + i);
    const size: u32 = row === ENDED ? 0 : load<u32>(length + ((<usize>row) << 2));
    store<u8>(intoRepetition + out, repetition === 0 ? 0 : load<u8>(repetition + i));
    if (size === 0) {
      store<u32>(intoRows + (out << 2), ENDED);
      store<u8>(intoDefinition + out++, <u8>level);
      continue;
    }
    const from = load<u32>(start + ((<usize>row) << 2));
    for (let j: u32 = 0; j < size; j++, out++) {
      if (j > 0) store<u8>(intoRepetition + out, <u8>depth);
      store<u32>(intoRows + (out << 2), from + j);
      store<u8>(intoDefinition + out, <u8>(level + 1));
    }
  }
}

/** Rows of the entries that have one, in order. Gives their number. */
export function encodeThere(rows: usize, count: u32, there: usize): u32 {
  let found: u32 = 0;
  for (let i: u32 = 0; i < count; i++) {
    const row = load<u32>(rows + ((<usize>i) << 2));
    store<u32>(there + ((<usize>found) << 2), row);
    found += u32(row !== ENDED);
  }
  return found;
}

/** Bits set in the words of all rows. */
export function encodeBitsOfAll(words: usize, rows: usize, count: u32): u32 {
  let bits: u32 = 0xffff_ffff;
  for (let i: u32 = 0; i < count; i++) bits &= load<u32>(words + ((<usize>load<u32>(rows + ((<usize>i) << 2))) << 2));
  return bits;
}

/** Sum of the lengths of the rows that have the presence bit. */
export function encodeSumLengths(length: usize, words: usize, bit: u32, rows: usize, count: u32): f64 {
  let sum: u64 = 0;
  for (let i: u32 = 0; i < count; i++) {
    const row = (<usize>load<u32>(rows + ((<usize>i) << 2))) << 2;
    sum += <u64>load<u32>(length + row) * ((load<u32>(words + row) >> bit) & 1);
  }
  return <f64>sum;
}

/** The largest length of the first `count` rows that have the presence bit; four rows at once. */
export function encodeMaxLength(length: usize, words: usize, bit: u32, count: u32): u32 {
  const fours = count & ~3;
  const toSign: i32 = 31 - bit;
  let most = i32x4.splat(0);
  for (let i: u32 = 0; i < fours; i += 4) {
    const at = (<usize>i) << 2;
    const isThere = i32x4.shr_s(i32x4.shl(v128.load(words + at), toSign), 31);
    most = i32x4.max_u(most, v128.and(v128.load(length + at), isThere));
  }
  most = i32x4.max_u(most, v128.shuffle<i32>(most, most, 2, 3, 0, 1));
  let found = max<u32>(<u32>i32x4.extract_lane(most, 0), <u32>i32x4.extract_lane(most, 1));
  for (let i = fours; i < count; i++) {
    const at = (<usize>i) << 2;
    if (((load<u32>(words + at) >> bit) & 1) !== 0) found = max<u32>(found, load<u32>(length + at));
  }
  return found;
}

/** Does every row follow the one before it? */
export function encodeIsRange(rows: usize, count: u32): bool {
  for (let i: u32 = 1; i < count; i++) if (load<u32>(rows + ((<usize>i) << 2)) !== load<u32>(rows) + i) return false;
  return true;
}

/** The largest row. */
export function encodeLastRow(rows: usize, count: u32): u32 {
  let last: u32 = 0;
  for (let i: u32 = 0; i < count; i++) last = max<u32>(last, load<u32>(rows + ((<usize>i) << 2)));
  return last;
}

/** Positions of the first smallest and the first largest of values from..to, of one or two words; report: min, max (i32). */
export function encodeExtremes(words: usize, perValue: u32, from: u32, to: u32, report: usize): void {
  if (perValue === 1) extremes<i32>(words, from, to, report);
  else extremes<i64>(words, from, to, report);
}

function extremes<T extends number>(words: usize, from: u32, to: u32, report: usize): void {
  let least = from;
  let most = from;
  let lowest = load<T>(words + <usize>from * sizeof<T>());
  let highest = lowest;
  for (let i = from + 1; i < to; i++) {
    const value = load<T>(words + <usize>i * sizeof<T>());
    if (value < lowest) {
      lowest = value;
      least = i;
    } else if (value > highest) {
      highest = value;
      most = i;
    }
  }
  store<u32>(report, least);
  store<u32>(report, most, 4);
}
