// The Parquet type of an Iceberg field, in Parquet's own schema text. Source: Iceberg specification, Appendix A, "Parquet".
// The writer's schema is held against it.
import { decimalOf, fixedLengthOf, type NestedField, type PrimitiveType } from '../contract/types.ts';
import { bytesOfPrecision } from './decimal-bytes.ts';
import { childFields } from './schema-fields.ts';

/** `optional binary s (STRING) = 13`; groups with their members in braces. */
export function parquetType(field: NestedField): string {
  const repetition = field.required ? 'required' : 'optional';
  if (typeof field.type === 'string') {
    const [physical, logical] = primitive(field.type);
    return `${repetition} ${physical} ${field.name}${logical ? ` (${logical})` : ''} = ${field.id}`;
  }
  const members = childFields(field.type)
    .map((child) => `${parquetType(child)}${isGroup(child) ? '' : ';'} `)
    .join('');
  switch (field.type.type) {
    case 'struct':
      return `${repetition} group ${field.name} = ${field.id} { ${members}}`;
    case 'list':
      return `${repetition} group ${field.name} (LIST) = ${field.id} { repeated group list { ${members}} }`;
    case 'map':
      return `${repetition} group ${field.name} (MAP) = ${field.id} { repeated group key_value { ${members}} }`;
  }
}

function isGroup(field: NestedField): boolean {
  return typeof field.type !== 'string';
}

function primitive(type: PrimitiveType): readonly [physical: string, logical?: string] {
  switch (type) {
    case 'boolean':
    case 'float':
    case 'double':
      return [type];
    case 'int':
      return ['int32'];
    case 'long':
      return ['int64'];
    case 'date':
      return ['int32', 'DATE'];
    case 'time':
      return ['int64', 'TIME(MICROS,false)'];
    case 'timestamp':
    case 'timestamptz':
      return ['int64', `TIMESTAMP(MICROS,${type === 'timestamptz'})`];
    case 'timestamp_ns':
    case 'timestamptz_ns':
      return ['int64', `TIMESTAMP(NANOS,${type === 'timestamptz_ns'})`];
    case 'string':
      return ['binary', 'STRING'];
    case 'uuid':
      return ['fixed_len_byte_array(16)', 'UUID'];
    default:
      return sized(type);
  }
}

function sized(type: PrimitiveType): readonly [physical: string, logical?: string] {
  const decimal = decimalOf(type);
  if (decimal) {
    const { precision, scale } = decimal;
    const physical = precision <= 9 ? 'int32' : precision <= 18 ? 'int64' : `fixed_len_byte_array(${bytesOfPrecision(precision)})`;
    return [physical, `DECIMAL(${precision},${scale})`];
  }
  const length = fixedLengthOf(type);
  return [length === undefined ? 'binary' : `fixed_len_byte_array(${length})`];
}
