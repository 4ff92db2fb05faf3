// Landers: what a poller or a file gives, under whatever contract version runs, with tables resolved now or some time ago.
import { InputRefusedError } from '../../../../src/errors.ts';
import { ensureTables } from '../../../../src/jobs/ensure-tables.ts';
import { loadFileProgress } from '../../../../src/jobs/file-progress.ts';
import { landBatch } from '../../../../src/jobs/land-batch.ts';
import type { FileProgress } from '../../../../src/ledger/types.ts';
import type { Process } from '../process.ts';
import {
  type Delivery,
  deliveredFrom,
  fetchSome,
  kafkaRecordsOf,
  type OlderCluster,
  prefixHash,
  type Source,
  sourceIdOf,
  topicIdOf,
} from '../sources.ts';
import { contractOf, type SimWorld } from '../world.ts';
import { lateDelivery } from './late.ts';

/** Lands some of a source: anything, in any cut, again or for the first time. */
export async function landSome(world: SimWorld, process: Process): Promise<void> {
  const source = world.random.pick(world.sources);
  const late = lateDelivery(world, source);
  if (late) await landDelivery(world, process, { source, ...late });
  else if (source.kind === 'file') await landTail(world, process, source);
  else await landDelivery(world, process, { source, deliveries: fetchSome(source, world.random) });
}

export interface Landing {
  readonly source: Source;
  readonly deliveries: readonly Delivery[];
  readonly files?: readonly FileProgress[];
  /** Deliveries of the cluster before. */
  readonly older?: OlderCluster;
}

/** Lands and acknowledges. */
export async function landDelivery(world: SimWorld, process: Process, landing: Landing): Promise<void> {
  const { source, deliveries, files, older } = landing;
  if (deliveries.length === 0) return;
  const sourceId = older?.sourceId ?? sourceIdOf(source);
  const topicId = older?.topicId ?? topicIdOf(source);
  const observed = world.hasTopicIds && source.kind === 'topic' ? new Map([[sourceId, { topicId }]]) : undefined;
  const { epoch } = source;
  const batch = { sourceId, deliveries };
  world.batches.set(process.name, batch);
  const { contract, pipeline } = contractOf(source.contract, world.version);
  const key = `${source.contract} ${contract.version}`;
  const isWarm = world.random.next() < 0.4;
  const known = isWarm ? world.resolved.get(key) : undefined;
  const resolved = known ?? (await ensureTables({ ports: process.ports, contract }));
  world.resolved.set(key, resolved);
  await landBatch({
    ports: process.ports,
    contract,
    pipeline,
    resolved,
    records: kafkaRecordsOf(deliveries, sourceId),
    deadline: process.deadline,
    ...(files ? { files } : {}),
    ...(observed ? { observed } : {}),
  });
  world.ghost.acknowledge(source.contract, batch);
  if (source.epoch !== epoch || older) return;
  for (const { partition, offset } of deliveries) source.position[partition] = Math.max(source.position[partition]!, offset + 1);
}

/** A file: what is known of its prefix must be what it begins with, and its tail is landed. */
async function landTail(world: SimWorld, process: Process, source: Source): Promise<void> {
  const sourceId = sourceIdOf(source);
  const progress = await loadFileProgress({ ports: process.ports, contractName: source.contract, sourceId });
  const from = progress?.lines ?? 0;
  if (progress && (from > source.log[0]!.length || prefixHash(source, from) !== progress.sha256)) {
    throw new InputRefusedError('another file under a known name', { code: 'another-file' });
  }
  const length = 1 + world.random.below(source.log[0]!.length);
  const deliveries = deliveredFrom(source, { partition: 0, from, length });
  const lines = from + deliveries.length;
  await landDelivery(world, process, {
    source,
    deliveries,
    files: [{ sourceId, lines, bytes: lines * 10, sha256: prefixHash(source, lines) }],
  });
}
