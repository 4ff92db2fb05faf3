// A filter against what a table knows without reading rows: the line of a manifest list, a partition tuple, a manifest entry's
// statistics; and against a row itself. Facts follow the specification's "Manifest Lists" (field summaries) and "Data File Fields";
// statistics left out mean that nothing is known.
import type { CellValue, StructType } from '../../contract/types.ts';
import { promotedCell } from '../avro-cells.ts';
import { fromSingleValue } from '../single-value.ts';
import type { DataFile, PartitionSummary } from '../types.ts';
import { comparerOf, startsWith } from './compare.ts';
import { type Facts, mayMatch, mustMatch, NOTHING_KNOWN } from './facts.ts';
import { type Bound, type BoundField, type BoundPredicate, type Cell, holds } from './types.ts';

/** May a manifest with these summaries hold a partition that matches? `filter` is projected on the manifest's spec. */
export function mayMatchSummaries(filter: Bound, summaries: readonly PartitionSummary[] | undefined): boolean {
  return holds(filter, (predicate) => mayMatch(predicate, summaryFacts(predicate.field, summaries?.[predicate.field.id])));
}

/** Does a partition tuple match? `filter` is projected on the tuple's spec. */
export function matchesPartition(filter: Bound, partition: readonly CellValue[]): boolean {
  return holds(filter, (predicate) => mayMatch(predicate, cellFacts(predicate.field, partition[predicate.field.id] ?? null)));
}

/** May the file hold a matching row, by its statistics? */
export function mayMatchFile(filter: Bound, file: DataFile): boolean {
  if (file.recordCount === 0) return false;
  return holds(filter, (predicate) => mayMatch(predicate, fileFacts(predicate.field, file)));
}

/** Does every row of the file match, by its statistics? */
export function mustMatchFile(filter: Bound, file: DataFile): boolean {
  if (file.recordCount === 0) return true;
  return holds(filter, (predicate) => mustMatch(predicate, fileFacts(predicate.field, file)));
}

/** Does a row match? `cellOf` gives the cell of a column. */
export function matchesRow(filter: Bound, cellOf: (field: BoundField) => CellValue): boolean {
  return holds(filter, (predicate) => matchesCell(predicate, cellOf(predicate.field)));
}

/** Fields of the schema that a filter looks at. */
export function fieldsOf(filter: Bound): ReadonlySet<number> {
  const ids = new Set<number>();
  const visit = (expression: Bound): void => {
    if ('left' in expression) {
      visit(expression.left);
      visit(expression.right);
    } else if ('field' in expression) ids.add(expression.field.id);
  };
  visit(filter);
  return ids;
}

function isFloat(type: StructType | BoundField['type']): boolean {
  return type === 'float' || type === 'double';
}

function cellFacts(field: BoundField, stored: CellValue): Facts {
  const cell = promotedCell(field.type, stored);
  const isNan = Number.isNaN(cell);
  const value = cell === null || isNan ? undefined : (cell as Cell);
  return { mayHaveNull: cell === null, mayHaveNan: isNan, mayHaveValue: value !== undefined, lower: value, upper: value };
}

function summaryFacts(field: BoundField, summary: PartitionSummary | undefined): Facts {
  if (!summary) return NOTHING_KNOWN;
  return {
    mayHaveNull: summary.containsNull,
    mayHaveNan: isFloat(field.type) && summary.containsNan !== false,
    // No lower bound: every value is null or NaN.
    mayHaveValue: summary.lowerBound !== undefined,
    lower: boundOf(field, summary.lowerBound),
    upper: boundOf(field, summary.upperBound),
  };
}

/** What a manifest entry tells of one column of its file. */
export function fileFacts(field: BoundField, file: DataFile): Facts {
  const { id } = field;
  const values = file.valueCounts?.get(id);
  const nulls = file.nullValueCounts?.get(id);
  const nans = isFloat(field.type) ? file.nanValueCounts?.get(id) : 0;
  return {
    mayHaveNull: nulls !== 0 || field.isNested,
    mayHaveNan: nans !== 0 && !(values !== undefined && values === nulls),
    mayHaveValue: values === undefined || nulls === undefined || values - nulls - (nans ?? 0) > 0,
    lower: boundOf(field, file.lowerBounds?.get(id)),
    upper: boundOf(field, file.upperBounds?.get(id)),
  };
}

/** Strings stay bytes: a cut bound need not be whole UTF-8. NaN bounds of old writers say nothing. */
function boundOf(field: BoundField, bytes: Uint8Array | undefined): Cell | undefined {
  if (bytes === undefined || typeof field.type !== 'string' || field.type === 'unknown') return undefined;
  if (field.type === 'string') return bytes;
  const cell = fromSingleValue(field.type, bytes);
  return cell === null || Number.isNaN(cell) ? undefined : (cell as Cell);
}

/** The meaning of each predicate for one cell (types.ts). */
function matchesCell(predicate: BoundPredicate, cell: CellValue): boolean {
  switch (predicate.type) {
    case 'is-null':
      return cell === null;
    case 'not-null':
      return cell !== null;
    case 'is-nan':
      return Number.isNaN(cell);
    case 'not-nan':
      return !Number.isNaN(cell);
    case 'in':
    case 'not-in': {
      const order = comparerOf(predicate.field.type);
      const isIn = cell !== null && predicate.values.some((value) => order(cell as Cell, value) === 0);
      return isIn === (predicate.type === 'in');
    }
    default:
      return cell === null ? predicate.type === 'not-eq' || predicate.type === 'not-starts-with' : compares(predicate, cell as Cell);
  }
}

function compares({ type, field, value }: Extract<BoundPredicate, { readonly value: Cell }>, cell: Cell): boolean {
  if (type === 'starts-with' || type === 'not-starts-with') return startsWith(cell, value) === (type === 'starts-with');
  const sign = comparerOf(field.type)(cell, value);
  switch (type) {
    case 'lt':
      return sign < 0;
    case 'lt-eq':
      return sign <= 0;
    case 'gt':
      return sign > 0;
    case 'gt-eq':
      return sign >= 0;
    case 'eq':
      return sign === 0;
    case 'not-eq':
      return sign !== 0;
  }
}
