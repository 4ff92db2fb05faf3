// Plans how a parked table goes on (DESIGN §7), from what the ledger, the catalog and the files say now. Reads only. In order:
//   not in the catalog             its last metadata file of the right UUID is registered again
//   as it should be                it resumes; decided files that are gone by now are named
//   our last snapshot still there  `main` is rolled forward to the newest snapshot descending from the tag, never to the tag itself:
//   but out of the history         later deletes would return
//   another UUID, and empty        it is rebuilt from the files of the old table's last metadata, deleted rows left out
//   anything else, if accepted     it is adopted as it is; entries it lacks that are still in the ledger are applied again, and rows
//                                  that are nowhere are counted as gone
// Rows are given up only when a person accepts it.
import { APPLIED_TAG, PROPERTY, SUMMARY } from '../contract/names.ts';
import { InputRefusedError } from '../errors.ts';
import { findSnapshot, isAncestor } from '../iceberg/find-snapshot.ts';
import { identifierOf, loadTable } from '../iceberg/load-table.ts';
import type { Snapshot, TableMetadata } from '../iceberg/types.ts';
import type { TableState } from '../ledger/state.ts';
import type { Ports } from '../ports.ts';
import { loadWholeLedger } from './class-segments.ts';
import { findLostFiles } from './find-lost-files.ts';
import { findOldMetadata, type OldMetadata } from './find-old-metadata.ts';
import { findLedgerId } from './ledger-id.ts';
import type { LoadedLedger } from './load-ledger.ts';
import { planAdoption } from './plan-adoption.ts';
import { planRebuild } from './plan-rebuild.ts';
import { checkIdentity, lastEntryOf, parseApplied } from './table-identity.ts';
import type { UnparkTablePlan } from './unpark-plan.ts';

export interface PlanUnparkRequest {
  readonly ports: Ports;
  readonly contractName: string;
  /** `namespace.name`. */
  readonly table: string;
  /** A person gives up rows that are nowhere, and takes the table as it is. */
  readonly isAccepted: boolean;
}

export interface PlannedUnpark {
  readonly basis: number;
  readonly body: UnparkTablePlan;
  readonly effects: readonly string[];
}

export interface UnparkContext extends PlanUnparkRequest {
  readonly ledger: LoadedLedger;
  readonly ledgerId: string;
  readonly state: TableState;
}

/** The plan. Throws InputRefusedError when the table is not parked, or when rows would have to be given up and nobody accepted it. */
export async function planUnpark(request: PlanUnparkRequest): Promise<PlannedUnpark> {
  const { ports, contractName, table } = request;
  const ledger = await loadWholeLedger(request);
  const state = ledger.state.tables.get(table);
  const ledgerId = await findLedgerId(ports, contractName);
  if (!state?.parked || ledgerId === undefined) throw refuse(table, state ? 'it is not parked' : 'the ledger does not know it');
  const context: UnparkContext = { ...request, ledger, ledgerId, state };
  const metadata = (await loadTable(ports, identifierOf(table)))?.metadata;
  const planned = metadata ? await planForTable(context, metadata) : await planForMissing(context);
  const basis = ledger.state.n;
  const seen = metadata ? seenOf(metadata) : null;
  const body: UnparkTablePlan = { ...EMPTY, table, park: state.parked.entry, basis, seen, ...planned.body };
  return { basis, body, effects: planned.effects };
}

/** What a plan says unless its action says more. */
const EMPTY: Omit<UnparkTablePlan, 'table' | 'park' | 'basis' | 'action' | 'seen' | 'tableUuid'> = {
  metadataLocation: null,
  snapshotId: null,
  applied: 0,
  again: [],
  gone: [],
  lost: [],
  tables: [],
};

export interface PlannedAction {
  readonly body: Pick<UnparkTablePlan, 'action' | 'tableUuid'> & Partial<UnparkTablePlan>;
  readonly effects: readonly string[];
}

/** The table as plans name it. */
export function seenOf(metadata: TableMetadata): NonNullable<UnparkTablePlan['seen']> {
  return { uuid: metadata['table-uuid'], snapshotId: metadata['current-snapshot-id']?.toString() ?? null };
}

async function planForMissing(context: UnparkContext): Promise<PlannedAction> {
  const { ports, table, state } = context;
  const old = state.uuid === undefined ? undefined : await findOldMetadata(ports, table, state.uuid);
  if (!old) {
    throw refuse(
      table,
      'the catalog does not know it and no metadata file of it is left: restore it, or land something, which makes it anew, and plan again',
    );
  }
  if (ports.catalog.metadataWriter !== 'client') {
    throw refuse(table, `the catalog does not know it; register ${old.location} with the catalog, then plan again`);
  }
  const identity = await checkIdentity({ ...context, entry: context.ledger.state.n, table: state, metadata: old.metadata });
  if (identity.kind === 'park')
    throw refuse(table, `its last metadata file cannot be gone on from: ${identity.message}; register it by hand, then plan again`);
  const lost = await findLostFiles(context, identity.applied);
  return {
    body: { action: 'register', tableUuid: old.metadata['table-uuid'], metadataLocation: old.location, ...lost.body },
    effects: [`the catalog gets back ${old.location}, which has applied entry ${identity.applied}`, ...lost.effects],
  };
}

async function planForTable(context: UnparkContext, metadata: TableMetadata): Promise<PlannedAction> {
  const { ports, table, state } = context;
  const uuid = metadata['table-uuid'];
  const identity = await checkIdentity({ ...context, entry: context.ledger.state.n, table: state, metadata });
  if (identity.kind === 'ours') {
    const lost = await findLostFiles(context, identity.applied);
    return { body: { action: 'resume', tableUuid: uuid, ...lost.body }, effects: ['the table is as it should be', ...lost.effects] };
  }
  const forward = identity.reason === 'rolled-back' ? rollForwardTo(metadata, state.floor) : undefined;
  if (forward && !context.isAccepted) return planRollForward(context, { metadata, forward });
  if (identity.reason === 'table-recreated' && isEmpty(metadata)) {
    const old: OldMetadata | undefined = state.uuid === undefined ? undefined : await findOldMetadata(ports, table, state.uuid);
    return planRebuild(context, { metadata, old });
  }
  return planAdoption(context, { metadata, message: identity.message, canRollForward: forward !== undefined });
}

/** The newest snapshot that descends from our tagged one, if that one is still there and states what the table has applied. */
function rollForwardTo(metadata: TableMetadata, floor: number): Snapshot | undefined {
  // A restored metadata file knows nothing of the snapshots after it: there is nothing to go forward to.
  if ((parseApplied(metadata.properties[PROPERTY.applied]) ?? 0) < floor) return undefined;
  const tagged = findSnapshot(metadata, metadata.refs?.[APPLIED_TAG]?.['snapshot-id']);
  if (!tagged || lastEntryOf(tagged) !== parseApplied(metadata.properties[PROPERTY.applied])) return undefined;
  const later = metadata.snapshots.filter((one) => isAncestor(metadata, tagged['snapshot-id'], one['snapshot-id']));
  return later.reduce((best, one) => (one['sequence-number'] > best['sequence-number'] ? one : best), tagged);
}

async function planRollForward(
  context: UnparkContext,
  given: { readonly metadata: TableMetadata; readonly forward: Snapshot },
): Promise<PlannedAction> {
  const { metadata, forward } = given;
  const to = forward['snapshot-id'];
  const current = metadata['current-snapshot-id'];
  const applied = parseApplied(metadata.properties[PROPERTY.applied]) ?? 0;
  const lost = await findLostFiles(context, applied);
  return {
    body: { action: 'roll-forward', tableUuid: metadata['table-uuid'], snapshotId: String(to), ...lost.body },
    effects: [
      `main goes from snapshot ${current ?? 'none'} forward to ${to}, the newest that descends from the tag ${APPLIED_TAG}`,
      'what others committed after they rolled the table back leaves main; its snapshots stay until they expire',
      ...lost.effects,
    ],
  };
}

/** Nothing of ours is in it and nothing of others. */
function isEmpty(metadata: TableMetadata): boolean {
  const isUntouched = (parseApplied(metadata.properties[PROPERTY.applied]) ?? 0) === 0 && metadata.refs?.[APPLIED_TAG] === undefined;
  const current = findSnapshot(metadata, metadata['current-snapshot-id'] ?? undefined);
  return isUntouched && (current === undefined || (current.summary[SUMMARY.job] === undefined && current.summary['total-records'] === '0'));
}

/** Why there is no plan. */
export function refuse(table: string, what: string): InputRefusedError {
  return new InputRefusedError(`no recovery of ${table}: ${what}`, { code: 'unpark-refused', details: { table } });
}
