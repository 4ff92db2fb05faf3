// Encodes a small table of its own, kept by nobody, while a process starts: modules are loaded, functions compiled and memory is there when the
// first batch comes. What is encoded has every common kind of column, with and without repetitions and nulls, several days, and
// rows out of order. Pure but for what the engine learns; costs what the first batch then does not.
import { buildColumns } from '../column-cells.ts';
import type { CellValue, NestedField, StructType } from '../contract/types.ts';
import { encodeRows, type RowTarget, splitRows } from './write-rows.ts';

/** Enough rows for the kernels' arena; the second time columns are known to have a dictionary. */
const ROWS = 544;
const TIMES = 2;

const DAY_MICROS = 86_400_000_000n;
const TIME_FIELD = 1;

/** The cell of a row; undefined: null. */
type Cell = (row: number) => CellValue | undefined;

const COLUMNS: readonly { readonly type: NestedField['type']; readonly required: boolean; readonly cell: Cell }[] = [
  { type: 'timestamptz', required: true, cell: (row) => BigInt((row * 7919) % ROWS) * 1000n + (row === 0 ? DAY_MICROS : 0n) },
  { type: 'string', required: true, cell: (row) => `v${row % 9}` },
  { type: 'string', required: true, cell: (row) => `a longer text, one of ${row % 50} and more` },
  { type: 'string', required: true, cell: (row) => `{"all of these":${row * 7919},"differ":"${row * 104_729}"}` },
  { type: 'string', required: false, cell: (row) => (row % 5 === 0 ? undefined : `w${row % 30}`) },
  { type: 'uuid', required: true, cell: (row) => Uint8Array.from({ length: 16 }, (_, i) => (row * 31 + i * 17 + row * row * i) & 0xff) },
  { type: 'int', required: true, cell: (row) => row % 100 },
  { type: 'long', required: true, cell: (row) => BigInt(row * 3) },
  { type: 'decimal(18,4)', required: false, cell: (row) => (row % 9 === 0 ? BigInt(row) : undefined) },
  { type: 'double', required: false, cell: (row) => (row % 7 === 0 ? undefined : row / 4) },
  { type: 'boolean', required: false, cell: (row) => row % 3 === 0 },
];

/** Call it once, when a process starts that will land. */
export function primeEncoder(): void {
  const struct: StructType = {
    type: 'struct',
    fields: COLUMNS.map(({ type, required }, i) => ({ id: TIME_FIELD + i, name: `c${i}`, type, required })),
  };
  const target: RowTarget = {
    location: 'nowhere',
    struct,
    schema: { ...struct, 'schema-id': 0 },
    spec: { 'spec-id': 0, fields: [{ 'source-id': TIME_FIELD, 'field-id': 1000, name: 'day', transform: 'day' }] },
    sortOrder: {
      'order-id': 1,
      fields: [{ 'source-id': TIME_FIELD, transform: 'identity', direction: 'asc', 'null-order': 'nulls-first' }],
    },
    properties: {},
  };
  const rows = Array.from({ length: ROWS }, (_, row) => COLUMNS.map(({ cell }) => cell(row) ?? null));
  const columns = buildColumns(struct, rows);
  for (let time = 0; time < TIMES; time++) {
    for (const { partition, order } of splitRows(target, columns)) encodeRows(target, { columns, order, partition, path: 'nowhere' });
  }
}
