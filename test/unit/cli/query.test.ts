// `firn query` on real tables: values without loss in every format, evolution by field id, deletes, one moment.
import { mkdtemp, realpath, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { printResult, type QueryFormat } from '../../../src/cli/query-output.ts';
import { withQuery, withTables } from '../../../src/cli/query-session.ts';
import { formatJson, type Terminal } from '../../../src/cli/terminal.ts';
import { buildColumns } from '../../../src/column-cells.ts';
import type { NestedField, StructType } from '../../../src/contract/types.ts';
import { runCommit } from '../../../src/iceberg/commit-loop.ts';
import type { ScanTask } from '../../../src/iceberg/scan.ts';
import { prepareUpdate } from '../../../src/iceberg/table-updates.ts';
import type { TableMetadata } from '../../../src/iceberg/types.ts';
import { updateSchema } from '../../../src/iceberg/update-schema.ts';
import { makeLocalPorts } from '../../../src/local/system.ts';
import { encodeParquet } from '../../../src/parquet/encode.ts';
import type { Ports } from '../../../src/ports.ts';
import { appendRows, createTable, taskOf, writeFile } from './make-table.ts';

const TABLE = { namespace: 'lab', name: 'samples' };

const ALL_TYPES: StructType = {
  type: 'struct',
  fields: [
    field(1, 'a_bool', 'boolean'),
    field(2, 'an_int', 'int'),
    field(3, 'a_long', 'long'),
    field(4, 'a_float', 'float'),
    field(5, 'a_double', 'double'),
    field(6, 'a_decimal', 'decimal(38,4)'),
    field(7, 'a_date', 'date'),
    field(8, 'a_time', 'time'),
    field(9, 'a_ts', 'timestamp'),
    field(10, 'a_tstz', 'timestamptz'),
    field(11, 'a_text', 'string'),
    field(12, 'a_uuid', 'uuid'),
    field(13, 'a_fixed', 'fixed[3]'),
    field(14, 'a_binary', 'binary'),
    field(15, 'a_struct', { type: 'struct', fields: [field(16, 'x', 'long'), field(17, 'file"name', 'string')] }),
    field(18, 'a_list', { type: 'list', 'element-id': 19, 'element-required': false, element: 'double' }),
    field(20, 'a_map', { type: 'map', 'key-id': 21, key: 'string', 'value-id': 22, 'value-required': false, value: 'int' }),
  ],
};
const MANY = 9_007_199_254_740_993n;
const FULL_ROW = [
  true,
  -7,
  MANY,
  Math.fround(0.1),
  -0,
  -(10n ** 37n) - 1n,
  -1,
  3_661_000_001n,
  -1n,
  1_767_225_600_123_456n,
  'a "quoted", \n line — 日本 \u{1f600}',
  Uint8Array.from({ length: 16 }, (_, i) => i * 16),
  Uint8Array.of(0, 127, 255),
  Uint8Array.of(104, 105),
  [MANY, null],
  [0.5, null, Number.NaN],
  [
    ['one', 1],
    ['two', null],
  ] as const,
] as const;

describe('firn query', () => {
  let directory: string;
  let ports: Ports;
  beforeEach(async () => {
    directory = await realpath(await mkdtemp(`${tmpdir()}/firn query [x]* `));
    ports = makeLocalPorts({ warehouse: directory });
  });
  afterEach(() => rm(directory, { recursive: true }));

  it('every type is printed without loss as JSON, also from a folder with spaces and glob characters', async () => {
    await createTable(ports, TABLE, ALL_TYPES);
    await appendRows(ports, TABLE, [FULL_ROW, ALL_TYPES.fields.map(() => null)]);
    const text = await run('select * from lab.samples order by an_int', 'json');
    // All digits are in the text itself; JavaScript's numbers could not show them.
    expect(text).toContain(`"a_long":${MANY}`);
    expect(text).toContain(`"a_decimal":-1000000000000000000000000000000000.0001`);
    expect(text).toContain('"a_double":-0');
    expect(text).toContain('"a_float":0.1,');
    expect(text).toContain(`"a_struct":{"x":${MANY},"file\\"name":null}`);
    const [row, empty] = JSON.parse(text) as Record<string, unknown>[];
    expect(row).toMatchObject({
      a_bool: true,
      an_int: -7,
      a_date: '1969-12-31',
      a_time: '01:01:01.000001',
      a_ts: '1969-12-31T23:59:59.999999',
      a_tstz: '2026-01-01T00:00:00.123456Z',
      a_text: FULL_ROW[10],
      a_uuid: '00102030-4050-6070-8090-a0b0c0d0e0f0',
      a_fixed: Buffer.from([0, 127, 255]).toString('base64'),
      a_binary: Buffer.from('hi').toString('base64'),
      a_list: [0.5, null, 'NaN'],
      a_map: [
        { key: 'one', value: 1 },
        { key: 'two', value: null },
      ],
    });
    expect(Object.values(empty!).every((value) => value === null)).toBe(true);
  });

  it('CSV quotes what needs it and tells null from the empty text', async () => {
    const text = await run(`select 'a,b' as x, null as y, '' as z, 'say "hi"' as w, [1, 2] as l, 1.50::decimal(9,2) as d`, 'csv');
    expect(text).toBe('x,y,z,w,l,d\n"a,b",,"","say ""hi""","[1,2]",1.50\n');
  });

  it('a table for people has no control characters and says how many rows there are', async () => {
    const text = await run(`select 'a\tb' as t, 12 as n, null as z union all select e'\\x1b[31mred', 3, 'x' order by n`, 'table');
    expect(text.split('\n').slice(-4, -1).join('\n')).toContain('2 rows');
    expect(text).toContain('a\\tb');
    expect([...text].some((character) => character === '\u001b')).toBe(false);
    expect(text).toContain('∅');
  });

  it('an empty table has its columns and types', async () => {
    await createTable(ports, TABLE, ALL_TYPES);
    const described = JSON.parse(await run('describe lab.samples', 'json')) as { column_name: string; column_type: string }[];
    expect(described.map((row) => row.column_name)).toEqual(ALL_TYPES.fields.map((one) => one.name));
    expect(described.map((row) => row.column_type)).toContain('DECIMAL(38,4)');
    expect(await run('select count(*) as n from samples', 'csv')).toBe('n\n0\n');
  });

  it('renamed, reordered, widened, dropped and added columns are found by field id', async () => {
    const old: StructType = {
      type: 'struct',
      fields: [field(1, 'a', 'int'), field(2, 'b', 'string'), field(3, 'gone', 'string'), nested(4, 's', [field(5, 'x', 'int')])],
    };
    const metadata = await createTable(ports, TABLE, old);
    const oldFile = await writeFile(ports, metadata.location, { schema: old, rows: [[1, 'one', 'dropped', [10]]] });
    const fields = [
      nested(4, 's', [field(5, 'x', 'long'), field(8, 'y', 'string')]),
      field(2, 'a', 'string'),
      field(1, 'b', 'long'),
      field(7, 'gone', 'double'),
    ];
    const evolved: TableMetadata = {
      ...metadata,
      schemas: [...metadata.schemas, { type: 'struct', 'schema-id': 1, fields }],
      'current-schema-id': 1,
    };
    const newRows = [[[20n, 'new'], 'two', MANY, 0.5]] as const;
    const newFile = await writeFile(ports, metadata.location, { schema: { type: 'struct', fields }, rows: newRows });
    const tasks = [oldFile, newFile].map((file) => taskOf(file));
    expect(JSON.parse(await runOn(evolved, tasks, 'from samples order by b', 'json'))).toEqual([
      { s: { x: 10, y: null }, a: 'one', b: 1, gone: null },
      { s: { x: 20, y: 'new' }, a: 'two', b: Number(MANY), gone: 0.5 },
    ]);
  });

  it('a nested member that was renamed is found, and one made anew under its name is another', async () => {
    const old: StructType = { type: 'struct', fields: [nested(1, 's', [field(2, 'x', 'int')])] };
    const metadata = await createTable(ports, TABLE, old);
    const file = await writeFile(ports, metadata.location, { schema: old, rows: [[[7]], [[null]], [null]] });
    for (const [member, values] of [
      [field(2, 'renamed', 'int'), [{ renamed: 7 }, { renamed: null }, null]],
      [field(9, 'x', 'int'), [{ x: null }, { x: null }, null]],
    ] as const) {
      const schemas = [...metadata.schemas, { type: 'struct' as const, 'schema-id': 1, fields: [nested(1, 's', [member])] }];
      const evolved: TableMetadata = { ...metadata, schemas, 'current-schema-id': 1 };
      const rows = JSON.parse(await runOn(evolved, [taskOf(file)], 'from samples', 'json')) as { s: unknown }[];
      expect(rows.map(({ s }) => s)).toEqual(values);
    }
  });

  it('a filter on a column widened from float to double finds the rows of older files', async () => {
    await createTable(ports, TABLE, { type: 'struct', fields: [field(1, 'f', 'float')] });
    await appendRows(ports, TABLE, [[Math.fround(0.1)], [1.5]]);
    const prepare: Parameters<typeof runCommit>[0]['prepare'] = (base) =>
      prepareUpdate(base, (metadata) => updateSchema(metadata, [{ kind: 'widen', column: 'f', type: 'double' }]));
    await runCommit({ ports, identifier: TABLE, what: 'widening', prepare, pause: () => Promise.resolve() });
    await appendRows(ports, TABLE, [[0.1]]);
    // The float nearest to 0.1 is greater than the double 0.1; rounded to a float, the literal would equal it.
    expect(await run('select count(*) as n from samples where f > 0.1', 'csv')).toBe('n\n2\n');
    expect(await run('select count(*) as n from samples where f = 0.1', 'csv')).toBe('n\n1\n');
  });

  it('position deletes are applied however their writer spelled the file', async () => {
    const struct: StructType = { type: 'struct', fields: [field(1, 'n', 'int')] };
    const metadata = await createTable(ports, TABLE, struct);
    const rows = Array.from({ length: 6 }, (_, i) => [i]);
    const [file, untouched] = [
      await writeFile(ports, metadata.location, { schema: struct, rows }),
      await writeFile(ports, metadata.location, { schema: struct, rows: [[100]] }),
    ];
    const path = file.filePath.slice('file://'.length);
    const deleteSchema: StructType = {
      type: 'struct',
      fields: [
        { ...field(2147483546, 'file_path', 'string'), required: true },
        { ...field(2147483545, 'pos', 'long'), required: true },
      ],
    };
    const deleted = [
      [path, 0n],
      [`file:${path}`, 2n],
      [file.filePath, 4n],
    ] as const;
    const bytes = encodeParquet({ schema: deleteSchema, columns: buildColumns(deleteSchema, deleted) }).bytes;
    await ports.files.create(`${metadata.location}/data/deletes.parquet`, bytes);
    const deletes = [{ ...file, content: 1 as const, filePath: `${metadata.location}/data/deletes.parquet` }];
    const tasks = [taskOf(file, deletes), taskOf(untouched!)];
    expect(await runOn(metadata, tasks, 'from samples order by all', 'csv')).toBe('n\n1\n3\n5\n100\n');
  });

  it('files that are no Parquet are refused with the table and a remedy', async () => {
    const metadata = await createTable(ports, TABLE, ALL_TYPES);
    const file = await writeFile(ports, metadata.location, { schema: ALL_TYPES, rows: [FULL_ROW] });
    const ask = (task: ScanTask) => runOn(metadata, [task], 'from samples', 'csv');
    await expect(ask(taskOf({ ...file, fileFormat: 'ORC' }))).rejects.toThrow(/lab\.samples cannot be read: it has ORC files.*Spark/);
    await expect(ask(taskOf(file, [{ ...file, content: 1, fileFormat: 'AVRO' }]))).rejects.toThrow(/lab\.samples.*AVRO.*rewrite/);
  });

  it('statements that write are refused before they run, and mistakes are shown with their place', async () => {
    await createTable(ports, TABLE, ALL_TYPES);
    for (const sql of [
      `copy (select 1) to '${directory}/stolen.csv'`,
      'select 1; delete from samples',
      `attach '${directory}/x.db'`,
      'install httpfs',
    ]) {
      await expect(run(sql, 'json'), sql).rejects.toThrow(/firn query only reads|the query failed/);
    }
    await expect(run('select nothing_such from samples', 'json')).rejects.toThrow(/the query failed: Binder Error.*nothing_such/s);
    for (const sql of ['', ' ; ', '-- only a comment', '/* nothing */'])
      await expect(run(sql, 'json'), sql).rejects.toThrow(/there is no SQL/);
    expect(await run('create temp table t as select 41 as n; select n + 1 as m from t', 'csv')).toBe('m\n42\n');
  });

  it('a query sees all tables as they were at one moment', async () => {
    const other = { namespace: 'lab', name: 'others' };
    const struct: StructType = { type: 'struct', fields: [field(1, 'n', 'int')] };
    for (const table of [TABLE, other]) {
      await createTable(ports, table, struct);
      await appendRows(ports, table, [[1]]);
    }
    // Between the looks at the first and the second table both move: neither the old first nor the new second may be seen alone.
    let looks = 0;
    const racing: Ports = {
      ...ports,
      catalog: {
        ...ports.catalog,
        load: async (identifier) => {
          if (looks++ === 1) for (const table of [TABLE, other]) await appendRows(ports, table, [[2]]);
          return ports.catalog.load(identifier);
        },
      },
    };
    const sql = 'select (select count(*) from samples) as s, (select count(*) from others) as o';
    expect(await run(sql, 'csv', racing)).toBe('s,o\n2,2\n');
  });

  async function runOn(metadata: TableMetadata, tasks: readonly ScanTask[], sql: string, format: QueryFormat): Promise<string> {
    const { terminal, printed } = recordingTerminal();
    const table = { identifier: TABLE, metadata, tasks, isNameUnique: true };
    await withTables(ports, [table], async (ask) => printResult(await ask(sql), format, terminal));
    return printed();
  }

  async function run(sql: string, format: QueryFormat, on: Ports = ports): Promise<string> {
    const { terminal, printed } = recordingTerminal();
    await withQuery(on, sql, (result) => printResult(result, format, terminal));
    return printed();
  }
});

function field(id: number, name: string, type: NestedField['type']): NestedField {
  return { id, name, required: false, type };
}

function nested(id: number, name: string, fields: readonly NestedField[]): NestedField {
  return field(id, name, { type: 'struct', fields });
}

function recordingTerminal(): { readonly terminal: Terminal; readonly printed: () => string } {
  let text = '';
  const plain = (given: string) => given;
  const terminal: Terminal = {
    isJson: false,
    width: 140,
    style: { bold: plain, dim: plain, good: plain, bad: plain, warn: plain },
    line: (line = '') => void (text += `${line}\n`),
    raw: (given) => void (text += given),
    json: (value) => void (text += formatJson(value)),
    note: () => undefined,
    progress: () => undefined,
  };
  return { terminal, printed: () => text };
}
