// The suites against the in-memory ports that unit, fault and simulation tests rest on: fakes with the real semantics.
import { type CatalogKind, MemoryWorld, makeMemoryPorts, makeProcessPorts } from '../../support/memory/index.ts';
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

for (const kind of ['glue', 'sql', 'rest'] satisfies CatalogKind[]) {
  describeTableCatalog(
    `memory as ${kind}`,
    async () => {
      const world = new MemoryWorld({ catalog: kind });
      const [one, two] = ['one', 'two'].map((process) => makeProcessPorts({ world, process }));
      return {
        ports: one!.ports,
        another: two!.ports,
        drop: async ({ namespace, name }) => void world.tables.delete(`${namespace}.${name}`),
        loseNextCommit: (when) =>
          one!.setFault((call) => {
            if (call.port !== 'catalog' || call.op !== 'commit') return undefined;
            one!.setFault(undefined);
            return { kind: when === 'before' ? 'lost' : 'apply-then-fail' };
          }),
      };
    },
    { tellsGone: true, drop: true, processes: false, faults: true },
  );
}
