// Algebra of half-open offset ranges, the arithmetic of promises 1 and 2: coverage, trimming and the counts of every class are
// computed with it, so its results are canonical (ascending, disjoint, touching ranges merged) whatever it is given in canonical
// form. Cost of each operation: linear in the number of ranges, never in the number of offsets.
import { assertInvariant } from '../errors.ts';
import type { Range } from './types.ts';

export type Ranges = readonly Range[];

/** Canonical form of ranges in any order, overlapping or not; empty ones vanish. */
export function normalizeRanges(ranges: Ranges): Ranges {
  const sorted = ranges.filter(([start, end]) => start < end).sort((a, b) => a[0] - b[0]);
  const merged: [number, number][] = [];
  for (const [start, end] of sorted) {
    const last = merged.at(-1);
    if (last && start <= last[1]) last[1] = Math.max(last[1], end);
    else merged.push([start, end]);
  }
  return merged;
}

/** Offsets in either. */
export function unionRanges(a: Ranges, b: Ranges): Ranges {
  if (b.length === 0) return a;
  if (a.length === 0) return b;
  const last = a.at(-1)!;
  const first = b[0]!;
  if (first[0] > last[1]) return [...a, ...b];
  if (first[0] >= last[0] && b.length === 1) return [...a.slice(0, -1), [last[0], Math.max(last[1], first[1])]];
  return normalizeRanges([...a, ...b]);
}

/** Offsets in both. */
export function intersectRanges(a: Ranges, b: Ranges): Ranges {
  const common: Range[] = [];
  let j = firstEndingAfter(b, a[0]?.[0] ?? 0);
  for (const [start, end] of a) {
    while (j < b.length && b[j]![1] <= start) j++;
    for (let k = j; k < b.length && b[k]![0] < end; k++) {
      common.push([Math.max(start, b[k]![0]), Math.min(end, b[k]![1])]);
    }
  }
  return common;
}

/** Offsets of `a` that are not in `b`. */
export function subtractRanges(a: Ranges, b: Ranges): Ranges {
  const left: Range[] = [];
  let j = firstEndingAfter(b, a[0]?.[0] ?? 0);
  for (const [start, end] of a) {
    let from = start;
    while (j < b.length && b[j]![1] <= start) j++;
    for (let k = j; k < b.length && b[k]![0] < end; k++) {
      if (b[k]![0] > from) left.push([from, b[k]![0]]);
      from = Math.max(from, b[k]![1]);
    }
    if (from < end) left.push([from, end]);
  }
  return left;
}

/** How many offsets the ranges hold. */
export function countOffsets(ranges: Ranges): number {
  let count = 0;
  for (const [start, end] of ranges) count += end - start;
  return count;
}

/** Is the offset in one of the ranges? Cost: logarithmic. */
export function containsOffset(ranges: Ranges, offset: number): boolean {
  const at = firstEndingAfter(ranges, offset);
  return at < ranges.length && ranges[at]![0] <= offset;
}

/** Ranges of strictly ascending offsets. */
export function rangesOfOffsets(offsets: ArrayLike<number>): Ranges {
  const ranges: [number, number][] = [];
  for (let i = 0; i < offsets.length; i++) {
    const offset = offsets[i]!;
    const last = ranges.at(-1);
    if (last && offset === last[1]) last[1] = offset + 1;
    else {
      assertInvariant(!last || offset > last[1], 'offsets given to rangesOfOffsets ascend');
      ranges.push([offset, offset + 1]);
    }
  }
  return ranges;
}

/** Ranges of offsets in any order, none of them twice. */
export function rangesOfUnordered(offsets: Iterable<number>): Ranges {
  return rangesOfOffsets(Float64Array.from(offsets).sort());
}

/** The offsets between the ranges: after the first begins and before the last ends, in none of them. */
export function gapsOf(ranges: Ranges): Ranges {
  const gaps: Range[] = [];
  for (let i = 1; i < ranges.length; i++) gaps.push([ranges[i - 1]![1], ranges[i]![0]]);
  return gaps;
}

/** Ascending, disjoint, not touching, none empty: what every function here returns. */
export function isCanonical(ranges: Ranges): boolean {
  return ranges.every(([start, end], i) => start < end && (i === 0 || ranges[i - 1]![1] < start));
}

/** Index of the first range whose end is above the offset. */
function firstEndingAfter(ranges: Ranges, offset: number): number {
  let low = 0;
  let high = ranges.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (ranges[middle]![1] <= offset) low = middle + 1;
    else high = middle;
  }
  return low;
}
