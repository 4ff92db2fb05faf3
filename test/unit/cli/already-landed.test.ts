// A batch is passed over only where what is remembered vouches for every record of it; all else goes the whole way.
import { describe, expect, it } from 'vitest';
import { isAlreadyLanded } from '../../../src/cli/already-landed.ts';
import { archiveClasses } from '../../../src/ledger/archive.ts';
import { type GameRecord, gameRecords, ledgerOf, makeLab, records } from '../../support/memory/index.ts';

const others = (all: readonly GameRecord[]) => all.map((one) => ({ ...one, timestampMs: one.timestampMs + 77_777 }));

async function landedState(...batches: readonly (readonly GameRecord[])[]) {
  const lab = makeLab();
  for (const batch of batches) {
    await lab.land(batch);
    await lab.commit();
  }
  return (await ledgerOf(lab.ports)).state;
}
const isLanded = async (batches: readonly (readonly GameRecord[])[], again: readonly GameRecord[]) =>
  isAlreadyLanded(await landedState(...batches), gameRecords(again));

describe('a batch that landed before', () => {
  it('is one with the same ends, or one over several landings with those of the first and the last', async () => {
    expect(await isLanded([records('aafa')], records('aafa'))).toBe(true);
    expect(await isLanded([records('aaa'), records('aaa', { offset: 3 })], records('aaaaaa'))).toBe(true);
    const both = [...records('aaa'), ...records('aaa', { partition: 1 })];
    expect(await isLanded([both], both)).toBe(true);
  });

  it('is none with a record that nothing covers, of a partition or source that nobody knows, or where no record was to be', async () => {
    expect(await isLanded([records('aaa')], records('aaaa'))).toBe(false);
    expect(await isLanded([records('aaa')], [...records('aaa'), ...records('a', { partition: 1 })])).toBe(false);
    expect(isAlreadyLanded(await landedState(records('aaa')), gameRecords(records('aaa'), 'other/events/1'))).toBe(false);
    expect(await isLanded([records('a.a')], records('aaa'))).toBe(false);
  });

  it('is none with another timestamp at one of its offsets, or two at one', async () => {
    expect(await isLanded([records('aaa')], [...others(records('a')), ...records('aa', { offset: 1 })])).toBe(false);
    expect(await isLanded([records('aaa')], [...records('aaa'), ...others(records('a', { offset: 1 }))])).toBe(false);
  });

  it('is none where a landing has only one end in it: a recreated topic may have landed after the old one', async () => {
    const batches = [records('aaa'), others(records('a', { offset: 3 }))];
    expect(await isLanded(batches, [...others(records('a', { offset: 1 })), ...others(records('a', { offset: 3 }))])).toBe(false);
    expect(await isLanded([records('aaa')], records('aa', { offset: 1 }))).toBe(false);
  });

  it('is none of a parked source', async () => {
    const state = await landedState(records('aaa'));
    const source = [...state.sources.values()][0]!;
    source.parked = { entry: state.n, reason: 'topic-recreated', message: 'made again' };
    expect(isAlreadyLanded(state, gameRecords(records('aaa')))).toBe(false);
  });

  it('is none where the class of an offset is in a segment alone: it may be one without a record', async () => {
    const batches = [0, 3, 6].map((offset) => records('a.a', { offset }));
    const { state } = archiveClasses(await landedState(...batches), { rangesMax: 0, kept: 1, name: 'x' })!;
    expect(isAlreadyLanded(state, gameRecords(records('aaa')))).toBe(false);
    expect(isAlreadyLanded(state, gameRecords(batches[0]!))).toBe(false);
  });
});
