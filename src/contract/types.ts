// The Iceberg type model, in the very JSON form of the table specification (appendix C), so that a compiled contract, a table
// schema and a metadata file speak of the same values. Source: Iceberg specification, "Schemas and Data Types".

/** A primitive type in its JSON text: `long`, `decimal(18,4)`, `fixed[16]`. */
export type PrimitiveType =
  | 'boolean'
  | 'int'
  | 'long'
  | 'float'
  | 'double'
  | 'date'
  | 'time'
  | 'timestamp'
  | 'timestamptz'
  | 'timestamp_ns'
  | 'timestamptz_ns'
  | 'string'
  | 'uuid'
  | 'binary'
  | 'unknown'
  | `decimal(${number},${number})`
  | `fixed[${number}]`;

export interface NestedField {
  readonly id: number;
  readonly name: string;
  readonly required: boolean;
  readonly type: IcebergType;
  readonly doc?: string;
  readonly 'initial-default'?: unknown;
  readonly 'write-default'?: unknown;
}

export interface StructType {
  readonly type: 'struct';
  readonly fields: readonly NestedField[];
}

export interface ListType {
  readonly type: 'list';
  readonly 'element-id': number;
  readonly 'element-required': boolean;
  readonly element: IcebergType;
}

export interface MapType {
  readonly type: 'map';
  readonly 'key-id': number;
  readonly key: IcebergType;
  readonly 'value-id': number;
  readonly 'value-required': boolean;
  readonly value: IcebergType;
}

export type IcebergType = PrimitiveType | StructType | ListType | MapType;

/** Precision and scale of a decimal type; undefined for every other type. Accepts the spaced text other writers use. */
export function decimalOf(type: IcebergType): { readonly precision: number; readonly scale: number } | undefined {
  if (typeof type !== 'string') return undefined;
  const match = /^decimal\(\s*(\d+)\s*,\s*(\d+)\s*\)$/.exec(type);
  return match ? { precision: Number(match[1]), scale: Number(match[2]) } : undefined;
}

/** Length in bytes of a `fixed[n]` type; undefined for every other type. */
export function fixedLengthOf(type: IcebergType): number | undefined {
  if (typeof type !== 'string') return undefined;
  const match = /^fixed\[\s*(\d+)\s*\]$/.exec(type);
  return match ? Number(match[1]) : undefined;
}

/**
 * A value outside columns (tests, audit, rewrites of a few rows, bounds). boolean → boolean; int, date → number; long, time,
 * timestamps → bigint; float, double → number; decimal → bigint (unscaled); string → string; uuid, fixed, binary → Uint8Array;
 * struct → values in field order; list → elements; map → [key, value] pairs; null → null.
 */
export type CellValue =
  | null
  | boolean
  | number
  | bigint
  | string
  | Uint8Array
  | readonly CellValue[]
  | readonly (readonly [CellValue, CellValue])[];
