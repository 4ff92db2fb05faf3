// Plans a ledger anew of which objects were lost, as a whole or in part (promise 8): what can still be read of it, and beyond that what the
// rows of the tables say. Tables know accepted and quarantined offsets; they do not know filtered and absent ones, rows that others
// removed with their files, nor what was rejected by which rule: the plan says how many offsets stay unverified, and the resolver asks
// Kafka about them. The new state is a checkpoint behind every number that was ever given; its own number is taken by an entry, so that
// a committer that slept through the loss cannot take it. Reads only.

import { contractPaths, PROPERTY, tableKey } from '../contract/names.ts';
import { InputRefusedError } from '../errors.ts';
import { loadTable } from '../iceberg/load-table.ts';
import type { TableMetadata } from '../iceberg/types.ts';
import { encodeCheckpoint } from '../ledger/checkpoint-codec.ts';
import { isQuarantineTable } from '../ledger/descriptor-codec.ts';
import { type LedgerEntry, RECOVERED_WITHOUT } from '../ledger/entries.ts';
import { encodeEntry } from '../ledger/entry-codec.ts';
import { countOffsets } from '../ledger/ranges.ts';
import { countsOfSource, emptyState, type LedgerState, tableOf, unverifiedOf } from '../ledger/state.ts';
import { keptOffsets } from '../ledger/trim.ts';
import type { Ports } from '../ports.ts';
import { effectOf, filesOf } from './entry-effect.ts';
import { findLedgerId } from './ledger-id.ts';
import { appliedOf } from './load-together.ts';
import { OffsetMap } from './offset-map.ts';
import { placedIn } from './placed-in.ts';
import { addRows, type RowTally, readTableRows, type TableRows } from './rows-as-ledger.ts';
import { type SalvagedLedger, salvageLedger } from './salvage-ledger.ts';

export interface PlanLedgerRequest {
  readonly ports: Ports;
  readonly contractName: string;
  /** A person gives up rows of entries that are gone and that a table had still to apply. */
  readonly isAccepted: boolean;
}

export interface LedgerPlan {
  /** The id that the tables name. */
  readonly ledgerId: string;
  /** The number of the new checkpoint and of the entry beside it. */
  readonly n: number;
  /** Both as they will be written, base64. */
  readonly entry: string;
  readonly checkpoint: string;
  readonly tables: readonly {
    readonly table: string;
    readonly uuid: string;
    readonly applied: number;
    readonly snapshotId: string | null;
  }[];
}

export interface PlannedLedger {
  readonly body: LedgerPlan;
  readonly effects: readonly string[];
}

interface OwnTable {
  readonly table: string;
  readonly metadata: TableMetadata;
  readonly applied: number;
  readonly rows: TableRows;
}

/** The plan. Throws InputRefusedError when no table is left, when they name several ledgers, or rows would be given up unaccepted. */
export async function planLedger(request: PlanLedgerRequest): Promise<PlannedLedger> {
  const { ports, contractName } = request;
  const found = await findTables(request);
  const ledgerId = ledgerOfTables(request, found);
  const tables: OwnTable[] = [];
  for (const { table, metadata } of found) {
    tables.push({ table, metadata, applied: appliedOf(metadata) ?? 0, rows: await readTableRows(ports, metadata) });
  }
  const before = await whatIsLeft(request, ledgerId, tables);
  const { state } = before;
  const n = Math.max(before.last, ...tables.map(({ applied }) => applied)) + 1;
  const nowMs = ports.clock.nowMs();
  const tally = addRows(state, tables, nowMs);
  const given = tables.reduce((sum, one) => sum + settleTable(state, before, one), 0);
  if (given > 0 && !request.isAccepted) {
    throw refuse(
      contractName,
      `${given} rows of entries that are gone are in no table; restore those entries, or accept the loss with --accept`,
    );
  }
  state.n = n;
  for (const source of state.sources.values()) source.counts = countsOfSource(source);
  const entry: LedgerEntry = {
    version: 1,
    n,
    id: ports.ids.uuid(),
    atMs: nowMs,
    contract: contractName,
    kind: 'source',
    sources: [...state.sources.values()].map(({ sourceId, topic, observed }) => ({ sourceId, topic, observed })),
  };
  return {
    body: {
      ledgerId,
      n,
      entry: encodeEntry(entry).toString('base64'),
      checkpoint: encodeCheckpoint(state).toString('base64'),
      tables: tables.map(({ table, metadata, applied }) => ({ table, applied, ...seenOf(metadata) })),
    },
    effects: effectsOf(before, { state, tally, given, tables }),
  };
}

/**
 * A ledger that began anew, under another id, has applied nothing to these tables: what it decided is still staged, and is decided again.
 * One that lost its id alone knows all their rows.
 */
async function whatIsLeft(request: PlanLedgerRequest, ledgerId: string, tables: readonly OwnTable[]): Promise<SalvagedLedger> {
  const left = await salvageLedger(request);
  const named = await findLedgerId(request.ports, request.contractName);
  const knowsAll = tables.every(
    ({ table, applied, rows }) => applied <= left.last && rows.offsets.minus(placedIn(left.state, table)).count() === 0,
  );
  if (named === undefined || named === ledgerId || knowsAll) return left;
  return { state: emptyState(request.contractName), entries: new Map(), lost: [], last: left.last };
}

/** How a plan names a table as it was seen. */
export function seenOf(metadata: TableMetadata): Pick<LedgerPlan['tables'][number], 'uuid' | 'snapshotId'> {
  return { uuid: metadata['table-uuid'], snapshotId: metadata['current-snapshot-id']?.toString() ?? null };
}

async function findTables({
  ports,
  contractName,
}: PlanLedgerRequest): Promise<{ readonly table: string; readonly metadata: TableMetadata }[]> {
  const found: { readonly table: string; readonly metadata: TableMetadata }[] = [];
  for (const identifier of await ports.catalog.list()) {
    const metadata = (await loadTable(ports, identifier))?.metadata;
    if (metadata?.properties[PROPERTY.contract] === contractName) found.push({ table: tableKey(identifier), metadata });
  }
  // The quarantine last: a row that a redrive moved is in its table.
  return found.sort((a, b) => Number(isQuarantineTable(a.table)) - Number(isQuarantineTable(b.table)));
}

function ledgerOfTables({ ports, contractName }: PlanLedgerRequest, tables: readonly { readonly metadata: TableMetadata }[]): string {
  const named = [...new Set(tables.map(({ metadata }) => metadata.properties[PROPERTY.ledger] ?? ''))];
  if (named.length === 0) throw refuse(contractName, 'the catalog has no table of it: there is nothing to rebuild its ledger from');
  const [base, id] = named[0]!.split('#');
  if (named.length > 1 || id === undefined || base !== contractPaths(ports.root, contractName).base)
    throw refuse(
      contractName,
      `its tables name ${named.length} ledgers, and one under this warehouse is expected; restore the tables first`,
    );
  return id;
}

/** Entries still to be applied stay pending if they are left. Rows of those that are gone are given up; how many is returned. */
function settleTable(state: LedgerState, { entries }: SalvagedLedger, { table, metadata, applied, rows }: OwnTable): number {
  const target = tableOf(state, table);
  target.uuid ??= metadata['table-uuid'];
  target.floor = Math.max(target.floor, applied);
  const waiting = target.pending.filter((n) => n > applied);
  target.pending = waiting.filter((n) => entries.has(n));
  if (target.pending.length === waiting.length) return 0;
  const brought = target.pending.flatMap((n) => filesOf(effectOf(entries.get(n)!, table)));
  const removed = OffsetMap.of(Object.values(target.removed).flat());
  const gone = placedIn(state, table)
    .minus(rows.offsets)
    .minus(OffsetMap.of(brought.flatMap(keptOffsets)))
    .minus(removed);
  if (gone.count() > 0) {
    target.removed = { ...target.removed, [RECOVERED_WITHOUT]: [...(target.removed[RECOVERED_WITHOUT] ?? []), ...gone] };
  }
  return gone.count();
}

function effectsOf(
  { lost, entries }: SalvagedLedger,
  given: { readonly state: LedgerState; readonly tally: RowTally; readonly given: number; readonly tables: readonly OwnTable[] },
): string[] {
  const { state, tally, tables } = given;
  const unverified = [...state.sources.values()].flatMap(({ partitions }) => [...partitions.values()].map(unverifiedOf));
  const open = unverified.reduce((sum, ranges) => sum + countOffsets(ranges), 0);
  const foreign = tables.reduce((sum, { rows }) => sum + rows.rowsWithoutPosition, 0);
  return [
    `${tally.rows} offsets are covered again by the rows of ${tables.length} tables; ${entries.size} entries could still be read, ${lost.length} are lost`,
    `${open} offsets between them are unverified: filtered, without a record, removed by others with their files, or never landed; resolving them (--kind resolve) lands what Kafka still has`,
    'records behind the last row of a partition are read again, those that are filtered too',
    'what is not known any more: counts by rule for good; identities of clusters and topics, the watermark, which come back with the next landing, and what a new generation inherited, which is compared again',
    'a file that was landed and has grown or been touched since is taken for another one: land its new lines under another --source',
    ...(tally.twice > 0 ? [`${tally.twice} rows have a position that another table has too: firn audit lists them`] : []),
    ...(foreign > 0 ? [`${foreign} rows of other writers have no position and stay as they are`] : []),
    ...(given.given > 0 ? [`${given.given} rows of lost entries are given up and counted as removed`] : []),
  ];
}

export function refuse(contractName: string, what: string): InputRefusedError {
  return new InputRefusedError(`ledger of ${contractName} cannot be rebuilt: ${what}`, {
    code: 'ledger-plan-refused',
    details: { contract: contractName },
  });
}
