// What each kind of entry does to a table, and how many entries one commit takes.
import { describe, expect, it } from 'vitest';
import { LIMITS } from '../../../src/contract/limits.ts';
import { contractPaths } from '../../../src/contract/names.ts';
import { effectOf, filesNamedBy } from '../../../src/jobs/entry-effect.ts';
import { type Taken, takeEffects } from '../../../src/jobs/take-effects.ts';
import type { DecidedTable, EntryDraft, LedgerEntry } from '../../../src/ledger/entries.ts';
import { encodeEntry } from '../../../src/ledger/entry-codec.ts';
import { emptyState, tableOf } from '../../../src/ledger/state.ts';
import { decidedOf } from '../../support/memory/folded.ts';
import { makeLab } from '../../support/memory/index.ts';
import { makeFile, makePartition, NO_EFFECT, QUARANTINE, SOURCE, TABLE } from '../../support/memory/samples.ts';

const CONTRACT = 'game.events';
const entry = (draft: EntryDraft, n = 7): LedgerEntry =>
  ({ version: 1, n, id: `e${n}`, atMs: 9_000_000, contract: CONTRACT, ...draft }) as LedgerEntry;
const at = (start: number, end: number, partition = 0) => ({ sourceId: SOURCE, partition, ranges: [[start, end]] as const });
const table = (name: string, path: string, start: number, end: number): DecidedTable => ({
  table: name,
  tableUuid: `uuid-${name}`,
  schemaHash: 's',
  specHash: 'p',
  files: [{ ...makeFile(path, [at(start, end)]), keep: 'all' }],
});
const landing = (n: number, classes: string, start = 0): LedgerEntry =>
  entry({ kind: 'land', descriptors: [decidedOf(emptyState(CONTRACT), [{ start, classes }], `d${n}`)] }, n);
const reclass = (kind: 'redrive' | 'replay' | 'replace'): LedgerEntry =>
  entry({
    kind,
    plan: { id: 'p', unit: 0, basis: 1 },
    sources: [
      {
        sourceId: SOURCE,
        topic: 'events',
        partitions: [makePartition({ start: 0, classes: 'aqf..' }), makePartition({ start: 4, classes: 'a', partition: 1 })],
      },
    ],
    tables: [table(TABLE, 'new', 0, 1), table('game.others', 'other', 1, 2)],
    holds: [TABLE, QUARANTINE],
    gone: [at(90, 91)],
  });
const NONE = { n: 7, ...NO_EFFECT };

describe('the effect of an entry on a table', () => {
  it('a landing brings the files of its descriptors for it, with their age, and counts', () => {
    const state = emptyState(CONTRACT);
    const [first, second] = [
      decidedOf(state, [{ start: 0, classes: 'aaqf.' }], 'x'),
      decidedOf(state, [{ start: 9, classes: 'aff' }], 'y'),
    ];
    const both = entry({ kind: 'land', descriptors: [first, { ...second, contractVersion: '2.0.0', createdAtMs: 5 }] });
    const effect = effectOf(both, TABLE);
    expect(effect).toMatchObject({ n: 7, rows: 3, filtered: 3, absent: 1, contractVersion: '2.0.0', leave: [], isReset: false });
    expect(effect.bring.map(({ table: { files }, createdAtMs }) => [files[0]!.path, createdAtMs])).toEqual([
      ['game.events/data/x.parquet', 1_000_000],
      ['game.events/data/y.parquet', 5],
    ]);
    expect(effectOf(both, QUARANTINE)).toMatchObject({ rows: 1, filtered: 3, absent: 1 });
    expect(effectOf(both, 'game.others')).toMatchObject({ rows: 0, bring: [] });
  });

  it('counts of a file the rows that the entry keeps', () => {
    const kept = table(TABLE, 'f', 0, 10);
    const trimmed = { ...kept, files: [{ ...kept.files[0]!, keep: [at(3, 5), at(7, 8)] }, kept.files[0]!] };
    const unpark = entry({ kind: 'unpark', target: { table: TABLE }, tables: [trimmed], holds: [TABLE], instead: {} });
    expect(effectOf(unpark, TABLE).rows).toBe(13);
  });

  it('a redrive brings rows to a table, and takes its offsets out of the quarantine alone', () => {
    const leaving = [at(0, 5), at(4, 5, 1)];
    expect(effectOf(reclass('redrive'), TABLE)).toMatchObject({ rows: 1, leave: [], filtered: 1, absent: 2, keepsGone: undefined });
    expect(effectOf(reclass('redrive'), QUARANTINE)).toMatchObject({ rows: 0, bring: [], leave: leaving });
    expect(effectOf(reclass('redrive'), TABLE).bring[0]!.createdAtMs).toBe(9_000_000);
  });

  it('a replay and a replacement take their offsets out of every table; a replacement alone keeps gone what is gone', () => {
    const leave = [at(0, 5), at(4, 5, 1)];
    for (const name of [TABLE, QUARANTINE]) {
      expect(effectOf(reclass('replay'), name)).toMatchObject({ leave, keepsGone: undefined });
      expect(effectOf(reclass('replace'), name)).toMatchObject({ leave, keepsGone: { gone: [at(90, 91)] } });
    }
    expect(effectOf(reclass('replay'), 'game.others')).toMatchObject({ rows: 1, bring: [{ table: { table: 'game.others' } }] });
  });

  it('an erasure takes out of a table what it names of it', () => {
    const removed = [
      { ...at(0, 1), table: TABLE },
      { ...at(1, 2), table: QUARANTINE },
      { ...at(5, 6), table: TABLE },
    ];
    const erase = entry({ kind: 'erase', rule: 'retention', removed, holds: [TABLE, QUARANTINE] });
    expect(effectOf(erase, TABLE)).toEqual({ ...NONE, leave: [removed[0], removed[2]] });
    expect(effectOf(erase, 'game.others')).toEqual(NONE);
  });

  it('an unpark brings the files of a rebuild, old enough to be looked up first, and begins anew only if it says so', () => {
    const unpark = (more: object) =>
      effectOf(
        entry({ kind: 'unpark', target: { table: TABLE }, tables: [table(TABLE, 'a', 0, 4)], holds: [TABLE], instead: {}, ...more }),
        TABLE,
      );
    expect(unpark({})).toMatchObject({ rows: 4, isReset: false, leave: [] });
    expect(unpark({ reset: false }).isReset).toBe(false);
    expect(unpark({ reset: true }).isReset).toBe(true);
    expect(unpark({}).bring[0]!.createdAtMs).toBe(9_000_000 - LIMITS.fileCheckAgeMs);
  });

  it('sources, absent offsets and parks do nothing to a table', () => {
    const drafts: readonly EntryDraft[] = [
      { kind: 'source', sources: [] },
      { kind: 'absent', evidence: 'proven', ranges: [at(0, 1)] },
      { kind: 'park', target: { table: TABLE }, reason: 'rule', message: 'm' },
    ];
    for (const draft of drafts) {
      expect(effectOf(entry(draft), TABLE)).toEqual(NONE);
      expect(filesNamedBy(entry(draft))).toEqual([]);
    }
  });
});

describe('promise 3, nothing live is deleted: the files an entry names', () => {
  it('are those of all its tables, and those that stand for lost ones', () => {
    expect(filesNamedBy(landing(7, 'aq'))).toEqual(['game.events/data/d7.parquet', 'game.events__quarantine/data/d7.parquet']);
    for (const kind of ['redrive', 'replay', 'replace'] as const) expect(filesNamedBy(reclass(kind))).toEqual(['new', 'other']);
    const unpark = { kind: 'unpark', target: { table: TABLE }, tables: [table(TABLE, 'a', 0, 4)], holds: [] } as const;
    expect(filesNamedBy(entry({ ...unpark, instead: { lost: 'found', gone: '' } }))).toEqual(['a', 'found']);
    expect(filesNamedBy(entry({ kind: 'erase', rule: 'r', removed: [{ ...at(0, 1), table: TABLE }], holds: [] }))).toEqual([]);
  });
});

describe('promise 10, bounded: the entries of one commit', () => {
  const erase = (n: number): LedgerEntry =>
    entry({ kind: 'erase', rule: 'r', removed: [{ ...at(0, 1), table: TABLE }], holds: [TABLE] }, n);
  const reset = (n: number): LedgerEntry =>
    entry({ kind: 'unpark', target: { table: TABLE }, tables: [], holds: [TABLE], instead: {}, reset: true }, n);
  const many = (n: number, files: number): LedgerEntry => {
    const one = decidedOf(emptyState(CONTRACT), [{ start: n, classes: 'a' }], `d${n}`);
    const [first] = one.tables;
    return entry(
      { kind: 'land', descriptors: [{ ...one, tables: [{ ...first!, files: Array.from({ length: files }, () => first!.files[0]!) }] }] },
      n,
    );
  };
  async function taken(entries: readonly LedgerEntry[], options: { applied?: number; adopted?: number; stored?: boolean } = {}) {
    const lab = makeLab();
    const state = emptyState(CONTRACT);
    const known = tableOf(state, TABLE);
    known.pending = entries.map(({ n }) => n);
    if (options.adopted) known.adopt = { snapshotId: null, applied: 0, entry: options.adopted };
    const map = new Map(options.stored ? [] : entries.map((one) => [one.n, one] as const));
    if (options.stored)
      for (const one of entries) lab.world.putIfAbsent(contractPaths(lab.ports.root, CONTRACT).entry(one.n), encodeEntry(one));
    const ledger = { state, entries: map, checkpoint: 0 };
    return takeEffects({ ports: lab.ports, contractName: CONTRACT, ledger, table: known, applied: options.applied ?? 0 });
  }
  const numbers = (one: Taken): readonly number[] | string =>
    one.kind === 'effects' ? one.effects.map(({ n }) => n) : `reload ${one.entry}`;
  const landings = (count: number): LedgerEntry[] => Array.from({ length: count }, (_, i) => landing(i + 1, 'a', i));

  it('are those behind what the table has applied, in order, read from the ledger where they are not at hand', async () => {
    expect(numbers(await taken(landings(4), { applied: 2 }))).toEqual([3, 4]);
    expect(numbers(await taken(landings(2), { applied: 2 }))).toEqual([]);
    expect(numbers(await taken(landings(3), { stored: true }))).toEqual([1, 2, 3]);
  });

  it('are at most so many, and those that are missing are asked for', async () => {
    const all = landings(LIMITS.entriesPerCommitMax + 1);
    expect(numbers(await taken(all))).toHaveLength(LIMITS.entriesPerCommitMax);
    const lab = makeLab();
    const state = emptyState(CONTRACT);
    tableOf(state, TABLE).pending = [1, 2];
    const ledger = { state, entries: new Map([[1, all[0]!]]), checkpoint: 0 };
    const request = { ports: lab.ports, contractName: CONTRACT, ledger, table: tableOf(state, TABLE), applied: 0 };
    expect(numbers(await takeEffects(request))).toBe('reload 2');
  });

  it('bring together at most so many files, and one entry whatever it brings', async () => {
    const max = LIMITS.filesPerCommitMax;
    Object.assign(LIMITS, { filesPerCommitMax: 4 });
    try {
      expect(numbers(await taken([many(1, 2), many(2, 2), many(3, 1)]))).toEqual([1, 2]);
      expect(numbers(await taken([many(1, 2), many(2, 3)]))).toEqual([1]);
      expect(numbers(await taken([many(1, 9), many(2, 1)]))).toEqual([1]);
    } finally {
      Object.assign(LIMITS, { filesPerCommitMax: max });
    }
  });

  it('from which rows leave, or with which the table begins anew, are alone', async () => {
    for (const alone of [erase, reset]) {
      expect(numbers(await taken([landing(1, 'a'), alone(2), landing(3, 'a', 5)]))).toEqual([1]);
      expect(numbers(await taken([alone(2), landing(3, 'a', 5)]))).toEqual([2]);
      expect(numbers(await taken([alone(2), alone(3)]))).toEqual([2]);
    }
  });

  it('up to an adopted state are one commit, however many', async () => {
    const max = LIMITS.entriesPerCommitMax;
    Object.assign(LIMITS, { entriesPerCommitMax: 2 });
    try {
      expect(numbers(await taken(landings(5), { adopted: 4 }))).toEqual([1, 2, 3, 4]);
      expect(numbers(await taken(landings(3), { adopted: 1 }))).toEqual([1, 2]);
      expect(numbers(await taken([landing(1, 'a'), erase(2), landing(3, 'a', 5)], { adopted: 2 }))).toEqual([1, 2]);
    } finally {
      Object.assign(LIMITS, { entriesPerCommitMax: max });
    }
  });
});
