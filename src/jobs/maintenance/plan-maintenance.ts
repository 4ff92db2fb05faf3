// Plans maintenance of a contract (DESIGN §7): looks at every table of it, quarantine too, and says which data files are to be rewritten
// together. Tables that are parked, or not the ledger's any more, are named and left alone. Writes the plan and nothing else, so it may
// be made as often as anybody likes; carrying it out is compact-group.ts, expire-table.ts and sweep-table.ts.
import { LIMITS } from '../../contract/limits.ts';
import { FirnError, InputRefusedError } from '../../errors.ts';
import { currentSnapshot } from '../../iceberg/find-snapshot.ts';
import { specOf } from '../../iceberg/manifest-write.ts';
import { humanText } from '../../iceberg/partition-path.ts';
import { planScan } from '../../iceberg/scan.ts';
import { fieldsById } from '../../iceberg/schema-fields.ts';
import { parseTransform } from '../../iceberg/transforms.ts';
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
  const wanted = request.tables ? known.filter((table) => request.tables!.includes(table)) : known;
  if (request.tables && wanted.length === 0) {
    throw new InputRefusedError(
      `contract ${contractName} has landed nothing in ${request.tables.join(', ')}: expected one of ${known.join(', ')}`,
      {
        code: 'table-unknown',
        details: { contract: contractName },
      },
    );
  }
  const tables: PlannedTable[] = [];
  const drafts: DraftGroup[] = [];
  for (const table of wanted) {
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

/** `event_time_day=2026-11-22/country=*`: times and buckets alone, as other values may be personal and this goes through logs. */
function partitionText(metadata: TableMetadata, file: DataFile): string {
  const types = fieldsById(targetOf(metadata).schema);
  const texts = specOf(metadata, file.specId).fields.map((field, i) => {
    const transform = parseTransform(field.transform);
    const type = types.get(field['source-id'])?.field.type;
    const isPlain = PLAIN_TRANSFORMS.has(transform.kind) && type !== undefined;
    return `${field.name}=${isPlain ? humanText({ transform, type, cell: file.partition[i] ?? null }) : '*'}`;
  });
  return texts.join('/');
}

const PLAIN_TRANSFORMS: ReadonlySet<string> = new Set(['year', 'month', 'day', 'hour', 'bucket']);
