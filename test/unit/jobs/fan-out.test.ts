// The fan-out guard: however many table partitions a batch touches, so many files at most; the rest is in one late file under the
// table's unpartitioned spec, read and applied like any other.
import { describe, expect, it } from 'vitest';
import { LIMITS } from '../../../src/contract/limits.ts';
import { SUMMARY } from '../../../src/contract/names.ts';
import { identifierOf, loadTable } from '../../../src/iceberg/load-table.ts';
import { planScan } from '../../../src/iceberg/scan.ts';
import {
  audit,
  changeMetadata,
  GAME_TABLE,
  type GameRecord,
  type Lab,
  makeLab,
  observer,
  records,
  rowsOf,
} from '../../support/memory/index.ts';

const DAY_MS = 86_400_000;
/** One record a day, back in time; `heavy` of them on the last day. */
function spread(days: number, { heavy = 0, offset = 0 } = {}): GameRecord[] {
  return records('a'.repeat(days + heavy), { offset }).map((one, i) => ({
    ...one,
    eventMs: one.timestampMs - Math.min(i, days - 1) * DAY_MS,
  }));
}

async function filesOf(lab: Lab) {
  const { metadata } = (await loadTable(lab.ports, identifierOf(GAME_TABLE)))!;
  const tasks = await planScan({ metadata, files: lab.ports.files });
  const late = tasks.filter(({ file }) => file.specId !== metadata['default-spec-id']);
  return { metadata, files: tasks.map(({ file }) => file), late: late.map(({ file }) => file) };
}

describe('promise 10, bounded: table partitions of one landing', () => {
  it('at most so many files are written, the largest partitions keep their own, and every row is there once', async () => {
    const lab = makeLab();
    const days = 400;
    const landed = await lab.land(spread(days, { heavy: 50 }));
    const lateRows = days - (LIMITS.openPartitionsMax - 1);
    expect(landed).toMatchObject({ dataFiles: LIMITS.openPartitionsMax, partitionsOverLimit: lateRows, lateRows });
    await lab.commit();
    expect(await rowsOf(lab.ports, GAME_TABLE)).toHaveLength(days + 50);
    expect(await audit(lab.ports)).toMatchObject({ clean: true });
    const { metadata, files, late } = await filesOf(lab);
    expect(files).toHaveLength(LIMITS.openPartitionsMax);
    expect(late).toMatchObject([{ recordCount: lateRows, partition: [] }]);
    expect(Math.max(...files.filter((file) => !late.includes(file)).map(({ recordCount }) => recordCount))).toBe(51);
    const current = metadata.snapshots.at(-1)!;
    expect(current.summary[SUMMARY.late]).toBe(String(lateRows));
    expect(metadata['partition-specs'].find((spec) => spec['spec-id'] === metadata['default-spec-id'])!.fields).toHaveLength(1);
    expect(lab.counts.get('late-rows')).toBe(lateRows);
  });

  it('within the limit nothing is late and the table has no second spec', async () => {
    const lab = makeLab();
    expect(await lab.land(spread(LIMITS.openPartitionsMax))).toMatchObject({
      dataFiles: LIMITS.openPartitionsMax,
      partitionsOverLimit: 0,
      lateRows: 0,
    });
    await lab.commit();
    const { metadata, late } = await filesOf(lab);
    expect(late).toEqual([]);
    expect(metadata['partition-specs']).toHaveLength(1);
    expect(metadata.snapshots.at(-1)!.summary[SUMMARY.late]).toBeUndefined();
  });

  it('a late file that is partly covered by an earlier landing is written again under the same spec', async () => {
    const lab = makeLab();
    await lab.land(spread(60).slice(50));
    await lab.land(spread(60));
    await lab.commit();
    expect(await rowsOf(lab.ports, GAME_TABLE)).toHaveLength(60);
    expect(await audit(lab.ports)).toMatchObject({ clean: true });
    const { late } = await filesOf(lab);
    expect(late).toHaveLength(1);
    expect(late[0]!.recordCount).toBe(60 - (LIMITS.openPartitionsMax - 1) - 10);
  });

  it('a late file staged before the table got a column, or after its spec was removed, still lands', async () => {
    const lab = makeLab();
    await lab.land(spread(60));
    await lab.land(records('a', { offset: 100 }), { version: 2 });
    await lab.commit();
    expect(await rowsOf(lab.ports, GAME_TABLE)).toHaveLength(61);
    const second = makeLab();
    await second.land(spread(60));
    await changeMetadata(second.ports, GAME_TABLE, (metadata) => ({
      ...metadata,
      'partition-specs': metadata['partition-specs'].filter(({ fields }) => fields.length > 0),
    }));
    await second.commit();
    expect(await audit(second.ports)).toMatchObject({ clean: true, parked: [] });
    expect(await rowsOf(second.ports, GAME_TABLE)).toHaveLength(60);
  });

  it('two landers that need the second spec at once add it once', async () => {
    const lab = makeLab();
    const rival = makeLab({ world: lab.world, process: 'rival', seed: 4 });
    await lab.land(records('a', { offset: 500 }));
    let isDone = false;
    lab.setFault(({ port, op }) => {
      if (isDone || port !== 'catalog' || op !== 'commit') return undefined;
      isDone = true;
      return { kind: 'rival', act: async () => void (await rival.land(spread(60))) };
    });
    await lab.land(spread(60, { offset: 60 }));
    await lab.commit();
    expect(isDone).toBe(true);
    const { metadata } = await filesOf(observer(lab.world));
    expect(metadata['partition-specs']).toHaveLength(2);
    expect(await rowsOf(lab.ports, GAME_TABLE)).toHaveLength(121);
  });
});
