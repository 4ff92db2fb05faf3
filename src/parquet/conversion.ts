// Which file types may be read as which Iceberg types, and how: exactly, or by one of Iceberg's promotions (int → long, float →
// double, decimal to more digits, date → timestamp). What would lose or reinterpret a value refuses the file.
// Source: Iceberg specification, "Schema Evolution" and appendix A "Parquet".
import { decimalOf, fixedLengthOf, type NestedField, type PrimitiveType } from '../contract/types.ts';
import type { FileElement } from './file-element.ts';
import { refuse } from './refuse.ts';

/** `decimal16`: any physical decimal to sixteen bytes; `decimal64`: any to 64 bits; `scale`: multiply a 32 or 64 bit integer; `int96`: the
 * timestamps of old Impala, Hive and Spark. */
export type Conversion =
  | { readonly kind: 'copy' }
  | { readonly kind: 'scale'; readonly factor: bigint }
  | { readonly kind: 'int96'; readonly unit: 'micros' | 'nanos' }
  | { readonly kind: 'decimal64' }
  | { readonly kind: 'decimal16' };

const COPY: Conversion = { kind: 'copy' };

/** The conversion from a file's column to a field. */
export function conversionOf(field: NestedField, element: FileElement): Conversion {
  const type = field.type as PrimitiveType;
  return convertible(type, element) ?? refuse(`the field ${field.id} is ${describe(element)}, expected ${type}`);
}

function convertible(type: PrimitiveType, element: FileElement): Conversion | undefined {
  const logical = logicalOf(element);
  const is = (physical: string, ...logicals: string[]) => (element.type === physical && logicals.includes(logical) ? COPY : undefined);
  switch (type) {
    case 'boolean':
      return is('BOOLEAN', '');
    case 'int':
      return is('INT32', '', 'int');
    case 'long':
      return is('INT64', '', 'int') ?? is('INT32', '', 'int');
    case 'float':
      return is('FLOAT', '');
    case 'double':
      return is('DOUBLE', '') ?? is('FLOAT', '');
    case 'date':
      return is('INT32', 'date');
    case 'string':
      return is('BYTE_ARRAY', 'string', '');
    case 'binary':
      return is('BYTE_ARRAY', '', 'string');
    case 'uuid':
      return element.type_length === 16 ? is('FIXED_LEN_BYTE_ARRAY', 'uuid', '') : undefined;
    default:
      return timeConversion(type, element, logical) ?? decimalConversion(type, element, logical) ?? fixedConversion(type, element);
  }
}

const TIME_UNIT: Readonly<Record<string, { readonly logical: string; readonly unit: 'micros' | 'nanos' }>> = {
  time: { logical: 'time', unit: 'micros' },
  timestamp: { logical: 'timestamp', unit: 'micros' },
  timestamptz: { logical: 'timestamp', unit: 'micros' },
  timestamp_ns: { logical: 'timestamp', unit: 'nanos' },
  timestamptz_ns: { logical: 'timestamp', unit: 'nanos' },
};

const MICROS_PER_DAY = 86_400_000_000n;

/** Finer units than the column's are refused: they would lose digits. Zones are not compared: both kinds store the same number. */
function timeConversion(type: PrimitiveType, element: FileElement, logical: string): Conversion | undefined {
  const wanted = TIME_UNIT[type];
  if (element.type === 'INT96' && wanted?.logical === 'timestamp') return { kind: 'int96', unit: wanted.unit };
  if (!wanted || (element.type !== 'INT64' && element.type !== 'INT32')) return undefined;
  if (logical === `${wanted.logical}-${wanted.unit}`) return COPY;
  // A date that became a timestamp is its midnight; beyond 64 bits (dates in nanoseconds) the file is refused when read.
  if (logical === 'date' && (type === 'timestamp' || type === 'timestamp_ns'))
    return { kind: 'scale', factor: type === 'timestamp' ? MICROS_PER_DAY : MICROS_PER_DAY * 1000n };
  if (logical === `${wanted.logical}-millis` && wanted.unit === 'micros') return { kind: 'scale', factor: 1000n };
  return undefined;
}

function decimalConversion(type: PrimitiveType, element: FileElement, logical: string): Conversion | undefined {
  const wanted = decimalOf(type);
  if (!wanted || logical !== 'decimal') return undefined;
  const declared = element.logical_type?.type === 'DECIMAL' ? element.logical_type : element;
  const { precision = 0, scale = 0 } = declared;
  if (scale !== wanted.scale || precision > wanted.precision) return undefined;
  const isKnown = ['INT32', 'INT64', 'FIXED_LEN_BYTE_ARRAY', 'BYTE_ARRAY'].includes(element.type ?? '');
  if (!isKnown) return undefined;
  return { kind: wanted.precision <= 18 ? 'decimal64' : 'decimal16' };
}

function fixedConversion(type: PrimitiveType, element: FileElement): Conversion | undefined {
  const length = fixedLengthOf(type);
  return length !== undefined && element.type === 'FIXED_LEN_BYTE_ARRAY' && element.type_length === length ? COPY : undefined;
}

/** Logical and older converted types under one name; '' for none, 'other' for what no Iceberg type is stored as. */
function logicalOf(element: FileElement): string {
  const logical = element.logical_type;
  if (!logical) return CONVERTED_NAMES[element.converted_type ?? ''] ?? 'other';
  switch (logical.type) {
    case 'STRING':
    case 'ENUM':
    case 'JSON':
      return 'string';
    case 'INTEGER':
      return logical.isSigned ? 'int' : 'other';
    case 'TIME':
    case 'TIMESTAMP':
      return `${logical.type.toLowerCase()}-${(logical.unit ?? '').toLowerCase()}`;
    case 'DATE':
    case 'UUID':
    case 'DECIMAL':
      return logical.type.toLowerCase();
    default:
      return 'other';
  }
}

const CONVERTED_NAMES: Readonly<Record<string, string>> = {
  '': '',
  UTF8: 'string',
  ENUM: 'string',
  JSON: 'string',
  DECIMAL: 'decimal',
  DATE: 'date',
  TIME_MILLIS: 'time-millis',
  TIME_MICROS: 'time-micros',
  TIMESTAMP_MILLIS: 'timestamp-millis',
  TIMESTAMP_MICROS: 'timestamp-micros',
  INT_8: 'int',
  INT_16: 'int',
  INT_32: 'int',
  INT_64: 'int',
};

function describe(element: FileElement): string {
  return `${String(element.type).slice(0, 20)} ${logicalOf(element)}`.trim();
}
