// Where timestamps for comparing come from when those remembered do not vouch for all: rows of the delivery first, then those of entries at hand, of
// the tables, and of older entries that a stopped table has not applied. What is settled is not read, and what cannot be read is no evidence.
import { zstdCompressSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { contractPaths } from '../../../src/contract/names.ts';
import { TransientIoError } from '../../../src/errors.ts';
import { identifierOf } from '../../../src/iceberg/load-table.ts';
import type { DataFile } from '../../../src/iceberg/types.ts';
import { updateSchema } from '../../../src/iceberg/update-schema.ts';
import { trimWithEvidence } from '../../../src/jobs/evidence.ts';
import { KnownTables, mayHoldOffsets, mayHoldPlace, mayHoldTime, type TableScan } from '../../../src/jobs/known-tables.ts';
import type { LoadedLedger } from '../../../src/jobs/load-ledger.ts';
import { parseDescriptor } from '../../../src/ledger/descriptor-codec.ts';
import type { DecidedDescriptor, ReclassEntry } from '../../../src/ledger/entries.ts';
import { cloneState, type LedgerState } from '../../../src/ledger/state.ts';
import type { Descriptor } from '../../../src/ledger/types.ts';
import { calls, dataFiles, decideAll, failing, withLimits, writeCheckpoint } from '../../support/memory/applying.ts';
import { CONTRACT } from '../../support/memory/folded.ts';
import {
  changeMetadata,
  GAME_SOURCE,
  GAME_TABLE,
  type GameRecord,
  gameRecords,
  type Lab,
  ledgerOf,
  makeLab,
  observer,
  records,
} from '../../support/memory/index.ts';

const others = (all: readonly GameRecord[]) => all.map((one) => ({ ...one, timestampMs: one.timestampMs + 77_777 }));

/** The descriptor as one that tells the timestamps of these records and of no others. */
function withEdges(descriptor: Descriptor, told: readonly GameRecord[]): Descriptor {
  const edges = told.map(({ offset, timestampMs }) => [offset, timestampMs] as const);
  const sources = descriptor.sources.map((one) => ({ ...one, partitions: one.partitions.map((two) => ({ ...two, edges })) }));
  return { ...descriptor, sources };
}

/** The descriptor of a delivery, and the files it has. */
async function deliver(
  writer: Lab,
  all: readonly GameRecord[],
  sourceId = GAME_SOURCE,
): Promise<{ readonly descriptor: Descriptor; readonly files: string[] }> {
  const known = new Set(dataFiles(writer));
  const { staged } = contractPaths(writer.ports.root, CONTRACT);
  const had = new Set(writer.world.urisUnder(staged));
  await writer.land([], { records: gameRecords(all, sourceId) });
  const [uri] = writer.world.urisUnder(staged).filter((one) => !had.has(one));
  const descriptor = parseDescriptor(writer.world.objects.get(uri!)!.bytes);
  writer.world.objects.delete(uri!);
  // Its first and last record are told by its rows alone.
  const forgotten = withEdges(descriptor, []);
  return { descriptor: forgotten, files: dataFiles(writer).filter((one) => !known.has(one)) };
}

/** Trims as a process that has read nothing; says what of data it read. */
async function trim(
  world: Lab['world'],
  descriptor: Descriptor,
  more: {
    lab?: Lab;
    ledger?: LoadedLedger;
    isRemembered?: boolean;
    change?: (work: LedgerState) => void;
    scan?: (scan: TableScan) => TableScan;
    decided?: readonly DecidedDescriptor[];
  } = {},
) {
  const lab = more.lab ?? observer(world);
  const ledger = more.ledger ?? (await ledgerOf(lab.ports));
  const from = calls(lab, 'read').length;
  const work = cloneState(ledger.state);
  // Nobody remembers a timestamp.
  if (!more.isRemembered)
    for (const partition of [...work.sources.values()].flatMap(({ partitions }) => [...partitions.values()])) partition.remembered = [];
  more.change?.(work);
  const tables = new KnownTables(lab.ports);
  const scan = tables.scan.bind(tables);
  tables.scan = async (table) => {
    const found = await scan(table);
    return found && (more.scan?.(found) ?? found);
  };
  const result = await trimWithEvidence(
    { ports: lab.ports, contractName: CONTRACT, ledger, work, decided: more.decided ?? [], tables },
    descriptor,
  );
  const read = calls(lab, 'read')
    .slice(from)
    .map(({ target }) => target)
    .filter((target) => target.endsWith('.parquet') || target.includes('/ledger/'));
  return { kind: result.kind, reason: result.kind === 'park' ? result.reason : undefined, read };
}

/** Two landings of three rows each; `isApplied`: in the table. */
async function landed({ isApplied = true, batches = [records('aaa'), records('aaa', { offset: 3 })] } = {}) {
  const writer = makeLab();
  const files: string[] = [];
  for (const batch of batches) {
    await writer.land(batch);
    files.push(...dataFiles(writer).filter((one) => !files.includes(one)));
    if (isApplied) await writer.commit();
    else await decideAll(writer);
  }
  return { writer, files };
}

/** One landing of two partitions whose offsets are far apart, of its own time. */
function staggered(landing: number): GameRecord[] {
  const rows = [...records('aaa', { offset: landing * 3 }), ...records('aaa', { partition: 1, offset: 100_000 + landing * 3 })];
  return rows.map((one, i) => ({ ...one, timestampMs: Date.UTC(2026, 0, 1) + landing * 60_000 + i }));
}

/** In the order in which they were read. */
const byPlan = (read: readonly string[]) => (a: string | undefined, b: string | undefined) => read.indexOf(a!) - read.indexOf(b!);

describe('evidence of what a delivery would drop', () => {
  it('is in the rows of the delivery alone where the ledger remembers a timestamp of one of them', async () => {
    const { writer } = await landed();
    for (const [record, kind] of [
      [records('a'), 'covered'],
      [others(records('a')), 'park'],
    ] as const) {
      const given = await deliver(writer, record);
      expect(await trim(writer.world, given.descriptor, { isRemembered: true })).toMatchObject({ kind, read: given.files });
    }
  });

  it('is in the files of entries at hand that hold such offsets, and no other file is read', async () => {
    const { writer, files } = await landed({ isApplied: false });
    const same = await deliver(writer, records('a', { offset: 1 }));
    expect(await trim(writer.world, same.descriptor)).toEqual({ kind: 'covered', reason: undefined, read: [...same.files, files[0]] });
    const other = await deliver(writer, others(records('a', { offset: 4 })));
    expect(await trim(writer.world, other.descriptor)).toEqual({
      kind: 'park',
      reason: 'topic-recreated',
      read: [...other.files, files[1]],
    });
  });

  it('is in the files of the table whose bounds leave room, once no entry is at hand', async () => {
    const { writer, files } = await landed();
    await writeCheckpoint(writer);
    const same = await deliver(writer, records('a', { offset: 4 }));
    expect(await trim(writer.world, same.descriptor)).toEqual({ kind: 'covered', reason: undefined, read: [...same.files, files[1]] });
    const other = await deliver(writer, others(records('a', { offset: 1 })));
    expect(await trim(writer.world, other.descriptor)).toEqual({
      kind: 'park',
      reason: 'topic-recreated',
      read: [...other.files, files[0]],
    });
  });

  it('is looked for in every landing that the delivery spans: what agrees with those around it may be another topic for the one between', async () => {
    // The old topic landed in the middle first, then the new one before and after it.
    const batches = [records('aaa', { offset: 3 }), others(records('aaa')), others(records('aaa', { offset: 6 }))];
    const { writer } = await landed({ batches });
    await writeCheckpoint(writer);
    const other = await deliver(writer, others(records('a'.repeat(9))));
    expect(await trim(writer.world, other.descriptor)).toMatchObject({ kind: 'park', reason: 'topic-recreated' });
    const { writer: alike, files: all } = await landed({ batches: [0, 3, 6].map((offset) => records('aaa', { offset })) });
    await writeCheckpoint(alike);
    const same = await deliver(alike, records('a'.repeat(9)));
    const { kind, read } = await trim(alike.world, same.descriptor);
    expect([kind, read.filter((one) => all.includes(one)).sort()]).toEqual(['covered', [...all].sort()]);
  });

  it('is not looked for in landings between remembered timestamps that agree, nor beyond what the delivery drops', async () => {
    const { writer, files } = await landed({ batches: [0, 3, 6].map((offset) => records('aaa', { offset })) });
    await writeCheckpoint(writer);
    const same = await deliver(writer, records('a'.repeat(7), { offset: 1 }));
    const { kind, read } = await trim(writer.world, same.descriptor, { isRemembered: true });
    // Of the first and the last landing one end is in the delivery, of the second both are.
    expect([kind, read]).toEqual(['covered', [...same.files, ...[files[0], files[2]].sort(byPlan(read))]]);
    const fresh = await deliver(writer, records('aaaaa', { offset: 7 }));
    expect(await trim(writer.world, fresh.descriptor, { isRemembered: true })).toEqual({
      kind: 'kept',
      reason: undefined,
      read: [...fresh.files, files[2]],
    });
  });

  it('is found in the one file whose timestamps are those of the delivery, where offsets of partitions differ so much that any file may hold it', async () => {
    const batches = Array.from({ length: 12 }, (_, i) => staggered(i));
    const { writer, files } = await landed({ batches });
    await writeCheckpoint(writer);
    for (const landing of [0, 5, 11]) {
      // One record in the middle of each partition: the plan lists the newest file first, and every file leaves room for one of them.
      const [first, second] = [staggered(landing).slice(1, 2), staggered(landing).slice(4, 5)];
      const same = await deliver(writer, [...first, ...second]);
      expect(await trim(writer.world, same.descriptor, { isRemembered: true }), String(landing)).toEqual({
        kind: 'covered',
        reason: undefined,
        read: [...same.files, files[landing]],
      });
      const other = await deliver(writer, [...others(first), ...second]);
      expect(await trim(writer.world, other.descriptor, { isRemembered: true })).toMatchObject({ kind: 'park', reason: 'topic-recreated' });
    }
  });

  it('is found there of records that the delivery filters, whose times only its bounds tell', async () => {
    const batches = Array.from({ length: 12 }, (_, i) => staggered(i));
    const { writer, files } = await landed({ batches });
    await writeCheckpoint(writer);
    for (const landing of [0, 5, 11]) {
      const rows = staggered(landing)
        .slice(4, 5)
        .map((one) => ({ ...one, kind: 'n' as const }));
      const { descriptor } = await deliver(writer, rows);
      expect(descriptor.sources[0]!.partitions[0]!.filtered).toHaveLength(1);
      expect(await trim(writer.world, descriptor), String(landing)).toEqual({ kind: 'covered', reason: undefined, read: [files[landing]] });
    }
  });

  it('is looked for in files without bounds of offsets last, and in those without any offset never', async () => {
    const { writer, files } = await landed({ batches: [records('aaa'), records('a', { offset: 3 })] });
    await writeCheckpoint(writer);
    const bare = (count: number, more: Partial<DataFile>) => (scan: TableScan) => ({
      ...scan,
      files: [
        ...Array.from({ length: count }, (_, i) => ({
          ...scan.files[0]!,
          filePath: `s3://bucket/warehouse/backfill-${i}.parquet`,
          lowerBounds: new Map(),
          upperBounds: new Map(),
          ...more,
        })),
        ...scan.files,
      ],
    });
    const rows = [...others(records('a', { offset: 1 })), ...records('a', { offset: 3 })];
    const { descriptor, files: own } = await deliver(writer, rows);
    const verdict = await trim(writer.world, withEdges(descriptor, rows), { isRemembered: true, scan: bare(20, {}) });
    expect(verdict).toEqual({ kind: 'park', reason: 'topic-recreated', read: [...own, files[0]] });
    const same = await deliver(writer, records('a', { offset: 1 }));
    writer.world.objects.delete(files[0]!);
    const gone = await trim(writer.world, same.descriptor, { scan: bare(3, {}) });
    expect([gone.kind, gone.read.length - same.files.length]).toEqual(['park', 1 + 3]);
    const nulls = await trim(writer.world, same.descriptor, {
      scan: (scan) => bare(3, { recordCount: 5, nullValueCounts: new Map([[scan.offsetId, 5]]) })(scan),
    });
    expect([nulls.kind, nulls.read.length - same.files.length]).toEqual(['park', 1]);
  });

  it('is in files of a redrive or another plan that a table has not applied, at hand or older', async () => {
    const { writer, files } = await landed({ isApplied: false });
    const same = await deliver(writer, records('a', { offset: 1 }));
    for (const isAtHand of [true, false]) {
      const lab = observer(writer.world);
      const ledger = await ledgerOf(lab.ports);
      for (const [n, entry] of [...ledger.entries]) {
        if (entry.kind !== 'land') continue;
        const tables = entry.descriptors.flatMap((one) => one.tables);
        const sources = entry.descriptors.flatMap((one) => one.sources);
        const plan = { id: 'p', unit: 0, basis: 0 };
        const { descriptors: _, ...rest } = entry;
        ledger.entries.set(n, { ...rest, kind: 'redrive', tables, sources, plan, holds: [GAME_TABLE], gone: [] } satisfies ReclassEntry);
      }
      const kept = new Map(ledger.entries);
      if (!isAtHand) ledger.entries.clear();
      const paths = contractPaths(writer.ports.root, CONTRACT);
      const before = [...kept].map(([n, entry]) => [paths.entry(n), writer.world.objects.get(paths.entry(n))!, entry] as const);
      if (!isAtHand)
        for (const [uri, object, entry] of before)
          writer.world.objects.set(uri, { ...object, bytes: zstdCompressSync(JSON.stringify(entry)) });
      const { kind, read } = await trim(writer.world, same.descriptor, { lab, ledger });
      for (const [uri, object] of before) writer.world.objects.set(uri, object);
      expect([kind, read.filter((one) => one.endsWith('.parquet'))]).toEqual(['covered', [...same.files, files[0]]]);
    }
  });

  it('is none of a row that an entry did not keep: it was dropped as a duplicate itself', async () => {
    const { writer, files } = await landed({ batches: [records('aaa')] });
    await writeCheckpoint(writer);
    const second = await deliver(writer, others(records('aaaaa')));
    const again = await deliver(writer, others(records('a', { offset: 1 })));
    const keep = [{ sourceId: GAME_SOURCE, partition: 0, ranges: [[3, 5]] as const }];
    const decided = {
      ...second.descriptor,
      tables: second.descriptor.tables.map((one) => ({ ...one, files: one.files.map((file) => ({ ...file, keep })) })),
    };
    const verdict = await trim(writer.world, again.descriptor, { decided: [decided as unknown as DecidedDescriptor] });
    expect(verdict).toEqual({ kind: 'park', reason: 'topic-recreated', read: [...again.files, files[0]] });
    const beyond = await deliver(writer, others(records('a', { offset: 4 })));
    const covered = ({ sources }: LedgerState): void => {
      sources.get(GAME_SOURCE)!.partitions.get(0)!.covered = [[0, 5]];
    };
    const kept = await trim(writer.world, beyond.descriptor, { decided: [decided as unknown as DecidedDescriptor], change: covered });
    expect(kept).toEqual({ kind: 'covered', reason: undefined, read: [...beyond.files, ...second.files] });
  });

  it('is given up after some files in vain where another timestamp agrees; where none does the source parks, after more of them', async () => {
    const batches = Array.from({ length: 12 }, (_, i) => staggered(i));
    const { writer, files } = await landed({ batches });
    await writeCheckpoint(writer);
    // Nobody has the rows of that landing any more.
    writer.world.objects.delete(files[5]!);
    const again = await deliver(writer, staggered(5).slice(1));
    await withLimits({ evidenceMissesMax: 3, evidenceMissesAloneMax: 6 }, async () => {
      const known = await trim(writer.world, again.descriptor, { isRemembered: true });
      expect([known.kind, known.read.length - again.files.length]).toEqual(['covered', 3]);
      const alone = await trim(writer.world, again.descriptor);
      expect([alone.kind, alone.reason, alone.read.length - again.files.length]).toEqual(['park', 'nothing-to-compare', 6]);
      // A row that was found counts as a timestamp that agrees.
      const beside = await deliver(writer, [...staggered(4).slice(1, 2), ...staggered(5).slice(1, 2)]);
      const found = await trim(writer.world, beside.descriptor);
      expect([found.kind, found.read.length - beside.files.length]).toEqual(['covered', 1 + 3]);
    });
  });

  it('is in the quarantine as long as the table has not applied what was redriven', async () => {
    const { writer } = await landed({ batches: [records('xxx')] });
    await writeCheckpoint(writer);
    const redriven = ({ sources }: LedgerState): void => {
      const partition = sources.get(GAME_SOURCE)!.partitions.get(0)!;
      [partition.accepted, partition.quarantined] = [new Map([[GAME_TABLE, partition.quarantined]]), []];
    };
    const same = await deliver(writer, records('x', { offset: 1 }));
    const { kind, read } = await trim(writer.world, same.descriptor, { change: redriven });
    expect([kind, read.length, read.every((one) => one.includes('events__quarantine'))]).toEqual(['covered', 2, true]);
  });

  it('is read of so many files at most, whatever they tell: what is still open then counts as compared', async () => {
    const { writer, files } = await landed({ batches: Array.from({ length: 6 }, (_, i) => records('aaa', { offset: i * 3 })) });
    await writeCheckpoint(writer);
    const same = await deliver(writer, records('a'.repeat(18)));
    for (const [evidenceFilesMax, count] of [
      [4, 4],
      [6, 6],
      [1024, 6],
    ] as const)
      await withLimits({ evidenceFilesMax }, async () => {
        const { kind, read } = await trim(writer.world, same.descriptor);
        expect([kind, read.filter((one) => files.includes(one)).length]).toEqual(['covered', count]);
      });
  });

  it('is not looked for where the ledger says that the rows were removed, in whatever table', async () => {
    const { writer, files } = await landed({ batches: [0, 5].map((offset) => records('xaaax', { offset })) });
    await writeCheckpoint(writer);
    const erased = await deliver(writer, records('aa', { offset: 6 }));
    const remove = ({ tables }: LedgerState): void => {
      const table = tables.get(GAME_TABLE)!;
      table.removed = { erase: [{ sourceId: GAME_SOURCE, partition: 0, ranges: [[6, 8]] }] };
    };
    // One of its timestamps is remembered, so that it is not for want of any.
    const change = (work: LedgerState): void => {
      remove(work);
      const partition = work.sources.get(GAME_SOURCE)!.partitions.get(0)!;
      partition.remembered = [[6, records('a', { offset: 6 })[0]!.timestampMs]];
    };
    expect(await trim(writer.world, erased.descriptor, { change })).toEqual({ kind: 'covered', reason: undefined, read: erased.files });
    const both = await deliver(writer, [...records('a', { offset: 2 }), ...records('aa', { offset: 6 })]);
    expect((await trim(writer.world, both.descriptor, { change })).read).toEqual([...both.files, files[0]]);
  });

  it('is looked for first in the tables in which the ledger places it', async () => {
    const { writer, files } = await landed({ batches: [records('axaxa')] });
    await writeCheckpoint(writer);
    const rows = await deliver(writer, records('a', { offset: 2 }));
    expect(await trim(writer.world, rows.descriptor)).toEqual({ kind: 'covered', reason: undefined, read: [...rows.files, ...files] });
    const rejected = await deliver(writer, records('x', { offset: 1 }));
    const { kind, read } = await trim(writer.world, rejected.descriptor);
    expect([kind, read.length, read.every((one) => one.includes('events__quarantine'))]).toEqual(['covered', 2, true]);
  });

  it('is looked for where only the end of a delivery is remembered: records of a recreated topic that landed after the old ones', async () => {
    const { writer } = await landed({ batches: [records('aaa'), records('a', { offset: 3 })] });
    await writeCheckpoint(writer);
    const rows = [...others(records('a', { offset: 1 })), ...records('a', { offset: 3 })];
    const { descriptor } = await deliver(writer, rows);
    const verdict = await trim(writer.world, withEdges(descriptor, rows), { isRemembered: true });
    expect(verdict).toMatchObject({ kind: 'park', reason: 'topic-recreated' });
  });

  it('is looked for in each partition that lacks some', async () => {
    const batches = [records('aa'), records('aa', { partition: 1 })];
    const { writer, files } = await landed({ batches });
    await writeCheckpoint(writer);
    const both = await deliver(writer, [...records('a'), ...records('a', { partition: 1 })]);
    const { kind, read } = await trim(writer.world, both.descriptor);
    expect([kind, read.filter((one) => files.includes(one)).sort()]).toEqual(['covered', [...files].sort()]);
    const other = await deliver(writer, [...records('a'), ...others(records('a', { partition: 1 }))]);
    expect(await trim(writer.world, other.descriptor)).toMatchObject({ kind: 'park', reason: 'topic-recreated' });
  });

  it('that differs parks as that of another topic, whatever has not been looked for in other partitions', async () => {
    const batches = [records('aa', { partition: 1 }), records('aa')];
    const { writer, files } = await landed({ batches, isApplied: false });
    const other = await deliver(writer, [...records('a'), ...others(records('a', { partition: 1 }))]);
    expect(await trim(writer.world, other.descriptor)).toEqual({
      kind: 'park',
      reason: 'topic-recreated',
      read: [...other.files, files[0]],
    });
  });

  it('is in older entries that a stopped table has not applied, the newest first, and in no more of them than are needed', async () => {
    const { writer, files } = await landed({ isApplied: false });
    const { state } = await ledgerOf(writer.ports);
    const paths = contractPaths(writer.ports.root, CONTRACT);
    for (const [offset, file, entries] of [
      [4, files[1], [state.n]],
      [1, files[0], [state.n, state.n - 1]],
    ] as const) {
      const given = await deliver(writer, records('a', { offset }));
      const lab = observer(writer.world);
      const ledger = await ledgerOf(lab.ports);
      ledger.entries.clear();
      const { kind, read } = await trim(writer.world, given.descriptor, { lab, ledger });
      expect([kind, read]).toEqual([
        'covered',
        [...given.files, ...entries.flatMap((n) => (n === entries.at(-1) ? [paths.entry(n), file] : [paths.entry(n)]))],
      ]);
    }
  });

  it('is none of another source or partition at the same offsets: the source parks, as nothing is left to compare', async () => {
    const { writer, files } = await landed();
    for (const uri of files) writer.world.objects.delete(uri);
    await writer.land([], { records: gameRecords(records('aaaaaa'), 'other/events/1') });
    await writer.land(records('aaaaaa', { partition: 1 }));
    await writer.commit();
    await writeCheckpoint(writer);
    const same = await deliver(writer, records('a', { offset: 1 }));
    expect(await trim(writer.world, same.descriptor)).toMatchObject({ kind: 'park', reason: 'nothing-to-compare' });
  });

  it('is nothing in files that are gone or no Parquet, of the delivery or of the table; a store that fails is told', async () => {
    const { writer, files } = await landed();
    await writeCheckpoint(writer);
    const same = await deliver(writer, records('a', { offset: 1 }));
    const object = writer.world.objects.get(files[0]!)!;
    writer.world.objects.set(files[0]!, { ...object, bytes: Buffer.from('no Parquet') });
    expect(await trim(writer.world, same.descriptor)).toMatchObject({ kind: 'park', reason: 'nothing-to-compare' });
    writer.world.objects.set(files[0]!, object);
    writer.world.objects.delete(same.files[0]!);
    expect(await trim(writer.world, same.descriptor)).toMatchObject({ kind: 'park', reason: 'nothing-to-compare' });
    const lab = observer(writer.world);
    const ledger = await ledgerOf(lab.ports);
    failing(lab, 'read', 'fail-before');
    await expect(trim(writer.world, same.descriptor, { lab, ledger })).rejects.toThrow(TransientIoError);
  });

  it('of rows in one file is that of every row: one that disagrees is enough', async () => {
    const { writer } = await landed();
    const two = await deliver(writer, [...others(records('a')), ...records('a', { offset: 1 })]);
    expect(await trim(writer.world, two.descriptor)).toMatchObject({ kind: 'park', reason: 'topic-recreated' });
  });

  it('is found in a file of several partitions; files of another source or table are not read for it, nor their tables loaded', async () => {
    const writer = makeLab();
    await writer.land([...records('axa'), ...records('aaa', { partition: 1 })]);
    await decideAll(writer);
    await writer.land([], { records: gameRecords(records('aaa'), 'other/events/1') });
    await decideAll(writer);
    const same = await deliver(writer, records('a', { partition: 1 }));
    const lab = observer(writer.world);
    const ledger = await ledgerOf(lab.ports);
    const from = lab.calls.length;
    const { kind, read } = await trim(writer.world, same.descriptor, { lab, ledger });
    expect([kind, read.length]).toEqual(['covered', 2]);
    expect(
      lab.calls
        .slice(from)
        .filter(({ op }) => op === 'load')
        .map(({ target }) => target),
    ).toEqual([GAME_TABLE]);
  });

  it('is nothing of a table that is gone, has lost its offsets, or whose entry is gone: the source parks', async () => {
    const gone = await landed();
    await writeCheckpoint(gone.writer);
    const same = await deliver(gone.writer, records('a', { offset: 1 }));
    await changeMetadata(gone.writer.ports, GAME_TABLE, (metadata) => updateSchema(metadata, [{ kind: 'drop', column: 'kafka_offset' }]));
    expect(await trim(gone.writer.world, same.descriptor)).toMatchObject({ kind: 'park', reason: 'nothing-to-compare' });
    gone.writer.world.dropTable(identifierOf(GAME_TABLE));
    expect(await trim(gone.writer.world, same.descriptor)).toMatchObject({ kind: 'park', reason: 'nothing-to-compare' });
    const { writer } = await landed({ isApplied: false });
    const again = await deliver(writer, records('a', { offset: 1 }));
    const lab = observer(writer.world);
    const ledger = await ledgerOf(lab.ports);
    ledger.entries.clear();
    for (const uri of writer.world.urisUnder(contractPaths(writer.ports.root, CONTRACT).ledger)) writer.world.objects.delete(uri);
    expect(await trim(writer.world, again.descriptor, { lab, ledger })).toMatchObject({ kind: 'park', reason: 'nothing-to-compare' });
  });

  it('is not asked for where nothing would be dropped', async () => {
    const { writer } = await landed();
    const fresh = await deliver(writer, records('aa', { offset: 6 }));
    expect(await trim(writer.world, fresh.descriptor)).toEqual({ kind: 'kept', reason: undefined, read: [] });
  });
});

describe('bounds of offsets', () => {
  const long = (value: bigint) => {
    const bytes = Buffer.alloc(8);
    bytes.writeBigInt64LE(value);
    return new Map([[7, bytes]]);
  };
  const wanted = (...ranges: (readonly [number, number])[]) => [{ sourceId: GAME_SOURCE, partition: 0, ranges }];

  it('leave room for what lies between them, both ends included', () => {
    const file = { lowerBounds: long(10n), upperBounds: long(20n) };
    for (const [start, end, isRoom] of [
      [0, 10, false],
      [0, 11, true],
      [15, 16, true],
      [20, 21, true],
      [21, 30, false],
    ] as const) {
      expect(mayHoldOffsets(file, 7, wanted([start, end])), `${start}-${end}`).toBe(isRoom);
    }
    expect(mayHoldOffsets(file, 7, [...wanted([0, 1]), ...wanted([12, 13])])).toBe(true);
    expect(mayHoldOffsets(file, 7, [])).toBe(false);
  });

  it('that are missing, or are none of a long, leave room for all', () => {
    for (const file of [
      {},
      { lowerBounds: new Map(), upperBounds: new Map() },
      { lowerBounds: new Map([[7, Buffer.alloc(4, 1)]]), upperBounds: new Map([[7, Buffer.alloc(9)]]) },
    ])
      expect([0, 5, 10 ** 12].map((at) => mayHoldOffsets(file, 7, wanted([at, at + 1])))).toEqual([true, true, true]);
    expect(mayHoldOffsets({ lowerBounds: long(10n) }, 8, wanted([0, 1]))).toBe(true);
  });

  it('of a topic partition leave room for those between them, both ends included', () => {
    const int = (value: number) => {
      const bytes = Buffer.alloc(4);
      bytes.writeInt32LE(value);
      return [6, bytes] as const;
    };
    const file = { lowerBounds: new Map([...long(10n), int(2)]), upperBounds: new Map([...long(20n), int(4)]) };
    const ids = { offsetId: 7, partitionId: 6 };
    const at = (partition: number, start = 15) => ({ sourceId: GAME_SOURCE, partition, ranges: [[start, start + 1]] as const });
    expect([1, 2, 3, 4, 5].map((partition) => mayHoldPlace(file, ids, at(partition)))).toEqual([false, true, true, true, false]);
    expect(mayHoldPlace(file, ids, at(3, 30))).toBe(false);
    expect(mayHoldPlace({}, ids, at(3))).toBe(true);
  });

  it('of times are microseconds, both ends included; without any, or without a time of the delivery, there is room', () => {
    const file = { lowerBounds: long(5_000_000n), upperBounds: long(6_000_000n) };
    for (const [least, most, isRoom] of [
      [4_000, 4_999, false],
      [4_000, 5_000, true],
      [5_500, 5_500, true],
      [6_000, 9_000, true],
      [6_001, 9_000, false],
      [-1, -1, false],
      [1, 9_000, true],
    ] as const)
      expect(mayHoldTime(file, 7, [least, most]), `${least}-${most}`).toBe(isRoom);
    expect(mayHoldTime({}, 7, [1, 2])).toBe(true);
    expect(mayHoldTime(file, 7, undefined)).toBe(true);
  });
});
