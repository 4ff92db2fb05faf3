// Promise 7 in the small: what a compaction does to one table, and what it leaves alone.
import { describe, expect, it } from 'vitest';
import { LIMITS } from '../../../../src/contract/limits.ts';
import { contractPaths, SUMMARY } from '../../../../src/contract/names.ts';
import { currentSnapshot } from '../../../../src/iceberg/find-snapshot.ts';
import { identifierOf, loadTable } from '../../../../src/iceberg/load-table.ts';
import { planScan } from '../../../../src/iceberg/scan.ts';
import { startDeadline } from '../../../../src/jobs/deadline.ts';
import { compactGroup } from '../../../../src/jobs/maintenance/compact-group.ts';
import { planMaintenance } from '../../../../src/jobs/maintenance/plan-maintenance.ts';
import { maintenanceReport } from '../../../../src/jobs/maintenance/report.ts';
import { runMaintenance } from '../../../../src/jobs/maintenance/run-maintenance.ts';
import { contentOf } from '../../../support/memory/content.ts';
import {
  addDeleteFile,
  audit,
  changeMetadata,
  GAME_QUARANTINE,
  GAME_TABLE,
  type Lab,
  makeLab,
  records,
  removeDataFiles,
} from '../../../support/memory/index.ts';
import { positionDeletes } from '../../../support/memory/position-deletes.ts';

const DAY_MS = 86_400_000;
const CONTRACT = 'game.events';

/** Batches of records, each committed by itself; the window of their day has ended. */
async function landed(batches: readonly string[], options: Parameters<typeof makeLab>[0] = {}): Promise<Lab> {
  const lab = makeLab(options);
  let offset = 0;
  for (const kinds of batches) {
    await lab.land(records(kinds, { offset }));
    await lab.commit();
    offset += kinds.length;
  }
  lab.world.advance(2 * DAY_MS);
  return lab;
}

const step = (lab: Lab) => ({
  ports: lab.ports,
  contractName: CONTRACT,
  deadline: startDeadline(lab.ports.clock, LIMITS.maintainDeadlineMs),
});

async function tasksOf(lab: Lab, table = GAME_TABLE) {
  const { metadata } = (await loadTable(lab.ports, identifierOf(table)))!;
  return planScan({ metadata, files: lab.ports.files });
}

describe('promise 7: a compaction', () => {
  it('makes one file of many with the same rows in the order of the contract, and the ledger goes on from it', async () => {
    const lab = await landed(['aba', 'xa', 'b', 'aax', 'ba']);
    const before = await contentOf(lab.ports, GAME_TABLE);
    const quarantined = await contentOf(lab.ports, GAME_QUARANTINE);
    const run = await runMaintenance({ ports: lab.ports, contractName: CONTRACT });
    expect(run.groups.map(({ kind, table, filesBefore, filesAfter }) => ({ kind, table, filesBefore, filesAfter }))).toEqual([
      { kind: 'compacted', table: GAME_TABLE, filesBefore: 5, filesAfter: 1 },
      { kind: 'compacted', table: GAME_QUARANTINE, filesBefore: 2, filesAfter: 1 },
    ]);
    expect(run.report).toMatchObject({ groups: { compacted: 2, nothing: 0, replan: 0, open: 0 }, filesBefore: 7, filesAfter: 2 });
    expect(await contentOf(lab.ports, GAME_TABLE)).toEqual(before);
    expect(await contentOf(lab.ports, GAME_QUARANTINE)).toEqual(quarantined);
    const { metadata } = (await loadTable(lab.ports, identifierOf(GAME_TABLE)))!;
    expect(metadata.refs?.['firn-applied']?.['snapshot-id']).toBe(metadata['current-snapshot-id']);
    await lab.land(records('ab', { offset: 11 }));
    expect(await lab.commit()).toMatchObject({ parked: [], counts: { accepted: 2 } });
    expect(await audit(lab.ports)).toMatchObject({ clean: true, parked: [] });
  });

  it('leaves out rows that others deleted, and the deletes go with their files', async () => {
    const lab = await landed(['aaa', 'bb']);
    const first = (await tasksOf(lab)).find(({ file }) => file.recordCount === 3);
    await addDeleteFile(
      lab.ports,
      GAME_TABLE,
      await positionDeletes(lab.ports, { table: GAME_TABLE, file: first!.file, positions: [0, 2] }),
    );
    const before = await contentOf(lab.ports, GAME_TABLE);
    expect(before).toHaveLength(3);
    const { groups, report } = await runMaintenance({ ports: lab.ports, contractName: CONTRACT });
    expect(groups).toMatchObject([{ kind: 'compacted', rowsIn: 5, rowsDeleted: 2, rowsOut: 3 }]);
    expect(await contentOf(lab.ports, GAME_TABLE)).toEqual(before);
    expect(report.tables[0]).toMatchObject({ before: { deleteFiles: 1 }, after: { deleteFiles: 0 } });
  });

  it('is refused and planned anew where a row was deleted from an input since it was read', async () => {
    const lab = await landed(['aaa', 'bb']);
    const plan = await planMaintenance(step(lab));
    const [first] = await tasksOf(lab);
    const deletes = await positionDeletes(lab.ports, { table: GAME_TABLE, file: first!.file, positions: [1] });
    lab.setFault(({ op, target }) =>
      op === 'create' && target.includes('/maintenance/pending/')
        ? { kind: 'rival', act: () => addDeleteFile(makeLab({ world: lab.world, process: 'other' }).ports, GAME_TABLE, deletes) }
        : undefined,
    );
    const result = await compactGroup({ ...step(lab), plan: plan.plan, group: 0, commitBy: 'self' });
    expect(result).toMatchObject({ kind: 'replan', reason: 'conflict-replaced-deletes', filesAfter: 2 });
    expect(await contentOf(lab.ports, GAME_TABLE)).toHaveLength(4);
    lab.setFault(undefined);
    expect((await runMaintenance({ ports: lab.ports, contractName: CONTRACT })).groups).toMatchObject([{ kind: 'compacted', rowsOut: 4 }]);
    expect(await contentOf(lab.ports, GAME_TABLE)).toHaveLength(4);
  });

  it('is applied by the committer, which writes its result beside it; the compaction only waits', async () => {
    const lab = await landed(['aa', 'b', 'ab']);
    const before = await contentOf(lab.ports, GAME_TABLE);
    const plan = await planMaintenance(step(lab));
    const committer = makeLab({ world: lab.world, process: 'committer' });
    let rings = 0;
    lab.setFault(({ op }) =>
      op === 'ring' && rings++ === 0 ? { kind: 'rival', act: async () => void (await committer.commit()) } : undefined,
    );
    expect(await compactGroup({ ...step(lab), plan: plan.plan, group: 0 })).toMatchObject({
      kind: 'compacted',
      filesBefore: 3,
      filesAfter: 1,
    });
    expect(lab.calls.filter(({ op }) => op === 'commit')).toHaveLength(3);
    expect(committer.calls.filter(({ op }) => op === 'commit')).toHaveLength(1);
    expect(lab.world.urisUnder(contractPaths(lab.ports.root, CONTRACT).replacements)).toEqual([]);
    expect(await contentOf(lab.ports, GAME_TABLE)).toEqual(before);
  });

  it('commits by itself where no committer answers in time', async () => {
    const lab = await landed(['aa', 'b']);
    const plan = await planMaintenance(step(lab));
    const startedAtMs = lab.ports.clock.nowMs();
    expect(await compactGroup({ ...step(lab), plan: plan.plan, group: 0 })).toMatchObject({ kind: 'compacted' });
    expect(lab.ports.clock.nowMs() - startedAtMs).toBeGreaterThanOrEqual(LIMITS.replacementWaitMs);
    expect(lab.world.rings).toContain(CONTRACT);
  });

  it('run again gives the same result and commits nothing', async () => {
    const lab = await landed(['aa', 'b']);
    const plan = await planMaintenance(step(lab));
    const first = await compactGroup({ ...step(lab), plan: plan.plan, group: 0, commitBy: 'self' });
    const { metadata } = (await loadTable(lab.ports, identifierOf(GAME_TABLE)))!;
    expect(currentSnapshot(metadata)!.summary).toMatchObject({ operation: 'replace', [SUMMARY.job]: 'compact', [SUMMARY.plan]: plan.plan });
    expect(await compactGroup({ ...step(lab), plan: plan.plan, group: 0, commitBy: 'self' })).toEqual(first);
    expect((await loadTable(lab.ports, identifierOf(GAME_TABLE)))!.metadata).toEqual(metadata);
    expect(await maintenanceReport({ ports: lab.ports, contractName: CONTRACT, plan: plan.plan })).toMatchObject({
      groups: { compacted: 1, open: 0 },
      filesBefore: 2,
      filesAfter: 1,
    });
  });

  it('finds nothing to do where its files are gone, and plans anew where some are', async () => {
    const lab = await landed(['aa', 'b', 'a']);
    const plan = await planMaintenance(step(lab));
    const [first] = await tasksOf(lab);
    await removeDataFiles(lab.ports, GAME_TABLE, ({ filePath }) => filePath === first!.file.filePath);
    expect(await compactGroup({ ...step(lab), plan: plan.plan, group: 0, commitBy: 'self' })).toMatchObject({
      kind: 'replan',
      reason: 'inputs-changed',
    });
    const later = await planMaintenance(step(lab));
    await removeDataFiles(lab.ports, GAME_TABLE, () => true);
    expect(await compactGroup({ ...step(lab), plan: later.plan, group: 0, commitBy: 'self' })).toMatchObject({ kind: 'nothing' });
  });

  it('leaves a table alone that was rolled back, and its neighbours are maintained', async () => {
    const lab = await landed(['ax', 'bx']);
    await changeMetadata(lab.ports, GAME_TABLE, (metadata) => ({
      ...metadata,
      'current-snapshot-id': metadata.snapshots[0]!['snapshot-id'],
      refs: { ...metadata.refs, main: { type: 'branch', 'snapshot-id': metadata.snapshots[0]!['snapshot-id'] } },
    }));
    const { metadata } = (await loadTable(lab.ports, identifierOf(GAME_TABLE)))!;
    const run = await runMaintenance({ ports: lab.ports, contractName: CONTRACT });
    expect(run.plan.tables[0]).toMatchObject({ table: GAME_TABLE, leftAlone: expect.stringContaining('not in the history') });
    expect([run.expired[0]!.leftAlone, run.swept[0]!.leftAlone]).toEqual([expect.any(String), expect.any(String)]);
    expect(run.groups).toMatchObject([{ kind: 'compacted', table: GAME_QUARANTINE }]);
    expect((await loadTable(lab.ports, identifierOf(GAME_TABLE)))!.metadata).toEqual(metadata);
  });

  it('waits in a window that still gets rows until eight files of like size have come together', async () => {
    const lab = makeLab();
    for (let i = 0; i < 8; i++) {
      expect((await planMaintenance(step(lab))).groups).toEqual([]);
      await lab.land(records('ab', { offset: 2 * i }));
      await lab.commit();
    }
    expect((await planMaintenance(step(lab))).groups).toMatchObject([{ files: 8, records: 16, partition: 'event_time_day=2026-01-01' }]);
  });
});
