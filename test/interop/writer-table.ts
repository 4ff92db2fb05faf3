// The Iceberg writer without Kafka, as a library: column batches → Parquet → append commits on a SQLite catalog, with what no
// JSON message can say (NaN, infinities, nanoseconds), every partition transform at once, and deep nesting with nulls at each
// level. Other engines must read exactly these cells. Upholds promise 6 (conformant).
import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { buildColumns } from '../../src/column-cells.ts';
import type { CellValue, IcebergType, NestedField, StructType } from '../../src/contract/types.ts';
import { prepareAppend } from '../../src/iceberg/append.ts';
import { commitTable } from '../../src/iceberg/commit-table.ts';
import { remapStruct } from '../../src/iceberg/field-ids.ts';
import { serializeMetadata } from '../../src/iceberg/metadata-json.ts';
import { metricsOf } from '../../src/iceberg/metrics.ts';
import { newTableMetadata } from '../../src/iceberg/new-table.ts';
import { splitByPartition } from '../../src/iceberg/partition-split.ts';
import { sortRows } from '../../src/iceberg/sort-rows.ts';
import type { DataFile, TableMetadata } from '../../src/iceberg/types.ts';
import { makeLocalPorts } from '../../src/local/system.ts';
import { encodeParquet } from '../../src/parquet/encode.ts';
import type { Ports } from '../../src/ports.ts';
import { type Canonical, ofDecimal, ofDouble, ofFloat } from './canonical.ts';
import { type Checks, must } from './checks.ts';
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
  const identifier = { namespace: 'library', name: request.name };
  const location = `${ports.root}/library/${request.name}`;
  const offsets: ColumnOfCells = { name: 'kafka_offset', type: 'long', values: [] };
  const contractStruct = numbered(struct([offsets, ...request.columns].map(({ name, type }) => field(name, type))));
  const made = newTableMetadata({
    uuid: ports.ids.uuid(),
    location,
    struct: contractStruct,
    partition: request.partition,
    sort: request.partition.length > 0 ? [{ column: 'ratio', transform: 'identity', direction: 'asc', nullOrder: 'nulls-first' }] : [],
    formatVersion: 2,
    properties: {},
    nowMs: ports.clock.nowMs(),
  });
  const first = `${location}/metadata/00000-${ports.ids.uuid()}.metadata.json`;
  must((await ports.files.create(first, serializeMetadata(made.metadata))) === 'created', 'the first metadata file was there already');
  await ports.catalog.ensureNamespace('library');
  must(
    (await makeLocalPorts({ warehouse: LIBRARY_WAREHOUSE }).catalog.create(identifier, first)) === 'created',
    'the table was there already',
  );
  const fileStruct = remapStruct(contractStruct, made.fieldIds);
  let metadata = made.metadata;
  let metadataLocation = first;
  for (let commit = 0; commit < COMMITS; commit++) {
    const add = await writeFiles(ports, { metadata, fileStruct, commit, request });
    const prepared = await prepareAppend({
      metadata,
      metadataLocation,
      add,
      files: ports.files,
      ids: ports.ids,
      nowMs: ports.clock.nowMs(),
      summary: {},
    });
    const base = await ports.catalog.load(identifier);
    must(base, 'the table is gone');
    const outcome = await commitTable(ports.catalog, base, prepared);
    must(outcome.kind === 'committed', `expected committed, got ${outcome.kind}`);
    metadata = prepared.metadata;
    metadataLocation = (await ports.catalog.load(identifier))!.metadataLocation;
  }
}

interface FilesRequest {
  readonly metadata: TableMetadata;
  readonly fileStruct: StructType;
  readonly commit: number;
  readonly request: TableRequest;
}

async function writeFiles(ports: Ports, { metadata, fileStruct, commit, request }: FilesRequest): Promise<readonly DataFile[]> {
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
  const columns = buildColumns(fileStruct, cells);
  const spec = metadata['partition-specs'][0]!;
  const sortOrder = metadata['sort-orders'].find((order) => order['order-id'] === metadata['default-sort-order-id'])!;
  const files: DataFile[] = [];
  for (const { partition, order } of splitByPartition({ schema: fileStruct, spec, columns })) {
    const sorted = sortRows(fileStruct, sortOrder, columns, order);
    const encoded = encodeParquet({ schema: fileStruct, columns, order: sorted });
    const filePath = `${metadata.location}/data/${ports.ids.uuid()}.parquet`;
    must((await ports.files.create(filePath, encoded.bytes)) === 'created', 'a data file was there already');
    files.push({
      content: 0,
      filePath,
      fileFormat: 'PARQUET',
      specId: spec['spec-id'],
      partition,
      recordCount: encoded.recordCount,
      fileSizeBytes: encoded.bytes.length,
      splitOffsets: encoded.splitOffsets,
      sortOrderId: sortOrder['order-id'],
      ...metricsOf({ stats: encoded.stats, schema: fileStruct, properties: metadata.properties, sortOrder }),
    });
  }
  return files;
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
