// What is left to check in the rows of a file once its partition is known: predicates that hold for the whole partition become true,
// those that hold for none of its rows false.
import type { CellValue } from '../../contract/types.ts';
import { matchesPartition } from './evaluate.ts';
import type { PartitionTerm } from './partition-terms.ts';
import { projectInclusive, projectStrict } from './projection.ts';
import { ALWAYS_FALSE, ALWAYS_TRUE, type Bound, mapPredicates } from './types.ts';

/** The filter for the rows of one partition; `true` where all of them match. */
export function residualOf(filter: Bound, terms: readonly PartitionTerm[], partition: readonly CellValue[]): Bound {
  if (terms.length === 0) return filter;
  return mapPredicates(filter, (predicate) => {
    if (matchesPartition(projectStrict(predicate, terms), partition)) return ALWAYS_TRUE;
    return matchesPartition(projectInclusive(predicate, terms), partition) ? predicate : ALWAYS_FALSE;
  });
}
