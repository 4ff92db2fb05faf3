// Default values of columns (version 3): `initial-default` is what files written before the column have, and never changes;
// `write-default` is what writers without a value write, and may. Source: Iceberg specification, "Default values".
import type { IcebergType, NestedField } from '../contract/types.ts';
import { InputRefusedError } from '../errors.ts';
import { evolutionRefusal } from './evolution-refusals.ts';
import { fromJsonValue } from './single-value-json.ts';
import type { TableMetadata } from './types.ts';

/** Throws CommitRefusedError unless the JSON single value may be a default of the field. */
export function checkDefault(
  metadata: Pick<TableMetadata, 'format-version'>,
  field: Pick<NestedField, 'name' | 'type' | 'required'>,
  value: unknown,
): void {
  if (metadata['format-version'] < 3) throw evolutionRefusal('default-version', field.name);
  if (value === null || value === undefined) {
    if (field.required) throw evolutionRefusal('default-value', field.name);
    return;
  }
  // Defaults of struct members are kept in their fields; lists, maps and `unknown` have none but null.
  if (typeof field.type !== 'string' || field.type === 'unknown') throw evolutionRefusal('default-value', field.name);
  try {
    fromJsonValue(field.type, value);
  } catch (error) {
    if (error instanceof InputRefusedError) throw evolutionRefusal('default-value', field.name);
    throw error;
  }
}

/** Defaults in the form of the wider type: a date becomes the text of its midnight, all others are the same JSON. */
export function promotedDefaults(field: NestedField, from: IcebergType): NestedField {
  if (from !== 'date' || field.type === 'date') return field;
  const wider = (name: 'initial-default' | 'write-default') =>
    typeof field[name] === 'string' ? { [name]: `${field[name]}T00:00:00` } : {};
  return { ...field, ...wider('initial-default'), ...wider('write-default') };
}
