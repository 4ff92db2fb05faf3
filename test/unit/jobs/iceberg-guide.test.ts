// The guide's program does what the guide says: it is run as it is printed.
import { execFile } from 'node:child_process';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { expect, test } from 'vitest';
import type { StructType } from '../../../src/contract/types.ts';
import { makeLocalPorts } from '../../../src/local/system.ts';
import { appendRows, createTable } from '../cli/make-table.ts';

const READINGS: StructType = {
  type: 'struct',
  fields: [
    { id: 1, name: 'station', required: false, type: 'string' },
    { id: 2, name: 'temperature', required: false, type: 'double' },
  ],
};

test('the program of docs/iceberg.md plans a filtered scan and prints the rows that match', async () => {
  const directory = await mkdtemp(join(tmpdir(), 'firn-guide-'));
  try {
    const ports = makeLocalPorts({ warehouse: join(directory, 'warehouse') });
    const table = { namespace: 'lab', name: 'readings' };
    await createTable(ports, table, READINGS);
    await appendRows(ports, table, [
      ['warm', 21.5],
      ['cold', -3],
      [null, 30],
    ]);
    await appendRows(ports, table, [['colder', -20]]);
    const guide = await readFile(new URL('../../../docs/iceberg.md', import.meta.url), 'utf8');
    const program = /```ts\n([\s\S]*?)```/.exec(guide)?.[1] ?? '';
    const library = new URL('../../../src/index.ts', import.meta.url).href;
    const file = join(directory, 'program.mts');
    await writeFile(file, program.replace("from 'firn'", `from '${library}'`));
    const { stdout, stderr } = await promisify(execFile)(process.execPath, [file, join(directory, 'warehouse'), 'lab', 'readings']);
    expect(stdout).toBe('warm 21.5\n');
    // These files have no statistics, so none is left out before its rows are looked at.
    expect(stderr).toContain('2 of 2 files may hold rows');
  } finally {
    await rm(directory, { recursive: true });
  }
}, 30_000);
