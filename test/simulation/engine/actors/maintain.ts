// Work on tables and quarantine beside landing and committing: the real jobs of redrive and maintenance. The checker is told before
// what a compaction or expiry may make it forget.

import { identifierOf, loadTable } from '../../../../src/iceberg/load-table.ts';
import { planScan } from '../../../../src/iceberg/scan.ts';
import { ensureTables } from '../../../../src/jobs/ensure-tables.ts';
import { compactGroup } from '../../../../src/jobs/maintenance/compact-group.ts';
import { expireTable, planTableExpiry } from '../../../../src/jobs/maintenance/expire-table.ts';
import { planMaintenance } from '../../../../src/jobs/maintenance/plan-maintenance.ts';
import { redrive } from '../../../../src/jobs/redrive.ts';
import type { Process } from '../process.ts';
import { contractOf, quietPorts, type SimWorld } from '../world.ts';

/** Judges the quarantine again under the contract of the moment. */
export async function redriveSome(world: SimWorld, { ports, deadline }: Process): Promise<void> {
  const { contract, pipeline } = contractOf(world.random.pick(world.contracts), world.version);
  const resolved = await ensureTables({ ports, contract });
  const judge = { pipelines: [pipeline], router: undefined, unrouted: 'quarantine' } as const;
  await redrive({ ports, contract, resolved, judge, deadline, filter: {}, isPlan: false });
}

/** Plans and rewrites some files of a table, or goes on with what an earlier process has planned. */
export async function compactSome(world: SimWorld, process: Process): Promise<void> {
  const { ports, deadline } = process;
  const { random } = world;
  const commitBy = random.pick(['committer', 'self', 'self'] as const);
  const contractName = random.pick(world.contracts);
  const earlier = world.groups.get(contractName);
  if (earlier && random.next() < 0.3) {
    await compactGroup({ ports, contractName, deadline, commitBy, ...random.pick(earlier) });
    return;
  }
  const tables = [...world.memory.tables.keys()].filter((key) => key.startsWith(contractName));
  if (tables.length === 0) return;
  const table = random.pick(tables);
  const plan = await planMaintenance({ ports, contractName, deadline, tables: [table], options: { isEager: true } });
  if (plan.groups.length === 0) return;
  world.groups.set(contractName, [...(earlier ?? []), ...plan.groups.map(({ index }) => ({ plan: plan.plan, group: index }))]);
  await forgetDeleted(world, table);
  await compactGroup({ ports, contractName, deadline, commitBy, plan: plan.plan, group: random.pick(plan.groups).index });
}

/** Expires what is older than the recent window. */
export async function expireSome(world: SimWorld, { ports, deadline }: Process): Promise<void> {
  const key = world.random.pick([...world.memory.tables.keys()]);
  const loaded = key === undefined ? undefined : await loadTable(quietPorts(world, 'foreseer'), identifierOf(key));
  const contractName = loaded?.metadata.properties['firn.contract'];
  if (key === undefined || !loaded || contractName === undefined) return;
  if (planTableExpiry(loaded.metadata, ports.clock.nowMs()).snapshots.length > 0) world.ghost.isEvidenceLost = true;
  await expireTable({ ports, contractName, table: key, deadline });
}

/** A row that others deleted is gone for good once its file is rewritten: a redelivery may find nothing to be compared with. */
async function forgetDeleted(world: SimWorld, key: string): Promise<void> {
  const { files, catalog } = quietPorts(world, 'foreseer');
  const loaded = await loadTable({ files, catalog }, identifierOf(key));
  const tasks = loaded ? await planScan({ metadata: loaded.metadata, files }) : [];
  if (tasks.every(({ deletes }) => deletes.length === 0)) return;
  world.ghost.isEvidenceLost = true;
  world.ghost.table(key).hasForgotten = true;
}
