// Fields of a struct type by id and by dotted name, at every nesting level. Names are the canonical ones of the reference
// implementation: `device.os`, `tags.element`, `attributes.key`, `attributes.value.x`.
import { childStructOf } from '../columns.ts';
import type { IcebergType, NestedField, StructType } from '../contract/types.ts';

export interface FieldEntry {
  readonly field: NestedField;
  /** Dotted name from the root. */
  readonly name: string;
  /** Ids from the root to the field's parent. */
  readonly ancestors: readonly number[];
  /** Inside a list or map. */
  readonly isRepeated: boolean;
}

/** Every field of a struct, nested ones included, in pre-order. */
export function listFields(struct: StructType): FieldEntry[] {
  const out: FieldEntry[] = [];
  const visit = (
    fields: readonly NestedField[],
    at: { readonly prefix: string; readonly ancestors: readonly number[]; readonly isRepeated: boolean },
  ) => {
    for (const field of fields) {
      const name = `${at.prefix}${field.name}`;
      out.push({ field, name, ancestors: at.ancestors, isRepeated: at.isRepeated });
      visit(childFields(field.type), {
        prefix: `${name}.`,
        ancestors: [...at.ancestors, field.id],
        isRepeated: at.isRepeated || isCollection(field.type),
      });
    }
  };
  visit(struct.fields, { prefix: '', ancestors: [], isRepeated: false });
  return out;
}

/** Fields by id; the first one wins where a foreign schema repeats an id. */
export function fieldsById(struct: StructType): ReadonlyMap<number, FieldEntry> {
  const map = new Map<number, FieldEntry>();
  for (const entry of listFields(struct)) if (!map.has(entry.field.id)) map.set(entry.field.id, entry);
  return map;
}

/** Fields by dotted name. */
export function fieldsByName(struct: StructType): ReadonlyMap<string, FieldEntry> {
  const map = new Map<string, FieldEntry>();
  for (const entry of listFields(struct)) if (!map.has(entry.name)) map.set(entry.name, entry);
  return map;
}

/** Members of a struct, the element of a list, key and value of a map; none for a primitive. */
export function childFields(type: IcebergType): readonly NestedField[] {
  if (typeof type === 'string') return [];
  return type.type === 'struct' ? type.fields : childStructOf(type)!.fields;
}

/** The same type with other children, given in the order of `childFields`. */
export function withChildren(type: IcebergType, children: readonly NestedField[]): IcebergType {
  if (typeof type === 'string') return type;
  if (type.type === 'struct') return { ...type, fields: children };
  if (type.type === 'list') {
    const element = children[0]!;
    return { ...type, 'element-id': element.id, 'element-required': element.required, element: element.type };
  }
  const [key, value] = children as readonly [NestedField, NestedField];
  return { ...type, 'key-id': key.id, key: key.type, 'value-id': value.id, 'value-required': value.required, value: value.type };
}

/** The largest field id anywhere in the struct; 0 if there is none. */
export function highestFieldId(struct: StructType): number {
  return listFields(struct).reduce((highest, entry) => Math.max(highest, entry.field.id), 0);
}

function isCollection(type: IcebergType): boolean {
  return typeof type !== 'string' && type.type !== 'struct';
}
