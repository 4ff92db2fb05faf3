// Progress of file sources, the description of a table, rules that park, the limits of one landing.
import { describe, expect, it } from 'vitest';
import { runCommit } from '../../../src/iceberg/commit-loop.ts';
import { prepareDeleteRows } from '../../../src/iceberg/delete-rows.ts';
import { identifierOf, loadTable } from '../../../src/iceberg/load-table.ts';
import { putRef } from '../../../src/iceberg/refs.ts';
import { positionSetOf } from '../../../src/iceberg/roaring.ts';
import { planScan } from '../../../src/iceberg/scan.ts';
import { prepareUpdate, upgradeFormat } from '../../../src/iceberg/table-updates.ts';
import { describeTable } from '../../../src/jobs/describe-table.ts';
import { ensureTables } from '../../../src/jobs/ensure-tables.ts';
import { loadFileProgress } from '../../../src/jobs/file-progress.ts';
import type { BatchPipeline } from '../../../src/jobs/types.ts';
import { encodeParquet } from '../../../src/parquet/encode.ts';
import { createPipeline } from '../../../src/pipeline/create-pipeline.ts';
import {
  audit,
  GAME_QUARANTINE,
  GAME_SOURCE,
  GAME_TABLE,
  gameContract,
  type Lab,
  makeLab,
  records,
  rowsOf,
} from '../../support/memory/index.ts';

const progressOf = (lab: Lab) => loadFileProgress({ ports: lab.ports, contractName: 'game.events', sourceId: GAME_SOURCE });
const progress = (lines: number) => ({ sourceId: GAME_SOURCE, lines, bytes: lines * 10, sha256: `hash of ${lines}` });

describe('progress of a file source', () => {
  it('is known from the descriptor before the commit and from the ledger after it, and a grown file goes on', async () => {
    const lab = makeLab();
    expect(await progressOf(lab)).toBeUndefined();
    await lab.land(records('aax'), { files: [progress(3)] });
    expect(await progressOf(lab)).toEqual(progress(3));
    await lab.commit();
    expect(await progressOf(lab)).toEqual(progress(3));
    await lab.land(records('ab', { offset: 3 }), { files: [progress(5)] });
    expect(await progressOf(lab)).toEqual(progress(5));
    await lab.commit();
    expect(await rowsOf(lab.ports, GAME_TABLE)).toHaveLength(4);
    expect((await audit(lab.ports)).clean).toBe(true);
  });
});

describe('the description of a table', () => {
  it('tells live rows, snapshots, ledger position, staged debt and freshness', async () => {
    const lab = makeLab();
    expect(await describeTable({ ports: lab.ports, identifier: identifierOf(GAME_TABLE) })).toBeUndefined();
    await lab.land(records('aab'));
    const { entry } = await lab.commit();
    await lab.land(records('a', { offset: 3 }));
    lab.world.advance(5000);
    const shown = (await describeTable({ ports: lab.ports, identifier: identifierOf(GAME_TABLE) }))!;
    expect(shown).toMatchObject({
      contract: 'game.events',
      liveFiles: 1,
      liveRows: 3,
      partition: [{ column: 'event_time', transform: 'day' }],
      snapshots: [{ operation: 'append', isCurrent: true, job: 'apply', entries: String(entry), addedRows: 3, totalRows: 3 }],
      ledger: { applied: entry, entry, entriesUnapplied: 0, stagedDescriptors: 1 },
    });
    expect(shown.freshness.ageMs).toBe(lab.world.nowMs() - shown.freshness.watermarkMs!);
    expect(shown.freshness.watermarkMs).toBe(records('aab')[2]!.timestampMs);
  });

  it('of version 3 names branches and tags, and tells the rows that a deletion vector takes away, as the audit does', async () => {
    const lab = makeLab();
    await lab.land(records('aab'));
    await lab.commit();
    const identifier = identifierOf(GAME_TABLE);
    const change = (prepare: Parameters<typeof runCommit>[0]['prepare']) =>
      runCommit({ ports: lab.ports, identifier, what: 'a test', pause: () => Promise.resolve(), prepare });
    await change((base) => prepareUpdate(base, (metadata) => upgradeFormat(metadata, 3)));
    const { metadata } = (await loadTable(lab.ports, identifier))!;
    const head = metadata['current-snapshot-id']!;
    await change((base) => prepareUpdate(base, (now) => putRef(now, { name: 'kept', type: 'branch', snapshotId: head })));
    const [task] = await planScan({ metadata, files: lab.ports.files });
    const deletes = [{ file: task!.file, positions: positionSetOf([1]) }];
    const readPositions = () => Promise.reject(new Error('there are no earlier deletes'));
    await change((base) =>
      prepareDeleteRows({ ...base, deletes, since: head, isolation: 'snapshot', encode: encodeParquet, readPositions }),
    );
    const shown = (await describeTable({ ports: lab.ports, identifier }))!;
    expect(shown).toMatchObject({ formatVersion: 3, liveRows: 3, deleteFiles: 1, deletedPositions: 1, equalityDeleteFiles: 0 });
    expect(shown.refs).toEqual([
      { name: 'firn-applied', type: 'tag', snapshotId: String(head) },
      { name: 'kept', type: 'branch', snapshotId: String(head) },
    ]);
    const report = await audit(lab.ports);
    expect(report.clean).toBe(true);
    expect(report.tables[0]).toMatchObject({ liveRows: 2, expectedRows: 3, removedByOthers: { count: 1 } });
  });
});

describe('making tables ready', () => {
  it('a second process finds them, and a new contract version adds its column without losing one', async () => {
    const lab = makeLab();
    const first = await ensureTables({ ports: lab.ports, contract: gameContract(1) });
    const before = lab.calls.length;
    const again = await ensureTables({ ports: lab.ports, contract: gameContract(1) });
    expect(again.tables[0]!.main.uuid).toBe(first.tables[0]!.main.uuid);
    expect(lab.calls.slice(before).filter(({ op }) => op === 'create' || op === 'commit')).toEqual([]);
    const evolved = await ensureTables({ ports: lab.ports, contract: gameContract(2) });
    const names = (table: typeof first) => table.tables[0]!.main.schema.fields.map(({ name }) => name);
    expect(names(evolved)).toEqual(expect.arrayContaining([...names(first), 'level']));
    // An older process meanwhile still lands: its version never takes the column away.
    await ensureTables({ ports: lab.ports, contract: gameContract(1) });
    const { metadata } = (await loadTable(lab.ports, identifierOf(GAME_TABLE)))!;
    expect(metadata.schemas.at(-1)!.fields.map(({ name }) => name)).toContain('level');
  });

  it('processes that make the same tables at once agree', async () => {
    const lab = makeLab();
    const rival = makeLab({ world: lab.world, process: 'rival' });
    let isFirst = true;
    lab.setFault(({ port, op }) => {
      if (port !== 'catalog' || op !== 'create' || !isFirst) return undefined;
      isFirst = false;
      return { kind: 'rival', act: async () => void (await ensureTables({ ports: rival.ports, contract: gameContract(1) })) };
    });
    const mine = await ensureTables({ ports: lab.ports, contract: gameContract(1) });
    const theirs = await ensureTables({ ports: rival.ports, contract: gameContract(1) });
    expect(mine.tables[0]!.main.uuid).toBe(theirs.tables[0]!.main.uuid);
    await lab.land(records('ax'));
    await rival.land(records('ax', { offset: 2 }));
    await lab.commit();
    expect((await audit(lab.ports)).clean).toBe(true);
  });
});

describe('one landing', () => {
  it('a row that cannot be encoded is quarantined as internal-error and its neighbours land', async () => {
    const lab = makeLab();
    const real = createPipeline(gameContract(1).tables[0]!);
    // A presence bit without a value the encoder can read: what a bug of the pipeline would hand over.
    const broken: BatchPipeline = {
      process(batch, options) {
        const result = real.process(batch, options);
        const column = result.columns.columns[0]!;
        if (column.kind === 'view') column.start[2] = 0xffff_fff0;
        return result;
      },
    };
    const landed = await lab.land(records('abab'), { pipeline: broken });
    await lab.commit();
    const report = await audit(lab.ports);
    expect(report.sources).toMatchObject([{ covered: 4, isAccounted: true }]);
    expect(landed.counts).toMatchObject({ accepted: 3, quarantined: 1 });
    expect(landed.ruleCounts).toMatchObject({ 'internal-error:quarantine': 1 });
    expect(await rowsOf(lab.ports, GAME_TABLE)).toEqual(['0:0:p0-0', '0:1:p0-1', '0:3:p0-3']);
    expect(report.clean).toBe(true);
    expect((await rowsOf(lab.ports, GAME_QUARANTINE)).length).toBe(landed.counts.quarantined);
  });

  it('a rule that asks to park stops the table after the entry that broke it; the quarantine goes on', async () => {
    const lab = makeLab();
    const real = createPipeline(gameContract(1).tables[0]!);
    const parking: BatchPipeline = {
      process: (batch, options) => ({ ...real.process(batch, options), parkRequests: [{ record: 1, rule: 'stop-the-line' }] }),
    };
    await lab.land(records('ax'), { pipeline: parking });
    const { parked } = await lab.commit();
    expect(parked).toMatchObject([{ table: GAME_TABLE, reason: 'rule', message: expect.stringContaining('stop-the-line') }]);
    await lab.land(records('ax', { offset: 2 }));
    await lab.commit();
    expect(await rowsOf(lab.ports, GAME_TABLE)).toEqual(['0:0:p0-0']);
    expect(await rowsOf(lab.ports, GAME_QUARANTINE)).toEqual(['0:1:', '0:3:']);
  });

  it('input that may leave records out makes no claim about the gaps', async () => {
    const lab = makeLab();
    await lab.land(records('a.a'), { gaps: 'unverified' });
    await lab.commit();
    expect((await audit(lab.ports)).sources).toMatchObject([{ counts: { absent: 0 }, unverified: { count: 1 } }]);
    await lab.land(records('.a'), { gaps: 'unverified' });
    await lab.commit();
    expect(await audit(lab.ports)).toMatchObject({ clean: true, parked: [] });
  });
});

describe('a backlog', () => {
  it('of many descriptors is one entry and one snapshot per table', async () => {
    const lab = makeLab();
    for (let i = 0; i < 12; i++) await lab.land(records('ax', { offset: i * 2 }));
    const result = await lab.commit();
    expect(result).toMatchObject({ descriptorsDecided: 12, descriptorsDeleted: 12 });
    expect((await loadTable(lab.ports, identifierOf(GAME_TABLE)))!.metadata.snapshots).toHaveLength(1);
    expect((await audit(lab.ports)).clean).toBe(true);
  });
});
