// Staged descriptors, ledger entries and checkpoints. As JSON, which the harness compresses, and as the bytes themselves.
import { zstdCompressSync, zstdDecompressSync } from 'node:zlib';
import { encodeCheckpoint, parseCheckpoint } from '../../../../src/ledger/checkpoint-codec.ts';
import { parseDescriptor } from '../../../../src/ledger/descriptor-codec.ts';
import type { LedgerEntry } from '../../../../src/ledger/entries.ts';
import { encodeEntry, parseEntry } from '../../../../src/ledger/entry-codec.ts';
import { foldEntry } from '../../../../src/ledger/fold.ts';
import { emptyState, type LedgerState } from '../../../../src/ledger/state.ts';
import { trimDescriptor } from '../../../../src/ledger/trim.ts';
import { makeDescriptor, SOURCE, TABLE } from '../../memory/samples.ts';
import type { FuzzTarget } from '../types.ts';

const json = (value: unknown): Buffer => Buffer.from(JSON.stringify(value));
const compressed = (input: Uint8Array): Buffer => zstdCompressSync(input);
const base = { version: 1, n: 1, id: 'e', atMs: 5, contract: 'game.events' } as const;

function descriptors() {
  return [
    makeDescriptor('d1', [{ start: 3, classes: 'aqf.a' }]),
    makeDescriptor(
      'd2',
      [
        { start: 8, classes: 'aaff' },
        { partition: 1, start: 0, classes: 'q' },
      ],
      [{ sourceId: SOURCE, lines: 3, bytes: 40, sha256: 'ab' }],
    ),
  ];
}

function entries(): LedgerEntry[] {
  const decided = descriptors().map((descriptor) => {
    const trimmed = trimDescriptor(emptyState('game.events'), descriptor);
    if (trimmed.kind !== 'kept') throw new Error(`expected a descriptor that is kept, got ${trimmed.kind}`);
    return trimmed.decided;
  });
  return [
    { ...base, kind: 'land', descriptors: decided },
    {
      ...base,
      kind: 'source',
      sources: [
        {
          sourceId: SOURCE,
          topic: 'events',
          observed: { topicId: 't' },
          inherited: [{ partition: 0, ranges: [[0, 2]], edges: [[0, 1]], filteredTimestamps: [] }],
        },
      ],
    },
    { ...base, kind: 'absent', evidence: 'proven', ranges: [{ sourceId: SOURCE, partition: 0, ranges: [[1, 2]] }] },
    { ...base, kind: 'redrive', plan: { id: 'p', unit: 0, basis: 3 }, sources: [], tables: [], holds: [TABLE], gone: [] },
    { ...base, kind: 'erase', rule: 'retention', removed: [{ table: TABLE, sourceId: SOURCE, partition: 0, ranges: [[1, 2]] }], holds: [] },
    { ...base, kind: 'park', target: { table: TABLE }, reason: 'rolled-back', message: 'm' },
    { ...base, kind: 'unpark', target: { table: TABLE }, tableUuid: 'u', reset: true, tables: [], holds: [TABLE], instead: { a: 'b' } },
  ];
}

function stateAfterLanding(): LedgerState {
  const state = emptyState('game.events');
  foldEntry(state, entries()[0]!);
  return state;
}

export const LEDGER_TARGETS: readonly FuzzTarget[] = [
  { name: 'descriptor', family: 'ledger', shape: 'json', seeds: () => descriptors().map(json), run: (input) => parseDescriptor(input) },
  {
    name: 'entry',
    family: 'ledger',
    shape: 'json',
    seeds: () => entries().map(json),
    run: (input) => encodeEntry(parseEntry(compressed(input), 1)),
  },
  {
    name: 'checkpoint',
    family: 'ledger',
    shape: 'json',
    seeds: () => [zstdDecompressSync(encodeCheckpoint(stateAfterLanding()))],
    run: (input) => encodeCheckpoint(parseCheckpoint(compressed(input), 1)),
  },
  {
    name: 'ledger-object',
    family: 'ledger',
    shape: 'bytes',
    seeds: () => [...entries().map(encodeEntry), zstdCompressSync(Buffer.alloc(40 * 1024 * 1024, 0x20))],
    run: (input) => parseEntry(input, 1),
  },
];
