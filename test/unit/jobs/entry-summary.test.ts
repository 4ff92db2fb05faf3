// What a snapshot of ours says of the entries it applied, and when a new generation must be compared first.
import { describe, expect, it } from 'vitest';
import { LIMITS } from '../../../src/contract/limits.ts';
import type { DataFile, TableMetadata } from '../../../src/iceberg/types.ts';
import { checkGenerations } from '../../../src/jobs/check-generation.ts';
import type { EntryEffect } from '../../../src/jobs/entry-effect.ts';
import { lateRowsOf, summaryOf, watermarkMs } from '../../../src/jobs/entry-summary.ts';
import { emptyState, type LedgerState, partitionOf, sourceOf } from '../../../src/ledger/state.ts';
import { addEntry, CONTRACT, landedState } from '../../support/memory/folded.ts';
import { makeDescriptor, NO_EFFECT, QUARANTINE, SOURCE, TABLE } from '../../support/memory/samples.ts';

const NOW = 10_000_000_000;
const effect = (n: number, more: Partial<EntryEffect> = {}): EntryEffect => ({ n, ...NO_EFFECT, ...more });
/** Partitions with when they were last covered and their largest event time. */
function active(...partitions: readonly (readonly [lastAtMs: number, maxEventTimeMs: number | undefined])[]): LedgerState {
  const state = emptyState(CONTRACT);
  for (const [i, [lastAtMs, maxEventTimeMs]] of partitions.entries()) {
    const source = sourceOf(state, `s${i % 2}/events/1`, 'events');
    Object.assign(partitionOf(source, { partition: i }), { lastAtMs, maxEventTimeMs });
  }
  return state;
}

describe('the summary of a commit', () => {
  const given = { state: emptyState(CONTRACT), nowMs: NOW };

  it('names the entries, their counts, and the contract version of the last that has one', () => {
    const effects = [
      effect(41, { rows: 5, filtered: 2, absent: 1, contractVersion: '1.0.0' }),
      effect(42, { rows: 7, filtered: 4, absent: 8, contractVersion: '2.0.0' }),
      effect(44, { rows: 16 }),
    ];
    const keys = {
      'firn.job': 'apply',
      'firn.entries': '41-44',
      'firn.filtered': '6',
      'firn.absent': '9',
      'firn.contract-version': '2.0.0',
    };
    expect(summaryOf({ ...given, effects, table: TABLE })).toEqual({ ...keys, 'firn.accepted': '28', 'firn.quarantined': '0' });
    expect(summaryOf({ ...given, effects, table: QUARANTINE })).toEqual({ ...keys, 'firn.accepted': '0', 'firn.quarantined': '28' });
  });

  it('of one entry has one number; what is not known or nothing is not said', () => {
    expect(summaryOf({ ...given, effects: [effect(7)], table: TABLE, lateRows: 0 })).toEqual({
      'firn.job': 'apply',
      'firn.entries': '7',
      'firn.accepted': '0',
      'firn.quarantined': '0',
      'firn.filtered': '0',
      'firn.absent': '0',
    });
    const said = Object.keys(summaryOf({ ...given, effects: [effect(7)], table: TABLE }));
    expect(said.filter((key) => ['firn.late', 'firn.watermark-ms', 'firn.contract-version'].includes(key))).toEqual([]);
    const state = active([NOW, 5]);
    expect(summaryOf({ state, nowMs: NOW, effects: [effect(7)], table: TABLE, lateRows: 3 })).toMatchObject({
      'firn.late': '3',
      'firn.watermark-ms': '5',
    });
  });
});

describe('the watermark', () => {
  it('is the smallest of the largest event times of all sources and partitions', () => {
    expect(watermarkMs(active([NOW, 300], [NOW, 100], [NOW, 200]), NOW)).toBe(100);
    expect(watermarkMs(active([NOW, 0], [NOW, 100]), NOW)).toBe(0);
  });

  it('is not held back by a partition that was idle for longer than its bound, or that has no event time', () => {
    const since = NOW - LIMITS.activePartitionMs;
    expect(watermarkMs(active([since - 1, 1], [since, 2], [NOW, 3], [NOW, undefined]), NOW)).toBe(2);
    expect(watermarkMs(active([since - 1, 1], [NOW, undefined]), NOW)).toBeUndefined();
  });
});

describe('late rows', () => {
  const metadata = (defaultSpec: number): TableMetadata =>
    ({
      'default-spec-id': defaultSpec,
      'partition-specs': [
        { 'spec-id': 0, fields: [{}] },
        { 'spec-id': 1, fields: [] },
      ],
    }) as unknown as TableMetadata;
  const files = [
    { specId: 0, recordCount: 5 },
    { specId: 1, recordCount: 7 },
    { specId: 1, recordCount: 11 },
  ] as unknown as readonly DataFile[];

  it('are those of files under an unpartitioned spec that is not the table’s own', () => {
    expect(lateRowsOf(metadata(0), files)).toBe(18);
    expect(lateRowsOf(metadata(1), files)).toBe(0);
    expect(lateRowsOf(metadata(0), [])).toBe(0);
  });
});

describe('a new generation', () => {
  const NEW = 'main/events/2';
  const check = (state: LedgerState, classes: string, timestampMs: (offset: number) => number) =>
    checkGenerations(state, makeDescriptor('d', [{ start: 0, classes, sourceId: NEW, timestampMs }]));

  it('whose records are all younger than what landed under the older one is new', () => {
    const state = landedState({ start: 0, classes: 'aaf' });
    expect(check(state, 'af', (offset) => 2001 + offset)).toBeUndefined();
    expect(check(state, 'fa', (offset) => 2001 + offset)).toBeUndefined();
  });

  it('parks with a record as old as one that landed, accepted or filtered, wherever it is', () => {
    const state = landedState({ start: 0, classes: 'aaf' });
    const park = {
      kind: 'park',
      sourceId: NEW,
      reason: 'generation-unmapped',
      message: expect.stringContaining(`landed under ${SOURCE}:`),
    };
    expect(check(state, 'aa', (offset) => (offset === 0 ? 5000 : 2000))).toMatchObject(park);
    expect(check(state, 'af', (offset) => (offset === 0 ? 5000 : 2000))).toMatchObject(park);
    expect(check(landedState({ start: 0, classes: 'aa' }), 'a', () => 1000)).toMatchObject(park);
    expect(check(landedState({ start: 0, classes: 'ff' }), 'a', () => 1000)).toMatchObject(park);
    const youngInside = landedState({ start: 0, classes: 'fff', timestampMs: (offset) => (offset === 1 ? 9000 : 0) });
    expect(check(youngInside, 'a', () => 9000)).toMatchObject(park);
    expect(check(youngInside, 'a', () => 9001)).toBeUndefined();
    expect(check(landedState({ start: 0, classes: 'aa' }, { start: 0, classes: 'a', partition: 1 }), 'a', () => 1000)).toMatchObject(park);
  });

  it('without an older one, or compared already, or of which nothing is told, is not compared', () => {
    expect(check(emptyState(CONTRACT), 'a', () => 0)).toBeUndefined();
    const state = landedState({ start: 0, classes: 'aa' });
    expect(checkGenerations(state, makeDescriptor('d', [{ start: 0, classes: '.', sourceId: NEW }]))).toBeUndefined();
    const mapping = { of: [SOURCE], landed: 0, fresh: 0, ambiguous: 0 };
    addEntry(state, { kind: 'source', sources: [{ sourceId: NEW, topic: 'events', observed: {}, mapping }] });
    expect(check(state, 'a', () => 0)).toBeUndefined();
  });

  it('is looked for in all sources of a descriptor', () => {
    const both = [
      { start: 9, classes: 'a' },
      { start: 0, classes: 'a', sourceId: NEW },
    ];
    expect(checkGenerations(landedState({ start: 0, classes: 'aa' }), makeDescriptor('d', both))).toMatchObject({ sourceId: NEW });
  });
});
