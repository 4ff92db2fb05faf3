// Descriptors, entries and checkpoints as bytes: what is written is read back, and nothing else is read.
import { inspect } from 'node:util';
import { zstdCompressSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { LIMITS } from '../../../src/contract/limits.ts';
import { InputRefusedError } from '../../../src/errors.ts';
import { parseCheckpoint } from '../../../src/ledger/checkpoint-codec.ts';
import { encodeDescriptor, parseDescriptor } from '../../../src/ledger/descriptor-codec.ts';
import type { LedgerEntry } from '../../../src/ledger/entries.ts';
import { encodeEntry, parseEntry } from '../../../src/ledger/entry-codec.ts';
import { emptyState } from '../../../src/ledger/state.ts';
import { trimDescriptor } from '../../../src/ledger/trim.ts';
import type { Descriptor } from '../../../src/ledger/types.ts';
import { makeDescriptor, SOURCE, TABLE } from '../../support/memory/samples.ts';

const base = { version: 1, n: 7, id: 'e', atMs: 5, contract: 'game.events' } as const;
const descriptor = makeDescriptor('d', [{ start: 3, classes: 'aqf.a' }]);
const zstd = (value: unknown) => zstdCompressSync(Buffer.from(JSON.stringify(value)));

function decided() {
  const result = trimDescriptor(emptyState('game.events'), descriptor);
  if (result.kind !== 'kept') throw new Error('expected kept');
  return result.decided;
}

const ENTRIES: readonly LedgerEntry[] = [
  { ...base, kind: 'land', descriptors: [decided()] },
  { ...base, kind: 'source', sources: [{ sourceId: SOURCE, topic: 'events', observed: { topicId: 't' } }] },
  { ...base, kind: 'absent', evidence: 'proven', ranges: [{ sourceId: SOURCE, partition: 0, ranges: [[1, 2]] }] },
  { ...base, kind: 'redrive', plan: { id: 'p', unit: 0, basis: 3 }, sources: [], tables: [], holds: [TABLE], gone: [] },
  { ...base, kind: 'erase', rule: 'retention', removed: [{ table: TABLE, sourceId: SOURCE, partition: 0, ranges: [[1, 2]] }], holds: [] },
  { ...base, kind: 'park', target: { table: TABLE }, reason: 'rolled-back', message: 'm' },
  { ...base, kind: 'park', target: { sourceId: SOURCE }, reason: 'topic-recreated', message: 'm' },
  { ...base, kind: 'unpark', target: { table: TABLE }, tableUuid: 'u', reset: true, tables: [], holds: [TABLE], instead: { a: 'b' } },
];

/** Everything a logger may print of an error: message, details, causes. */
function printed(read: () => unknown): string {
  try {
    read();
  } catch (error) {
    return inspect(error, { depth: 10 });
  }
  throw new Error('expected a refusal');
}

describe('a descriptor larger than an entry may hold', () => {
  it('is refused before it is staged and acknowledged, with the remedy', () => {
    const sample = makeDescriptor('d', [{ start: 0, classes: 'f' }]);
    const large = { ...sample, ruleCounts: { ['x'.repeat(LIMITS.descriptorBytesMax)]: 1 } };
    expect(() => encodeDescriptor(large)).toThrow(InputRefusedError);
    expect(() => encodeDescriptor(large)).toThrow(/staged descriptor would have \d+ bytes.*coarser partition/);
    expect(encodeDescriptor({ ...sample, ruleCounts: { ['x'.repeat(1_000_000)]: 1 } }).length).toBeGreaterThan(1_000_000);
  });
});

describe('what is refused', () => {
  it('is not shown in the error, nor in its cause', () => {
    const broken = Buffer.from('{"id": top-secret-value}');
    expect(printed(() => parseDescriptor(broken))).not.toMatch(/secret|top-/);
    expect(printed(() => parseEntry(zstdCompressSync(broken), 7))).not.toMatch(/secret|top-/);
    expect(printed(() => parseDescriptor(Buffer.from('{"id":"top-secret-value"}')))).not.toMatch(/secret/);
    expect(printed(() => parseEntry(zstd({ ...base, kind: 'top-secret' }), 7))).not.toMatch(/secret/);
  });
});

describe('entries', () => {
  it.each(ENTRIES.map((entry) => [entry.kind, entry] as const))('a %s entry is read back as it was written', (_, entry) => {
    expect(parseEntry(encodeEntry(entry), 7)).toEqual(entry);
  });

  it('an entry of an unknown kind is refused, never ignored', () => {
    expect(() => parseEntry(zstd({ ...base, kind: 'compact' }), 7)).toThrow(
      /kind this version does not know; run the version that wrote it/,
    );
    expect(() => parseEntry(zstd({ ...base, kind: 'constructor' }), 7)).toThrow(InputRefusedError);
    expect(() => parseEntry(zstd(null), 7)).toThrow(InputRefusedError);
  });

  it.each([
    ['another number than its name', { ...base, n: 8, kind: 'source', sources: [] }, /entry 7\.n: expected 7/],
    ['a member nobody declared', { ...base, kind: 'source', sources: [], also: 1 }, /also: expected no such member/],
    ['a missing member', { ...base, kind: 'source' }, /sources: expected a value/],
    [
      'a negative offset',
      { ...base, kind: 'absent', evidence: 'proven', ranges: [{ sourceId: 's', partition: 0, ranges: [[-1, 2]] }] },
      /integer from 0/,
    ],
    [
      'ranges that touch',
      {
        ...base,
        kind: 'absent',
        evidence: 'proven',
        ranges: [
          {
            sourceId: 's',
            partition: 0,
            ranges: [
              [1, 2],
              [2, 3],
            ],
          },
        ],
      },
      /do not touch/,
    ],
  ])('an entry with %s is refused', (_, value, message) => {
    expect(() => parseEntry(zstd(value), 7)).toThrow(message);
  });

  it('bytes that are no zstd, or would grow beyond the limit, are refused in bounded memory', () => {
    expect(() => parseEntry(Buffer.from('not zstd'), 7)).toThrow(/no zstd/);
    const bomb = zstdCompressSync(Buffer.alloc(300 * 1024 * 1024));
    expect(bomb.length).toBeLessThan(100_000);
    expect(() => parseEntry(bomb, 7)).toThrow(/no zstd of at most 268435456 bytes/);
  });
});

describe('descriptors', () => {
  it('a descriptor is read back as it was written', () => {
    expect(parseDescriptor(encodeDescriptor(descriptor))).toEqual(descriptor);
  });

  const broken = (change: (copy: { -readonly [K in keyof Descriptor]: Descriptor[K] } & Record<string, unknown>) => void): Buffer => {
    const copy = structuredClone(descriptor) as { -readonly [K in keyof Descriptor]: Descriptor[K] } & Record<string, unknown>;
    change(copy);
    return Buffer.from(JSON.stringify(copy));
  };
  const [source] = descriptor.sources;
  const [partition] = source!.partitions;
  const withPartition = (changed: object) => [{ ...source!, partitions: [{ ...partition!, ...changed }] }];

  it.each([
    ['half of its text', encodeDescriptor(descriptor).subarray(0, 90), /no JSON/],
    ['an offset in two classes', broken((copy) => void (copy.sources = withPartition({ filtered: [[3, 4]] }))), /offset is in two classes/],
    ['a class that no file holds', broken((copy) => void (copy.tables = [])), /offsets that no file holds/],
    ['a file with offsets of no class', broken((copy) => void (copy.sources = withPartition({ accepted: {} }))), /files hold offsets/],
    [
      'a file whose rows are not its offsets',
      Buffer.from(encodeDescriptor(descriptor).toString().replace('"recordCount":2', '"recordCount":3')),
      /3 rows and names 2/,
    ],
    ['a partition named twice', broken((copy) => void (copy.sources = [source!, source!])), /named twice/],
    ['another version', broken((copy) => void Object.assign(copy, { version: 2 })), /one of 1/],
    [
      'bounds that are no base64',
      broken((copy) => void (copy.tables = [{ ...copy.tables[0]!, files: [{ ...copy.tables[0]!.files[0]!, lowerBounds: [[1, '*']] }] }])),
      /base64/,
    ],
  ])('a descriptor with %s is refused', (_, bytes, message) => {
    expect(() => parseDescriptor(bytes)).toThrow(message);
    expect(() => parseDescriptor(bytes)).toThrow(InputRefusedError);
  });

  it('a descriptor that could not be decided is never staged', () => {
    expect(() => encodeDescriptor({ ...descriptor, tables: [] })).toThrow(/offsets that no file holds/);
  });
});

describe('checkpoints', () => {
  it('a checkpoint whose classes do not make up its coverage is refused', () => {
    const empty = {
      accepted: {},
      quarantined: [],
      filtered: [],
      absent: [],
      declared: [],
      inherited: [],
      remembered: [],
      filteredRuns: [],
    };
    const counts = { accepted: 0, quarantined: 0, filtered: 0, absent: 0 };
    const one = { partition: 0, start: 0, covered: [[0, 2]], lastAtMs: 0, ...empty };
    const json = {
      version: 1,
      contract: 'c',
      n: 1,
      sources: [{ sourceId: 's', topic: 't', observed: {}, partitions: [one], counts }],
      tables: [],
      decided: {},
      ruleCounts: {},
    };
    expect(() => parseCheckpoint(zstd(json), 1)).toThrow(/disjoint classes that make up the coverage/);
    const whole = { ...json, sources: [{ ...json.sources[0]!, partitions: [{ ...one, filtered: [[0, 2]] }] }] };
    expect(() => parseCheckpoint(zstd(whole), 1)).toThrow(/counts of its ranges/);
  });
});
