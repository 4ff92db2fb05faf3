// Promises 3 and 7 under faults: maintenance that is killed, or whose requests fail or lose their answers, at any call: the content of the
// tables stays, nothing that anybody needs is deleted, run again it ends where it would have; and what was staged lands all the same.
import { describe, expect, it } from 'vitest';
import { LIMITS } from '../../../src/contract/limits.ts';
import { contractPaths } from '../../../src/contract/names.ts';
import { FirnError } from '../../../src/errors.ts';
import { runCommit } from '../../../src/iceberg/commit-loop.ts';
import { prepareDeleteRows } from '../../../src/iceberg/delete-rows.ts';
import { identifierOf, loadTable } from '../../../src/iceberg/load-table.ts';
import { positionSetOf } from '../../../src/iceberg/roaring.ts';
import { planScan } from '../../../src/iceberg/scan.ts';
import { startDeadline } from '../../../src/jobs/deadline.ts';
import { compactGroup } from '../../../src/jobs/maintenance/compact-group.ts';
import { planMaintenance } from '../../../src/jobs/maintenance/plan-maintenance.ts';
import { runMaintenance } from '../../../src/jobs/maintenance/run-maintenance.ts';
import { sweepTable } from '../../../src/jobs/maintenance/sweep-table.ts';
import { encodeParquet } from '../../../src/parquet/encode.ts';
import { faultsOf } from '../../support/iceberg/check-table.ts';
import { contentOf } from '../../support/memory/content.ts';
import { copyWorld } from '../../support/memory/copy-world.ts';
import {
  audit,
  CrashError,
  changeMetadata,
  GAME_QUARANTINE,
  GAME_TABLE,
  type Lab,
  MemoryWorld,
  makeLab,
  records,
} from '../../support/memory/index.ts';

const DAY_MS = 86_400_000;
const CONTRACT = 'game.events';
const TABLES = [GAME_TABLE, GAME_QUARANTINE];

/** Two closed windows of small files, a row that others deleted, an orphan, and a batch that waits for its commit; all two days old. */
async function neglected(): Promise<MemoryWorld> {
  const world = new MemoryWorld();
  const lab = makeLab({ world, process: 'setup' });
  for (const [i, kinds] of ['aax', 'b', 'xab'].entries()) {
    await lab.land(records(kinds, { offset: i * 3 }));
    await lab.commit();
  }
  const [first] = await tasksOf(lab, GAME_TABLE);
  const deletes = [{ file: first!.file, positions: positionSetOf([0]) }];
  await runCommit({
    ports: lab.ports,
    identifier: identifierOf(GAME_TABLE),
    what: 'delete of a row by another engine',
    prepare: (base) => {
      const since = base.metadata['current-snapshot-id'] ?? null;
      const readPositions = async () => positionSetOf([]);
      return prepareDeleteRows({ ...base, deletes, since, isolation: 'snapshot', encode: encodeParquet, readPositions });
    },
    pause: async () => {},
  });
  await lab.ports.files.create(`${lab.ports.root}/game/events/data/orphan.parquet`, Buffer.from('rows of nobody'));
  await lab.land(records('ab', { offset: 20 }));
  world.advance(2 * DAY_MS);
  return world;
}

async function tasksOf({ ports }: Pick<Lab, 'ports'>, table: string) {
  const { metadata } = (await loadTable(ports, identifierOf(table)))!;
  return planScan({ metadata, files: ports.files });
}

const KINDS = ['fail-before', 'apply-then-fail', 'lost', 'crash-before', 'crash-after'] as const;

const step = ({ ports }: Lab) => ({ ports, contractName: CONTRACT, deadline: startDeadline(ports.clock, LIMITS.maintainDeadlineMs) });

async function contents(lab: Lab): Promise<readonly string[][]> {
  return Promise.all(TABLES.map((table) => contentOf(lab.ports, table)));
}

/** Every claim of every snapshot holds, and every file of the current one is there. */
async function expectSound(lab: Lab, label: string): Promise<void> {
  const objects = new Map([...lab.world.objects].map(([uri, { bytes }]) => [uri, bytes]));
  for (const table of TABLES) {
    const { metadata } = (await loadTable(lab.ports, identifierOf(table)))!;
    expect(faultsOf(metadata, objects), label).toEqual([]);
    for (const { 'snapshot-id': snapshotId } of metadata.snapshots) {
      for (const { file, deletes } of await planScan({ metadata, files: lab.ports.files, snapshotId })) {
        for (const { filePath } of [file, ...deletes]) expect(objects.has(filePath), `${label}: ${filePath}`).toBe(true);
      }
    }
  }
}

/** Errors of Firn and the end of the process are what a fault may lead to; anything else is a bug. */
async function tolerated(act: () => Promise<unknown>): Promise<void> {
  await act().catch((error: unknown) => {
    const isAllowed = error instanceof CrashError || (error instanceof FirnError && error.name !== 'InvariantError');
    if (!isAllowed) throw error;
  });
}

describe('promise 7: maintenance under faults', () => {
  it('whichever call fails or kills it, content stays, nothing needed is deleted, and a second run ends the work', async () => {
    const origin = await neglected();
    const before = await contents(makeLab({ world: copyWorld(origin) }));
    const counting = makeLab({ world: copyWorld(origin), process: 'maintain' });
    await runMaintenance({ ports: counting.ports, contractName: CONTRACT });
    expect(await contents(counting)).toEqual(before);
    const isWrite = ({ op }: { readonly op: string }) => op === 'create' || op === 'commit' || op === 'delete';
    const writes = counting.calls.filter(isWrite);
    // Each write with two kinds of fault, in turn; reads that fail now and then.
    const cases: { readonly count: number; readonly kind: (typeof KINDS)[number] }[] = [
      ...writes.flatMap(({ count }, i) => [1, 2].map((one) => ({ count, kind: KINDS[1 + ((2 * i + one) % 4)]! }))),
      ...counting.calls.filter((call) => call.count % 17 === 0).map(({ count }) => ({ count, kind: KINDS[0] })),
    ];
    expect(cases.length).toBeGreaterThan(60);
    for (const { count, kind } of cases) {
      const label = `call ${count} ${kind}`;
      const world = copyWorld(origin);
      const lab = makeLab({ world, process: 'maintain', fault: (call) => (call.count === count ? { kind } : undefined) });
      await tolerated(() => runMaintenance({ ports: lab.ports, contractName: CONTRACT }));
      const second = makeLab({ world, process: 'second', seed: 7 });
      expect(await contents(second), label).toEqual(before);
      await expectSound(second, label);
      await runMaintenance({ ports: second.ports, contractName: CONTRACT });
      expect(await contents(second), label).toEqual(before);
      for (const table of TABLES) expect(await tasksOf(second, table), label).toHaveLength(1);
      expect(world.objects.has(`${second.ports.root}/game/events/data/orphan.parquet`), label).toBe(false);
    }
  }, 240_000);

  it('what was staged and not committed meanwhile is kept, and lands', async () => {
    const world = await neglected();
    const lab = makeLab({ world, process: 'maintain' });
    await runMaintenance({ ports: lab.ports, contractName: CONTRACT });
    // Of the files that no table has yet, and of no other, there is a copy where other engines' removal of orphans does not look.
    const staged = world.urisUnder(contractPaths(lab.ports.root, CONTRACT).parked);
    expect(staged).toHaveLength(1);
    world.advance(2 * DAY_MS);
    await runMaintenance({ ports: lab.ports, contractName: CONTRACT });
    expect(world.urisUnder(contractPaths(lab.ports.root, CONTRACT).parked)).toEqual(staged);
    await expectSound(lab, 'maintained');
    expect(await lab.commit()).toMatchObject({ parked: [], counts: { accepted: 2 } });
    const report = await audit(lab.ports);
    expect(report).toMatchObject({ parked: [], sources: [{ isAccounted: true }] });
  });

  it('a process that slept over its deadline writes and deletes nothing more', async () => {
    const world = await neglected();
    const lab = makeLab({ world, process: 'maintain' });
    const plan = await planMaintenance(step(lab));
    for (const place of ['/data/', '/maintenance/pending/', '/metadata/']) {
      const copy = copyWorld(world);
      const sleeper = makeLab({ world: copy, process: 'sleeper' });
      let isAsleep = false;
      sleeper.setFault(({ op, target }) => {
        if (isAsleep || op !== 'create' || !target.includes(place)) return undefined;
        isAsleep = true;
        return { kind: 'delay', ms: LIMITS.maintainDeadlineMs };
      });
      const before = copy.tables.get(GAME_TABLE);
      await expect(compactGroup({ ...step(sleeper), plan: plan.plan, group: 0, commitBy: 'self' }), place).rejects.toMatchObject({
        name: 'DeadlineError',
      });
      expect(isAsleep).toBe(true);
      expect(copy.tables.get(GAME_TABLE), place).toEqual(before);
    }
    const sweeper = makeLab({ world, process: 'sweeper' });
    sweeper.setFault(({ op, count }) => (op === 'read' && count > 5 ? { kind: 'delay', ms: LIMITS.maintainDeadlineMs } : undefined));
    await expect(sweepTable({ ...step(sweeper), table: GAME_TABLE })).rejects.toMatchObject({ name: 'DeadlineError' });
    expect(sweeper.calls.filter(({ op }) => op === 'delete')).toEqual([]);
  });

  it('nobody sweeps while a staged descriptor or an unapplied entry cannot be read', async () => {
    const world = await neglected();
    const lab = makeLab({ world, process: 'sweeper' });
    const paths = contractPaths(lab.ports.root, CONTRACT);
    await lab.ports.files.create(paths.descriptor('0-broken'), Buffer.from('{'));
    expect(await sweepTable({ ...step(lab), table: GAME_TABLE })).toMatchObject({
      deleted: 0,
      leftAlone: expect.stringContaining('cannot be read'),
    });
    expect(lab.calls.filter(({ op }) => op === 'delete')).toEqual([]);
  });

  it('a replacement that grew too old is never committed, as its files may be swept', async () => {
    const world = await neglected();
    const lab = makeLab({ world, process: 'compactor' });
    const plan = await planMaintenance(step(lab));
    lab.setFault(({ op }) => (op === 'ring' ? { kind: 'crash-before' } : undefined));
    await tolerated(() => compactGroup({ ...step(lab), plan: plan.plan, group: 0 }));
    const paths = contractPaths(lab.ports.root, CONTRACT);
    expect(world.urisUnder(paths.replacements)).toHaveLength(1);
    world.advance(LIMITS.replacementLifeMs + 1);
    const committer = makeLab({ world, process: 'committer' });
    await committer.commit();
    expect(world.urisUnder(paths.replacements)).toEqual([]);
    expect(await compactGroup({ ...step(committer), plan: plan.plan, group: 0 })).toMatchObject({
      kind: 'replan',
      reason: 'the replacement is too old',
    });
  });
});

describe('promise 7: maintenance beside a committer', () => {
  it('a compaction and a committer that commits at every look of it both progress, and no append meets a conflict', async () => {
    const world = await neglected();
    const committer = makeLab({ world, process: 'committer' });
    await committer.commit();
    const lab = makeLab({ world, process: 'compactor' });
    const plan = await planMaintenance(step(lab));
    let offset = 100;
    const conflicts: number[] = [];
    const landAndCommit = async () => {
      await committer.land(records('a', { offset: offset++ }));
      const { tables } = await committer.commit();
      conflicts.push(...tables.map((one) => one.conflicts));
    };
    lab.setFault(({ op, target }) =>
      op === 'ring' || (op === 'read' && target.includes('/maintenance/results/')) ? { kind: 'rival', act: landAndCommit } : undefined,
    );
    const results = [];
    for (const { index } of plan.groups) results.push(await compactGroup({ ...step(lab), plan: plan.plan, group: index }));
    expect(results.map(({ kind }) => kind)).toEqual(plan.groups.map(() => 'compacted'));
    expect(conflicts.length).toBeGreaterThan(plan.groups.length);
    expect(new Set(conflicts)).toEqual(new Set([0]));
    expect(await audit(lab.ports)).toMatchObject({ parked: [], sources: [{ isAccounted: true }] });
  });

  it('a replacement that cannot be read is told and fails no commit, and the one behind it is applied', async () => {
    const world = await neglected();
    const lab = makeLab({ world, process: 'compactor' });
    const paths = contractPaths(lab.ports.root, CONTRACT);
    await lab.ports.files.create(`${paths.replacements}broken.json`, Buffer.from('{}'));
    world.advance(1000);
    const plan = await planMaintenance(step(lab));
    lab.setFault(({ op }) => (op === 'ring' ? { kind: 'crash-before' } : undefined));
    await tolerated(() => compactGroup({ ...step(lab), plan: plan.plan, group: 0 }));
    const committer = makeLab({ world, process: 'committer' });
    expect(await committer.commit()).toMatchObject({ parked: [], counts: { accepted: 2 } });
    expect(committer.counts.get('replacement-not-applied')).toBe(1);
    expect(world.urisUnder(paths.compactionsOf(plan.plan))).toHaveLength(1);
  });

  it('a compaction that commits by itself and loses every race gives up within a bound, harms nothing, and is planned again', async () => {
    const world = await neglected();
    const lab = makeLab({ world, process: 'compactor' });
    const other = makeLab({ world, process: 'other' });
    const plan = await planMaintenance(step(lab));
    const group = plan.groups.find(({ table }) => table === GAME_TABLE)!.index;
    let wins = 0;
    const win = () =>
      changeMetadata(other.ports, GAME_TABLE, (metadata) => ({
        ...metadata,
        properties: { ...metadata.properties, wins: String(++wins) },
      }));
    lab.setFault(({ op }) => (op === 'commit' ? { kind: 'rival', act: win } : undefined));
    const before = await contents(lab);
    const lost = await compactGroup({ ...step(lab), plan: plan.plan, group, commitBy: 'self' });
    expect(lost).toMatchObject({ kind: 'replan', reason: 'conflict', conflicts: wins });
    expect(wins).toBe(LIMITS.maintainAttemptsMax + 1);
    expect(await contents(lab)).toEqual(before);
    lab.setFault(undefined);
    const { groups } = await runMaintenance({ ports: lab.ports, contractName: CONTRACT });
    expect(groups.every(({ kind }) => kind === 'compacted')).toBe(true);
    expect(await contents(lab)).toEqual(before);
  });

  it('a commit is held up for less than two seconds, however much is pending and however slow every request is', async () => {
    for (const requestMs of [20, 150, 400]) {
      const world = await neglected();
      const lab = makeLab({ world, process: 'compactor' });
      const plan = await planMaintenance(step(lab));
      lab.setFault(({ op }) => (op === 'ring' ? { kind: 'fail-before' } : undefined));
      for (const { index } of plan.groups) await tolerated(() => compactGroup({ ...step(lab), plan: plan.plan, group: index }));
      const timed = async (copy: MemoryWorld): Promise<number> => {
        const committer = makeLab({ world: copy, process: 'committer', fault: () => ({ kind: 'delay', ms: requestMs }) });
        const startedAtMs = copy.nowMs();
        await committer.commit();
        return copy.nowMs() - startedAtMs;
      };
      const withPending = copyWorld(world);
      const without = copyWorld(world);
      for (const uri of without.urisUnder(contractPaths(lab.ports.root, CONTRACT).replacements)) without.objects.delete(uri);
      const heldUpMs = (await timed(withPending)) - (await timed(without));
      expect(heldUpMs, `${requestMs} ms a request`).toBeLessThan(2000 + 3 * requestMs);
      expect(heldUpMs).toBeGreaterThan(0);
    }
  });
});
