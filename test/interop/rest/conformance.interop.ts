// The catalog suite against a REST server that is running already: FIRN_REST_URI, with a folder both can write to, FIRN_REST_ROOT.
import { makeLocalPorts } from '../../../src/local/system.ts';
import { anonymous } from '../../../src/rest/authorisers.ts';
import { makeRestCatalog } from '../../../src/rest/rest-catalog.ts';
import { describeTableCatalog } from '../../conformance/suites/table-catalog.ts';
import { runChild } from '../../conformance/support/child.ts';

const uri = process.env['FIRN_REST_URI']!;
const warehouse = process.env['FIRN_REST_ROOT']!;
const PROCESS_START_MS = 3000;

describeTableCatalog(
  'REST, Iceberg’s own server',
  async () => {
    const local = makeLocalPorts({ warehouse });
    const make = () => ({ ...local, catalog: makeRestCatalog({ uri, authoriser: anonymous, clock: local.clock, ids: local.ids }) });
    return {
      ports: make(),
      another: make(),
      drop: async ({ namespace, name }) => {
        const dropped = await fetch(`${uri}/v1/namespaces/${namespace}/tables/${name}`, { method: 'DELETE' });
        if (!dropped.ok) throw new Error(`drop was ${dropped.status}`);
      },
      raceInOtherProcesses: async (identifier, { processes, commits }) => {
        const startAtMs = Date.now() + PROCESS_START_MS;
        const race = (index: number) => runChild<string[]>('./commit-table.ts', { warehouse, uri, identifier, index, commits, startAtMs });
        return (await Promise.all(Array.from({ length: processes }, (_, index) => race(index)))).flat();
      },
    };
  },
  { tellsGone: true, drop: true, processes: true, faults: false },
);
