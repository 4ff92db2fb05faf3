// The bounds of what is written and read: sizes up to the limit, files against classes, members that older versions do not know.
import { describe, expect, it } from 'vitest';
import { LIMITS } from '../../../src/contract/limits.ts';
import { InputRefusedError } from '../../../src/errors.ts';
import { encodeCheckpoint, parseCheckpoint } from '../../../src/ledger/checkpoint-codec.ts';
import { encodeDescriptor, parseDescriptor } from '../../../src/ledger/descriptor-codec.ts';
import { compressJson, decompressJson, encodeEntry, parseEntry } from '../../../src/ledger/entry-codec.ts';
import { NOTHING_ARCHIVED } from '../../../src/ledger/state.ts';
import type { Descriptor, StagedFile } from '../../../src/ledger/types.ts';
import { landedState } from '../../support/memory/folded.ts';
import { makeDescriptor, makeFile, SOURCE, TABLE } from '../../support/memory/samples.ts';

/** Runs with a limit of another value. */
function withLimit(name: 'descriptorBytesMax' | 'ledgerObjectBytesMax', value: number, run: () => void): void {
  const before = LIMITS[name];
  Object.assign(LIMITS, { [name]: value });
  try {
    run();
  } finally {
    Object.assign(LIMITS, { [name]: before });
  }
}
const at = (partition: number, ranges: readonly (readonly [number, number])[], sourceId = SOURCE) => ({ sourceId, partition, ranges });

describe('the size of a descriptor', () => {
  const descriptor = makeDescriptor('d', [{ start: 0, classes: 'aq' }]);
  const bytes = Buffer.from(JSON.stringify(descriptor));

  it('may be its limit and not a byte more, when it is written', () => {
    withLimit('descriptorBytesMax', bytes.length, () => expect(encodeDescriptor(descriptor).equals(bytes)).toBe(true));
    withLimit('descriptorBytesMax', bytes.length - 1, () => expect(() => encodeDescriptor(descriptor)).toThrow(InputRefusedError));
  });

  it('may be that of a ledger object and not a byte more, when it is read', () => {
    withLimit('ledgerObjectBytesMax', bytes.length, () => expect(parseDescriptor(bytes)).toEqual(descriptor));
    withLimit('ledgerObjectBytesMax', bytes.length - 1, () => expect(() => parseDescriptor(bytes)).toThrow(/it has \d+ bytes, at most/));
  });
});

describe('promise 1, accounted: the files of a descriptor', () => {
  const twice = [
    { start: 0, classes: 'aa', partition: 0 },
    { start: 5, classes: 'aa', partition: 1 },
  ];
  const withFiles = (...files: readonly StagedFile[]): Descriptor => {
    const descriptor = makeDescriptor('d', twice);
    return { ...descriptor, tables: [{ ...descriptor.tables[0]!, files }] };
  };

  it('may share the offsets of a partition among them', () => {
    const descriptor = withFiles(makeFile('a', [at(0, [[0, 1]]), at(1, [[6, 7]])]), makeFile('b', [at(0, [[1, 2]]), at(1, [[5, 6]])]));
    expect(parseDescriptor(encodeDescriptor(descriptor))).toEqual(descriptor);
  });

  it('hold no offset twice', () => {
    const whole = [at(0, [[0, 2]]), at(1, [[5, 7]])];
    expect(() => encodeDescriptor(withFiles(makeFile('a', whole), makeFile('b', [at(0, [[1, 2]])])))).toThrow(
      /an offset is in two files of a table/,
    );
  });

  it('hold the offsets of their own partition, source and table', () => {
    expect(() => encodeDescriptor(withFiles(makeFile('a', [at(1, [[0, 2]]), at(0, [[5, 7]])])))).toThrow(/files hold offsets/);
    expect(() => encodeDescriptor(withFiles(makeFile('a', [at(0, [[0, 2]], 'x/events/1'), at(1, [[5, 7]])])))).toThrow(
      /files hold offsets/,
    );
    const descriptor = makeDescriptor('d', twice);
    expect(() => encodeDescriptor({ ...descriptor, tables: [{ ...descriptor.tables[0]!, table: 'game.others' }] })).toThrow(
      /files hold offsets/,
    );
  });

  it('lack no offset of a class', () => {
    expect(() => encodeDescriptor(withFiles(makeFile('a', [at(0, [[0, 2]])])))).toThrow(/offsets that no file holds/);
  });

  it('are those of partitions that delivered something', () => {
    const descriptor = makeDescriptor('d', [{ start: 0, classes: '' }]);
    expect(() => encodeDescriptor(descriptor)).toThrow(/a partition has no offsets/);
  });
});

describe('an entry', () => {
  const base = { version: 1, n: 7, id: 'e', atMs: 5, contract: 'game.events' } as const;

  it.each([[null], ['main'], [3], [[]], [{}]])('that parks %j is refused', (target) => {
    const bytes = compressJson({ ...base, kind: 'park', target, reason: 'rule', message: 'm' });
    expect(() => parseEntry(bytes, 7)).toThrow(InputRefusedError);
  });

  it('says of a file which of its rows it keeps: all, or some ranges', () => {
    const file = { ...makeFile('f', [at(0, [[0, 2]])]), keep: [at(0, [[1, 2]])] };
    const table = { table: TABLE, tableUuid: 'u', schemaHash: 's', specHash: 'p' };
    const unpark = { ...base, kind: 'unpark', target: { table: TABLE }, holds: [], instead: {} } as const;
    const entry = { ...unpark, tables: [{ ...table, files: [file, { ...file, keep: 'all' as const }] }] };
    expect(parseEntry(encodeEntry(entry), 7)).toEqual(entry);
    const some = { ...unpark, tables: [{ ...table, files: [{ ...file, keep: 'some' }] }] };
    expect(() => parseEntry(compressJson(some), 7)).toThrow(/keep: expected a list/);
  });

  it('with a flipped bit is refused', () => {
    const bytes = encodeEntry({ ...base, kind: 'park', target: { table: TABLE }, reason: 'rule', message: 'm'.repeat(300) });
    bytes[bytes.length - 1]! ^= 1;
    expect(() => parseEntry(bytes, 7)).toThrow(InputRefusedError);
  });
});

describe('a checkpoint', () => {
  it('says nothing of segments and mappings where there are none, so that a version without them reads it', () => {
    const state = landedState({ start: 0, classes: 'a' });
    const json = decompressJson(encodeCheckpoint(state), 'c') as { sources: { partitions: object[] }[] };
    expect(json).not.toHaveProperty('segments');
    expect(json.sources[0]).not.toHaveProperty('isMapped');
    expect(json.sources[0]!.partitions[0]).not.toHaveProperty('archived');
  });

  it('keeps that a source was compared with its older generations, and what of it is in segments', () => {
    const state = landedState({ start: 0, classes: 'aq' });
    const source = state.sources.get(SOURCE)!;
    source.isMapped = true;
    Object.assign(source.partitions.get(0)!, { quarantined: [], archived: { ...NOTHING_ARCHIVED, quarantined: 1 } });
    state.segments = ['s'];
    expect(parseCheckpoint(encodeCheckpoint(state), 1)).toEqual(state);
  });

  it('keeps what a person lets a source land beside a newer generation, of an older version all there is', () => {
    const state = landedState({ start: 0, classes: 'aq' });
    const source = state.sources.get(SOURCE)!;
    source.besides = { newest: 's/t/2', compared: [{ partition: 3, ranges: [[5, 8]] }] };
    expect(parseCheckpoint(encodeCheckpoint(state), 1)).toEqual(state);
    const json = decompressJson(encodeCheckpoint(state), 'c') as { sources: object[] };
    Object.assign(json.sources[0]!, { besides: 's/t/2' });
    expect(parseCheckpoint(compressJson(json), 1).sources.get(SOURCE)!.besides).toEqual({ newest: 's/t/2' });
    for (const wrong of [{ newest: 1 }, { newest: 's/t/2', compared: [{ partition: 0 }] }, 5]) {
      Object.assign(json.sources[0]!, { besides: wrong });
      expect(() => parseCheckpoint(compressJson(json), 1)).toThrow(InputRefusedError);
    }
  });
});
