// Work on tables and quarantine beside landing and committing: the real redrive; and stand-ins for jobs of maintenance over the real
// operations of the table format: compaction (a replace planned on one snapshot and tried on whatever the table is then) and expiry.

import { APPLIED_TAG, PROPERTY, SUMMARY } from '../../../../src/contract/names.ts';
import { stageMetadata } from '../../../../src/iceberg/commit-metadata.ts';
import { commitTable } from '../../../../src/iceberg/commit-table.ts';
import { planExpiry } from '../../../../src/iceberg/expire.ts';
import { prepareReplace } from '../../../../src/iceberg/file-operations.ts';
import { findSnapshot } from '../../../../src/iceberg/find-snapshot.ts';
import { identifierOf, type LoadedTable, loadTable } from '../../../../src/iceberg/load-table.ts';
import { planScan } from '../../../../src/iceberg/scan.ts';
import type { DataFile } from '../../../../src/iceberg/types.ts';
import { ensureTables } from '../../../../src/jobs/ensure-tables.ts';
import { findLedgerId } from '../../../../src/jobs/ledger-id.ts';
import { loadLedger } from '../../../../src/jobs/load-ledger.ts';
import { targetOf } from '../../../../src/jobs/materialise-files.ts';
import { newDeletesReader } from '../../../../src/jobs/read-deletes.ts';
import { readTask } from '../../../../src/jobs/read-task.ts';
import { redrive } from '../../../../src/jobs/redrive.ts';
import { checkIdentity } from '../../../../src/jobs/table-identity.ts';
import { fileNamer, writeRows } from '../../../../src/jobs/write-rows.ts';
import type { Process } from '../process.ts';
import { TICK_MS } from '../scaled-limits.ts';
import { contractOf, type SimWorld } from '../world.ts';

const ATTEMPTS = 3;

/** Judges the quarantine again under the contract of the moment. */
export async function redriveSome(world: SimWorld, { ports, deadline }: Process): Promise<void> {
  const { contract, pipeline } = contractOf(world.random.pick(world.contracts), world.version);
  const resolved = await ensureTables({ ports, contract });
  const judge = { pipelines: [pipeline], router: undefined, unrouted: 'quarantine' } as const;
  await redrive({ ports, contract, resolved, judge, deadline, filter: {}, isPlan: false });
}

/** Rewrites some files of a table; what others deleted before it read them stays out. */
export async function compactSome(world: SimWorld, process: Process): Promise<void> {
  const { ports, deadline } = process;
  const key = world.random.pick([...world.memory.tables.keys()]);
  const base = key === undefined ? undefined : await ours(process, key);
  const snapshot = base && findSnapshot(base.metadata, base.metadata['current-snapshot-id'] ?? undefined);
  if (key === undefined || !base || !snapshot || !base.metadata.refs?.[APPLIED_TAG]) return;
  const { add, remove } = await rewriteSome(world, process, { ...base, key });
  if (remove.length === 0) return;
  for (let attempt = 0; attempt < ATTEMPTS; attempt++) {
    const loaded = await ours(process, key);
    if (!loaded || loaded.metadata['table-uuid'] !== base.metadata['table-uuid']) return;
    if (loaded.metadata['current-schema-id'] !== base.metadata['current-schema-id']) return;
    const prepared = await prepareReplace({
      ...baseOf(process, loaded),
      // Files of the tagged snapshot may be among those that go: the tag marks the last snapshot of ours, whatever it is for.
      tag: { name: APPLIED_TAG },
      summary: { [SUMMARY.entries]: loaded.metadata.properties[PROPERTY.applied]! },
      since: snapshot['snapshot-id'],
      dataSequenceNumber: snapshot['sequence-number'],
      add,
      remove,
    });
    deadline.check('commit of a compaction');
    if ((await commitTable(ports.catalog, loaded.pointer, prepared)).kind !== 'conflict') return;
  }
}

/** Expires what is older than some time, by the rules of the table format. */
export async function expireSome(world: SimWorld, process: Process): Promise<void> {
  const { ports, deadline } = process;
  const key = world.random.pick([...world.memory.tables.keys()]);
  const loaded = key === undefined ? undefined : await ours(process, key);
  if (!loaded) return;
  const nowMs = ports.clock.nowMs();
  const { metadata } = planExpiry(loaded.metadata, { nowMs, olderThanMs: nowMs - world.random.below(20) * TICK_MS, minSnapshotsToKeep: 1 });
  if (metadata === loaded.metadata) return;
  world.ghost.isEvidenceLost = true;
  const prepared = await stageMetadata(baseOf(process, loaded), metadata);
  deadline.check('commit of an expiry');
  await commitTable(ports.catalog, loaded.pointer, prepared);
}

function baseOf({ ports }: Process, { metadata, pointer }: LoadedTable) {
  return { metadata, metadataLocation: pointer.metadataLocation, files: ports.files, ids: ports.ids, nowMs: ports.clock.nowMs() };
}

/** The table, if it is neither parked nor another one than the ledger's. */
async function ours({ ports }: Process, key: string): Promise<LoadedTable | undefined> {
  const loaded = await loadTable(ports, identifierOf(key));
  const contractName = loaded?.metadata.properties['firn.contract'];
  if (!loaded || contractName === undefined) return undefined;
  const { state } = await loadLedger({ ports, contractName });
  const table = state.tables.get(key);
  if (!table || table.parked) return undefined;
  const ledgerId = (await findLedgerId(ports, contractName)) ?? '';
  const identity = await checkIdentity({ ports, contractName, ledgerId, entry: state.n, table, metadata: loaded.metadata });
  return identity.kind === 'ours' ? loaded : undefined;
}

async function rewriteSome(
  { random, ghost }: SimWorld,
  { ports }: Process,
  { metadata, key }: LoadedTable & { readonly key: string },
): Promise<{ readonly add: readonly DataFile[]; readonly remove: readonly DataFile[] }> {
  const tasks = random.shuffled(await planScan({ metadata, files: ports.files })).slice(0, 2);
  const target = targetOf(metadata);
  const deletes = newDeletesReader(ports.files, metadata);
  const nameFile = fileNamer(ports);
  const add: DataFile[] = [];
  for (const task of tasks) {
    const { columns, rows } = await readTask({ files: ports.files, metadata, task, struct: target.struct, schema: target.struct, deletes });
    // A row that others deleted is gone for good now: a redelivery may find nothing to be compared with.
    if (rows.length < columns.rows) {
      ghost.isEvidenceLost = true;
      ghost.table(key).hasForgotten = true;
    }
    if (rows.length === 0) continue;
    add.push(...(await writeRows(ports, target, { columns, order: rows, nameFile })).map(({ file }) => file));
  }
  return { add, remove: tasks.map(({ file }) => file) };
}
