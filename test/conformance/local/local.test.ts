// The suites against a directory and SQLite.
import { mkdtemp, realpath, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { DatabaseSync } from 'node:sqlite';
import { makeLocalFileStore } from '../../../src/local/file-store.ts';
import { CATALOG_NAME } from '../../../src/local/sql-catalog.ts';
import { makeLocalPorts } from '../../../src/local/system.ts';
import type { CreateOutcome } from '../../../src/ports.ts';
import { describeFileStore } from '../suites/file-store.ts';
import { describeTableCatalog } from '../suites/table-catalog.ts';
import { runChild } from '../support/child.ts';

const PROCESS_START_MS = 1500;

describeFileStore(
  'local directory',
  async () => {
    const directory = await temporary();
    return {
      store: makeLocalFileStore(),
      another: makeLocalFileStore(),
      prefix: `file://${directory}/store`,
      raceInOtherProcesses: (uris, processes) => {
        const startAtMs = Date.now() + PROCESS_START_MS;
        const race = (index: number) => runChild<CreateOutcome[]>('./create-files.ts', { uris, index, startAtMs });
        return Promise.all(Array.from({ length: processes }, (_, index) => race(index)));
      },
      dispose: () => rm(directory, { recursive: true }),
    };
  },
  { longSegments: false, processes: true, largeBytes: 64 * 1024 * 1024 },
);

describeTableCatalog(
  'SQLite',
  async () => {
    const warehouse = await temporary();
    return {
      ports: makeLocalPorts({ warehouse }),
      another: makeLocalPorts({ warehouse }),
      drop: async ({ namespace, name }) => {
        const database = new DatabaseSync(`${warehouse}/catalog.db`);
        const sql = 'DELETE FROM iceberg_tables WHERE catalog_name = ? AND table_namespace = ? AND table_name = ?';
        database.prepare(sql).run(CATALOG_NAME, namespace, name);
        database.close();
      },
      raceInOtherProcesses: async (identifier, { processes, commits }) => {
        const startAtMs = Date.now() + PROCESS_START_MS;
        const race = (index: number) => runChild<string[]>('./commit-table.ts', { warehouse, identifier, index, commits, startAtMs });
        return (await Promise.all(Array.from({ length: processes }, (_, index) => race(index)))).flat();
      },
      dispose: () => rm(warehouse, { recursive: true }),
    };
  },
  { tellsGone: true, drop: true, processes: true, faults: false },
);

async function temporary(): Promise<string> {
  return realpath(await mkdtemp(`${tmpdir()}/firn-conformance-`));
}
