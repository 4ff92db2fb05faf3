// The audit: proves promises 1 and 2 from the ledger against the rows themselves. For every table of a contract the positions of
// all live rows are compared with what the ledger places there at the entry the table says it has applied: rows missing, twice, or
// unknown to the ledger; offsets in two tables; counts that do not add up; holes. What others removed or added is told apart from
// what is wrong. Reads only; memory is proportional to ranges.
import { SUMMARY } from '../contract/names.ts';
import { InputRefusedError } from '../errors.ts';
import { identifierOf, loadTable } from '../iceberg/load-table.ts';
import type { Snapshot, TableMetadata } from '../iceberg/types.ts';
import { isQuarantineTable } from '../ledger/descriptor-codec.ts';
import { countOffsets } from '../ledger/ranges.ts';
import { deliveredOf, type LedgerState, type TableState, tableOf } from '../ledger/state.ts';
import { keptOffsets } from '../ledger/trim.ts';
import { auditSources } from './audit-sources.ts';
import { parkedOf } from './commit-contract.ts';
import { effectOf } from './entry-effect.ts';
import { findLedgerId } from './ledger-id.ts';
import { type LoadedLedger, loadEntry } from './load-ledger.ts';
import { appliedOf, loadTogether } from './load-together.ts';
import { OffsetMap } from './offset-map.ts';
import { placedIn } from './placed-in.ts';
import { readLiveRows } from './read-live-rows.ts';
import { removedByOthers } from './removed-by-others.ts';
import { listStaged, readStaged } from './staged.ts';
import { checkIdentity, type IdentityRequest } from './table-identity.ts';
import type { AuditReport, AuditRequest, TableAudit } from './types.ts';

/** The audit of a contract: all its tables and their quarantine tables. Cost: reads the technical columns of every live file. */
export async function auditTable(request: AuditRequest): Promise<AuditReport> {
  const staged = await auditStaged(request);
  const claimed = await loadClaimed(request);
  const { ledger, tables } = await loadTogether(request);
  for (const table of claimed.keys()) tableOf(ledger.state, table);
  const ledgerId = (await findLedgerId(request.ports, request.contractName)) ?? '';
  const { state } = ledger;
  const audits: TableAudit[] = [];
  const rows: OffsetMap[] = [];
  for (const table of state.tables.values()) {
    const { audit, offsets } = await auditOne(request, ledger, {
      table,
      metadata: tables.get(table.table) ?? claimed.get(table.table),
      ledgerId,
    });
    audits.push(audit);
    rows.push(offsets);
  }
  const inTwoTables = new OffsetMap();
  for (const [i, one] of rows.entries()) for (const other of rows.slice(i + 1)) for (const both of one.and(other)) inTwoTables.add(both);
  const report: Omit<AuditReport, 'clean'> = {
    contract: request.contractName,
    entry: state.n,
    tables: audits,
    sources: auditSources(state),
    inTwoTables: inTwoTables.positions(),
    staged: countUndecided(state, staged),
    parked: parkedOf(state),
  };
  return { ...report, clean: isClean(report) };
}

/** Read before the ledger, so that none is ahead of a ledger that goes on meanwhile. */
async function loadClaimed({ ports, tables = [] }: AuditRequest): Promise<ReadonlyMap<string, TableMetadata>> {
  const claimed = new Map<string, TableMetadata>();
  for (const table of tables) {
    const loaded = await loadTable(ports, identifierOf(table));
    if (loaded) claimed.set(table, loaded.metadata);
  }
  return claimed;
}

function isClean(report: Omit<AuditReport, 'clean'>): boolean {
  const areTablesClean = report.tables.every(
    (table) =>
      table.exists &&
      table.notOurs === undefined &&
      table.notAudited === undefined &&
      table.missing.count + table.doubles.count + table.foreign.count === 0 &&
      table.rowsWithoutPosition === 0,
  );
  const areSourcesClean = report.sources.every(({ isAccounted, unverified }) => isAccounted && unverified.count === 0);
  return areTablesClean && areSourcesClean && report.inTwoTables.count === 0 && report.parked.length === 0 && report.staged.poisoned === 0;
}

async function auditOne(
  request: AuditRequest,
  ledger: LoadedLedger,
  given: { readonly table: TableState; readonly metadata: TableMetadata | undefined; readonly ledgerId: string },
): Promise<{ readonly audit: TableAudit; readonly offsets: OffsetMap }> {
  const { ports } = request;
  const { table, metadata } = given;
  const kind = isQuarantineTable(table.table) ? 'quarantine' : 'main';
  const applied = appliedOf(metadata) ?? 0;
  const { brought: unapplied, leaving } = await unappliedOffsets(request, ledger, { table, applied });
  const removed = removedByRule(table);
  const expected = placedIn(ledger.state, table.table).minus(unapplied);
  const base = {
    table: table.table,
    kind,
    exists: metadata !== undefined,
    notOurs: metadata && (await disown({ ...request, ...given, metadata, entry: ledger.state.n })),
    applied,
    expectedRows: expected.count(),
    entriesUnapplied: table.pending.filter((n) => n > applied).length,
    rowsUnapplied: unapplied.count(),
  } as const;
  const isOurs = ownSnapshots(metadata);
  const live = metadata ? await readLiveRows(ports, metadata, isOurs) : 'the catalog does not know the table';
  if (typeof live === 'string' || !metadata) return { audit: { ...base, ...nothingRead(String(live)) }, offsets: new OffsetMap() };
  const allRemoved = OffsetMap.of([...removed.values()].flatMap((one) => [...one]));
  const gone = expected.minus(live.offsets).minus(allRemoved);
  const byOthers = await removedByOthers(request, { metadata, live, gone, isOurs });
  // Rows that an entry still to be applied will take out may be there or not.
  const unknown = live.offsets.minus(expected).minus(leaving);
  const audit: TableAudit = {
    ...base,
    liveRows: live.rows,
    missing: gone.minus(byOthers).positions(),
    removedByOthers: byOthers.positions(),
    removedByRule: Object.fromEntries([...removed].map(([rule, one]) => [rule, one.positions()])),
    doubles: live.doubles.positions(),
    foreign: unknown.minus(live.ofOthers).positions(),
    addedByOthers: unknown.and(live.ofOthers).positions(),
    rowsWithoutPosition: live.rowsWithoutPosition,
    notAudited: undefined,
  };
  return { audit, offsets: live.offsets };
}

/** What a commit would park the table for: the rows of another table, or of an older state, prove nothing. */
async function disown(request: IdentityRequest): Promise<string | undefined> {
  try {
    const identity = await checkIdentity(request);
    return identity.kind === 'park' ? identity.message : undefined;
  } catch (error) {
    if (error instanceof InputRefusedError) return error.message;
    throw error;
  }
}

function nothingRead(why: string) {
  const none = new OffsetMap().positions();
  return {
    liveRows: 0,
    missing: none,
    removedByOthers: none,
    removedByRule: {},
    doubles: none,
    foreign: none,
    addedByOthers: none,
    rowsWithoutPosition: 0,
    notAudited: why,
  };
}

/** What entries after `applied` will still bring into the table, and take out of it. */
async function unappliedOffsets(
  request: AuditRequest,
  ledger: LoadedLedger,
  { table, applied }: { readonly table: TableState; readonly applied: number },
): Promise<{ readonly brought: OffsetMap; readonly leaving: OffsetMap }> {
  const brought = new OffsetMap();
  const leaving = new OffsetMap();
  for (const n of table.pending.filter((pending) => pending > applied)) {
    const entry = await loadEntry(request, ledger, n);
    if (!entry) continue;
    const { bring, leave } = effectOf(entry, table.table);
    for (const held of bring.flatMap(({ table: one }) => one.files).flatMap(keptOffsets)) brought.add(held);
    for (const left of leave) leaving.add(left);
  }
  return { brought, leaving };
}

function removedByRule(table: TableState): Map<string, OffsetMap> {
  return new Map(Object.entries(table.removed).map(([rule, ranges]) => [rule, OffsetMap.of(ranges)]));
}

/** Snapshots of ours name their job. An expired snapshot cannot be asked: its files count as ours. */
function ownSnapshots(metadata: TableMetadata | undefined): (snapshotId: bigint) => boolean {
  const others = new Set((metadata?.snapshots ?? []).filter((snapshot) => !hasJob(snapshot)).map((snapshot) => snapshot['snapshot-id']));
  return (snapshotId) => !others.has(snapshotId);
}

function hasJob(snapshot: Snapshot): boolean {
  return snapshot.summary[SUMMARY.job] !== undefined;
}

interface StagedSummary {
  readonly byId: ReadonlyMap<string, number>;
  readonly poisoned: number;
}

/** Read before the ledger: what is decided meanwhile is then not counted twice. */
async function auditStaged(request: AuditRequest): Promise<StagedSummary> {
  const byId = new Map<string, number>();
  let poisoned = 0;
  for (const one of await listStaged(request)) {
    const read = await readStaged(request, one);
    if (read.kind === 'poisoned') poisoned++;
    if (read.kind !== 'read') continue;
    const partitions = read.descriptor.sources.flatMap((source) => source.partitions);
    byId.set(
      one.id,
      partitions.reduce((sum, classes) => sum + countOffsets(deliveredOf(classes)) - countOffsets(classes.absent), 0),
    );
  }
  return { byId, poisoned };
}

function countUndecided(state: LedgerState, { byId, poisoned }: StagedSummary): AuditReport['staged'] {
  const undecided = [...byId].filter(([id]) => !state.decided.has(id));
  return { descriptors: undecided.length, records: undecided.reduce((sum, [, records]) => sum + records, 0), poisoned };
}
