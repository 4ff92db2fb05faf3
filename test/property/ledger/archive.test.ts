// Classes of old offsets in segments: whatever was moved when, the state given back its segments says of every offset what a state that never
// moved anything says; and without them its coverage and counts are the same.
import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { archiveClasses, parseSegment, restoreClasses, type SegmentPartition } from '../../../src/ledger/archive.ts';
import { encodeCheckpoint, parseCheckpoint } from '../../../src/ledger/checkpoint-codec.ts';
import type { LedgerEntry } from '../../../src/ledger/entries.ts';
import { foldEntry } from '../../../src/ledger/fold.ts';
import { countOffsets } from '../../../src/ledger/ranges.ts';
import { classedOf, emptyState, type LedgerState, type PartitionState } from '../../../src/ledger/state.ts';
import { trimDescriptor } from '../../../src/ledger/trim.ts';
import { makeDescriptor, makePartition, SOURCE } from '../../support/memory/samples.ts';

const step = fc.record({
  kind: fc.constantFrom('land', 'land', 'land', 'redrive', 'archive'),
  partition: fc.nat(1),
  start: fc.nat(60),
  classes: fc.string({ unit: fc.constantFrom('a', 'q', 'f', '.'), minLength: 1, maxLength: 12 }),
});
type Step = typeof step extends fc.Arbitrary<infer T> ? T : never;

function entryOf(state: LedgerState, { kind, partition, start, classes }: Step): LedgerEntry | undefined {
  const base = { version: 1, n: state.n + 1, id: `e${state.n}`, atMs: 1, contract: 'game.events' } as const;
  if (kind === 'redrive') {
    const known = state.sources.get(SOURCE)?.partitions.get(partition);
    const first = known?.quarantined[0]?.[0];
    if (first === undefined) return undefined;
    const moved = { ...makePartition({ partition, start: first, classes: 'a' }), edges: [] };
    return {
      ...base,
      kind: 'redrive',
      plan: { id: 'p', unit: 0, basis: state.n },
      sources: [{ sourceId: SOURCE, topic: 'events', partitions: [moved] }],
      tables: [],
      holds: [],
      gone: [],
    };
  }
  const trimmed = trimDescriptor(state, makeDescriptor(`d${state.n}`, [{ partition, start, classes }]), {
    find: () => undefined,
    isComplete: false,
  });
  return trimmed.kind === 'kept' ? { ...base, kind: 'land', descriptors: [trimmed.decided] } : undefined;
}

/** What is covered, by class and offset. */
function view(partition: PartitionState) {
  const { accepted, quarantined, filtered, absent, declared, inherited, covered } = partition;
  return {
    accepted: Object.fromEntries([...accepted].filter(([, ranges]) => ranges.length > 0)),
    quarantined,
    filtered,
    absent,
    declared,
    inherited,
    covered,
  };
}

describe('promise 10, bounded: classes of old offsets', () => {
  it('are the same, read back from segments, as if they had never been moved', () => {
    fc.assert(
      fc.property(fc.array(step, { maxLength: 40 }), (steps) => {
        const whole = emptyState('game.events');
        let small = emptyState('game.events');
        const segments: (readonly SegmentPartition[])[] = [];
        for (const one of steps) {
          if (one.kind === 'archive') {
            const archived = archiveClasses(small, { rangesMax: 3, kept: 1, name: `s${segments.length}` });
            if (!archived) continue;
            segments.push(parseSegment(archived.bytes, { name: 's', contract: 'game.events' }));
            small = parseCheckpoint(encodeCheckpoint(archived.state), small.n);
            continue;
          }
          const entry = entryOf(whole, one);
          if (!entry) continue;
          foldEntry(whole, entry);
          foldEntry(small, entry);
        }
        expect(small.segments).toHaveLength(segments.length);
        for (const [id, source] of whole.sources) {
          expect(small.sources.get(id)!.counts).toEqual(source.counts);
          for (const [number, partition] of source.partitions) {
            const other = small.sources.get(id)!.partitions.get(number)!;
            expect(other.covered).toEqual(partition.covered);
            const held = segments.toReversed().flatMap((all) => all.filter((at) => at.partition === number));
            restoreClasses(other, held);
            expect(view(other)).toEqual(view(partition));
            expect(countOffsets(classedOf(other))).toBe(countOffsets(other.covered));
          }
        }
      }),
      { numRuns: 150 },
    );
  });
});
