// The catalog suite against the REST client and a small REST catalog in this process, plain and behind a prefix with pages, keys and
// ids of its own.
import { mkdtemp, realpath, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { makeLocalPorts } from '../../../src/local/system.ts';
import { anonymous } from '../../../src/rest/authorisers.ts';
import { makeRestCatalog } from '../../../src/rest/rest-catalog.ts';
import { type RestServerOptions, startRestServer } from '../../support/rest/server.ts';
import { describeTableCatalog } from '../suites/table-catalog.ts';
import { runChild } from '../support/child.ts';

const PROCESS_START_MS = 1500;

const VARIANTS: readonly (readonly [name: string, options: RestServerOptions])[] = [
  ['plain', {}],
  ['with a prefix and ids of its own', { prefix: 'ws/one', pageSize: 1, renumbers: true }],
];

for (const [name, options] of VARIANTS) {
  describeTableCatalog(
    `REST, ${name}`,
    async () => {
      const warehouse = await realpath(await mkdtemp(`${tmpdir()}/firn-rest-`));
      const local = makeLocalPorts({ warehouse });
      const server = await startRestServer({ ...options, files: local.files });
      const make = () => ({
        ...local,
        catalog: makeRestCatalog({ uri: server.uri, authoriser: anonymous, clock: local.clock, ids: local.ids }),
      });
      return {
        ports: make(),
        another: make(),
        drop: async ({ namespace, name: table }) => void server.tables.delete(`${namespace}.${table}`),
        raceInOtherProcesses: async (identifier, { processes, commits }) => {
          const startAtMs = Date.now() + PROCESS_START_MS;
          const race = (index: number) =>
            runChild<string[]>('./commit-table.ts', { warehouse, uri: server.uri, identifier, index, commits, startAtMs });
          return (await Promise.all(Array.from({ length: processes }, (_, index) => race(index)))).flat();
        },
        loseNextCommit: (when) => {
          server.fault = (request) => {
            if (request.method !== 'POST' || !request.path.includes('/tables/')) return undefined;
            server.fault = undefined;
            return { kind: when === 'before' ? 'reset-before' : 'reset-after' };
          };
        },
        dispose: async () => {
          await server.close();
          await rm(warehouse, { recursive: true });
        },
      };
    },
    { tellsGone: true, drop: true, processes: true, faults: true },
  );
}
