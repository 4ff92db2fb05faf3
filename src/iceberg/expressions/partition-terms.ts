// The fields of a partition spec as a filter sees them: which column each comes from, and the transform to cells of it.
import type { StructType } from '../../contract/types.ts';
import { fieldsById } from '../schema-fields.ts';
import { bindTransform, canTransform, parseTransform, resultTypeOf, type Transform } from '../transforms.ts';
import type { PartitionSpec } from '../types.ts';
import type { BoundField, Cell } from './types.ts';

/** One field of a partition tuple and how it comes from its column. */
export interface PartitionTerm {
  /** `id` is the place in the tuple. */
  readonly field: BoundField;
  readonly sourceId: number;
  readonly transform: Transform;
  readonly sourceType: BoundField['type'];
  readonly apply: (cell: Cell) => Cell;
}

/** The terms of a spec; fields whose column the schema no longer has, or whose transform is not known, say nothing and are left out. */
export function partitionTerms(spec: PartitionSpec, schema: StructType): readonly PartitionTerm[] {
  const columns = fieldsById(schema);
  return spec.fields.flatMap((field, i) => {
    const transform = parseTransform(field.transform);
    const sourceType = columns.get(field['source-id'])?.field.type;
    if (sourceType === undefined || transform.kind === 'void' || !canTransform(transform, sourceType)) return [];
    const transformed = bindTransform(transform, sourceType);
    return [
      {
        field: { id: i, name: field.name, type: resultTypeOf(transform, sourceType), isNested: false },
        sourceId: field['source-id'],
        transform,
        sourceType,
        apply: (cell: Cell) => transformed(cell) as Cell,
      },
    ];
  });
}

/** Transforms the old fault is about; the day of a date is the date itself. */
export function isTimeUnit({ transform, sourceType }: PartitionTerm): boolean {
  if (transform.kind === 'day') return sourceType !== 'date';
  return transform.kind === 'year' || transform.kind === 'month' || transform.kind === 'hour';
}
