// Size statistics: how much memory a chunk or page takes once decoded, for readers that plan by it. Level histograms are written where
// null counts do not say the same already. Source: parquet.thrift, SizeStatistics.
import type { PageSpan } from './pages.ts';
import { PHYSICAL } from './physical.ts';
import { plainBytes } from './plain.ts';
import type { LeafPlan } from './schema-plan.ts';
import type { ShreddedLeaf } from './shred.ts';
import type { Values } from './values.ts';

export interface SizeStatistics {
  /** Bytes of strings and binaries, without lengths; undefined for other types. */
  readonly byteArrayBytes: number | undefined;
  /** Entries by level; undefined where the level is always 0. */
  readonly repetition: readonly number[] | undefined;
  /** Undefined where nulls are all there is to count. */
  readonly definition: readonly number[] | undefined;
}

/** Of the entries of a page. */
export function sizeStatistics(
  chunk: { readonly leaf: LeafPlan; readonly shredded: ShreddedLeaf; readonly values: Values },
  span: Pick<PageSpan, 'entries' | 'values'>,
): SizeStatistics {
  const { leaf, shredded, values } = chunk;
  const isByteArray = leaf.physical.physical === PHYSICAL.byteArray;
  const count = span.values.to - span.values.from;
  return {
    byteArrayBytes: isByteArray ? plainBytes(values, span.values) - 4 * count : undefined,
    repetition: leaf.maxRepetition > 0 ? histogram(shredded.repetition, leaf.maxRepetition, span.entries) : undefined,
    definition: leaf.maxDefinition > 1 ? histogram(shredded.definition, leaf.maxDefinition, span.entries) : undefined,
  };
}

/** Sum of the statistics of all pages. */
export function addSizes(parts: readonly SizeStatistics[]): SizeStatistics {
  const [first, second] = parts;
  if (first && !second) return first;
  const sum = (pick: (part: SizeStatistics) => readonly number[] | undefined) =>
    parts.map(pick).reduce((a, b) => (a && b ? a.map((count, level) => count + b[level]!) : (a ?? b)), undefined);
  return {
    byteArrayBytes: first?.byteArrayBytes === undefined ? undefined : parts.reduce((total, part) => total + part.byteArrayBytes!, 0),
    repetition: sum((part) => part.repetition),
    definition: sum((part) => part.definition),
  };
}

/** Undefined levels are all at the maximum. */
function histogram(levels: Uint8Array | undefined, max: number, span: { readonly from: number; readonly to: number }): number[] {
  const counts: number[] = new Array(max + 1).fill(0);
  if (levels) for (let i = span.from; i < span.to; i++) counts[levels[i]!]!++;
  else counts[max] = span.to - span.from;
  return counts;
}
