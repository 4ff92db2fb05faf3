// Is this table still the one the ledger materialises (DESIGN §5.3)? Asked of fresh metadata before every commit of ours. A table
// that was dropped and made again, restored, rolled back, or that belongs to another ledger is parked, never silently continued
// (rules "uuid checked", "rollback detected"). Descent from our last snapshot is proven by the chain of parents or, where others'
// expiry cut it, by a live file that our tagged snapshot added (rule "cut chain uses evidence").
import { APPLIED_TAG, contractPaths, PROPERTY, SUMMARY } from '../contract/names.ts';
import { ancestry } from '../iceberg/find-snapshot.ts';
import { hasLiveFileOf } from '../iceberg/scan.ts';
import type { Snapshot, TableMetadata } from '../iceberg/types.ts';
import type { ParkReason } from '../ledger/entries.ts';
import type { TableState } from '../ledger/state.ts';
import type { Ports } from '../ports.ts';

export interface IdentityRequest {
  readonly ports: Ports;
  readonly contractName: string;
  readonly ledgerId: string;
  /** Last entry of the ledger. */
  readonly entry: number;
  readonly table: TableState;
  readonly metadata: TableMetadata;
}

export type IdentityVerdict =
  | { readonly kind: 'ours'; readonly applied: number }
  | { readonly kind: 'park'; readonly reason: ParkReason; readonly message: string };

/** Whether our commits may go on, and from which entry. */
export async function checkIdentity(request: IdentityRequest): Promise<IdentityVerdict> {
  const { table, metadata, contractName } = request;
  const uuid = metadata['table-uuid'];
  if (table.uuid !== undefined && uuid !== table.uuid) {
    return park('table-recreated', `${table.table}: expected table ${table.uuid}, got ${uuid}: it was dropped and made again`);
  }
  const adopted = adoptedAt(request);
  if (adopted) return adopted;
  const { properties } = metadata;
  if (properties[PROPERTY.contract] !== contractName || properties[PROPERTY.ledger] !== ledgerReference(request.ports.root, request)) {
    return park('ledger-mismatch', `${table.table}: its properties name another contract or ledger than ${contractName}`);
  }
  const applied = parseApplied(properties[PROPERTY.applied]);
  if (applied === undefined) return park('ledger-mismatch', `${table.table}: the property ${PROPERTY.applied} is no entry number`);
  if (applied > request.entry) {
    return park('ledger-mismatch', `${table.table}: it has applied entry ${applied}, the ledger ends at ${request.entry}`);
  }
  if (applied < table.floor) return park('rolled-back', `${table.table}: it had applied entry ${table.floor}, now it says ${applied}`);
  return checkTag(request, applied);
}

/**
 * An unpark names the snapshot from which the table goes on, whatever its tag and number say (DESIGN §7); until apply has reached
 * that entry, which it does in one commit, the table is ours while its current snapshot is that one or descends from it.
 */
function adoptedAt({ table, metadata }: IdentityRequest): IdentityVerdict | undefined {
  const { adopt } = table;
  if (!adopt || (parseApplied(metadata.properties[PROPERTY.applied]) ?? 0) >= adopt.entry) return undefined;
  const current = metadata['current-snapshot-id'] ?? null;
  const isThere =
    adopt.snapshotId === null
      ? current === null
      : current !== null && ancestry(metadata, { snapshotId: BigInt(adopt.snapshotId), ofId: current }) === 'ancestor';
  if (isThere) return { kind: 'ours', applied: adopt.applied };
  return park('rolled-back', `${table.table}: it has left snapshot ${adopt.snapshotId ?? 'none'}, from which it was to go on`);
}

/** The value of the property firn.ledger: root and id. */
export function ledgerReference(root: string, ledger: { readonly contractName: string; readonly ledgerId: string }): string {
  return `${contractPaths(root, ledger.contractName).base}#${ledger.ledgerId}`;
}

/** The entry number in firn.applied; undefined when it is none. */
export function parseApplied(text: string | undefined): number | undefined {
  return text !== undefined && /^\d{1,15}$/.test(text) ? Number(text) : undefined;
}

/** The last entry a snapshot's summary says it has applied: `41-43` or `43`. */
export function lastEntryOf(snapshot: Pick<Snapshot, 'summary'>): number | undefined {
  return parseApplied(snapshot.summary[SUMMARY.entries]?.split('-').at(-1));
}

async function checkTag(request: IdentityRequest, applied: number): Promise<IdentityVerdict> {
  const { table, metadata } = request;
  const tagged = metadata.refs?.[APPLIED_TAG]?.['snapshot-id'];
  if (tagged === undefined) {
    if (applied === 0) return { kind: 'ours', applied };
    return park('rolled-back', `${table.table}: it has applied entry ${applied} but the tag ${APPLIED_TAG} is gone`);
  }
  const snapshot = metadata.snapshots.find((candidate) => candidate['snapshot-id'] === tagged);
  const current = metadata['current-snapshot-id'];
  if (!snapshot || current === undefined || current === null) {
    return park('rolled-back', `${table.table}: the snapshot of the tag ${APPLIED_TAG} or the current one is gone`);
  }
  const upTo = lastEntryOf(snapshot);
  if (upTo === undefined || upTo < applied) {
    return park('rolled-back', `${table.table}: the tag ${APPLIED_TAG} is at entry ${upTo ?? 'none'}, the table at ${applied}`);
  }
  // Rows and number travel in one commit: a number behind the tag's was set by hand, and going on from it would double rows.
  if (upTo > applied) {
    return park(
      'ledger-mismatch',
      `${table.table}: the tag ${APPLIED_TAG} is at entry ${upTo}, ${PROPERTY.applied} was set back to ${applied}`,
    );
  }
  switch (ancestry(metadata, { snapshotId: tagged, ofId: current })) {
    case 'ancestor':
      return { kind: 'ours', applied };
    case 'not-ancestor':
      return park('rolled-back', `${table.table}: our last snapshot is not in the history of the current one`);
    case 'unknown':
      // Files keep the id of the snapshot that added them: a live one of the tagged snapshot proves descent from it.
      if (await hasLiveFileOf({ metadata, files: request.ports.files }, tagged)) return { kind: 'ours', applied };
  }
  return park('descent-unproven', `${table.table}: its history was cut and no live file of our last snapshot is left to prove descent`);
}

function park(reason: ParkReason, message: string): IdentityVerdict {
  return { kind: 'park', reason, message };
}
