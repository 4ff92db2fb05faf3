// Offsets by source and topic partition, as ranges: what audits compare. Memory is proportional to ranges, not rows.
import { LIMITS } from '../contract/limits.ts';
import type { SourceRanges } from '../ledger/entries.ts';
import {
  countOffsets,
  intersectRanges,
  normalizeRanges,
  type Ranges,
  rangesOfOffsets,
  subtractRanges,
  unionRanges,
} from '../ledger/ranges.ts';
import type { Positions } from './types.ts';

export class OffsetMap {
  readonly #byKey = new Map<string, SourceRanges>();

  static of(all: Iterable<SourceRanges>): OffsetMap {
    const map = new OffsetMap();
    for (const one of all) map.add(one);
    return map;
  }

  find(at: { readonly sourceId: string; readonly partition: number }): Ranges {
    return this.#byKey.get(placeKey(at))?.ranges ?? [];
  }

  add({ sourceId, partition, ranges }: SourceRanges): void {
    if (ranges.length === 0) return;
    const known = this.find({ sourceId, partition });
    this.#byKey.set(placeKey({ sourceId, partition }), { sourceId, partition, ranges: unionRanges(known, ranges) });
  }

  minus(other: OffsetMap): OffsetMap {
    return OffsetMap.of([...this].map((one) => ({ ...one, ranges: subtractRanges(one.ranges, other.find(one)) })));
  }

  and(other: OffsetMap): OffsetMap {
    return OffsetMap.of([...this].map((one) => ({ ...one, ranges: intersectRanges(one.ranges, other.find(one)) })));
  }

  [Symbol.iterator](): IterableIterator<SourceRanges> {
    return this.#byKey.values();
  }

  count(): number {
    let count = 0;
    for (const { ranges } of this) count += countOffsets(ranges);
    return count;
  }

  positions(): Positions {
    const listed: SourceRanges[] = [];
    let left: number = LIMITS.reportedPositionsMax;
    for (const one of this) {
      if (left <= 0) break;
      listed.push({ ...one, ranges: one.ranges.slice(0, left) });
      left -= one.ranges.length;
    }
    return { count: this.count(), ranges: listed };
  }
}

/** Gathers single offsets of one file and gives them as ranges, with those that occur more than once. */
export class OffsetCollector {
  readonly #byKey = new Map<string, { readonly sourceId: string; readonly partition: number; readonly offsets: number[] }>();

  add(at: { readonly sourceId: string; readonly partition: number; readonly offset: number }): void {
    const known = this.#byKey.get(placeKey(at));
    if (known) known.offsets.push(at.offset);
    else this.#byKey.set(placeKey(at), { sourceId: at.sourceId, partition: at.partition, offsets: [at.offset] });
  }

  finish(): { readonly offsets: OffsetMap; readonly repeated: OffsetMap } {
    const offsets = new OffsetMap();
    const repeated = new OffsetMap();
    for (const { sourceId, partition, offsets: unsorted } of this.#byKey.values()) {
      const sorted = Float64Array.from(unsorted).sort();
      const twice = sorted.filter((offset, i) => i > 0 && sorted[i - 1] === offset);
      repeated.add({ sourceId, partition, ranges: normalizeRanges(Array.from(twice, (offset) => [offset, offset + 1] as const)) });
      offsets.add({ sourceId, partition, ranges: rangesOfOffsets(sorted.filter((offset, i) => i === 0 || sorted[i - 1] !== offset)) });
    }
    return { offsets, repeated };
  }
}

/** The key of a topic partition of a source. */
export function placeKey({ sourceId, partition }: { readonly sourceId: string; readonly partition: number }): string {
  return `${partition} ${sourceId}`;
}
