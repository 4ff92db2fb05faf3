// An older generation that delivers more after a newer one has begun, where times alone say too much: a record that was never mirrored, with
// another one of its millisecond, would count as covered and be nowhere. Rows are told by what is in them.
import { describe, expect, it } from 'vitest';
import { inheritGeneration } from '../../../src/jobs/inherit-generation.ts';
import { planLateGeneration } from '../../../src/jobs/plan-late-generation.ts';
import { deadlineOf } from '../../support/memory/applying.ts';
import {
  audit,
  GAME_QUARANTINE,
  GAME_SOURCE,
  GAME_TABLE,
  type GameRecord,
  gameContract,
  gameRecords,
  type Lab,
  ledgerOf,
  makeLab,
  records,
  removeDataFiles,
  rowsOf,
} from '../../support/memory/index.ts';
import { changeMetadata } from '../../support/memory/others.ts';

const SECOND = 'main/events/2';
const NAME = 'game.events';
const OLD = records('aab');
const ids = async (lab: Lab) => (await rowsOf(lab.ports, GAME_TABLE)).map((row) => row.split(':')[2]).sort();
const plan = (lab: Lab, isAccepted = false) =>
  planLateGeneration({ ports: lab.ports, contractName: NAME, sourceId: GAME_SOURCE, isAccepted });

/** A record of some millisecond behind the old ones. */
const at = (offset: number, id: string, ms: number, kind: GameRecord['kind'] = 'a'): GameRecord => ({
  partition: 0,
  offset,
  kind,
  id,
  timestampMs: Date.UTC(2026, 0, 2) + ms,
});
const asMirrored = (all: readonly GameRecord[]) => all.map((one) => ({ ...one, offset: one.offset + 100 }));

/** The old generation has landed its first records, the new one `mirrored`; the old one delivers `late` and is parked. */
async function delivered(given: {
  readonly mirrored: readonly GameRecord[];
  readonly late: readonly GameRecord[];
  readonly mirrorVersion?: 1 | 2;
  readonly lateVersion?: 1 | 2;
}): Promise<Lab> {
  const lab = makeLab();
  await lab.land(OLD);
  await lab.commit();
  const version = given.mirrorVersion ?? 1;
  await lab.land([], { records: gameRecords(asMirrored(given.mirrored), SECOND), contract: gameContract(version) });
  expect((await lab.commit()).parked).toEqual([]);
  await lab.land(given.late, { version: given.lateVersion ?? 1 });
  expect((await lab.commit()).parked).toMatchObject([{ sourceId: GAME_SOURCE, reason: 'generation-unmapped' }]);
  return lab;
}

async function goOn(lab: Lab): Promise<void> {
  await inheritGeneration({ ports: lab.ports, contractName: NAME, deadline: deadlineOf(lab), plan: (await plan(lab, true))! });
  await lab.commit();
  expect(await audit(lab.ports)).toMatchObject({ clean: true, parked: [], staged: { descriptors: 0 } });
}

const coveredOf = async (lab: Lab) => (await ledgerOf(lab.ports)).state.sources.get(GAME_SOURCE)!.partitions.get(0)!.inherited;

describe('promises 1 and 2: a late record of an older generation counts as covered only where its content landed at its time', () => {
  it('one that was never mirrored is not covered by another one of its millisecond, and is not lost', async () => {
    const lab = await delivered({ mirrored: [at(3, 'other', 5)], late: [at(3, 'lost', 5)] });
    await expect(plan(lab)).rejects.toMatchObject({
      code: 'generation-ambiguous',
      details: { kafkaOffset: 3 },
      message: expect.stringContaining('content'),
    });
    await goOn(lab);
    expect(await ids(lab)).toEqual([...OLD.map(({ id }) => id), 'lost', 'other'].sort());
    expect(await coveredOf(lab)).toEqual([]);
  });

  it('beside one of its millisecond that was mirrored it is the only one in doubt', async () => {
    const both = [at(3, 'mirrored', 5), at(4, 'lost', 5)];
    for (const late of [both, both.map((one) => ({ ...one, offset: 7 - one.offset })).toReversed()]) {
      const lab = await delivered({ mirrored: [at(3, 'mirrored', 5)], late });
      expect((await plan(lab, true))!.mapping).toMatchObject({ landed: 1, fresh: 1, ambiguous: 0 });
      await goOn(lab);
      expect(await ids(lab)).toEqual([...OLD.map(({ id }) => id), 'lost', 'mirrored'].sort());
    }
  });

  it('equal ones of a millisecond are counted: as many are covered as landed', async () => {
    const twins = [3, 4, 5].map((offset) => at(offset, 'twin', 5));
    for (const landed of [1, 2, 3]) {
      const lab = await delivered({ mirrored: twins.slice(0, landed), late: twins });
      expect((await plan(lab, true))!.mapping).toMatchObject({ landed, fresh: 3 - landed, ambiguous: 0 });
      await goOn(lab);
      expect(await ids(lab)).toEqual([...OLD.map(({ id }) => id), 'twin', 'twin', 'twin'].sort());
    }
  });

  it('a row that was the partner of one compared earlier is not that of a later one of its millisecond and content', async () => {
    const twins = [3, 4].map((offset) => at(offset, 'twin', 5));
    for (const landed of [1, 2]) {
      const lab = await delivered({ mirrored: twins.slice(0, landed), late: twins.slice(0, 1) });
      expect((await plan(lab))!.mapping).toMatchObject({ landed: 1, fresh: 0, ambiguous: 0 });
      await goOn(lab);
      await lab.land([twins[1]!, at(5, 'after', 6)]);
      expect((await lab.commit()).parked).toMatchObject([{ sourceId: GAME_SOURCE, reason: 'generation-unmapped' }]);
      await expect(plan(lab)).rejects.toMatchObject({ code: 'generation-ambiguous', details: { kafkaOffset: landed === 1 ? 4 : 5 } });
      expect((await plan(lab, true))!.mapping).toMatchObject({ landed: landed - 1, fresh: 1, ambiguous: 2 - landed });
      await goOn(lab);
      expect(await ids(lab)).toEqual([...OLD.map(({ id }) => id), 'twin', 'twin', 'after'].sort());
    }
  });

  it('the mirror may have them in another order', async () => {
    const late = [at(3, 'x', 5), at(4, 'y', 5), at(5, 'z', 6)];
    const mirrored = [at(3, 'z', 6), at(4, 'y', 5), at(5, 'x', 5)];
    const lab = await delivered({ mirrored, late });
    expect((await plan(lab))!.mapping).toMatchObject({ landed: 3, fresh: 0, ambiguous: 0 });
  });

  it('quarantined ones are told by their bytes', async () => {
    const lab = await delivered({
      mirrored: [at(3, 'same', 5, 'x'), at(4, 'other', 6, 'x')],
      late: [at(3, 'same', 5, 'x'), at(4, 'lost', 6, 'x')],
    });
    expect((await plan(lab, true))!.mapping).toMatchObject({ landed: 1, fresh: 0, ambiguous: 1 });
    await goOn(lab);
    expect(await rowsOf(lab.ports, GAME_QUARANTINE)).toHaveLength(3);
  });

  it('an accepted one is not covered by a filtered one of its millisecond, nor the other way round', async () => {
    const accepted = [at(3, 'lost', 5)];
    const filtered = [at(3, 'none', 5, 'n')];
    for (const [mirrored, late] of [
      [filtered, accepted],
      [accepted, filtered],
    ] as const) {
      const lab = await delivered({ mirrored, late });
      await expect(plan(lab)).rejects.toMatchObject({ code: 'generation-ambiguous' });
      expect((await plan(lab, true))!.mapping.landed).toBe(0);
      await goOn(lab);
      expect(await ids(lab)).toEqual([...OLD.map(({ id }) => id), 'lost'].sort());
    }
  });

  it('filtered ones beside rows of their millisecond are told by their place as ever', async () => {
    const all = [at(3, 'a', 5), at(4, 'f', 5, 'n'), at(5, 'b', 6), at(6, 'g', 7, 'n'), at(7, 'c', 8)];
    const lab = await delivered({ mirrored: all, late: all });
    expect((await plan(lab))!.mapping).toMatchObject({ landed: 5, fresh: 0, ambiguous: 0 });
  });
});

describe('promises 1 and 2: where contents cannot be compared nothing is assumed', () => {
  it('rows of other columns are not equal: the contract has one more since', async () => {
    const one = [at(3, 'same', 5)];
    for (const [mirrorVersion, lateVersion] of [
      [2, 1],
      [1, 2],
    ] as const) {
      const lab = await delivered({ mirrored: one, late: one, mirrorVersion, lateVersion });
      await expect(plan(lab)).rejects.toMatchObject({ code: 'generation-ambiguous', details: { kafkaOffset: 3 } });
      expect((await plan(lab, true))!.mapping).toMatchObject({ landed: 0, fresh: 0, ambiguous: 1 });
    }
    const lab = await delivered({ mirrored: one, late: one, mirrorVersion: 2, lateVersion: 2 });
    expect((await plan(lab))!.mapping).toMatchObject({ landed: 1, fresh: 0, ambiguous: 0 });
  });

  it('a column that was dropped may be where they differ', async () => {
    const one = [at(3, 'same', 5)];
    const lab = await delivered({ mirrored: one, late: one });
    await changeMetadata(lab.ports, GAME_TABLE, (metadata) => ({
      ...metadata,
      schemas: metadata.schemas.map((schema) => ({ ...schema, fields: schema.fields.filter(({ name }) => name !== 'id') })),
    }));
    expect((await plan(lab, true))!.mapping).toMatchObject({ landed: 0, ambiguous: 1 });
  });

  it('rows that were removed since compare with nothing', async () => {
    const one = [at(3, 'same', 5)];
    const lab = await delivered({ mirrored: one, late: one });
    const paths = [...(await ledgerOf(lab.ports)).entries.values()]
      .flatMap((entry) => (entry.kind === 'land' ? entry.descriptors : []))
      .filter(({ sources }) => sources.some(({ sourceId }) => sourceId === SECOND))
      .flatMap(({ tables }) => tables.flatMap(({ files }) => files.map(({ path }) => path)));
    const gone = new Set(paths);
    await removeDataFiles(lab.ports, GAME_TABLE, ({ filePath }) => gone.has(filePath));
    await expect(plan(lab)).rejects.toMatchObject({ code: 'generation-ambiguous' });
    expect((await plan(lab, true))!.mapping).toMatchObject({ landed: 0, ambiguous: 1 });
  });
});
