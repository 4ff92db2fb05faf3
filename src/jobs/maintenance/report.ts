// What came of a maintenance plan: its groups by result, files and bytes before and after, and what debt is left. From the stored plan,
// the stored results and the tables as they are, so it can be asked at any time and by anybody.

import { LIMITS } from '../../contract/limits.ts';
import { contractPaths } from '../../contract/names.ts';
import { identifierOf, loadTable } from '../../iceberg/load-table.ts';
import { mapBounded } from '../../iceberg/map-bounded.ts';
import { loadDebt } from './debt.ts';
import { resultReader } from './replacement.ts';
import { readStored } from './store-once.ts';
import { loadMaintenancePlan, type StoredGroup } from './stored-plan.ts';
import type { CompactionResult, MaintenanceReport, ReportRequest, TableReport } from './types.ts';

/** Cost: the plan, one read per group, and of each table the manifests of its current snapshot. */
export async function maintenanceReport({ ports, contractName, plan: id }: ReportRequest): Promise<MaintenanceReport> {
  const plan = await loadMaintenancePlan(ports, { contractName, plan: id });
  const paths = contractPaths(ports.root, contractName);
  const results = await mapBounded(plan.groups, LIMITS.ledgerReadsParallel, async ({ index }) =>
    readStored(ports, { uri: paths.compaction(id, index), reader: resultReader }),
  );
  const tables: TableReport[] = [];
  for (const { table, debt, leftAlone } of plan.tables) {
    const loaded = leftAlone === undefined ? await loadTable(ports, identifierOf(table)) : undefined;
    tables.push({ table, before: debt, after: loaded ? await loadDebt(ports.files, loaded.metadata) : debt });
  }
  return { plan: id, contract: contractName, ...summed(plan.groups, results), tables };
}

function summed(
  groups: readonly StoredGroup[],
  results: readonly (CompactionResult | undefined)[],
): Omit<MaintenanceReport, 'plan' | 'contract' | 'tables'> {
  const known = results.filter((result) => result !== undefined);
  const openGroups = groups.filter((_, i) => results[i] === undefined);
  const sum = (of: (result: CompactionResult) => number, ofOpen: (group: StoredGroup) => number = () => 0) =>
    known.reduce((total, one) => total + of(one), 0) + openGroups.reduce((total, one) => total + ofOpen(one), 0);
  const countOf = (kind: CompactionResult['kind']) => known.filter((one) => one.kind === kind).length;
  return {
    groups: { compacted: countOf('compacted'), nothing: countOf('nothing'), replan: countOf('replan'), open: openGroups.length },
    filesBefore: sum(
      (one) => one.filesBefore,
      (one) => one.files,
    ),
    bytesBefore: sum(
      (one) => one.bytesBefore,
      (one) => one.bytes,
    ),
    filesAfter: sum(
      (one) => one.filesAfter,
      (one) => one.files,
    ),
    bytesAfter: sum(
      (one) => one.bytesAfter,
      (one) => one.bytes,
    ),
    rowsDeleted: sum((one) => one.rowsDeleted),
    conflicts: sum((one) => one.conflicts),
  };
}
