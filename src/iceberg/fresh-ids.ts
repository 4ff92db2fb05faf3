// Fresh field ids for a new table, in the order the reference implementation gives them: all fields of a struct first, then
// into each of them. Source: TypeUtil.assignFreshIds of iceberg-java; vectors `schema-json`.
import type { IcebergType, NestedField, StructType } from '../contract/types.ts';
import { InputRefusedError } from '../errors.ts';
import { FIELD_ID_MAX } from './reserved-fields.ts';
import { childFields, withChildren } from './schema-fields.ts';

export interface FreshIds {
  readonly struct: StructType;
  /** Old id → fresh id, nested fields included. */
  readonly map: ReadonlyMap<number, number>;
  readonly lastId: number;
}

/** The same struct with ids from `after + 1` on. */
export function assignFreshIds(struct: StructType, after = 0): FreshIds {
  const map = new Map<number, number>();
  let lastId = after;
  const renumber = (fields: readonly NestedField[]): NestedField[] => {
    const numbered = fields.map((field) => {
      lastId += 1;
      map.set(field.id, lastId);
      return { ...field, id: lastId };
    });
    return numbered.map((field) => ({ ...field, type: into(field.type) }));
  };
  const into = (type: IcebergType): IcebergType => withChildren(type, renumber(childFields(type)));
  const fields = renumber(struct.fields);
  if (lastId > FIELD_ID_MAX) throw new InputRefusedError(`field ids are used up: ${lastId} is reserved`, { code: 'field-ids-exhausted' });
  return { struct: { ...struct, fields }, map, lastId };
}
