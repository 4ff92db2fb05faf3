// The part of a struct that holds some fields: they and the structs around them, every one optional, so that files written before a
// field was there can be read. Initial defaults stay: they are such a file's values.
import type { NestedField, StructType } from '../contract/types.ts';

/** Fields inside lists and maps are left out: they have no one value per row. */
export function selectFields(struct: StructType, ids: ReadonlySet<number>): StructType {
  return { type: 'struct', fields: select(struct.fields, ids) };
}

function select(fields: readonly NestedField[], ids: ReadonlySet<number>): NestedField[] {
  return fields.flatMap((field): NestedField[] => {
    if (ids.has(field.id)) return [{ ...field, required: false }];
    if (typeof field.type === 'string' || field.type.type !== 'struct') return [];
    const inner = select(field.type.fields, ids);
    return inner.length === 0 ? [] : [{ ...field, required: false, type: { ...field.type, fields: inner } }];
  });
}
