// The Iceberg writer without Kafka, as a library: column batches → Parquet → append commits on a SQLite catalog, with what no
// JSON message can say (NaN, infinities, nanoseconds), every partition transform at once, and deep nesting with nulls at each
// level. Other engines must read exactly these cells. Upholds promise 6 (conformant).
import { rmSync } from 'node:fs';
import { join } from 'node:path';
import type { CellValue, IcebergType, NestedField, StructType } from '../../src/contract/types.ts';
import { prepareAppend } from '../../src/iceberg/append.ts';
import { remapStruct } from '../../src/iceberg/field-ids.ts';
import { makeLocalPorts } from '../../src/local/system.ts';
import type { Ports } from '../../src/ports.ts';
import { type Canonical, ofDecimal, ofDouble, ofFloat } from './canonical.ts';
import type { Checks } from './checks.ts';
import { commit, openTable, stateOf, writeRows } from './library-table.ts';
import { INTEROP_HOME } from './processes.ts';
import { checkReaders } from './readers.ts';

export const LIBRARY_WAREHOUSE = join(INTEROP_HOME, 'work/library/warehouse');

const COMMITS = 3;
const ROWS = 40;

interface ColumnOfCells {
  readonly name: string;
  readonly type: IcebergType;
  /** The cell and how every reader must show it. */
  readonly values: readonly (readonly [cell: CellValue, expected: Canonical])[];
}

const COLUMNS: readonly ColumnOfCells[] = [
  { name: 'ratio', type: 'double', values: [NaN, -0, 0, Infinity, -Infinity, 1.5].map((value) => [value, ofDouble(value)] as const) },
  { name: 'small', type: 'float', values: [NaN, -0, 0, Math.fround(0.1), -Infinity].map((value) => [value, ofFloat(value)] as const) },
  {
    name: 'only_nan',
    type: 'double',
    values: [
      [NaN, 'nan'],
      [null, null],
    ],
  },
  { name: 'all_null', type: 'string', values: [[null, null]] },
  {
    name: 'happened',
    type: 'timestamptz',
    values: [-1n, 0n, 1n, 1_772_409_599_999_999n, -3_600_000_001n].map((value) => [value, String(value)] as const),
  },
  { name: 'day', type: 'date', values: [-1, 0, 20_512, -719_162].map((value) => [value, String(value)] as const) },
  {
    name: 'id',
    type: 'long',
    values: [0n, -1n, 2n ** 63n - 1n, -(2n ** 63n), null].map((value) => [value, value === null ? null : String(value)] as const),
  },
  { name: 'wide', type: 'decimal(38,10)', values: [10n ** 38n - 1n, 1n - 10n ** 38n, 0n].map((value) => [value, `${value}e-10`] as const) },
  { name: 'price', type: 'decimal(9,2)', values: ['-10.65', '10.65', '0'].map((text) => [decimalCell(text), ofDecimal(text, 2)] as const) },
  {
    name: 'label',
    type: 'string',
    values: ['', 'a', '🐉🐲🐍', '\u{10FFFF}'.repeat(20), `${'z'.repeat(15)}\u{D7FF}tail`].map((text) => [text, text] as const),
  },
  {
    name: 'blob',
    type: 'binary',
    values: [Buffer.alloc(0), Buffer.alloc(40, 0xff), Buffer.from([0])].map((bytes) => [bytes, bytes.toString('hex')] as const),
  },
];

/** Lists and maps of structs are never null here: PyIceberg 0.12.0 reads a null one as empty. */
const NESTED: readonly ColumnOfCells[] = [
  {
    name: 'tree',
    type: list(1, struct([field('leaf', 'double'), field('words', list(2, 'string'))])),
    values: [
      [
        [
          [NaN, ['a', null]],
          [null, []],
        ],
        [
          { leaf: 'nan', words: ['a', null] },
          { leaf: null, words: [] },
        ],
      ],
      [[], []],
      [
        [null, [0.5, null]],
        [null, { leaf: ofDouble(0.5), words: null }],
      ],
    ],
  },
  {
    name: 'scores',
    type: {
      type: 'map',
      'key-id': 3,
      key: 'string',
      'value-id': 4,
      'value-required': false,
      value: struct([field('n', 'long'), field('at', 'timestamptz')]),
    },
    values: [
      [
        [
          ['b', [1n, null]],
          ['a', null],
        ],
        [
          ['a', null],
          ['b', { n: '1', at: null }],
        ],
      ],
      [[], []],
    ],
  },
];

const PARTITION = [
  { column: 'label', transform: 'truncate[2]', name: 'label_trunc' },
  { column: 'id', transform: 'bucket[3]', name: 'id_bucket' },
  { column: 'day', transform: 'year', name: 'day_year' },
  { column: 'happened', transform: 'hour', name: 'happened_hour' },
];

/** Writes two tables (partitioned, nested) in several commits each and has them read. */
export async function checkWriterTable(checks: Checks): Promise<void> {
  rmSync(join(LIBRARY_WAREHOUSE, '..'), { recursive: true, force: true });
  const ports = makeLocalPorts({ warehouse: LIBRARY_WAREHOUSE });
  const expected: { table: string; rows: Record<string, Canonical>[]; isReadableByDuckdb: boolean }[] = [];
  for (const [name, columns, partition] of [
    ['cells', COLUMNS, PARTITION],
    ['nested', NESTED, []],
  ] as const) {
    const rows: Record<string, Canonical>[] = [];
    const written = await checks.check(`library: ${COMMITS} appends to ${name}`, async () => {
      await writeTable(ports, { name, columns, partition, rows });
    });
    if (written) expected.push({ table: `library.${name}`, rows, isReadableByDuckdb: true });
  }
  await checkReaders(checks, LIBRARY_WAREHOUSE, expected);
}

interface TableRequest {
  readonly name: string;
  readonly columns: readonly ColumnOfCells[];
  readonly partition: typeof PARTITION | readonly [];
  /** Filled with what must be read. */
  readonly rows: Record<string, Canonical>[];
}

async function writeTable(ports: Ports, request: TableRequest): Promise<void> {
  const offsets: ColumnOfCells = { name: 'kafka_offset', type: 'long', values: [] };
  const contractStruct = numbered(struct([offsets, ...request.columns].map(({ name, type }) => field(name, type))));
  const table = await openTable(ports, {
    namespace: 'library',
    name: request.name,
    struct: contractStruct,
    partition: request.partition,
    sort: request.partition.length > 0 ? [{ column: 'ratio', transform: 'identity', direction: 'asc', nullOrder: 'nulls-first' }] : [],
    formatVersion: 2,
  });
  const schema = remapStruct(contractStruct, table.fieldIds);
  for (let n = 0; n < COMMITS; n++) {
    const add = await writeRows(ports, { metadata: await stateOf(table), schema, rows: rowsOf(n, request) });
    await commit(table, 'append', (base) => prepareAppend({ ...base, add, summary: {} }));
  }
}

/** Cells of one commit; what every reader must show goes to the request. */
function rowsOf(commit: number, request: TableRequest): CellValue[][] {
  const cells: CellValue[][] = [];
  for (let n = 0; n < ROWS; n++) {
    const offset = commit * ROWS + n;
    const picked = request.columns.map(
      ({ values }, index) => values[(n + commit + Math.floor(n / values.length) * index) % values.length]!,
    );
    cells.push([BigInt(offset), ...picked.map(([cell]) => cell)]);
    request.rows.push({
      ...Object.fromEntries(picked.map(([, value], index) => [request.columns[index]!.name, value])),
      kafka_offset: String(offset),
    });
  }
  return cells;
}

function field(name: string, type: IcebergType): NestedField {
  return { id: 0, name, required: false, type };
}

function struct(fields: readonly NestedField[]): StructType {
  return { type: 'struct', fields };
}

function list(id: number, element: IcebergType): IcebergType {
  return { type: 'list', 'element-id': id, 'element-required': false, element };
}

function decimalCell(text: string): bigint {
  return BigInt(String(ofDecimal(text, 2)).replace('e-2', ''));
}

/** The same struct with ids of its own, in pre-order. */
function numbered(type: StructType): StructType {
  let last = 0;
  const next = () => ++last;
  const visit = (inner: IcebergType): IcebergType => {
    if (typeof inner === 'string') return inner;
    switch (inner.type) {
      case 'struct':
        return { ...inner, fields: inner.fields.map((one) => ({ ...one, id: next(), type: visit(one.type) })) };
      case 'list':
        return { ...inner, 'element-id': next(), element: visit(inner.element) };
      case 'map':
        return { ...inner, 'key-id': next(), 'value-id': next(), key: visit(inner.key), value: visit(inner.value) };
    }
  };
  return visit(type) as StructType;
}
