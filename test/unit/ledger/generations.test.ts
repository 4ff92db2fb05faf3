// Generations of a source: topics behind one another under one name, told by the number at the end of the source's id.
import { describe, expect, it } from 'vitest';
import { emptyNewerGenerations, newerGenerations, olderGenerations } from '../../../src/ledger/generations.ts';
import { type LedgerState, type SourceState, sourceOf } from '../../../src/ledger/state.ts';
import { landedState } from '../../support/memory/folded.ts';

const ids = (sources: readonly SourceState[]) => sources.map(({ sourceId }) => sourceId);
/** A state in which each of these has landed a record, in this order. */
const landed = (...sourceIds: readonly string[]): LedgerState =>
  landedState(...sourceIds.map((sourceId) => ({ sourceId, start: 0, classes: 'a' })));
/** Known, compared or not, with nothing landed. */
function known(state: LedgerState, sourceId: string, isMapped: boolean): LedgerState {
  sourceOf(state, sourceId, 'events').isMapped = isMapped;
  return state;
}

describe('the older and newer generations of a source', () => {
  const state = landed('s/t/10', 's/t/2', 's/t/9', 's/t/1', 's/u/3', 'r/t/3');

  it('are in the order of their numbers, and it is none of them itself', () => {
    expect(ids(olderGenerations(state, 's/t/9'))).toEqual(['s/t/1', 's/t/2']);
    expect(ids(newerGenerations(state, 's/t/2'))).toEqual(['s/t/9', 's/t/10']);
    expect(ids(olderGenerations(state, 's/t/1'))).toEqual([]);
    expect(ids(newerGenerations(state, 's/t/10'))).toEqual([]);
  });

  it('are those of its name and topic, whether it is known itself or not', () => {
    expect(ids(olderGenerations(state, 's/t/5'))).toEqual(['s/t/1', 's/t/2']);
    expect(ids(newerGenerations(state, 's/t/5'))).toEqual(['s/t/9', 's/t/10']);
    expect(ids(olderGenerations(state, 's/u/9'))).toEqual(['s/u/3']);
    expect(ids(newerGenerations(state, 's/v/1'))).toEqual([]);
  });

  it('are those that cover something', () => {
    const more = known(known(landed('s/t/2'), 's/t/1', true), 's/t/3', true);
    expect(ids(olderGenerations(more, 's/t/2'))).toEqual([]);
    expect(ids(newerGenerations(more, 's/t/2'))).toEqual([]);
  });

  it('are none of a source whose id does not end in a number of a generation', () => {
    const files = landed('dir/a.ndjson', 'dir/b.ndjson', 's/t/x', 's/t/1234567890', 's/t/-1', 's/t/1.5', 's/t/1');
    for (const sourceId of files.sources.keys()) {
      expect(ids(olderGenerations(files, sourceId))).toEqual([]);
      expect(ids(newerGenerations(files, sourceId))).toEqual([]);
    }
  });

  it('are one whose id is their name, before the first', () => {
    const state = landed('s/t/1', 's/t', 's/t/0');
    expect(ids(newerGenerations(state, 's/t'))).toEqual(['s/t/1']);
    expect(ids(olderGenerations(state, 's/t/1'))).toEqual(['s/t', 's/t/0']);
    expect(ids(olderGenerations(state, 's/t'))).toEqual([]);
    expect(ids(newerGenerations(state, 's/t/0'))).toEqual(['s/t/1']);
  });

  it('may have a number of nine digits', () => {
    expect(ids(newerGenerations(landed('s/t/1', 's/t/999999999'), 's/t/1'))).toEqual(['s/t/999999999']);
  });
});

describe('newer generations that were compared and have landed nothing', () => {
  it('are those of its name with a larger number', () => {
    let state = landed('s/t/2');
    for (const sourceId of ['s/t/1', 's/t/2', 's/t/3', 's/t/4', 's/u/5', 'r/t/5']) state = known(state, sourceId, true);
    expect(ids(emptyNewerGenerations(state, 's/t/2'))).toEqual(['s/t/3', 's/t/4']);
    expect(ids(emptyNewerGenerations(state, 's/t/3'))).toEqual(['s/t/4']);
    expect(ids(emptyNewerGenerations(state, 's/t/4'))).toEqual([]);
    expect(ids(emptyNewerGenerations(known(landed('s/t/1'), 's/t/2', true), 's/t/1'))).toEqual(['s/t/2']);
    expect(ids(emptyNewerGenerations(known(landed('s/t/2'), 's/t/1', true), 's/t/2'))).toEqual([]);
  });

  it('are none that was not compared, and none that has landed something', () => {
    const state = known(known(landed('s/t/1', 's/t/3'), 's/t/2', false), 's/t/3', true);
    expect(ids(emptyNewerGenerations(state, 's/t/1'))).toEqual([]);
  });
});
