// Plans maintenance of a contract (DESIGN §7): looks at every table of it, quarantine too, and says which data files are to be rewritten
// together. Tables that are parked, or not the ledger's any more, are named and left alone. Writes the plan and nothing else, so it may
// be made as often as anybody likes; carrying it out is compact-group.ts, expire-table.ts and sweep-table.ts.
import { LIMITS } from '../../contract/limits.ts';
import { FirnError, InputRefusedError } from '../../errors.ts';
import { currentSnapshot } from '../../iceberg/find-snapshot.ts';
import { specOf } from '../../iceberg/manifest-write.ts';
import { partitionPath } from '../../iceberg/partition-path.ts';
import { planScan } from '../../iceberg/scan.ts';
import type { DataFile, TableMetadata } from '../../iceberg/types.ts';
import { loadLedger } from '../load-ledger.ts';
import { targetOf } from '../materialise-files.ts';
import { loadDebt, targetBytesOf } from './debt.ts';
import { type FileGroup, groupFiles } from './group-files.ts';
import { findOurTable } from './our-table.ts';
import { type StoredGroup, storeMaintenancePlan } from './stored-plan.ts';
import type { MaintenancePlan, PlanMaintenanceRequest, PlannedTable } from './types.ts';

type DraftGroup = Omit<StoredGroup, 'index'> & { readonly isClosed: boolean };

/** Cost: the ledger; per table its metadata and every manifest of its current snapshot; one create. */
export async function planMaintenance(request: PlanMaintenanceRequest): Promise<MaintenancePlan> {
  const { ports, contractName, deadline } = request;
  const { state } = await loadLedger(request);
  const known = [...state.tables.keys()].sort();
  const unknown = request.tables?.find((table) => !known.includes(table));
  if (unknown !== undefined) {
    throw new InputRefusedError(`contract ${contractName} has no table ${unknown}: expected one of ${known.join(', ')}`, {
      code: 'table-unknown',
      details: { contract: contractName, table: unknown },
    });
  }
  const tables: PlannedTable[] = [];
  const drafts: DraftGroup[] = [];
  for (const table of request.tables ?? known) {
    const planned = await planTable(request, table);
    tables.push(planned.table);
    drafts.push(...planned.groups);
  }
  // Closed windows of all tables come first; within them the order of each table stays.
  const chosen = [...drafts.filter(({ isClosed }) => isClosed), ...drafts.filter(({ isClosed }) => !isClosed)].slice(
    0,
    LIMITS.planGroupsMax,
  );
  const groups = chosen.map(({ isClosed: _, ...group }, index): StoredGroup => ({ index, ...group }));
  const counted = tables.map((one) => ({ ...one, groups: groups.filter(({ table }) => table === one.table).length }));
  deadline.check('creation of a maintenance plan');
  return storeMaintenancePlan(ports, {
    contract: contractName,
    basis: state.n,
    createdAtMs: ports.clock.nowMs(),
    tables: counted,
    groups,
  });
}

const NO_DEBT = { snapshots: 0, manifests: 0, dataFiles: 0, dataBytes: 0, smallFiles: 0, smallBytes: 0, deleteFiles: 0 };

/** One table; whatever is wrong with it stops no other (promise 4). */
async function planTable(
  request: PlanMaintenanceRequest,
  table: string,
): Promise<{ readonly table: PlannedTable; readonly groups: readonly DraftGroup[] }> {
  const left = (leftAlone: string) => ({ table: { table, baseSnapshot: null, groups: 0, debt: NO_DEBT, leftAlone }, groups: [] });
  try {
    const found = await findOurTable({ ...request, table });
    if (found.kind === 'left') return left(found.reason);
    const { metadata } = found.loaded;
    const targetBytes = targetBytesOf(metadata, request.options?.targetBytes);
    const tasks = await planScan({ metadata, files: request.ports.files });
    const nowMs = request.ports.clock.nowMs();
    const groups = groupFiles({ metadata, tasks, nowMs, targetBytes, isEager: request.options?.isEager ?? false });
    const debt = await loadDebt(request.ports.files, metadata, targetBytes);
    const base = currentSnapshot(metadata)?.['snapshot-id'];
    return {
      table: { table, baseSnapshot: base === undefined ? null : String(base), groups: groups.length, debt },
      groups: groups.map((group) => draftOf(metadata, { group, table, targetBytes })),
    };
  } catch (error) {
    if (!(error instanceof FirnError) || error.name === 'InvariantError') throw error;
    request.ports.telemetry.log('warn', 'a table could not be planned for', { table, error: error.name, message: error.message });
    return left(error.message);
  }
}

function draftOf(
  metadata: TableMetadata,
  { group, table, targetBytes }: { readonly group: FileGroup; readonly table: string; readonly targetBytes: number },
): DraftGroup {
  const files = group.tasks.map(({ file }) => file);
  return {
    table,
    tableUuid: metadata['table-uuid'],
    targetBytes,
    partition: partitionText(metadata, files[0]!),
    files: files.length,
    bytes: group.bytes,
    records: files.reduce((sum, { recordCount }) => sum + recordCount, 0),
    paths: files.map(({ filePath }) => filePath),
    isClosed: group.isClosed,
  };
}

/** Partition values are what readers see in paths anyway; a long one is cut. */
function partitionText(metadata: TableMetadata, file: DataFile): string {
  const spec = specOf(metadata, file.specId);
  return partitionPath({ schema: targetOf(metadata).schema, spec, partition: file.partition }).slice(0, PARTITION_CHARS_MAX);
}

const PARTITION_CHARS_MAX = 100;
