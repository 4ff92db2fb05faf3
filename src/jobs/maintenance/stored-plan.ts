// A maintenance plan as it is stored: in the form of every plan (recovery-plan.ts), under the hash of its content, with the lists of
// files that stay behind when the rest travels through a state machine.
import { LIMITS } from '../../contract/limits.ts';
import { InputRefusedError } from '../../errors.ts';
import { count, list, nullable, object, type Reader, text } from '../../ledger/json-readers.ts';
import type { Ports } from '../../ports.ts';
import { loadPlan, storePlan } from '../recovery-plan.ts';
import type { MaintenancePlan, PlannedGroup, PlannedTable, TableDebt } from './types.ts';

export const PLAN_KIND = 'maintain';

/** A group with what it is about. */
export interface StoredGroup extends PlannedGroup {
  readonly tableUuid: string;
  readonly targetBytes: number;
  /** Live data files when the plan was made, in the order their rows are to come. */
  readonly paths: readonly string[];
}

interface PlanBody {
  readonly tables: readonly PlannedTable[];
  readonly groups: readonly StoredGroup[];
}

const debt: Reader<TableDebt> = object<TableDebt>({
  snapshots: count,
  manifests: count,
  dataFiles: count,
  dataBytes: count,
  smallFiles: count,
  smallBytes: count,
  deleteFiles: count,
});

const body: Reader<PlanBody> = object<PlanBody>({
  tables: list(object<PlannedTable>({ table: text, baseSnapshot: nullable(text), groups: count, debt, leftAlone: text }, ['leftAlone'])),
  groups: list(
    object<StoredGroup>({
      index: count,
      table: text,
      tableUuid: text,
      targetBytes: count,
      partition: text,
      files: count,
      bytes: count,
      records: count,
      paths: list(text),
    }),
  ),
});

export interface LoadedPlan extends PlanBody {
  readonly plan: string;
  readonly contract: string;
  readonly createdAtMs: number;
}

/** Stores the plan and gives what travels. Cost: one create. */
export async function storeMaintenancePlan(
  ports: Ports,
  plan: Omit<LoadedPlan, 'plan'> & { readonly basis: number },
): Promise<MaintenancePlan> {
  const { contract, createdAtMs, tables, groups, basis } = plan;
  const files = groups.reduce((sum, group) => sum + group.files, 0);
  const stored = await storePlan(ports, {
    version: 1,
    kind: PLAN_KIND,
    contract,
    basis,
    createdAtMs,
    what: `rewrites ${files} data files in ${groups.length} groups, expires snapshots, sweeps files that nothing refers to`,
    why: 'maintenance',
    effects: tables.map(({ table, groups: n, leftAlone }) =>
      leftAlone ? `${table} is left alone: ${leftAlone}` : `${table}: ${n} groups`,
    ),
    body: { tables, groups } satisfies PlanBody,
  });
  return {
    plan: stored.id,
    contract,
    createdAtMs,
    tables,
    groups: groups.map(({ index, table, partition, files: n, bytes, records }) => ({ index, table, partition, files: n, bytes, records })),
  };
}

/** The stored plan; throws InputRefusedError where there is none of the name or it is none of maintenance. Cost: one read. */
export async function loadMaintenancePlan(
  ports: Ports,
  given: { readonly contractName: string; readonly plan: string },
): Promise<LoadedPlan> {
  const stored = await loadPlan(ports, { contractName: given.contractName, id: given.plan });
  if (stored.kind !== PLAN_KIND) {
    throw new InputRefusedError(`plan ${given.plan} of ${given.contractName} is none of maintenance; make one with firn maintain --plan`, {
      code: 'plan-kind',
      details: { contract: given.contractName },
    });
  }
  return { plan: stored.id, contract: stored.contract, createdAtMs: stored.createdAtMs, ...body(stored.body, 'plan.body') };
}

/** One group of a plan. */
export function groupOf(plan: LoadedPlan, index: number): StoredGroup {
  const group = plan.groups[index];
  if (group && group.index === index) return group;
  throw new InputRefusedError(`plan ${plan.plan} of ${plan.contract} has no group ${index}: expected 0 to ${plan.groups.length - 1}`, {
    code: 'plan-group',
    details: { contract: plan.contract },
  });
}

/** Is the plan too old to be carried out? What it saw has moved on. */
export function isPlanOver(plan: Pick<LoadedPlan, 'createdAtMs'>, nowMs: number): boolean {
  return nowMs - plan.createdAtMs > LIMITS.planLifeMs;
}
