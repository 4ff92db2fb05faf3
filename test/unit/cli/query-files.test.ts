// Copies of a query's files: whole, bounded before the first byte, taken away again whatever happens, deletes found by their names.
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { reachFiles } from '../../../src/cli/query-files.ts';
import { withQuery, withTables } from '../../../src/cli/query-session.ts';
import { buildColumns } from '../../../src/column-cells.ts';
import { LIMITS } from '../../../src/contract/limits.ts';
import type { NestedField, StructType } from '../../../src/contract/types.ts';
import type { DataFile } from '../../../src/iceberg/types.ts';
import { encodeParquet } from '../../../src/parquet/encode.ts';
import { type MemoryPorts, makeMemoryPorts } from '../../support/memory/index.ts';
import { appendRows, createTable, taskOf, writeFile } from './make-table.ts';

const TABLE = { namespace: 'lab', name: 'samples' };
const STRUCT: StructType = { type: 'struct', fields: [{ id: 1, name: 'n', type: 'int', required: false }] };

describe('the files of a query on S3', () => {
  let memory: MemoryPorts;
  let folder: string;
  let before: string | undefined;
  beforeEach(() => {
    memory = makeMemoryPorts();
    before = process.env['TMPDIR'];
    folder = mkdtempSync(`${tmpdir()}/firn-files-`);
    process.env['TMPDIR'] = folder;
  });
  afterEach(() => {
    if (before === undefined) delete process.env['TMPDIR'];
    else process.env['TMPDIR'] = before;
    rmSync(folder, { recursive: true });
  });

  async function stored(name: string, bytes: Uint8Array, fileSizeBytes = bytes.length): Promise<DataFile> {
    const filePath = `${memory.ports.root}/lab/samples/data/${name}`;
    await memory.ports.files.create(filePath, bytes);
    return { content: 0, filePath, fileFormat: 'PARQUET', specId: 0, partition: [], recordCount: 1, fileSizeBytes, splitOffsets: [] };
  }

  it('are copied whole, also in several parts and under names no folder could have, and go when they are released', async () => {
    const large = Buffer.alloc(LIMITS.queryFetchPartBytes + 5, 'abcdefg');
    const files = [await stored('large', large), await stored('../../%2e/../odd', Buffer.from('odd')), await stored('empty', Buffer.of())];
    const seen: number[] = [];
    const reached = await reachFiles(memory.ports, [...files, files[0]!], { onFetch: ({ bytes }) => void seen.push(bytes) });
    expect(readFileSync(reached.pathOf(files[0]!.filePath)).equals(large)).toBe(true);
    expect(files.slice(1).map(({ filePath }) => readFileSync(reached.pathOf(filePath), 'utf8'))).toEqual(['odd', '']);
    for (const { filePath } of files) expect(reached.pathOf(filePath).startsWith(`${folder}/firn-query-`)).toBe(true);
    expect(Math.max(...seen)).toBe(large.length + 3);
    reached.release();
    expect(readdirSync(folder)).toEqual([]);
  });

  it('are refused above the limit, with sizes and a remedy, before anything is fetched', async () => {
    const files = [await stored('a', Buffer.alloc(600)), await stored('b', Buffer.alloc(600))];
    memory.calls.length = 0;
    await expect(reachFiles(memory.ports, files, { bytesMax: 1199 })).rejects.toThrow(
      /2 files of 1\.2 KiB from S3: at most 1\.2 KiB are fetched; name only the tables it needs/,
    );
    expect(memory.calls).toEqual([]);
    expect(readdirSync(folder)).toEqual([]);
    (await reachFiles(memory.ports, files, { bytesMax: 1200 })).release();
  });

  it('are gone or too short: the query says which, and no copy is left', async () => {
    const short = await stored('short', Buffer.alloc(10), 11);
    const gone = { ...short, filePath: `${memory.ports.root}/gone` };
    const fine = await stored('fine', Buffer.alloc(10));
    for (const [file, got] of [
      [short, '10 bytes'],
      [gone, 'no file'],
    ] as const) {
      const message = `${file.filePath}, expected 11 bytes, got ${got}`;
      await expect(reachFiles(memory.ports, [fine, file, fine])).rejects.toThrow(message);
      expect(readdirSync(folder)).toEqual([]);
    }
  });

  it('are those of the tables the SQL names: a longer name that holds a table’s name does not mean it', async () => {
    for (const name of ['samples', 'samples__quarantine', 'Samples2']) {
      await createTable(memory.ports, { namespace: 'lab', name }, STRUCT);
      await appendRows(memory.ports, { namespace: 'lab', name }, [[name.length]]);
    }
    const fetchedBy = async (sql: string) => {
      memory.calls.length = 0;
      const rows = await withQuery(memory.ports, sql, (result) => result.getRows());
      const read = memory.calls.filter(({ target }) => target.endsWith('.parquet')).map(({ target }) => target.split('/').at(-3));
      return { rows, tables: [...new Set(read)].sort() };
    };
    expect(await fetchedBy('select n from samples__quarantine')).toEqual({ rows: [[19]], tables: ['samples__quarantine'] });
    expect(await fetchedBy('select n from lab.SAMPLES')).toEqual({ rows: [[7]], tables: ['samples'] });
    const both = 'select n from "samples" union all select n from samples__quarantine order by 1';
    expect(await fetchedBy(both)).toEqual({ rows: [[7], [19]], tables: ['samples', 'samples__quarantine'] });
    expect(await fetchedBy('select n from samples2')).toEqual({ rows: [[8]], tables: ['Samples2'] });
  });

  it('have their position deletes applied, however the writer spelled their location', async () => {
    const metadata = await createTable(memory.ports, TABLE, STRUCT);
    const rows = Array.from({ length: 6 }, (_, i) => [i]);
    const file = await writeFile(memory.ports, metadata.location, { schema: STRUCT, rows });
    const other = await writeFile(memory.ports, metadata.location, { schema: STRUCT, rows: [[100], [101]] });
    const positions = [
      [file.filePath, 0n],
      [file.filePath.replace('s3:', 's3a:'), 2n],
      [file.filePath.replace('s3:', 's3n:'), 4n],
      [other.filePath, 1n],
    ] as const;
    const bytes = encodeParquet({ schema: DELETES, columns: buildColumns(DELETES, positions) }).bytes;
    const deletes = [{ ...(await stored('deletes.parquet', bytes)), content: 1 as const }];
    const table = { identifier: TABLE, metadata, tasks: [file, other].map((one) => taskOf(one, deletes)), isNameUnique: true };
    const left = await withTables(memory.ports, [table], async (run) => (await run('select n from samples order by n')).getRows());
    expect(left).toEqual([[1], [3], [5], [100]]);
    expect(readdirSync(folder)).toEqual([]);
  });
});

const DELETES: StructType = {
  type: 'struct',
  fields: [deleteField(2147483546, 'file_path', 'string'), deleteField(2147483545, 'pos', 'long')],
};

function deleteField(id: number, name: string, type: NestedField['type']): NestedField {
  return { id, name, type, required: true };
}
