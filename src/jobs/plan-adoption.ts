// A table that goes on as it is: restored from a copy, rolled back on purpose, or with nothing left that proves its history. What it
// holds is what its rows say: entries it lacks that the ledger still has are applied again, rows that are nowhere are gone.

import { LIMITS } from '../contract/limits.ts';
import { PROPERTY, SUMMARY } from '../contract/names.ts';
import { findSnapshot } from '../iceberg/find-snapshot.ts';
import type { TableMetadata } from '../iceberg/types.ts';
import { keptOffsets } from '../ledger/trim.ts';
import { effectOf } from './entry-effect.ts';
import { rowsOf } from './find-lost-files.ts';
import { loadEntry } from './load-ledger.ts';
import { OffsetMap } from './offset-map.ts';
import { placedIn } from './placed-in.ts';
import { type PlannedAction, refuse, type UnparkContext } from './plan-unpark.ts';
import { readLiveRows } from './read-live-rows.ts';
import { lastEntryOf, ledgerReference, parseApplied } from './table-identity.ts';

/** The plan of an adoption. Throws InputRefusedError when rows would be given up, or history overruled, and nobody accepted it. */
export async function planAdoption(
  context: UnparkContext,
  given: { readonly metadata: TableMetadata; readonly message: string },
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
  const { again, brought } = await entriesAgain(context, applied);
  if (brought.and(live.offsets).count() > 0)
    throw refuse(table, `rows of entries after ${applied} are in it already; it is in no state the ledger ever wrote`);
  if (live.doubles.count() > 0) throw refuse(table, `${live.doubles.count()} positions have more than one row`);
  const removed = OffsetMap.of(Object.values(state.removed).flat());
  const gone = [...placedIn(ledger.state, table).minus(live.offsets).minus(brought).minus(removed)];
  const rows = rowsOf(gone);
  if (rows > 0 && !context.isAccepted) {
    throw refuse(table, `${message}; going on from it as it is would give up ${rows} rows that are nowhere: accept that with --accept`);
  }
  return {
    body: {
      action: 'adopt',
      tableUuid: metadata['table-uuid'],
      snapshotId: metadata['current-snapshot-id']?.toString() ?? null,
      applied,
      again,
      gone,
    },
    effects: [
      `the table goes on from its current snapshot, which holds the entries up to ${applied}`,
      `${again.length} entries are applied again, with ${brought.count()} rows`,
      `${rows} rows are given up and counted as removed`,
    ],
  };
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

/** Entries after `applied` that hold something for the table and are still in the ledger, with the rows they bring. */
async function entriesAgain(
  context: UnparkContext,
  applied: number,
): Promise<{ readonly again: readonly number[]; readonly brought: OffsetMap }> {
  const { ledger, table } = context;
  const again: number[] = [];
  const brought = new OffsetMap();
  for (let n = applied + 1; n <= ledger.state.n; n++) {
    const entry = await loadEntry(context, ledger, n);
    if (!entry) continue;
    const effect = effectOf(entry, table);
    if (effect.bring.length + effect.leave.length === 0 && !effect.isReset) continue;
    if (effect.leave.length > 0 || effect.isReset)
      throw refuse(table, `entry ${n} takes rows out of it and cannot be applied to an older state again`);
    again.push(n);
    for (const held of effect.bring.flatMap((one) => one.table.files).flatMap(keptOffsets)) brought.add(held);
  }
  if (again.length > LIMITS.entriesPerCommitMax) {
    throw refuse(
      table,
      `${again.length} entries would have to be applied again in one commit, at most ${LIMITS.entriesPerCommitMax} can be`,
    );
  }
  return { again, brought };
}
