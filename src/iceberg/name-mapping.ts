// The default name mapping of a schema: lets readers find columns of files written without field ids. Source: Iceberg
// specification, "Column Projection" and Appendix C, "Name Mapping Serialization".
import type { StructType } from '../contract/types.ts';
import { childFields } from './schema-fields.ts';

export interface MappedField {
  readonly 'field-id': number;
  readonly names: readonly string[];
  readonly fields?: readonly MappedField[];
}

/** One mapped field per field, nested ones inside. */
export function nameMappingOf(struct: StructType): MappedField[] {
  return mapFields(struct.fields);
}

function mapFields(fields: StructType['fields']): MappedField[] {
  return fields.map((field) => {
    const nested = mapFields(childFields(field.type));
    return { 'field-id': field.id, names: [field.name], ...(nested.length > 0 ? { fields: nested } : {}) };
  });
}
