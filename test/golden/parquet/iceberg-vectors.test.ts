import { readFileSync } from 'node:fs';
import { parquetMetadata, type SchemaElement } from 'hyparquet';
import { describe, expect, it } from 'vitest';
import { buildColumns } from '../../../src/column-cells.ts';
import {
  type CellValue,
  decimalOf,
  type IcebergType,
  type NestedField,
  type PrimitiveType,
  type StructType,
} from '../../../src/contract/types.ts';
import { encodeParquet } from '../../../src/parquet/encode.ts';

interface TypeVector {
  readonly field: string;
  readonly parquet: string;
}

interface MetricsVector {
  readonly type: PrimitiveType;
  readonly mode: string;
  readonly values: readonly (string | null)[];
  readonly valueCount: number | null;
  readonly nullCount: number | null;
  readonly nanCount: number | null;
  readonly lower: string | null;
  readonly upper: string | null;
}

const VECTORS = JSON.parse(readFileSync(new URL('../data/iceberg-vectors.json', import.meta.url), 'utf8')).vectors as {
  readonly 'parquet-type': readonly TypeVector[];
  readonly metrics: readonly MetricsVector[];
};

function optional(id: number, name: string, type: IcebergType): NestedField {
  return { id, name, required: false, type };
}

/** The table the vectors were made from. */
const TABLE: StructType = {
  type: 'struct',
  fields: [
    { id: 1, name: 'id', required: true, type: 'long' },
    optional(2, 'b', 'boolean'),
    optional(3, 'i', 'int'),
    optional(4, 'f', 'float'),
    optional(5, 'd', 'double'),
    optional(6, 'dec9', 'decimal(9, 2)' as PrimitiveType),
    optional(7, 'dec18', 'decimal(18, 6)' as PrimitiveType),
    optional(8, 'dec38', 'decimal(38, 10)' as PrimitiveType),
    optional(9, 'dt', 'date'),
    optional(10, 'tm', 'time'),
    optional(11, 'ts', 'timestamp'),
    optional(12, 'tstz', 'timestamptz'),
    optional(13, 's', 'string'),
    optional(14, 'u', 'uuid'),
    optional(15, 'fx', 'fixed[5]'),
    optional(16, 'bin', 'binary'),
    optional(17, 'st', {
      type: 'struct',
      fields: [optional(18, 'x', 'int'), optional(19, 'y', { type: 'struct', fields: [optional(20, 'z', 'string')] })],
    }),
    optional(21, 'li', { type: 'list', 'element-id': 22, 'element-required': false, element: 'string' }),
    optional(23, 'mp', { type: 'map', 'key-id': 24, key: 'string', 'value-id': 25, 'value-required': false, value: 'long' }),
    optional(26, 'ls', {
      type: 'list',
      'element-id': 27,
      'element-required': false,
      element: { type: 'struct', fields: [optional(28, 'k', 'string'), optional(29, 'v', 'double')] },
    }),
    optional(30, 'allnull', 'string'),
    optional(31, 'nan', 'double'),
  ],
};

/** Schema elements in the text form of parquet-java. */
function describeElement(elements: readonly SchemaElement[], at: { index: number }): string {
  const element = elements[at.index++]!;
  const logical = element.logical_type;
  const kinds: Record<string, () => string> = {
    STRING: () => 'STRING',
    DATE: () => 'DATE',
    UUID: () => 'UUID',
    LIST: () => 'LIST',
    MAP: () => 'MAP',
    DECIMAL: () => `DECIMAL(${element.precision},${element.scale})`,
    TIME: () => `TIME(${logical?.type === 'TIME' ? `${logical.unit},${logical.isAdjustedToUTC}` : ''})`,
    TIMESTAMP: () => `TIMESTAMP(${logical?.type === 'TIMESTAMP' ? `${logical.unit},${logical.isAdjustedToUTC}` : ''})`,
  };
  const annotation = logical ? ` (${kinds[logical.type]!()})` : '';
  const id = element.field_id === undefined ? '' : ` = ${element.field_id}`;
  const repetition = element.repetition_type!.toLowerCase();
  if (!element.num_children) {
    const names: Record<string, string> = { BYTE_ARRAY: 'binary', FIXED_LEN_BYTE_ARRAY: `fixed_len_byte_array(${element.type_length})` };
    return `${repetition} ${names[element.type!] ?? element.type!.toLowerCase()} ${element.name}${annotation}${id}`;
  }
  const children = Array.from({ length: element.num_children }, () => describeElement(elements, at));
  const body = children.map((child) => (child.endsWith('}') ? child : `${child};`)).join(' ');
  return `${repetition} group ${element.name}${annotation}${id} { ${body} }`;
}

describe('what iceberg-java 1.12 writes', () => {
  it('has the same Parquet schema, field by field', () => {
    const { schema } = parquetMetadata(encodeParquet({ schema: TABLE, columns: buildColumns(TABLE, []) }).bytes);
    const at = { index: 1 };
    const ours = Array.from({ length: schema[0]!.num_children! }, () => describeElement(schema, at));
    expect(ours).toEqual(VECTORS['parquet-type'].map((vector) => vector.parquet));
  });

  const cases = VECTORS.metrics.filter((vector) => vector.mode === 'full' || (vector.mode === 'truncate(16)' && isFloat(vector.type)));
  for (const vector of cases) {
    it(`counts and bounds of ${vector.type} ${JSON.stringify(vector.values).slice(0, 60)} (${vector.mode}) are the same`, () => {
      const schema: StructType = { type: 'struct', fields: [optional(1, 'c', vector.type)] };
      const rows = vector.values.map((value) => [value === null ? null : cellOf(vector.type, value)]);
      const [stats] = encodeParquet({ schema, columns: buildColumns(schema, rows) }).stats;
      expect(stats!.valueCount).toBe(vector.valueCount);
      expect(stats!.nullCount).toBe(vector.nullCount);
      if (isFloat(vector.type)) expect(stats!.nanCount).toBe(vector.nanCount);
      expect(stats!.min === undefined ? null : singleValue(vector.type, stats!.min)).toBe(vector.lower);
      expect(stats!.max === undefined ? null : singleValue(vector.type, stats!.max)).toBe(vector.upper);
    });
  }
});

function isFloat(type: PrimitiveType): boolean {
  return type === 'float' || type === 'double';
}

function cellOf(type: PrimitiveType, text: string): CellValue {
  if (type === 'string') return text;
  if (type === 'binary') return Buffer.from(text, 'hex');
  return decimalOf(type) ? BigInt(text.replace('.', '')) : Number(text);
}

/** Iceberg's single-value serialisation, as hex. */
function singleValue(type: PrimitiveType, cell: CellValue): string {
  if (cell instanceof Uint8Array) return Buffer.from(cell).toString('hex');
  if (typeof cell === 'bigint') {
    let bytes = 1;
    while (BigInt.asIntN(8 * bytes, cell) !== cell) bytes++;
    return BigInt.asUintN(8 * bytes, cell)
      .toString(16)
      .padStart(2 * bytes, '0');
  }
  const buffer = Buffer.alloc(type === 'float' ? 4 : 8);
  if (type === 'float') buffer.writeFloatLE(cell as number);
  else buffer.writeDoubleLE(cell as number);
  return buffer.toString('hex');
}
