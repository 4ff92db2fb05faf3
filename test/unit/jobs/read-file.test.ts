// Files of writers that know no field ids, read by the table's name mapping: DuckDB writes them, flat and nested. Values of identity
// partitions that such files leave out.
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DuckDBInstance } from '@duckdb/node-api';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { buildColumns, readRow } from '../../../src/column-cells.ts';
import { layoutOf } from '../../../src/columns.ts';
import type { StructType } from '../../../src/contract/types.ts';
import { formatNameMapping, nameMappingOf, updateNameMapping } from '../../../src/iceberg/name-mapping.ts';
import { newTableMetadata } from '../../../src/iceberg/new-table.ts';
import type { TableMetadata } from '../../../src/iceberg/types.ts';
import { updateSchema } from '../../../src/iceberg/update-schema.ts';
import { readFileColumns } from '../../../src/jobs/read-file.ts';
import { encodeParquet } from '../../../src/parquet/encode.ts';

const STRUCT: StructType = {
  type: 'struct',
  fields: [
    { id: 1, name: 'i', required: false, type: 'int' },
    { id: 2, name: 'device', required: false, type: { type: 'struct', fields: [{ id: 3, name: 'os', required: false, type: 'string' }] } },
    { id: 4, name: 'tags', required: false, type: { type: 'list', 'element-id': 5, 'element-required': false, element: 'string' } },
    {
      id: 6,
      name: 'counts',
      required: false,
      type: { type: 'map', 'key-id': 7, key: 'string', 'value-id': 8, 'value-required': false, value: 'long' },
    },
    { id: 9, name: 'region', required: false, type: 'string' },
  ],
};

function tableWith(properties: Record<string, string>): TableMetadata {
  return newTableMetadata({
    uuid: 'u',
    location: 's3://b/t',
    struct: STRUCT,
    partition: [{ column: 'region', transform: 'identity', name: 'region' }],
    sort: [],
    formatVersion: 2,
    properties,
    nowMs: 0,
  }).metadata;
}

const folder = mkdtempSync(join(tmpdir(), 'firn-names-'));
let bytes: Buffer;

beforeAll(async () => {
  const connection = await (await DuckDBInstance.create()).connect();
  const path = join(folder, 'f.parquet');
  await connection.run(`COPY (SELECT 1::INT AS i, {os: 'linux'} AS device, ['a', NULL, 'b'] AS tags, MAP {'x': 5::BIGINT} AS counts
    UNION ALL SELECT NULL, NULL, NULL, NULL) TO '${path}' (FORMAT parquet)`);
  connection.closeSync();
  bytes = readFileSync(path);
});
afterAll(() => rmSync(folder, { recursive: true }));

async function read(metadata: TableMetadata, partition: readonly (string | null)[] = ['eu']) {
  const struct = metadata.schemas.find((schema) => schema['schema-id'] === metadata['current-schema-id'])!;
  const columns = await readFileColumns({ bytes, file: { specId: 0, partition }, metadata, struct });
  return Array.from({ length: columns.rows }, (_, row) => readRow(columns, layoutOf(struct), row));
}

// The table's ids are given afresh, level by level.
const MAPPED = () => tableWith({ 'schema.name-mapping.default': formatNameMapping(nameMappingOf(tableWith({}).schemas[0]!)) });

describe('a file without field ids', () => {
  test('is read by the table’s name mapping at every level, and what its partition fixes by the partition', async () => {
    expect(await read(MAPPED())).toEqual([
      [1, ['linux'], ['a', null, 'b'], [['x', 5n]], 'eu'],
      [null, null, null, null, 'eu'],
    ]);
    expect((await read(MAPPED(), [null])).map((row) => row.at(-1))).toEqual([null, null]);
  });

  test('is still read after columns were renamed and its names given to others', async () => {
    const renamed = updateSchema(MAPPED(), [
      { kind: 'rename', column: 'i', name: 'count' },
      { kind: 'rename', column: 'device.os', name: 'system' },
      { kind: 'add', name: 'fresh', type: 'int' },
    ]);
    expect((await read(renamed))[0]).toEqual([1, ['linux'], ['a', null, 'b'], [['x', 5n]], 'eu', null]);
    const reused = updateSchema(renamed, [{ kind: 'add', name: 'i', type: 'int' }]);
    expect((await read(reused))[0]).toEqual([null, ['linux'], ['a', null, 'b'], [['x', 5n]], 'eu', null, 1]);
  });

  test('is refused by name where the table has no mapping', async () => {
    await expect(read(tableWith({}))).rejects.toMatchObject({ name: 'InputRefusedError', message: expect.stringMatching(/no field ids/) });
  });

  test.each([
    ['no JSON', '{'],
    ['no list', '{}'],
    ['names that are no texts', '[{"field-id":1,"names":[1]}]'],
    ['a name given twice', '[{"field-id":1,"names":["i"]},{"field-id":2,"names":["i"]}]'],
    ['an id that is no integer', '[{"field-id":"1","names":["i"]}]'],
  ])('and a mapping with %s is refused by name', async (_what, text) => {
    await expect(read(tableWith({ 'schema.name-mapping.default': text }))).rejects.toMatchObject({ code: 'name-mapping' });
  });

  test('leaves columns alone that the mapping does not name or gives no id', async () => {
    const text = '[{"names":["i"]},{"field-id":2,"names":["device"],"fields":[]}]';
    await expect(read(tableWith({ 'schema.name-mapping.default': text }))).resolves.toMatchObject([
      [null, [null], null, null, 'eu'],
      [null, null, null, null, 'eu'],
    ]);
  });
});

test('a file with field ids is read by them, whatever the mapping says', async () => {
  const metadata = MAPPED();
  const struct = metadata.schemas[0]!;
  const wrong = [{ 'field-id': 2, names: ['i'] }];
  const encoded = encodeParquet({ schema: struct, columns: buildColumns(struct, [[7, null, null, null, 'us']]) });
  const table = { ...metadata, properties: { 'schema.name-mapping.default': formatNameMapping(wrong) } };
  const columns = await readFileColumns({ bytes: encoded.bytes, file: { specId: 0, partition: ['eu'] }, metadata: table, struct });
  expect(readRow(columns, layoutOf(struct), 0)).toEqual([7, null, null, null, 'us']);
});

test('a mapping brought up to date twice is the same', () => {
  const once = updateNameMapping([{ 'field-id': 1, names: ['old'] }], STRUCT);
  expect(updateNameMapping(once, STRUCT)).toEqual(once);
  expect(once[0]).toEqual({ 'field-id': 1, names: ['old', 'i'] });
});
