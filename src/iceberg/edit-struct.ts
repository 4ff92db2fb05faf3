// Edits of a schema tree: one field replaced or taken out, the fields of one struct rearranged. Everything else is shared, unknown
// members of fields and types are kept.
import type { NestedField, StructType } from '../contract/types.ts';
import { childFields, withChildren } from './schema-fields.ts';

type Fields = readonly NestedField[];

/** The struct with the field of an id replaced; `undefined` takes it out. */
export function editField<T extends StructType>(struct: T, id: number, edit: (field: NestedField) => NestedField | undefined): T {
  return { ...struct, fields: editIn(struct.fields, id, edit) };
}

/** The struct with the fields around an id (its siblings and itself) rearranged. */
export function editSiblings<T extends StructType>(struct: T, id: number, edit: (siblings: Fields) => Fields): T {
  return { ...struct, fields: siblingsIn(struct.fields, id, edit) };
}

/** The field with an id and the fields of its own struct. */
export function siblingsOf(struct: StructType, id: number): Fields {
  const search = (fields: Fields): Fields | undefined =>
    fields.some((field) => field.id === id) ? fields : fields.map((field) => search(childFields(field.type))).find((found) => found);
  return search(struct.fields) ?? [];
}

function editIn(fields: Fields, id: number, edit: (field: NestedField) => NestedField | undefined): Fields {
  return fields.flatMap((field) => {
    if (field.id === id) return edit(field) ?? [];
    const children = childFields(field.type);
    return children.length === 0 ? field : { ...field, type: withChildren(field.type, editIn(children, id, edit)) };
  });
}

function siblingsIn(fields: Fields, id: number, edit: (siblings: Fields) => Fields): Fields {
  if (fields.some((field) => field.id === id)) return edit(fields);
  return fields.map((field) => {
    const children = childFields(field.type);
    return children.length === 0 ? field : { ...field, type: withChildren(field.type, siblingsIn(children, id, edit)) };
  });
}
