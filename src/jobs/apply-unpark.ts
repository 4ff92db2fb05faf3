// Carries out a plan that lets a table or source go on (DESIGN §7): first what the catalog must be brought to, then the `unpark` entry.
// Both may be repeated after a crash anywhere: the catalog step is skipped when it has taken place, and the entry is created only
// while the park that the plan answers stands. Refused when the table is not what the plan saw. The next commit applies the entry.
import { CommitConflictError, CommitRefusedError, CommitStateUnknownError, InputRefusedError } from '../errors.ts';
import { stageMetadata } from '../iceberg/commit-metadata.ts';
import { commitTable } from '../iceberg/commit-table.ts';
import { identifierOf, type LoadedTable, loadTable } from '../iceberg/load-table.ts';
import type { TableMetadata } from '../iceberg/types.ts';
import type { DecidedTable, EntryDraft } from '../ledger/entries.ts';
import type { Ports } from '../ports.ts';
import { appendEntry } from './append-entry.ts';
import type { Deadline } from './deadline.ts';
import { refuseLostSince } from './plan-adoption.ts';
import { tablesOfRebuild } from './plan-rebuild.ts';
import type { UnparkSourcePlan, UnparkTablePlan } from './unpark-plan.ts';

export interface ApplyUnparkRequest<P> {
  readonly ports: Ports;
  readonly contractName: string;
  readonly deadline: Deadline;
  readonly plan: P;
}

/** The number of the unpark entry; undefined when the park it answers is over already. */
export async function applyUnparkTable(request: ApplyUnparkRequest<UnparkTablePlan>): Promise<number | undefined> {
  const { plan } = request;
  const entry = await appendEntry({
    ...request,
    draft: async (ledger) => {
      if (ledger.state.tables.get(plan.table)?.parked?.entry !== plan.park) return undefined;
      if (plan.action === 'adopt') await refuseLostSince(request, ledger, plan);
      await prepareTable(request);
      return draftOf(plan, plan.action === 'rebuild' ? await tablesOfRebuild(request, ledger, plan) : []);
    },
  });
  return entry?.n;
}

/** The same for a source: staged descriptors of it are decided again. */
export async function applyUnparkSource(request: ApplyUnparkRequest<UnparkSourcePlan>): Promise<number | undefined> {
  const { sourceId, park, observed } = request.plan;
  const entry = await appendEntry({
    ...request,
    draft: ({ state }) =>
      state.sources.get(sourceId)?.parked?.entry === park
        ? { kind: 'unpark', target: { sourceId }, tables: [], holds: [], instead: {}, observed }
        : undefined,
  });
  return entry?.n;
}

function draftOf(plan: UnparkTablePlan, tables: readonly DecidedTable[]): EntryDraft {
  const { action, table, tableUuid } = plan;
  const instead = Object.fromEntries(plan.lost.map((path) => [path, '']));
  const base = { kind: 'unpark', target: { table }, tableUuid, instead, gone: plan.gone } as const;
  switch (action) {
    case 'resume':
    case 'register':
    case 'roll-forward':
      return { ...base, tables: [], holds: [] };
    case 'rebuild':
      return { ...base, reset: true, tables, holds: [table] };
    case 'adopt':
      return { ...base, adopt: { snapshotId: plan.snapshotId, applied: plan.applied }, again: plan.again, tables: [], holds: [table] };
  }
}

/** Brings the catalog to where the plan wants it; nothing to do for most. */
async function prepareTable(request: ApplyUnparkRequest<UnparkTablePlan>): Promise<void> {
  const { ports, plan } = request;
  const loaded = await loadTable(ports, identifierOf(plan.table));
  if (plan.action === 'register' && !loaded) return register(request);
  if (!loaded || loaded.metadata['table-uuid'] !== plan.tableUuid) throw moved(plan, loaded ? 'it is another table now' : 'it is gone');
  const current = currentOf(loaded.metadata);
  if (plan.action === 'register') return;
  if (plan.action === 'roll-forward') {
    if (current === plan.snapshotId) return;
    if (current !== plan.seen?.snapshotId) throw moved(plan, `its snapshot is ${current ?? 'none'} now`);
    return rollForward(request, loaded);
  }
  if (plan.action !== 'resume' && current !== plan.seen?.snapshotId) throw moved(plan, `its snapshot is ${current ?? 'none'} now`);
}

async function register({ ports, plan, deadline }: ApplyUnparkRequest<UnparkTablePlan>): Promise<void> {
  const { catalog } = ports;
  if (catalog.metadataWriter !== 'client' || plan.metadataLocation === null) throw moved(plan, 'its catalog takes no metadata file');
  deadline.check(`registration of ${plan.table}`);
  const identifier = identifierOf(plan.table);
  await catalog.ensureNamespace(identifier.namespace);
  await catalog.create(identifier, plan.metadataLocation);
  // Whatever the outcome says, what is there now decides.
  const now = await catalog.load(identifier);
  if (now?.metadataLocation === plan.metadataLocation) return;
  throw new CommitStateUnknownError(`${plan.table}: nobody can tell whether it was registered; apply the plan again`, {
    code: 'registration-unknown',
    details: { table: plan.table, uri: plan.metadataLocation },
  });
}

/** One compare-and-swap; whatever its outcome, applying the plan again goes on from what the table is then. */
async function rollForward(
  { ports, plan, deadline }: ApplyUnparkRequest<UnparkTablePlan>,
  { pointer, metadata }: LoadedTable,
): Promise<void> {
  const snapshotId = BigInt(plan.snapshotId ?? 0);
  const nowMs = ports.clock.nowMs();
  const base = { metadata, metadataLocation: pointer.metadataLocation, files: ports.files, ids: ports.ids, nowMs };
  const next: TableMetadata = {
    ...metadata,
    'current-snapshot-id': snapshotId,
    refs: { ...metadata.refs, main: { ...metadata.refs?.['main'], 'snapshot-id': snapshotId, type: 'branch' } },
    'snapshot-log': [
      ...metadata['snapshot-log'],
      { 'timestamp-ms': Math.max(nowMs, metadata['last-updated-ms']), 'snapshot-id': snapshotId },
    ],
  };
  const prepared = await stageMetadata({ ...base, metadataWriter: ports.catalog.metadataWriter }, next);
  deadline.check(`roll-forward of ${plan.table}`);
  const outcome = await commitTable(ports.catalog, pointer, prepared);
  const details = { table: plan.table };
  switch (outcome.kind) {
    case 'committed':
      return;
    case 'conflict':
      throw new CommitConflictError(`${plan.table}: another writer was faster; plan again`, { code: 'roll-forward-conflict', details });
    case 'refused':
      throw new CommitRefusedError(`${plan.table}: the catalog refused to roll it forward; check the permission to update it`, {
        code: 'roll-forward-refused',
        details,
        cause: outcome.cause,
      });
    case 'unknown':
      throw new CommitStateUnknownError(`${plan.table}: nobody can tell whether it was rolled forward; apply the plan again`, {
        code: 'roll-forward-unknown',
        details,
        cause: outcome.cause,
      });
  }
}

function currentOf(metadata: TableMetadata): string | null {
  return metadata['current-snapshot-id']?.toString() ?? null;
}

function moved(plan: UnparkTablePlan, what: string): InputRefusedError {
  return new InputRefusedError(`the plan for ${plan.table} no longer fits: ${what}; plan again`, {
    code: 'plan-outdated',
    details: { table: plan.table },
  });
}
