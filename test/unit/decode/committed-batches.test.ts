import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { committedBatches } from '../../../src/decode/committed-batches.ts';
import { type BatchHeader, readBatchHeaders } from '../../../src/decode/record-batch.ts';

type Step = { readonly producer: number; readonly kind: 'data' | 'plain' | 'commit' | 'abort' };

/** A control record: key is version and type. */
function controlBody(type: 0 | 1): Buffer {
  const zigzag = (value: number) => value * 2;
  const record = Buffer.from([0, zigzag(0), zigzag(0), zigzag(4), 0, 0, 0, type, zigzag(0), zigzag(0)]);
  return Buffer.concat([Buffer.from([zigzag(record.length)]), record]);
}

function batch(firstOffset: number, { producer, kind }: Step): BatchHeader {
  const isControl = kind === 'commit' || kind === 'abort';
  const bytes = Buffer.alloc(61);
  bytes.writeInt32BE(49, 8);
  bytes.writeInt8(2, 16);
  const [header] = readBatchHeaders(bytes);
  return {
    ...header!,
    firstOffset,
    lastOffset: firstOffset,
    isControl,
    isTransactional: kind !== 'plain',
    producerId: BigInt(producer),
    recordCount: 1,
    body: isControl ? controlBody(kind === 'abort' ? 0 : 1) : Buffer.alloc(0),
  };
}

/** The truth: a transactional batch is committed if its producer's next marker commits. */
function truth(log: readonly Step[]): {
  readonly committed: readonly number[];
  readonly aborted: { producerId: bigint; firstOffset: number; lastOffset: number }[];
} {
  const committed: number[] = [];
  const aborted = new Map<number, { producerId: bigint; firstOffset: number; lastOffset: number }>();
  for (const [offset, { producer, kind }] of log.entries()) {
    if (kind === 'plain') committed.push(offset);
    if (kind !== 'data') continue;
    const end = log.findIndex((step, at) => at > offset && step.producer === producer && (step.kind === 'commit' || step.kind === 'abort'));
    if (log[end]?.kind === 'commit') committed.push(offset);
    else if (!aborted.has(end)) aborted.set(end, { producerId: BigInt(producer), firstOffset: offset, lastOffset: end });
  }
  return { committed, aborted: [...aborted.values()].sort((a, b) => a.lastOffset - b.lastOffset) };
}

const STEPS = fc.array(
  fc.record({ producer: fc.integer({ min: 1, max: 3 }), kind: fc.constantFrom('data', 'data', 'plain', 'commit', 'abort') }),
  {
    minLength: 1,
    maxLength: 40,
  },
);

describe('committed batches', () => {
  test('exactly the records of committed transactions and plain ones are given, wherever an answer begins and ends', () => {
    fc.assert(
      fc.property(STEPS, fc.nat(40), fc.nat(40), (steps, a, b) => {
        // Every transaction ends: what is open lies behind the last stable offset, which a broker does not give.
        const log: Step[] = [...(steps as Step[]), ...[1, 2, 3].map((producer): Step => ({ producer, kind: 'abort' }))];
        const [from, to] = [Math.min(a, b) % log.length, Math.max(a, b) + 1];
        const { committed, aborted } = truth(log);
        const given = log.map((step, offset) => batch(offset, step)).slice(from, to);
        // A broker lists the aborted transactions that touch what it gives.
        const listed = aborted.filter((one) => one.firstOffset < to && one.lastOffset >= from);
        const wanted = committed.filter((offset) => offset >= from && offset < to);
        expect(committedBatches(given, listed).map(({ firstOffset }) => firstOffset)).toEqual(wanted);
      }),
      { numRuns: 500 },
    );
  });

  test('two aborted transactions of one producer with a committed one between them lose neither way', () => {
    const kinds = ['data', 'abort', 'data', 'commit', 'data', 'abort'] as const;
    const log = kinds.map((kind, offset) => batch(offset, { producer: 9, kind }));
    const aborted = [0, 4].map((firstOffset) => ({ producerId: 9n, firstOffset }));
    expect(committedBatches(log, aborted).map(({ firstOffset }) => firstOffset)).toEqual([2]);
  });

  test('a marker that compaction has emptied ends nothing and breaks nothing', () => {
    const log = [batch(0, { producer: 1, kind: 'plain' }), { ...batch(1, { producer: 1, kind: 'commit' }), recordCount: 0 }];
    expect(committedBatches(log, []).map(({ firstOffset }) => firstOffset)).toEqual([0]);
  });
});
