// A process that commits snapshots, and a property of its own with each, to one table until so many of its commits are committed.
import type { TableIdentifier } from '../../../src/contract/compiled.ts';
import { makeLocalPorts, systemClock, systemIds } from '../../../src/local/system.ts';
import { anonymous } from '../../../src/rest/authorisers.ts';
import { makeRestCatalog } from '../../../src/rest/rest-catalog.ts';
import { childArgument } from './child.ts';
import { commitUntilDone, snapshotOn } from './tables.ts';

const { warehouse, uri, identifier, index, commits, startAtMs } = childArgument<{
  warehouse: string;
  /** A REST catalog; left out, the warehouse's own. */
  uri?: string;
  identifier: TableIdentifier;
  index: number;
  commits: number;
  startAtMs: number;
}>();
const local = makeLocalPorts({ warehouse });
const rest = uri === undefined ? undefined : makeRestCatalog({ uri, authoriser: anonymous, clock: systemClock, ids: systemIds });
const ports = { ...local, catalog: rest ?? local.catalog };
while (Date.now() < startAtMs);
const snapshots: string[] = [];
for (let commit = 0; commit < commits; commit++) {
  const { snapshotId } = await commitUntilDone(ports, identifier, (base) => snapshotOn(ports, base, { [`by-${index}-${commit}`]: 'yes' }));
  snapshots.push(String(snapshotId));
}
process.stdout.write(JSON.stringify(snapshots));
