// Stand-ins for plans, over the real ledger: the resolver of unverified offsets, an operator's declaration, a new generation for a
// topic that was made again, and the repair of a rolled-back table. Each ends in one ledger entry, created if the ledger has not moved.
import { APPLIED_TAG } from '../../../../src/contract/names.ts';
import { isAncestor } from '../../../../src/iceberg/find-snapshot.ts';
import { identifierOf, loadTable } from '../../../../src/iceberg/load-table.ts';
import type { TableMetadata } from '../../../../src/iceberg/types.ts';
import { createEntry } from '../../../../src/jobs/create-entry.ts';
import { type LoadedLedger, loadLedger } from '../../../../src/jobs/load-ledger.ts';
import { recordAbsent } from '../../../../src/jobs/record-absent.ts';
import { lastEntryOf } from '../../../../src/jobs/table-identity.ts';
import type { EntryDraft, SourceRanges } from '../../../../src/ledger/entries.ts';
import { rangesOfOffsets } from '../../../../src/ledger/ranges.ts';
import { type PartitionState, type TableState, unverifiedOf } from '../../../../src/ledger/state.ts';
import { changeMetadata } from '../../../support/memory/others.ts';
import type { Process } from '../process.ts';
import { type Source, sourceIdOf, topicIdOf } from '../sources.ts';
import { quietPorts, type SimWorld } from '../world.ts';
import { compareClusters, inheritedOf } from './late.ts';

/** Asks Kafka about offsets missing between deliveries: what has no record becomes absent, with evidence. */
export async function resolveSome(world: SimWorld, process: Process, source = world.random.pick(world.sources)): Promise<void> {
  await declareAbsent(process, { source, evidence: 'proven' });
}

/** An operator declares what is missing, whatever Kafka has. */
export async function declareSome(world: SimWorld, process: Process): Promise<void> {
  await declareAbsent(process, { source: world.random.pick(world.sources), evidence: 'declared' });
}

async function declareAbsent(
  process: Process,
  { source, evidence }: { readonly source: Source; readonly evidence: 'proven' | 'declared' },
): Promise<void> {
  const { ports, deadline } = process;
  const sourceId = sourceIdOf(source);
  const { epoch } = source;
  const ledger = await loadLedger({ ports, contractName: source.contract });
  const state = ledger.state.sources.get(sourceId);
  if (!state || state.parked) return;
  const ranges: SourceRanges[] = [];
  for (const partition of state.partitions.values()) {
    if (!agrees(source, partition)) return;
    const log = source.log[partition.partition] ?? [];
    const missing = offsetsOf(unverifiedOf(partition));
    const isEmpty = (offset: number): boolean => log[offset] === undefined;
    const absent = evidence === 'declared' ? missing : missing.filter(isEmpty);
    if (absent.length > 0) ranges.push({ sourceId, partition: partition.partition, ranges: rangesOfOffsets(absent) });
  }
  if (ranges.length === 0 || (evidence === 'proven' && source.epoch !== epoch)) return;
  const cause = evidence === 'proven' ? 'no-record' : 'by-hand';
  await recordAbsent({ ports, contractName: source.contract, deadline, cause, ranges });
}

/** Kafka's answer counts only if its timestamps agree with the ledger's. */
function agrees(source: Source, partition: PartitionState): boolean {
  const log = source.log[partition.partition] ?? [];
  const isSame = partition.remembered.every(([offset, timestampMs]) => {
    const record = log[offset];
    return offset < log.length && (record === undefined || record.timestampMs === timestampMs);
  });
  return isSame && (partition.covered.at(-1)?.[1] ?? 0) <= log.length;
}

/** Recovers what is parked: a new generation for a topic made again, roll-forward for a table rolled back. */
export async function operate(world: SimWorld, process: Process, source = world.random.pick(world.sources)): Promise<void> {
  const { ports } = process;
  if (await compareClusters(world, process, source)) return;
  const ledger = await loadLedger({ ports, contractName: source.contract });
  if (ledger.state.sources.get(sourceIdOf(source))?.parked) return renew(world, process, { source, ledger });
  for (const table of ledger.state.tables.values()) {
    if (table.parked) return repair(world, process, { source, ledger, table });
  }
}

async function renew(
  world: SimWorld,
  process: Process,
  { source, ledger }: { readonly source: Source; readonly ledger: LoadedLedger },
): Promise<void> {
  const { epoch, generation } = source;
  const next = { ...source, generation: generation + 1 };
  const sourceId = sourceIdOf(next);
  const inherited = inheritedOf(world, source, sourceId);
  const observed = world.hasTopicIds ? { topicId: topicIdOf(source) } : {};
  source.upcoming = generation + 1;
  const draft: EntryDraft = {
    kind: 'source',
    sources: [{ sourceId, topic: 'events', observed, inherited }],
  };
  const isCreated = await create(process, { contract: source.contract, ledger, draft }).catch(() => 'unknown' as const);
  // An operator who does not know whether the entry is there looks, and without it the old generation stays configured.
  const { state } =
    isCreated === 'unknown' ? await loadLedger({ ports: quietPorts(world, 'operator'), contractName: source.contract }) : ledger;
  if (isCreated === true || state.sources.has(sourceId)) source.generation = generation + 1;
  if (isCreated === true && source.epoch !== epoch) source.recreated.add(sourceId);
  if (isCreated === true) source.position = source.log.map(() => 0);
}

async function repair(
  world: SimWorld,
  process: Process,
  given: { readonly source: Source; readonly ledger: LoadedLedger; readonly table: TableState },
): Promise<void> {
  const { table, ledger, source } = given;
  const ghost = world.ghost.table(table.table);
  const loaded = await loadTable(process.ports, identifierOf(table.table));
  if (!loaded || loaded.metadata['table-uuid'] !== table.uuid) return;
  if (!rollForward(loaded.metadata) || !['rolled-back', 'descent-unproven'].includes(table.parked!.reason)) return;
  // The operator may have slept over what was read: what is swapped in is made of the table as it is, if it still is that table.
  const ports = quietPorts(world, 'other-repair');
  const now = await loadTable(ports, identifierOf(table.table));
  if (now?.metadata['table-uuid'] !== table.uuid || !rollForward(now.metadata)) return;
  await changeMetadata(ports, table.table, (now) => rollForward(now)?.metadata ?? now);
  ghost.isDirty = false;
  // The rollback is undone: rows whose deletion is no longer in the history are back.
  const back = new Set((await liveAfter(world, table.table)).map((place) => place));
  for (const removed of ghost.removed) if (back.has(removed.split(' ')[0]!)) ghost.removed.delete(removed);
  const draft: EntryDraft = { kind: 'unpark', target: { table: table.table }, tableUuid: table.uuid!, tables: [], holds: [], instead: {} };
  await create(process, { contract: source.contract, ledger, draft });
}

async function liveAfter(world: SimWorld, table: string): Promise<string[]> {
  const row = world.memory.tables.get(table)!;
  world.ghost.table(table).load(row.metadataLocation);
  return (await world.ghost.table(table).liveRows()).map(({ place }) => place);
}

/** The newest snapshot descending from our last one; where the tag is gone, our last one is the newest that says so. */
function rollForward(metadata: TableMetadata): { readonly metadata: TableMetadata } | undefined {
  const applied = Number(metadata.properties['firn.applied']);
  const ours = metadata.snapshots.filter((one) => lastEntryOf(one) === applied).at(-1);
  const tag = metadata.refs?.[APPLIED_TAG]?.['snapshot-id'] ?? ours?.['snapshot-id'];
  if (tag === undefined || !metadata.snapshots.some((one) => one['snapshot-id'] === tag)) return undefined;
  const newest = metadata.snapshots
    .filter((one) => isAncestor(metadata, tag, one['snapshot-id']))
    .reduce((a, b) => (b['sequence-number'] > a['sequence-number'] ? b : a))['snapshot-id'];
  const refs = {
    ...metadata.refs,
    main: { 'snapshot-id': newest, type: 'branch' as const },
    [APPLIED_TAG]: { 'snapshot-id': tag, type: 'tag' as const },
  };
  return { metadata: { ...metadata, 'current-snapshot-id': newest, refs } };
}

async function create(
  process: Process,
  given: { readonly contract: string; readonly ledger: LoadedLedger; readonly draft: EntryDraft },
): Promise<boolean> {
  const { ports, deadline } = process;
  const entry = await createEntry({ ports, contractName: given.contract, after: given.ledger.state.n, draft: given.draft, deadline });
  return entry !== undefined;
}

function offsetsOf(ranges: readonly (readonly [number, number])[]): number[] {
  return ranges.flatMap(([start, end]) => Array.from({ length: end - start }, (_, i) => start + i));
}
