// Redrive (DESIGN §7): quarantined records are judged again under the contract as it is now; those that pass land, exactly once, and
// leave the quarantine. Per unit: read rows of the quarantine as it was at entry *basis* → judge → data files → ONE `redrive` entry,
// which moves the offsets from quarantined to their new class for all tables at once (rule "redrive recorded"). The entry is
// created only if every entry after the basis that concerns the quarantine can still be read, none moved these offsets, and they are quarantined still (rule
// "redrive checks its basis"); else the unit is left for the next round, which reads afresh. Killed anywhere, nothing is half
// done: without its entry a unit's files are nobody's, with it `apply` does the rest.
import { LIMITS } from '../contract/limits.ts';
import type { KafkaRecords } from '../decode/records.ts';
import { CommitRefusedError, DeadlineError, InputRefusedError } from '../errors.ts';
import { identifierOf, loadTable } from '../iceberg/load-table.ts';
import type { ClassCounts, DecidedSource, EntryDraft, ReclassEntry, SourceRanges } from '../ledger/entries.ts';
import { containsOffset, intersectRanges, subtractRanges } from '../ledger/ranges.ts';
import { addCounts, countsOfDecided, deliveredOf, type LedgerState, NO_COUNTS } from '../ledger/state.ts';
import type { Reason } from '../pipeline/types.ts';
import { appendEntry } from './append-entry.ts';
import { loadWholeLedger, restorePlaces } from './class-segments.ts';
import { findLedgerId } from './ledger-id.ts';
import { type LoadedLedger, loadEntry } from './load-ledger.ts';
import { probeRecords } from './probe-records.ts';
import { readQuarantine } from './read-quarantine.ts';
import type { RedriveRequest, RedriveResult } from './redrive-types.ts';
import { judgeAgain, stageAgain } from './stage-again.ts';
import { checkIdentity } from './table-identity.ts';

/** Redrives what matches the filter, or with `isPlan` only counts what would move. The caller commits afterwards. */
export async function redrive(request: RedriveRequest): Promise<RedriveResult> {
  const { ports, contract, filter, deadline } = request;
  const base = await openQuarantine(request);
  const total: RedriveTotal = { examined: 0, counts: NO_COUNTS, entries: [], replanned: 0 };
  const planId = ports.ids.uuid();
  const units = readQuarantine(ports, base.metadata, { filter, isOpen: (at) => isQuarantined(base.ledger.state, at) });
  for await (const records of units) {
    if (deadline.remainingMs() < (deadline.endsAtMs - deadline.startedAtMs) / 4) {
      throw new DeadlineError(`redrive of ${contract.name}: time is over after ${total.examined} records; run it again for the rest`, {
        code: 'deadline',
        details: { contract: contract.name },
      });
    }
    const judged = judgeAgain(request, records, await harmfulIn(request, records));
    total.examined += records.count;
    if (judged.moved === 0 || request.isPlan) {
      judged.judged.release();
      if (request.isPlan) total.counts = addCounts(total.counts, judged.counts);
      continue;
    }
    const staged = await stageAgain(request, records, judged).finally(judged.judged.release);
    const plan = { id: planId, unit: total.entries.length + total.replanned, basis: base.applied };
    const entry = await appendEntry({
      ports,
      contractName: contract.name,
      deadline,
      draft: (ledger) => draftOf(request, ledger, { plan, sources: staged.sources, tables: staged.tables, quarantine: base.table }),
    });
    if (!entry) total.replanned++;
    else {
      total.entries.push(entry.n);
      total.counts = addCounts(total.counts, countsOfDecided(staged.sources));
    }
  }
  const { accepted, filtered } = total.counts;
  return {
    contract: contract.name,
    examined: total.examined,
    accepted,
    filtered,
    entries: total.entries,
    replanned: total.replanned,
  };
}

/** Quarantined records are the likeliest to do harm, so none is judged here before it was judged where it can harm nobody. */
async function harmfulIn(
  { contract, resolved, deadline, guard }: RedriveRequest,
  records: KafkaRecords,
): Promise<ReadonlyMap<number, Reason>> {
  if (!guard) return new Map();
  const members = Uint32Array.from({ length: records.count }, (_, record) => record);
  const targets = resolved.tables.map(({ main }) => main);
  return probeRecords({ ...guard, contract, records, members, deadline, targets });
}

interface RedriveTotal {
  examined: number;
  counts: ClassCounts;
  readonly entries: number[];
  replanned: number;
}

/** The quarantine as the ledger knows it. Throws InputRefusedError while it is parked, gone, or not ours. */
async function openQuarantine({ ports, contract, resolved }: RedriveRequest) {
  const table = resolved.tables[0]!.quarantine.key;
  const ledger = await loadWholeLedger({ ports, contractName: contract.name });
  const ledgerId = (await findLedgerId(ports, contract.name)) ?? '';
  const state = ledger.state.tables.get(table) ?? emptyTable(table);
  const loaded = await loadTable(ports, identifierOf(table));
  if (state.parked || !loaded) throw unusable(contract.name, table, state.parked ? 'is parked: recover it first' : 'is not there');
  const identity = await checkIdentity({
    ports,
    contractName: contract.name,
    ledgerId,
    entry: ledger.state.n,
    table: state,
    metadata: loaded.metadata,
  });
  if (identity.kind === 'park') throw unusable(contract.name, table, `is not the one the ledger wrote: ${identity.message}`);
  return { table, ledger, applied: identity.applied, metadata: loaded.metadata };
}

function emptyTable(table: string) {
  return { table, uuid: undefined, floor: 0, pending: [], parked: undefined, instead: {}, adopt: undefined, removed: {} };
}

function isQuarantined(
  state: LedgerState,
  at: { readonly sourceId: string; readonly partition: number; readonly offset: number },
): boolean {
  const partition = state.sources.get(at.sourceId)?.partitions.get(at.partition);
  return partition !== undefined && containsOffset(partition.quarantined, at.offset);
}

/** The entry, if the ledger is still what the unit was read from; undefined: read again. */
async function draftOf(
  { ports, contract }: RedriveRequest,
  ledger: LoadedLedger,
  given: Pick<ReclassEntry, 'plan' | 'sources' | 'tables'> & { readonly quarantine: string },
): Promise<EntryDraft | undefined> {
  const { plan, sources, tables, quarantine } = given;
  if (ledger.state.tables.get(quarantine)?.parked) throw unusable(contract.name, quarantine, 'is parked: recover it first');
  const moved = rangesOf(sources);
  await restorePlaces({ ports, contractName: contract.name }, ledger.state, moved);
  const isStill = moved.every(({ sourceId, partition, ranges }) => {
    const known = ledger.state.sources.get(sourceId)?.partitions.get(partition);
    return known !== undefined && subtractRanges(ranges, known.quarantined).length === 0;
  });
  if (!isStill) return undefined;
  for (let n = plan.basis + 1; n <= ledger.state.n; n++) {
    const entry = await loadEntry({ ports, contractName: contract.name }, ledger, n);
    // An entry that holds something for the quarantine stays until it has applied it; of others nothing has to be known.
    if (!entry && (ledger.state.tables.get(quarantine)?.pending ?? []).includes(n)) return undefined;
    if (entry && touches(entry, moved)) return undefined;
  }
  if (tables.reduce((sum, { files }) => sum + files.length, 0) > LIMITS.filesPerCommitMax) {
    throw new CommitRefusedError(`redrive of ${contract.name}: one unit has too many files; give --from and --to`, {
      code: 'unit-too-large',
    });
  }
  const holds = [...new Set([...tables.map(({ table }) => table), quarantine])];
  return { kind: 'redrive', plan, sources, tables, holds, gone: [] };
}

/** Did the entry move or remove rows at these offsets? */
function touches(entry: Awaited<ReturnType<typeof loadEntry>> & {}, moved: readonly SourceRanges[]): boolean {
  switch (entry.kind) {
    case 'redrive':
    case 'replay':
    case 'replace':
      return overlaps(rangesOf(entry.sources), moved);
    case 'erase':
      return overlaps(entry.removed, moved);
    case 'land':
      return overlaps(
        entry.descriptors.flatMap(({ sources }) => rangesOf(sources)),
        moved,
      );
    case 'unpark':
      return entry.gone !== undefined && overlaps(entry.gone, moved);
    case 'source':
    case 'absent':
    case 'park':
      return false;
  }
}

function rangesOf(sources: readonly DecidedSource[]): SourceRanges[] {
  return sources.flatMap(({ sourceId, partitions }) =>
    partitions.map((classes) => ({ sourceId, partition: classes.partition, ranges: deliveredOf(classes) })),
  );
}

function overlaps(all: readonly SourceRanges[], moved: readonly SourceRanges[]): boolean {
  return all.some((one) =>
    moved.some(
      (other) =>
        one.sourceId === other.sourceId && one.partition === other.partition && intersectRanges(one.ranges, other.ranges).length > 0,
    ),
  );
}

function unusable(contract: string, table: string, what: string): InputRefusedError {
  return new InputRefusedError(`redrive of ${contract}: the quarantine ${table} ${what}`, {
    code: 'quarantine-unusable',
    details: { contract, table },
  });
}
