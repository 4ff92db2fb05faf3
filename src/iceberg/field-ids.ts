// The mapping of contract field ids to table field ids: kept in the table property `firn.field-ids` as `1:1,2:3`, applied to a
// contract's struct to get the schema files are written with (DESIGN: the table's ids rule).
import type { IcebergType, NestedField, StructType } from '../contract/types.ts';
import { assertInvariant, InputRefusedError } from '../errors.ts';
import { childFields, withChildren } from './schema-fields.ts';

export type FieldIds = ReadonlyMap<number, number>;

/** Text of a mapping, ascending by contract id. */
export function formatFieldIds(map: FieldIds): string {
  return Array.from(map)
    .sort(([a], [b]) => a - b)
    .map(([contractId, tableId]) => `${contractId}:${tableId}`)
    .join(',');
}

/** The mapping of its text; empty for undefined. Throws InputRefusedError for malformed text. */
export function parseFieldIds(text: string | undefined): FieldIds {
  const map = new Map<number, number>();
  if (text === undefined || text === '') return map;
  for (const pair of text.split(',')) {
    const match = /^(\d{1,10}):(\d{1,10})$/.exec(pair);
    if (!match || map.has(Number(match[1]))) {
      throw new InputRefusedError(
        'table property firn.field-ids is malformed: expected <contract id>:<table id>,…; restore it from an earlier metadata file',
        {
          code: 'field-ids-property',
        },
      );
    }
    map.set(Number(match[1]), Number(match[2]));
  }
  return map;
}

/** The contract's struct with table ids: the same shape and order, so its layout is the same. */
export function remapStruct(struct: StructType, map: FieldIds): StructType {
  return { ...struct, fields: remapFields(struct.fields, map) };
}

function remapFields(fields: readonly NestedField[], map: FieldIds): NestedField[] {
  return fields.map((field) => {
    const id = map.get(field.id);
    assertInvariant(id !== undefined, `contract field ${field.id} has a table id`);
    return { ...field, id, type: remapType(field.type, map) };
  });
}

function remapType(type: IcebergType, map: FieldIds): IcebergType {
  return withChildren(type, remapFields(childFields(type), map));
}
