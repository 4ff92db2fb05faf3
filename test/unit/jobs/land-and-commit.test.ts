// The way of a batch without faults: landed, decided, applied, accounted.
import { describe, expect, it } from 'vitest';
import { APPLIED_TAG, PROPERTY, SUMMARY } from '../../../src/contract/names.ts';
import { identifierOf, loadTable } from '../../../src/iceberg/load-table.ts';
import { audit, GAME_QUARANTINE, GAME_TABLE, ledgerOf, makeLab, records, rowsOf, rowText } from '../../support/memory/index.ts';

describe('promise 2, once: landing and committing', () => {
  it('every record ends in exactly one place and the audit is clean', async () => {
    const lab = makeLab();
    const batch = records('abxn.a');
    const landed = await lab.land(batch);
    expect(landed.counts).toEqual({ accepted: 3, quarantined: 1, filtered: 1, absent: 1 });
    const result = await lab.commit();
    expect(result).toMatchObject({ descriptorsDecided: 1, descriptorsDeleted: 1, counts: landed.counts, parked: [] });
    expect(await rowsOf(lab.ports, GAME_TABLE)).toEqual(batch.filter(({ kind }) => 'ab'.includes(kind)).map((one) => rowText(one)));
    expect(await rowsOf(lab.ports, GAME_QUARANTINE)).toEqual(['0:2:']);
    const report = await audit(lab.ports);
    expect(report.sources).toMatchObject([{ covered: 6, counts: landed.counts, isAccounted: true, unverified: { count: 0 } }]);
    expect(report.clean).toBe(true);
  });

  it('the table carries the entry it has reached, the tag and the summary in the same commit', async () => {
    const lab = makeLab();
    await lab.land(records('aan'));
    const { entry } = await lab.commit();
    const { metadata } = (await loadTable(lab.ports, identifierOf(GAME_TABLE)))!;
    expect(metadata.properties[PROPERTY.applied]).toBe(String(entry));
    expect(metadata.refs?.[APPLIED_TAG]?.['snapshot-id']).toBe(metadata['current-snapshot-id']);
    expect(metadata.snapshots.at(-1)!.summary).toMatchObject({
      operation: 'append',
      [SUMMARY.entries]: String(entry),
      [SUMMARY.accepted]: '2',
      [SUMMARY.filtered]: '1',
      [SUMMARY.contractVersion]: '1.0.0',
      [SUMMARY.watermarkMs]: String(records('aan')[1]!.timestampMs),
    });
  });

  it('nothing landed makes no descriptor, and nothing staged makes no entry and no snapshot', async () => {
    const lab = makeLab();
    expect(await lab.land([])).toMatchObject({ descriptorId: undefined, records: 0 });
    expect(await lab.commit()).toMatchObject({ entry: 0, entriesCreated: 0, tables: [] });
    await lab.land(records('a'));
    const before = await lab.commit();
    const writes = lab.calls.length;
    expect(await lab.commit()).toMatchObject({ entry: before.entry, entriesCreated: 0 });
    expect(lab.calls.slice(writes).filter(({ op }) => ['create', 'commit', 'delete'].includes(op))).toEqual([]);
  });

  it('a table in which nothing changed gets no snapshot', async () => {
    const lab = makeLab();
    await lab.land(records('xx'));
    await lab.land(records('nn', { offset: 2 }));
    await lab.commit();
    expect((await loadTable(lab.ports, identifierOf(GAME_TABLE)))!.metadata.snapshots).toEqual([]);
    expect((await audit(lab.ports)).clean).toBe(true);
  });

  it('a record that occurs twice in a batch is landed once', async () => {
    const lab = makeLab();
    const batch = records('abx');
    expect(await lab.land([...batch, batch[0]!, batch[2]!])).toMatchObject({ repeated: 2, counts: { accepted: 2, quarantined: 1 } });
    await lab.commit();
    expect(await rowsOf(lab.ports, GAME_TABLE)).toEqual(['0:0:p0-0', '0:1:p0-1']);
    expect((await audit(lab.ports)).clean).toBe(true);
  });

  it('landing the same again, in other batches, adds nothing', async () => {
    const lab = makeLab();
    const batch = records('abxnaaxb');
    await lab.land(batch);
    await lab.commit();
    const rows = await rowsOf(lab.ports, GAME_TABLE);
    await lab.land(batch);
    await lab.land(batch.slice(1, 4));
    await lab.land(batch.slice(3));
    expect(await lab.commit()).toMatchObject({ descriptorsCovered: 3, entriesCreated: 0 });
    expect(await rowsOf(lab.ports, GAME_TABLE)).toEqual(rows);
    const report = await audit(lab.ports);
    expect(report).toMatchObject({ clean: true, staged: { descriptors: 0 } });
  });

  it('overlapping batches of one commit are trimmed against each other', async () => {
    const lab = makeLab();
    const batch = records('aabxnaab');
    await lab.land(batch.slice(0, 6));
    await lab.land(batch.slice(2, 5));
    await lab.land(batch.slice(1, 8));
    await lab.commit();
    await lab.commit();
    expect(await rowsOf(lab.ports, GAME_TABLE)).toEqual(batch.filter(({ kind }) => 'ab'.includes(kind)).map((one) => rowText(one)));
    expect(await audit(lab.ports)).toMatchObject({ clean: true, staged: { descriptors: 0 } });
  });

  it('the verdict of the first contract version that lands a record stays', async () => {
    const lab = makeLab();
    const batch = records('abcnx');
    await lab.land(batch, { version: 1 });
    await lab.land(batch, { version: 2 });
    await lab.commit();
    await lab.commit();
    expect(await rowsOf(lab.ports, GAME_TABLE)).toEqual(['0:0:p0-0', '0:1:p0-1']);
    expect(await rowsOf(lab.ports, GAME_QUARANTINE)).toEqual(['0:2:', '0:4:']);
    expect((await audit(lab.ports)).clean).toBe(true);
  });

  it('files staged under an older schema are rewritten under the current one', async () => {
    const lab = makeLab();
    await lab.land(records('ab'), { version: 1 });
    await lab.land(records('ac', { offset: 2 }), { version: 2 });
    const result = await lab.commit();
    expect(result.tables.find(({ table }) => table === GAME_TABLE)).toMatchObject({ addedRows: 4, rewrittenFiles: 1 });
    expect(await rowsOf(lab.ports, GAME_TABLE)).toEqual(['0:0:p0-0', '0:1:p0-1', '0:2:p0-2', '0:3:p0-3']);
    expect((await audit(lab.ports)).clean).toBe(true);
  });

  it('offsets between two deliveries are unverified, not absent, and the audit lists them', async () => {
    const lab = makeLab();
    await lab.land(records('aa'));
    await lab.land(records('aa', { offset: 5 }));
    await lab.commit();
    const report = await audit(lab.ports);
    expect(report.clean).toBe(false);
    expect(report.sources[0]).toMatchObject({ unverified: { count: 3, ranges: [{ ranges: [[2, 5]] }] }, counts: { absent: 0 } });
    await lab.land(records('axn', { offset: 2 }));
    await lab.commit();
    expect((await audit(lab.ports)).clean).toBe(true);
  });

  it('a record that occurs twice in a batch is landed once, and no count speaks of it twice', async () => {
    const lab = makeLab();
    const once = records('axn');
    const plain = await makeLab().land(once);
    expect(plain.ruleCounts).not.toEqual({});
    const twice = await lab.land([...once, ...once]);
    expect(twice).toMatchObject({ repeated: 3, counts: plain.counts });
    for (const [rule, count] of Object.entries(twice.ruleCounts)) expect(count, rule).toBe(plain.ruleCounts[rule]);
    await lab.commit();
    expect((await audit(lab.ports)).clean).toBe(true);
  });

  it('many commits make checkpoints, and a new process goes on from them', async () => {
    const lab = makeLab();
    for (let i = 0; i < 70; i++) {
      await lab.land(records('a', { offset: i }));
      await lab.commit();
    }
    const { checkpoint, state } = await ledgerOf(lab.ports);
    expect(checkpoint).toBeGreaterThanOrEqual(64);
    expect(state.tables.get(GAME_TABLE)!.pending.length).toBeLessThan(10);
    const other = makeLab({ world: lab.world, process: 'other' });
    await other.land(records('a', { offset: 70 }));
    await other.commit();
    expect((await rowsOf(lab.ports, GAME_TABLE)).length).toBe(71);
    expect((await audit(lab.ports)).clean).toBe(true);
  });
});
