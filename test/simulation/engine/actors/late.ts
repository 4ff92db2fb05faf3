// Two clusters that are read for a while: a mirror has taken over under a new generation at once, and a poller still delivers what the older
// cluster has. The comparisons of both are an operator's; what he takes for new he knows to be in no other place, as one who asks Kafka does.
import { InputRefusedError } from '../../../../src/errors.ts';
import { createEntry } from '../../../../src/jobs/create-entry.ts';
import { inheritGeneration } from '../../../../src/jobs/inherit-generation.ts';
import { type LoadedLedger, loadLedger } from '../../../../src/jobs/load-ledger.ts';
import type { GenerationPlan } from '../../../../src/jobs/plan-generation.ts';
import { planLateGeneration } from '../../../../src/jobs/plan-late-generation.ts';
import type { EntryDraft, InheritedPartition } from '../../../../src/ledger/entries.ts';
import { containsOffset, rangesOfOffsets } from '../../../../src/ledger/ranges.ts';
import { placeOf } from '../ledger-ghost.ts';
import type { Process } from '../process.ts';
import { type Delivery, type OlderCluster, type Source, sourceIdOf, topicIdOf } from '../sources.ts';
import type { SimWorld } from '../world.ts';

/** Some of what the older cluster has, from anywhere; undefined where there is none. */
export function lateDelivery(
  world: SimWorld,
  { older }: Source,
): { readonly older: OlderCluster; readonly deliveries: Delivery[] } | undefined {
  const { random } = world;
  if (!older || random.next() < 0.6) return undefined;
  const partition = random.below(older.log.length);
  const log = older.log[partition]!;
  const from = random.below(log.length + 1);
  const deliveries = log
    .slice(from, from + 1 + random.below(6))
    .flatMap((record, i) => (record === undefined ? [] : [{ partition, offset: from + i, record }]));
  return { older, deliveries };
}

/** Everything the older cluster has. */
export function allLate({ log }: OlderCluster): Delivery[] {
  return log.flatMap((records, partition) =>
    records.flatMap((record, offset) => (record === undefined ? [] : [{ partition, offset, record }])),
  );
}

/** Compares the newer generation, then the older one that is parked for delivering more. True when there was something to compare. */
export async function compareClusters(world: SimWorld, process: Process, source: Source): Promise<boolean> {
  const { older } = source;
  if (!older) return false;
  const ledger = await loadLedger({ ports: process.ports, contractName: source.contract });
  const isUnmapped = (sourceId: string): boolean => ledger.state.sources.get(sourceId)?.parked?.reason === 'generation-unmapped';
  if (isUnmapped(sourceIdOf(source))) await begin(world, process, { source, ledger });
  else if (isUnmapped(older.sourceId)) await settleLate(world, process, { source, older });
  else return false;
  return true;
}

/** Of what the topic holds now, the records that landed elsewhere: under another generation, not under this one. */
export function inheritedOf(world: SimWorld, source: Source, sourceId: string): InheritedPartition[] {
  const { where, classes } = world.ghost.ledger(source.contract);
  return source.log.flatMap((log, partition) => {
    const landed = log.flatMap((record, offset) =>
      record && where.has(record.id) && !classes.has(placeOf(sourceId, partition, offset)) ? [{ record, offset }] : [],
    );
    if (landed.length === 0) return [];
    const edges = landed.map(({ record, offset }) => [offset, record.timestampMs] as const);
    return [{ partition, ranges: rangesOfOffsets(landed.map(({ offset }) => offset)), edges, filteredTimestamps: [] }];
  });
}

/** What of the mirror has landed under the older generation counts as covered. */
async function begin(
  world: SimWorld,
  process: Process,
  { source, ledger }: { readonly source: Source; readonly ledger: LoadedLedger },
): Promise<void> {
  const sourceId = sourceIdOf(source);
  const inherited = inheritedOf(world, source, sourceId);
  const mapping = { of: [source.older!.sourceId], landed: inherited.length, fresh: 0, ambiguous: 0 };
  const observed = { topicId: topicIdOf(source) };
  const draft: EntryDraft = { kind: 'source', sources: [{ sourceId, topic: 'events', observed, inherited, mapping }] };
  await createEntry({ ports: process.ports, contractName: source.contract, after: ledger.state.n, draft, deadline: process.deadline });
}

async function settleLate(
  world: SimWorld,
  process: Process,
  { source, older }: { readonly source: Source; readonly older: OlderCluster },
): Promise<void> {
  const { ports, deadline } = process;
  const request = { ports, contractName: source.contract, sourceId: older.sourceId };
  const plan = await planLateGeneration({ ...request, isAccepted: false }).catch(async (error: unknown) => {
    if (!(error instanceof InputRefusedError) || error.code !== 'generation-ambiguous') throw error;
    const accepted = await planLateGeneration({ ...request, isAccepted: true });
    return accepted && isNewElsewhere(world, { source, older, plan: accepted }) ? accepted : undefined;
  });
  if (plan) await inheritGeneration({ ports, contractName: source.contract, deadline, plan });
}

/** Everything staged of the older cluster that the plan would land is in no table and not in the mirror. */
function isNewElsewhere(
  { ghost }: SimWorld,
  { source, older, plan }: { readonly source: Source; readonly older: OlderCluster; readonly plan: GenerationPlan },
): boolean {
  const { where, classes } = ghost.ledger(source.contract);
  const mirrored = new Set(source.log.flat().flatMap((record) => (record ? [record.id] : [])));
  const isCovered = (partition: number, offset: number): boolean =>
    classes.has(placeOf(older.sourceId, partition, offset)) ||
    plan.inherited.some((one) => one.partition === partition && containsOffset(one.ranges, offset));
  return older.log.every((log, partition) =>
    log.every(
      (record, offset) => record === undefined || isCovered(partition, offset) || !(where.has(record.id) || mirrored.has(record.id)),
    ),
  );
}
