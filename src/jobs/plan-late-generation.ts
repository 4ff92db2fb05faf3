// Plans how an older generation goes on that delivered more after a newer one had begun, and was parked for it (check-generation.ts): its staged
// records are compared with what landed under the newer generations. Those that landed there count as covered and are not landed again. One
// that has not landed there may still be on its way through the mirror: it is refused, until the newer generation has landed it or a person takes
// it for new. Reads only: staged descriptors, the tables, the ledger.
import { currentSchema } from '../iceberg/evolve.ts';
import { identifierOf, loadTable } from '../iceberg/load-table.ts';
import type { InheritedPartition } from '../ledger/entries.ts';
import { newerGenerations } from '../ledger/generations.ts';
import { matchPartition, RECORD } from '../ledger/match-generations.ts';
import { containsOffset } from '../ledger/ranges.ts';
import type { SourceState } from '../ledger/state.ts';
import type { Descriptor } from '../ledger/types.ts';
import type { Ports } from '../ports.ts';
import { loadWholeLedger } from './class-segments.ts';
import { landedTimestamps } from './landed-timestamps.ts';
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
  const delivered = await stagedTimestamps(request, source);
  const partitions = new Set(delivered.keys());
  const landed = await landedTimestamps({ ports, contractName, ledger, sources: newer, partitions });
  const tally = { landed: 0, fresh: 0, ambiguous: 0 };
  const inherited: InheritedPartition[] = [];
  let doubt: { readonly partition: number; readonly offset: number } | undefined;
  for (const [partition, log] of delivered) {
    const times = log.finish();
    const { verdicts } = matchPartition(landed.get(partition)!, times.timestampsMs);
    const one = planPartition(partition, times, verdicts);
    tally.landed += one.landed;
    tally.fresh += one.fresh;
    tally.ambiguous += one.ambiguous;
    const open =
      one.landed === times.offsets.length
        ? undefined
        : { partition, offset: times.offsets[verdicts.findIndex((verdict) => verdict !== RECORD.landed)]! };
    doubt ??= open;
    if (one.inherited) inherited.push(one.inherited);
  }
  if (doubt && !isAccepted)
    throw ambiguous(sourceId, { ...doubt, count: tally.fresh + tally.ambiguous, others: 'a newer generation, or will' });
  return {
    sourceId,
    topic: source.topic,
    observed: {},
    inherited,
    mapping: { of: newer.map((one) => one.sourceId), ...tally },
    basis: ledger.state.n,
    ends: [],
    park: source.parked.entry,
  };
}

/** Records of a source that are staged and not covered, by partition. */
async function stagedTimestamps(request: PlanLateRequest, source: SourceState): Promise<Map<number, TimestampLog>> {
  const { ports, contractName, sourceId } = request;
  const logs = new Map<number, TimestampLog>();
  const add = (partition: number, offset: number, ms: number): void => {
    if (containsOffset(source.partitions.get(partition)?.covered ?? [], offset)) return;
    const log = logs.get(partition) ?? new TimestampLog();
    logs.set(partition, log);
    log.add(offset, ms);
  };
  for (const staged of await listStaged({ ports, contractName })) {
    const read = await readStaged({ ports, contractName }, staged);
    if (read.kind !== 'read') continue;
    const own = read.descriptor.sources.find((one) => one.sourceId === sourceId);
    if (!own) continue;
    for (const { partition, filteredTimestamps } of own.partitions) {
      // A run of several has bounds alone: its first timestamp stands for all, and what it does not tell is refused.
      for (const [start, end, minMs] of filteredTimestamps) for (let offset = start; offset < end; offset++) add(partition, offset, minMs);
    }
    await readRows(request, read.descriptor, add);
  }
  return logs;
}

async function readRows(
  { ports, sourceId }: PlanLateRequest,
  { tables }: Descriptor,
  add: (partition: number, offset: number, ms: number) => void,
): Promise<void> {
  for (const { table, files } of tables) {
    const metadata = (await loadTable(ports, identifierOf(table)))?.metadata;
    if (!metadata) throw refuse(sourceId, `the catalog does not know ${table}, for which records of it are staged`);
    for (const { path } of files) {
      const bytes = await ports.files.read(path);
      if (!bytes) throw refuse(sourceId, `a staged data file is gone: ${path}; restore it from a copy`);
      await readPositions(bytes, currentSchema(metadata), (position) => {
        if (position?.sourceId === sourceId) add(position.partition, position.offset, position.timestampMs);
      });
    }
  }
}
