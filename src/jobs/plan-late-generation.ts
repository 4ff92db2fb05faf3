// Plans how an older generation goes on that delivered more after a newer one had begun, and was parked for it (check-generation.ts): its staged
// records are compared with what landed under the newer generations. Those that landed there count as covered and are not landed again. One
// that has not landed there may still be on its way through the mirror: it is refused, until the newer generation has landed it or a person takes
// it for new. One that nobody has compared with its own older generations is compared with those, too. Reads only: staged descriptors, the
// tables, the ledger. In groups of partitions, so that memory has a bound (promise 10).
import { LIMITS } from '../contract/limits.ts';
import { currentSchema } from '../iceberg/evolve.ts';
import { identifierOf, loadTable } from '../iceberg/load-table.ts';
import type { InheritedPartition } from '../ledger/entries.ts';
import { newerGenerations, olderGenerations } from '../ledger/generations.ts';
import { matchPartition, RECORD } from '../ledger/match-generations.ts';
import { containsOffset, countOffsets } from '../ledger/ranges.ts';
import { rememberRuns } from '../ledger/remember.ts';
import type { SourceState } from '../ledger/state.ts';
import type { Descriptor, PartitionTimestamps } from '../ledger/types.ts';
import type { Ports } from '../ports.ts';
import { loadWholeLedger } from './class-segments.ts';
import { landedTimestamps } from './landed-timestamps.ts';
import type { LoadedLedger } from './load-ledger.ts';
import { parkedUri } from './materialise-files.ts';
import { ambiguous, type GenerationPlan, planPartition, refuse } from './plan-generation.ts';
import { readPositions } from './row-positions.ts';
import { listStaged, readStaged } from './staged.ts';
import { TimestampLog } from './timestamp-log.ts';

export interface PlanLateRequest {
  readonly ports: Ports;
  readonly contractName: string;
  readonly sourceId: string;
  /** A person takes what has not landed under a newer generation for new: it may land a second time. */
  readonly isAccepted: boolean;
}

/**
 * The plan; undefined when the source is not parked for this. Throws InputRefusedError `generation-ambiguous` where a record is under no newer
 * generation, and `generation-refused` where its staged files cannot be read.
 */
export async function planLateGeneration(request: PlanLateRequest): Promise<GenerationPlan | undefined> {
  const { ports, contractName, sourceId, isAccepted } = request;
  const ledger = await loadWholeLedger({ ports, contractName });
  const source = ledger.state.sources.get(sourceId);
  const newer = newerGenerations(ledger.state, sourceId);
  if (source?.parked?.reason !== 'generation-unmapped' || newer.length === 0) return undefined;
  const others = source.isMapped ? newer : [...olderGenerations(ledger.state, sourceId), ...newer];
  const delivered = await stagedTimestamps(request, ledger, source);
  const tally = { landed: 0, fresh: 0, ambiguous: 0 };
  const inherited: InheritedPartition[] = [];
  let doubt: { readonly partition: number; readonly offset: number } | undefined;
  for (const partitions of groupsOf(sourceId, delivered, others)) {
    const landed = await landedTimestamps({ ports, contractName, ledger, sources: others, partitions });
    for (const partition of partitions) {
      const { log, bounds } = delivered.get(partition)!;
      const times = log.finish();
      const { verdicts } = matchPartition(landed.get(partition)!, times.timestampsMs);
      const one = planPartition(partition, times, verdicts);
      tally.landed += one.landed;
      tally.fresh += one.fresh;
      tally.ambiguous += one.ambiguous;
      const open = verdicts.findIndex((verdict) => verdict !== RECORD.landed);
      if (open >= 0) doubt ??= { partition, offset: times.offsets[open]! };
      if (one.inherited) inherited.push(boundedBy(one.inherited, bounds));
    }
  }
  if (doubt && !isAccepted)
    throw ambiguous(sourceId, { ...doubt, count: tally.fresh + tally.ambiguous, others: 'another generation, or will' });
  return {
    sourceId,
    topic: source.topic,
    observed: {},
    inherited,
    mapping: { of: others.map((one) => one.sourceId), ...tally },
    basis: ledger.state.n,
    ends: [],
    park: source.parked.entry,
  };
}

type Run = PartitionTimestamps['filteredTimestamps'][number];

interface Staged {
  readonly log: TimestampLog;
  /** Runs of filtered offsets of which bounds alone are known. */
  readonly bounds: Run[];
}

/** Partitions whose records, staged and landed, fit in memory together. */
function groupsOf(sourceId: string, delivered: ReadonlyMap<number, Staged>, others: readonly SourceState[]): Set<number>[] {
  const max = LIMITS.generationRecordsMax;
  const groups: Set<number>[] = [];
  let room = 0;
  for (const [partition, { log }] of delivered) {
    const known = others.flatMap(({ partitions }) => partitions.get(partition) ?? []);
    const records = known.reduce((sum, { covered }) => sum + countOffsets(covered), log.count);
    if (records > max)
      throw refuse(
        sourceId,
        `partition ${partition} has ${records} offsets to compare, at most ${max} are; let it go on as new with --kind unpark`,
      );
    if (groups.length === 0 || records > room) {
      groups.push(new Set());
      room = max;
    }
    groups.at(-1)!.add(partition);
    room -= records;
  }
  return groups;
}

/** Records of a source that are staged and not covered, by partition. */
async function stagedTimestamps(request: PlanLateRequest, { state }: LoadedLedger, source: SourceState): Promise<Map<number, Staged>> {
  const { ports, contractName, sourceId } = request;
  const found = new Map<number, Staged>();
  let count = 0;
  const add = (partition: number, offset: number, ms: number): void => {
    if (containsOffset(source.partitions.get(partition)?.covered ?? [], offset)) return;
    const one = found.get(partition) ?? { log: new TimestampLog(), bounds: [] };
    found.set(partition, one);
    one.log.add(offset, ms);
    count++;
    if (count > LIMITS.generationRecordsMax)
      throw refuse(
        sourceId,
        `more than ${LIMITS.generationRecordsMax} staged records are to be compared; let it go on as new with --kind unpark`,
      );
  };
  for (const staged of await listStaged({ ports, contractName })) {
    // What is decided waits for its tables; in those that have applied it the files may be gone.
    if (state.decided.has(staged.id)) continue;
    const read = await readStaged({ ports, contractName }, staged);
    if (read.kind !== 'read') continue;
    const own = read.descriptor.sources.find((one) => one.sourceId === sourceId);
    if (!own) continue;
    for (const { partition, edges, filteredTimestamps } of own.partitions) {
      for (const [offset, ms] of edges) add(partition, offset, ms);
      // A run of several has bounds alone: its first timestamp stands for all, and what it does not tell is refused.
      for (const run of filteredTimestamps) {
        const [start, end, minMs] = run;
        for (let offset = start; offset < end; offset++) add(partition, offset, minMs);
        if (end - start > 1) found.get(partition)?.bounds.push(run);
      }
    }
    await readRows(request, read.descriptor, add);
  }
  return found;
}

/** The first timestamp of a run is compared for all of it, and remembered for none: of those their bounds are. */
function boundedBy(one: InheritedPartition, bounds: readonly Run[]): InheritedPartition {
  const wide = rememberRuns([], bounds, LIMITS.rememberedRunsMax);
  const filteredTimestamps = one.filteredTimestamps.map((run) =>
    wide
      .filter(([start, end]) => start < run[1] && run[0] < end)
      .reduce(([start, end, minMs, maxMs]: Run, [, , least, most]) => [start, end, Math.min(minMs, least), Math.max(maxMs, most)], run),
  );
  return {
    ...one,
    edges: one.edges.filter(([offset]) => !wide.some(([start, end]) => start <= offset && offset < end)),
    filteredTimestamps,
  };
}

async function readRows(
  { ports, contractName, sourceId }: PlanLateRequest,
  { tables }: Descriptor,
  add: (partition: number, offset: number, ms: number) => void,
): Promise<void> {
  for (const { table, files } of tables) {
    const metadata = (await loadTable(ports, identifierOf(table)))?.metadata;
    if (!metadata) throw refuse(sourceId, `the catalog does not know ${table}, for which records of it are staged`);
    for (const { path } of files) {
      const bytes = (await ports.files.read(path)) ?? (await ports.files.read(parkedUri(ports, contractName, path)));
      if (!bytes) throw refuse(sourceId, `a staged data file is gone: ${path}; restore it from a copy`);
      await readPositions(bytes, currentSchema(metadata), (position) => {
        if (position?.sourceId === sourceId) add(position.partition, position.offset, position.timestampMs);
      });
    }
  }
}
