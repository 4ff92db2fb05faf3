// One element of a file's schema with the names of parquet.thrift for its numbers; a number that names nothing is undefined, so that a
// type of the future is refused where it is asked for and ignored where it is not. Source: parquet.thrift, SchemaElement.
import { expectFile } from './refuse.ts';
import type { ThriftStruct } from './thrift-read.ts';

export interface LogicalType {
  /** As in parquet.thrift; '' for one that is not known. */
  readonly type: string;
  readonly precision?: number;
  readonly scale?: number;
  readonly unit?: string;
  readonly isSigned?: boolean;
  readonly isAdjustedToUtc?: boolean;
}

export interface FileElement {
  readonly name: string;
  /** Undefined for groups. */
  readonly type: string | undefined;
  readonly type_length: number | undefined;
  readonly repetition_type: string | undefined;
  readonly num_children: number | undefined;
  readonly converted_type: string | undefined;
  readonly scale: number | undefined;
  readonly precision: number | undefined;
  readonly field_id: number | undefined;
  readonly logical_type: LogicalType | undefined;
}

const TYPES = ['BOOLEAN', 'INT32', 'INT64', 'INT96', 'FLOAT', 'DOUBLE', 'BYTE_ARRAY', 'FIXED_LEN_BYTE_ARRAY'];
const REPETITIONS = ['REQUIRED', 'OPTIONAL', 'REPEATED'];
const CONVERTED =
  'UTF8 MAP MAP_KEY_VALUE LIST ENUM DECIMAL DATE TIME_MILLIS TIME_MICROS TIMESTAMP_MILLIS TIMESTAMP_MICROS UINT_8 UINT_16 UINT_32 UINT_64 INT_8 INT_16 INT_32 INT_64 JSON BSON INTERVAL'.split(
    ' ',
  );
const LOGICAL: Readonly<Record<number, string>> = {
  1: 'STRING',
  2: 'MAP',
  3: 'LIST',
  4: 'ENUM',
  5: 'DECIMAL',
  6: 'DATE',
  7: 'TIME',
  8: 'TIMESTAMP',
  10: 'INTEGER',
  12: 'JSON',
  14: 'UUID',
};
const UNITS: Readonly<Record<number, string>> = { 1: 'MILLIS', 2: 'MICROS', 3: 'NANOS' };

/** Reads a SchemaElement. */
export function readElement(struct: ThriftStruct): FileElement {
  const type = struct.number(1);
  const converted = struct.number(6);
  const repetition = struct.number(3);
  const logical = struct.struct(10);
  expectFile(type === undefined || TYPES[type] !== undefined, 'a column has an unknown physical type');
  return {
    name: struct.text(4) ?? '',
    type: type === undefined ? undefined : TYPES[type],
    type_length: struct.number(2),
    repetition_type: repetition === undefined ? undefined : REPETITIONS[repetition],
    num_children: struct.number(5),
    // An unknown converted type is not the same as none.
    converted_type: converted === undefined ? undefined : (CONVERTED[converted] ?? 'UNKNOWN'),
    scale: struct.number(7),
    precision: struct.number(8),
    field_id: struct.number(9),
    logical_type: logical && readLogical(logical),
  };
}

/** LogicalType is a union: one field, whose number is the type. */
function readLogical(union: ThriftStruct): LogicalType {
  const type = LOGICAL[union.member ?? 0] ?? '';
  const inner = union.struct(union.member ?? 0);
  if (!inner) return { type };
  switch (type) {
    case 'DECIMAL':
      return { type, scale: inner.number(1) ?? 0, precision: inner.number(2) ?? 0 };
    case 'TIME':
    case 'TIMESTAMP':
      return { type, unit: UNITS[inner.struct(2)?.member ?? 0] ?? '', isAdjustedToUtc: inner.boolean(1) ?? false };
    case 'INTEGER':
      return { type, isSigned: inner.boolean(2) ?? false };
    default:
      return { type };
  }
}
