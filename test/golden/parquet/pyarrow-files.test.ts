import { readdirSync, readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { readRow } from '../../../src/column-cells.ts';
import { layoutOf } from '../../../src/columns.ts';
import type { IcebergType, NestedField, StructType } from '../../../src/contract/types.ts';
import { InputRefusedError } from '../../../src/errors.ts';
import { readColumns } from '../../../src/parquet/read.ts';

const DATA = new URL('./data/', import.meta.url);

function field(id: number, name: string, type: IcebergType, required = false): NestedField {
  return { id, name, required, type };
}

const element: StructType = { type: 'struct', fields: [field(18, 'k', 'string'), field(19, 'v', 'long')] };
const ints: IcebergType = { type: 'list', 'element-id': 23, 'element-required': false, element: 'int' };
const SCHEMA: StructType = {
  type: 'struct',
  fields: [
    field(1, 'id', 'long', true),
    field(2, 'i', 'int'),
    field(3, 'fl', 'float'),
    field(4, 'd', 'double'),
    field(5, 'b', 'boolean'),
    field(6, 's', 'string'),
    field(7, 'bin', 'binary'),
    field(8, 'fx', 'fixed[3]'),
    field(9, 'd9', 'decimal(9,2)'),
    field(10, 'd38', 'decimal(38,4)'),
    field(11, 'dt', 'date'),
    field(12, 'tm', 'time'),
    field(13, 'ts', 'timestamp'),
    field(14, 'tz', 'timestamptz'),
    field(15, 'ns', 'timestamp_ns'),
    field(16, 'li', { type: 'list', 'element-id': 17, 'element-required': false, element }),
    field(20, 'mp', { type: 'map', 'key-id': 21, key: 'string', 'value-id': 22, 'value-required': false, value: ints }),
    field(24, 'st', {
      type: 'struct',
      fields: [field(25, 'x', 'string'), field(26, 'y', { type: 'struct', fields: [field(27, 'z', 'double')] })],
    }),
  ],
};

const ROWS = JSON.parse(readFileSync(new URL('rows.json', DATA), 'utf8'), (_, value) => {
  if (typeof value?.big === 'string') return BigInt(value.big);
  if (typeof value?.hex === 'string') return new Uint8Array(Buffer.from(value.hex, 'hex'));
  return value;
}) as unknown[][];

const names = readdirSync(DATA).filter((name) => name.endsWith('.parquet'));

describe('files written by pyarrow', () => {
  for (const name of names.filter((each) => !each.startsWith('refused-'))) {
    it(`${name} reads as the rows it was written from`, async () => {
      const set = await readColumns(readFileSync(new URL(name, DATA)), SCHEMA);
      const layout = layoutOf(SCHEMA);
      const rows = Array.from({ length: set.rows }, (_, row) => readRow(set, layout, row));
      expect(rows).toEqual(name.includes('no-rows') ? [] : ROWS);
    });
  }

  for (const name of names.filter((each) => each.startsWith('refused-'))) {
    it(`${name} is refused`, async () => {
      await expect(readColumns(readFileSync(new URL(name, DATA)), SCHEMA)).rejects.toThrow(InputRefusedError);
    });
  }

  it('at least five files are read', () => {
    expect(names.length).toBeGreaterThanOrEqual(6);
  });
});
