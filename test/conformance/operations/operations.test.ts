// The suite of commit operations against every catalog that runs here without other programs.
import { mkdtemp, realpath, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { makeLocalPorts } from '../../../src/local/system.ts';
import { anonymous } from '../../../src/rest/authorisers.ts';
import { makeRestCatalog } from '../../../src/rest/rest-catalog.ts';
import { type CatalogKind, MemoryWorld, makeProcessPorts } from '../../support/memory/index.ts';
import { startRestServer } from '../../support/rest/server.ts';
import { describeCommitOperations } from '../suites/commit-operations.ts';

for (const kind of ['glue', 'sql', 'rest'] satisfies CatalogKind[]) {
  describeCommitOperations(`memory as ${kind}`, async () => ({
    ports: makeProcessPorts({ world: new MemoryWorld({ catalog: kind }) }).ports,
  }));
}

describeCommitOperations('SQLite', async () => {
  const warehouse = await temporary();
  return { ports: makeLocalPorts({ warehouse }), dispose: () => rm(warehouse, { recursive: true }) };
});

describeCommitOperations('REST', async () => {
  const warehouse = await temporary();
  const local = makeLocalPorts({ warehouse });
  const server = await startRestServer({ files: local.files });
  const catalog = makeRestCatalog({ uri: server.uri, authoriser: anonymous, clock: local.clock, ids: local.ids });
  return {
    ports: { ...local, catalog },
    dispose: async () => {
      await server.close();
      await rm(warehouse, { recursive: true });
    },
  };
});

async function temporary(): Promise<string> {
  return realpath(await mkdtemp(`${tmpdir()}/firn-operations-`));
}
