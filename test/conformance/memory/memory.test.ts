// The suites against the in-memory ports that unit, fault and simulation tests rest on: fakes with the real semantics.
import { type CatalogKind, MemoryWorld, makeMemoryPorts } from '../../support/memory/index.ts';
import { describeFileStore } from '../suites/file-store.ts';
import { describeTableCatalog } from '../suites/table-catalog.ts';

describeFileStore(
  'memory',
  async () => {
    const world = new MemoryWorld();
    const [one, two] = ['one', 'two'].map((process) => makeMemoryPorts({ world, process }).ports);
    return { store: one!.files, another: two!.files, prefix: `${one!.root}/store` };
  },
  { longSegments: true, processes: false, largeBytes: 64 * 1024 * 1024 },
);

for (const kind of ['glue', 'sql'] satisfies CatalogKind[]) {
  describeTableCatalog(
    `memory as ${kind}`,
    async () => {
      const world = new MemoryWorld({ catalog: kind });
      const [one, two] = ['one', 'two'].map((process) => makeMemoryPorts({ world, process }).ports);
      let files = 0;
      return {
        catalog: one!.catalog,
        another: two!.catalog,
        newMetadata: async ({ name }) => `${one!.root}/${name}/metadata/${files++}.metadata.json`,
        drop: async ({ namespace, name }) => void world.tables.delete(`${namespace}.${name}`),
      };
    },
    { tellsGone: true, drop: true, processes: false },
  );
}
