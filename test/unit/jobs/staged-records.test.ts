// What is told of staged records that nobody has decided: offsets, times, and whether a time is that of the record.
import { describe, expect, it } from 'vitest';
import { stagedRecords } from '../../../src/jobs/staged-records.ts';
import { ROW } from '../../../src/ledger/match-contents.ts';
import { GAME_SOURCE, ledgerOf, makeLab, records } from '../../support/memory/index.ts';

/** Offsets and contents of what is staged, once `before` has landed. */
async function toldOf(before: string, delivered: { readonly kinds: string; readonly offset: number }) {
  const lab = makeLab();
  await lab.land(records(before));
  await lab.commit();
  await lab.land(records(delivered.kinds, { offset: delivered.offset }));
  const { state } = await ledgerOf(lab.ports);
  const found = await stagedRecords({ ports: lab.ports, contractName: 'game.events' }, state, state.sources.get(GAME_SOURCE)!);
  const { offsets, timestampsMs, contents } = found.get(0)!.log.finish();
  return { offsets: [...offsets], seconds: [...timestampsMs].map((ms) => (ms - Date.UTC(2026, 0, 1)) / 1000), contents: [...contents] };
}

describe('filtered records that are staged', () => {
  it('are told by the first time of their run, but the last one of a delivery by its own', async () => {
    expect(await toldOf('aa', { kinds: 'annn', offset: 2 })).toEqual({
      offsets: [2, 3, 4, 5],
      seconds: [2, 3, 3, 5],
      contents: [ROW.unknown, ROW.none, ROW.none, ROW.none],
    });
  });

  it('are not told by it where some of the run are covered: it may be the time of one of those', async () => {
    expect(await toldOf('an', { kinds: 'nnna', offset: 1 })).toEqual({
      offsets: [2, 3, 4],
      seconds: [1, 1, 4],
      contents: [ROW.unknown, ROW.unknown, ROW.unknown],
    });
  });
});
