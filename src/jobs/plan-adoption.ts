// A table that goes on as it is: restored from a copy, rolled back on purpose, or with nothing left that proves its history. What it
// holds is what its rows say: entries it lacks that the ledger still has are applied again, as far as their files are there: a rollback
// leaves snapshots behind, and whoever expires them takes their files. Rows that are nowhere are gone, and which they are is said first.

import { LIMITS } from '../contract/limits.ts';
import { PROPERTY, SUMMARY } from '../contract/names.ts';
import { InputRefusedError } from '../errors.ts';
import { findSnapshot } from '../iceberg/find-snapshot.ts';
import type { TableMetadata } from '../iceberg/types.ts';
import type { DecidedFile } from '../ledger/entries.ts';
import { keptOffsets } from '../ledger/trim.ts';
import { effectOf, filesOf } from './entry-effect.ts';
import { entryGone, lostAmong, rowsOf } from './find-lost-files.ts';
import { type LedgerRequest, type LoadedLedger, loadEntry } from './load-ledger.ts';
import { OffsetMap } from './offset-map.ts';
import { placedIn } from './placed-in.ts';
import { type PlannedAction, refuse, type UnparkContext } from './plan-unpark.ts';
import { readLiveRows } from './read-live-rows.ts';
import { lastEntryOf, ledgerReference, parseApplied } from './table-identity.ts';
import type { UnparkTablePlan } from './unpark-plan.ts';

/** The plan of an adoption. Throws InputRefusedError when rows would be given up, or history overruled, and nobody accepted it. */
export async function planAdoption(
  context: UnparkContext,
  given: { readonly metadata: TableMetadata; readonly message: string; readonly canRollForward: boolean },
): Promise<PlannedAction> {
  const { table, state, ledger, ports, contractName, ledgerId } = context;
  const { metadata, message } = given;
  const owner = [metadata.properties[PROPERTY.contract], metadata.properties[PROPERTY.ledger]];
  if (owner[0] !== contractName || owner[1] !== ledgerReference(ports.root, { contractName, ledgerId })) {
    throw refuse(table, `${message}; it belongs to another contract or ledger, which is not overruled`);
  }
  if ((parseApplied(metadata.properties[PROPERTY.applied]) ?? 0) > ledger.state.n) {
    throw refuse(table, `${message}; its entries are gone: restore them from a copy of _firn/${contractName}`);
  }
  const applied = Math.min(reachedBy(metadata), ledger.state.n);
  const live = await readLiveRows(ports, metadata, () => true);
  if (typeof live === 'string') throw refuse(table, `its rows cannot be compared with the ledger: ${live}`);
  const { again, files, missing } = await entriesAgain(context, applied);
  if (OffsetMap.of(files.flatMap(keptOffsets)).and(live.offsets).count() > 0)
    throw refuse(table, `rows of entries after ${applied} are in it already; it is in no state the ledger ever wrote`);
  if (live.doubles.count() > 0) throw refuse(table, `${live.doubles.count()} positions have more than one row`);
  const lost = await lostAmong(context, files);
  const brought = OffsetMap.of(files.filter((file) => !lost.includes(file) && state.instead[file.path] !== '').flatMap(keptOffsets));
  const removed = OffsetMap.of(Object.values(state.removed).flat());
  const gone = [...placedIn(ledger.state, table).minus(live.offsets).minus(brought).minus(removed)];
  const rows = rowsOf(gone);
  const why = whyGone({ lost, missing });
  if (rows > 0 && !context.isAccepted) {
    throw refuse(
      table,
      `${message}; going on from it as it is would give up ${rows} rows that are nowhere${why}, or accept that with --accept`,
    );
  }
  return {
    body: {
      action: 'adopt',
      tableUuid: metadata['table-uuid'],
      snapshotId: metadata['current-snapshot-id']?.toString() ?? null,
      applied,
      again,
      gone,
      lost: lost.map(({ path }) => path),
    },
    effects: [
      `the table goes on from its current snapshot, which holds the entries up to ${applied}`,
      `${again.length} entries are applied again, with ${brought.count()} rows`,
      `${rows} rows are given up and counted as removed${rows > 0 ? why : ''}`,
      ...(given.canRollForward ? ['planned without --accept it is rolled forward instead, to a snapshot that has them all'] : []),
    ],
  };
}

/** What held the rows that are nowhere, as far as the ledger knows, and that it may be restored. */
function whyGone({ lost, missing }: { readonly lost: readonly DecidedFile[]; readonly missing: readonly number[] }): string {
  const of = [
    ...(lost.length > 0 ? [`${lost.length} data files are gone, the first is ${lost[0]!.path}`] : []),
    ...(missing.length > 0 ? [`${missing.length} ledger entries are gone, the first is ${missing[0]}`] : []),
  ];
  return of.length === 0 ? ': restore them' : ` (${of.join('; ')}): restore those from a copy`;
}

/**
 * Throws InputRefusedError when an entry or a file that the plan has applied again went since it was made: the table would park once
 * more, with less to choose from.
 */
export async function refuseLostSince(request: LedgerRequest, ledger: LoadedLedger, plan: UnparkTablePlan): Promise<void> {
  const state = ledger.state.tables.get(plan.table)!;
  for (const n of plan.again) {
    const entry = await loadEntry(request, ledger, n);
    const files = entry ? filesOf(effectOf(entry, plan.table)) : [];
    const [lost] = (await lostAmong({ ...request, state }, files)).filter(({ path }) => !plan.lost.includes(path));
    if (entry && !lost) continue;
    const what = lost ? `data file ${lost.path} is gone by now` : `ledger entry ${n} is gone by now`;
    throw new InputRefusedError(`the plan for ${plan.table} no longer fits: ${what}; plan again`, {
      code: 'plan-outdated',
      details: { table: plan.table },
    });
  }
}

/** The last entry of ours in the history of the current snapshot. */
function reachedBy(metadata: TableMetadata): number {
  let at = findSnapshot(metadata, metadata['current-snapshot-id'] ?? undefined);
  for (let steps = 0; at && steps <= metadata.snapshots.length; steps++) {
    const entry = at.summary[SUMMARY.job] === undefined ? undefined : lastEntryOf(at);
    if (entry !== undefined) return entry;
    at = findSnapshot(metadata, at['parent-snapshot-id']);
  }
  return 0;
}

/** Entries after `applied` that hold something for the table, with the files they bring, and those that are gone from the ledger. */
async function entriesAgain(
  context: UnparkContext,
  applied: number,
): Promise<{ readonly again: readonly number[]; readonly files: readonly DecidedFile[]; readonly missing: readonly number[] }> {
  const { ledger, table } = context;
  const again: number[] = [];
  const files: DecidedFile[] = [];
  const missing: number[] = [];
  for (let n = applied + 1; n <= ledger.state.n; n++) {
    const entry = await loadEntry(context, ledger, n);
    if (!entry && context.state.pending.includes(n)) throw refuse(table, entryGone(n));
    if (!entry) {
      missing.push(n);
      continue;
    }
    const effect = effectOf(entry, table);
    if (effect.bring.length + effect.leave.length === 0 && !effect.isReset) continue;
    if (effect.leave.length > 0 || effect.isReset)
      throw refuse(table, `entry ${n} takes rows out of it and cannot be applied to an older state again`);
    again.push(n);
    files.push(...filesOf(effect));
  }
  if (again.length > LIMITS.entriesPerCommitMax) {
    throw refuse(
      table,
      `${again.length} entries would have to be applied again in one commit, at most ${LIMITS.entriesPerCommitMax} can be`,
    );
  }
  return { again, files, missing };
}
