// Splits a batch into table partitions as permutations of its rows: codes per partition field, combined pairwise, then one
// counting pass. Rows keep their order within a partition; partitions come in the order of their first row.

import { allRows, type ColumnSet, layoutOf } from '../columns.ts';
import type { CellValue, StructType } from '../contract/types.ts';
import { type CodedColumn, slotOfField, transformColumn } from './transform-column.ts';
import { parseTransform } from './transforms.ts';
import type { PartitionSpec } from './types.ts';

export interface SplitRequest {
  /** The struct of `columns`, with table ids. */
  readonly schema: StructType;
  readonly spec: PartitionSpec;
  readonly columns: ColumnSet;
  /** Rows to split, in order; all rows when left out. */
  readonly order?: Uint32Array;
}

export interface PartitionRows {
  /** Tuple in the order of the spec's fields. */
  readonly partition: readonly CellValue[];
  readonly order: Uint32Array;
}

/** Every given row in exactly one partition. */
export function splitByPartition(request: SplitRequest): PartitionRows[] {
  const rows = request.order ?? allRows(request.columns);
  if (rows.length === 0) return [];
  const layout = layoutOf(request.schema);
  const fields = request.spec.fields.map((field) =>
    transformColumn({ set: request.columns, layout, slot: slotOfField(layout, field['source-id']) }, parseTransform(field.transform), rows),
  );
  // The usual batch lies in one partition: nothing is counted or copied for it.
  if (fields.every(({ values }) => values.length === 1)) return [{ partition: fields.map(({ values }) => values[0]!), order: rows }];
  return groupRows(rows, combineAll(fields, rows.length));
}

interface CodedTuples {
  readonly codes: Uint32Array;
  readonly tuples: readonly (readonly CellValue[])[];
}

function combineAll(fields: readonly CodedColumn[], count: number): CodedTuples {
  const [only] = fields;
  if (only && fields.length === 1) return { codes: only.codes, tuples: only.values.map((value) => [value]) };
  return fields.reduce<CodedTuples>((tuples, field) => combine(tuples, field), { codes: new Uint32Array(count), tuples: [[]] });
}

function combine(left: CodedTuples, right: CodedColumn): CodedTuples {
  const codes = new Uint32Array(left.codes.length);
  const tuples: (readonly CellValue[])[] = [];
  const known = new Map<number, number>();
  for (let i = 0; i < codes.length; i += 1) {
    const pair = left.codes[i]! * right.values.length + right.codes[i]!;
    let code = known.get(pair);
    if (code === undefined) {
      code = tuples.length;
      known.set(pair, code);
      tuples.push([...left.tuples[left.codes[i]!]!, right.values[right.codes[i]!]!]);
    }
    codes[i] = code;
  }
  return { codes, tuples };
}

function groupRows(rows: Uint32Array, coded: CodedTuples): PartitionRows[] {
  const counts = new Uint32Array(coded.tuples.length);
  for (let i = 0; i < rows.length; i += 1) counts[coded.codes[i]!]! += 1;
  const orders = Array.from(counts, (count) => new Uint32Array(count));
  const filled = new Uint32Array(coded.tuples.length);
  for (let i = 0; i < rows.length; i += 1) {
    const code = coded.codes[i]!;
    orders[code]![filled[code]!] = rows[i]!;
    filled[code]! += 1;
  }
  return coded.tuples.map((partition, code) => ({ partition, order: orders[code]! }));
}
