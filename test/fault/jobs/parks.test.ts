// What must stop and ask instead of going on: recreated topics, tables dropped, made again or rolled back, lost files, another's
// ledger; each parks with its reason, loses nothing and stops nothing else (promise 4).
import { describe, expect, it } from 'vitest';
import { LIMITS } from '../../../src/contract/limits.ts';
import { contractPaths } from '../../../src/contract/names.ts';
import { identifierOf, loadTable } from '../../../src/iceberg/load-table.ts';
import type { TableMetadata } from '../../../src/iceberg/types.ts';
import { applyUnparkTable } from '../../../src/jobs/apply-unpark.ts';
import { auditTable } from '../../../src/jobs/audit-table.ts';
import { startDeadline } from '../../../src/jobs/deadline.ts';
import { ensureTables } from '../../../src/jobs/ensure-tables.ts';
import { parkedUri } from '../../../src/jobs/materialise-files.ts';
import { planUnpark } from '../../../src/jobs/plan-unpark.ts';
import { redrive } from '../../../src/jobs/redrive.ts';
import { encodeCheckpoint } from '../../../src/ledger/checkpoint-codec.ts';
import { encodeDescriptor, parseDescriptor } from '../../../src/ledger/descriptor-codec.ts';
import { createJudge } from '../../../src/pipeline/judge.ts';
import { writeCheckpoint } from '../../support/memory/applying.ts';
import {
  audit,
  changeMetadata,
  GAME_QUARANTINE,
  GAME_SOURCE,
  GAME_TABLE,
  gameContract,
  gameRecords,
  type Lab,
  landed,
  ledgerOf,
  makeLab,
  observer,
  records,
  removeDataFiles,
  rollBackToFirst,
  rowsOf,
} from '../../support/memory/index.ts';

const recreated = (kinds: string, at = {}) =>
  records(kinds, at).map((one) => ({ ...one, id: `new-${one.id}`, timestampMs: one.timestampMs + 77_777 }));
const staged = (lab: Lab) => lab.world.urisUnder(contractPaths(lab.ports.root, 'game.events').staged);
const dataFiles = (lab: Lab, table: string) => lab.world.urisUnder(`${lab.ports.root}/${table.replace('.', '/')}/data/`);

describe('a topic that was made again', () => {
  it.each([
    ['wholly covered', 'aaa', 0],
    ['partly covered', 'aaaaaa', 2],
    ['covered only by filtered offsets', 'aa', 3],
    ['covered between remembered edges', 'a', 1],
  ])('parks its source and drops nothing: %s', async (_, kinds, offset) => {
    const lab = await landed('aaanna');
    await lab.land(recreated(kinds, { offset }));
    const before = await rowsOf(lab.ports, GAME_TABLE);
    const { parked } = await lab.commit();
    expect(parked).toMatchObject([{ sourceId: GAME_SOURCE, reason: 'topic-recreated' }]);
    expect(staged(lab)).toHaveLength(1);
    expect(await rowsOf(lab.ports, GAME_TABLE)).toEqual(before);
    await lab.land(records('a', { offset: 6 }));
    expect(await lab.commit()).toMatchObject({ entriesCreated: 0 });
    expect(staged(lab)).toHaveLength(2);
    expect(await audit(lab.ports)).toMatchObject({ clean: false, staged: { descriptors: 2 } });
  });

  it('is told by the rows delivered, though the catalog does not know their table at the time', async () => {
    const lab = makeLab();
    await lab.land(records('x', { offset: 1 }));
    // Where nothing was covered the new topic's records land beside the old one's.
    await lab.land(recreated('aa', { offset: 2 }));
    await lab.commit();
    // Its ends agree with what has landed; between them is another record than the one that did.
    await lab.land(recreated('aaaa'));
    lab.world.dropTable(identifierOf(GAME_TABLE));
    expect((await lab.commit()).parked).toContainEqual(expect.objectContaining({ sourceId: GAME_SOURCE, reason: 'topic-recreated' }));
    const ids = staged(lab).map((uri) => parseDescriptor(lab.world.objects.get(uri)!.bytes).sources[0]!.partitions[0]!.edges);
    expect(ids).toContainEqual(
      recreated('aaaa')
        .filter(({ offset }) => offset % 3 === 0)
        .map(({ offset, timestampMs }) => [offset, timestampMs]),
    );
  });

  it('a record delivered where the ledger has proof of absence parks', async () => {
    const lab = await landed('a.a');
    await lab.land(records('aaa'));
    expect((await lab.commit()).parked).toMatchObject([{ reason: 'topic-recreated', message: expect.stringContaining('offset 1') }]);
  });

  it('another cluster behind a known source parks it', async () => {
    const lab = makeLab();
    const observed = (topicId: string) => ({ observed: new Map([[GAME_SOURCE, { topicId }]]) });
    await lab.land(records('a'), observed('t1'));
    await lab.commit();
    await lab.land(records('a', { offset: 1 }), observed('t1'));
    expect((await lab.commit()).parked).toEqual([]);
    await lab.land(records('a', { offset: 2 }), observed('t2'));
    expect((await lab.commit()).parked).toMatchObject([{ sourceId: GAME_SOURCE, reason: 'source-identity' }]);
    expect(await rowsOf(lab.ports, GAME_TABLE)).toHaveLength(2);
  });

  it('a parked source stops no other source', async () => {
    const lab = await landed('aa');
    await lab.land(recreated('aa'));
    await lab.commit();
    await lab.land([], { records: gameRecords(records('aa', { offset: 0 }), 'other/events/1') });
    const result = await lab.commit();
    expect(result).toMatchObject({ descriptorsDecided: 1 });
    expect(await rowsOf(lab.ports, GAME_TABLE)).toHaveLength(4);
  });
});

describe('promise 4, contained: many descriptors of a parked source', () => {
  it('more than one entry takes do not keep the descriptors of another source waiting', async () => {
    const lab = await landed('aa');
    await lab.land(recreated('aa'));
    await lab.commit();
    const [uri] = staged(lab);
    const one = parseDescriptor(lab.world.objects.get(uri!)!.bytes);
    for (let i = 0; i <= LIMITS.descriptorsPerEntryMax; i++) {
      const id = `000000000000000-${i}`;
      lab.world.putIfAbsent(contractPaths(lab.ports.root, 'game.events').descriptor(id), encodeDescriptor({ ...one, id }));
    }
    await lab.land([], { records: gameRecords(records('aa'), 'other/events/1') });
    expect(await lab.commit()).toMatchObject({ descriptorsDecided: 1, descriptorsDeleted: 1 });
    expect(staged(lab)).toHaveLength(LIMITS.descriptorsPerEntryMax + 2);
  });
});

describe('a table that is not the one the ledger knows', () => {
  it('dropped: parks, and the quarantine still advances', async () => {
    const lab = await landed('ax');
    expect((await landAfterDrop(lab, 'ax', 2)).parked).toMatchObject([{ table: GAME_TABLE, reason: 'table-missing' }]);
    expect(await rowsOf(lab.ports, GAME_QUARANTINE)).toEqual(['0:1:', '0:3:']);
    expect(staged(lab)).toHaveLength(1);
  });

  it('dropped and made again: parks, nothing is committed to the new one', async () => {
    const lab = await landed('ax');
    lab.world.dropTable(identifierOf(GAME_TABLE));
    await lab.land(records('ax', { offset: 2 }));
    expect((await lab.commit()).parked).toMatchObject([{ table: GAME_TABLE, reason: 'table-recreated' }]);
    expect(await rowsOf(lab.ports, GAME_TABLE)).toEqual([]);
    expect(await rowsOf(lab.ports, GAME_QUARANTINE)).toHaveLength(2);
    await lab.land(records('a', { offset: 4 }));
    expect((await lab.commit()).parked).toHaveLength(1);
  });

  it('gone with every other table of the contract: nothing is made in its place, and all goes on once the catalog is back', async () => {
    const lab = await landed('ax');
    const catalog = new Map(lab.world.tables);
    lab.world.tables.clear();
    await expect(lab.land(records('ax', { offset: 2 }))).rejects.toMatchObject({ name: 'CommitRefusedError', code: 'catalog-lost' });
    expect(lab.world.tables.size).toBe(0);
    for (const [key, table] of catalog) lab.world.tables.set(key, table);
    await lab.land(records('ax', { offset: 2 }));
    expect((await lab.commit()).parked).toEqual([]);
    expect(await rowsOf(lab.ports, GAME_TABLE)).toHaveLength(2);
    expect((await audit(lab.ports)).clean).toBe(true);
  });

  it('dropped beside a table whose rows all came from a redrive: the catalog is not lost, landing goes on', async () => {
    const lab = await landed('c');
    const contract = gameContract(2);
    const resolved = await ensureTables({ ports: lab.ports, contract });
    const deadline = startDeadline(lab.ports.clock, LIMITS.commitDeadlineMs);
    await redrive({ ports: lab.ports, contract, resolved, judge: createJudge(contract), deadline, filter: {}, isPlan: false });
    await lab.commit();
    expect(await rowsOf(lab.ports, GAME_TABLE)).toEqual(['0:0:p0-0']);
    const metadata = (await loadTable(lab.ports, identifierOf(GAME_TABLE)))!.metadata;
    expect((await ledgerOf(lab.ports)).state.tables.get(GAME_TABLE)!.uuid).toBe(metadata['table-uuid']);
    lab.world.dropTable(identifierOf(GAME_QUARANTINE));
    await lab.land(records('ax', { offset: 1 }), { contract });
    expect((await lab.commit()).parked).toMatchObject([{ table: GAME_QUARANTINE, reason: 'table-recreated' }]);
    expect(await rowsOf(lab.ports, GAME_TABLE)).toEqual(['0:0:p0-0', '0:1:p0-1']);
  });

  it('dropped with all its files, and nothing else to come back: landing goes on, the loss is parked and accounted for', async () => {
    const lab = await landed('a');
    lab.world.tables.clear();
    for (const uri of lab.world.urisUnder(`${lab.ports.root}/game/`)) lab.world.objects.delete(uri);
    await lab.land(records('a', { offset: 1 }));
    expect((await lab.commit()).parked).toMatchObject([{ table: GAME_TABLE, reason: 'table-recreated' }]);
    const request = { ports: lab.ports, contractName: 'game.events', deadline: startDeadline(lab.ports.clock, LIMITS.commitDeadlineMs) };
    const { body } = await planUnpark({ ...request, table: GAME_TABLE, isAccepted: true });
    await applyUnparkTable({ ...request, plan: body });
    await lab.commit();
    expect(await rowsOf(lab.ports, GAME_TABLE)).toEqual(['0:1:p0-1']);
    expect(await audit(lab.ports)).toMatchObject({ clean: true, parked: [] });
  });

  it('restored to an older metadata file: parks instead of applying the entries again', async () => {
    const lab = await landed('a');
    const old = lab.world.tables.get(GAME_TABLE)!;
    await lab.land(records('a', { offset: 1 }));
    await lab.commit();
    await writeCheckpoint(lab);
    lab.world.tables.set(GAME_TABLE, { ...old, version: '900' });
    await lab.land(records('a', { offset: 2 }));
    expect((await lab.commit()).parked).toMatchObject([{ table: GAME_TABLE, reason: 'rolled-back' }]);
    expect(await rowsOf(lab.ports, GAME_TABLE)).toEqual(['0:0:p0-0']);
  });

  it('rolled back behind our last snapshot: parks, even when others have written on top', async () => {
    const lab = await landed('a');
    await lab.land(records('a', { offset: 1 }));
    await lab.commit();
    await rollBackToFirst(lab.ports, GAME_TABLE);
    await removeDataFiles(lab.ports, GAME_TABLE, () => false);
    await lab.land(records('a', { offset: 2 }));
    expect((await lab.commit()).parked).toMatchObject([{ table: GAME_TABLE, reason: 'rolled-back' }]);
    expect(await rowsOf(lab.ports, GAME_TABLE)).toEqual(['0:0:p0-0']);
  });

  it('with a history cut by expiry of others: goes on while a live file of our last snapshot proves descent, else parks', async () => {
    const lab = await landed('aa');
    await removeDataFiles(lab.ports, GAME_TABLE, () => false);
    await removeDataFiles(lab.ports, GAME_TABLE, () => false);
    const cutMiddle = (metadata: TableMetadata): TableMetadata => ({
      ...metadata,
      snapshots: metadata.snapshots.filter((_, i) => i !== metadata.snapshots.length - 2),
    });
    await changeMetadata(lab.ports, GAME_TABLE, cutMiddle);
    await lab.land(records('a', { offset: 2 }));
    expect((await lab.commit()).parked).toEqual([]);
    await removeDataFiles(lab.ports, GAME_TABLE, ({ recordCount }) => recordCount === 1);
    await removeDataFiles(lab.ports, GAME_TABLE, () => false);
    await changeMetadata(lab.ports, GAME_TABLE, cutMiddle);
    await lab.land(records('a', { offset: 3 }));
    expect((await lab.commit()).parked).toMatchObject([{ table: GAME_TABLE, reason: 'descent-unproven' }]);
  });

  it('without our tag: parks', async () => {
    const lab = await landed('a');
    await changeMetadata(lab.ports, GAME_TABLE, (metadata) => ({ ...metadata, refs: { main: metadata.refs!['main']! } }));
    await lab.land(records('a', { offset: 1 }));
    expect((await lab.commit()).parked).toMatchObject([{ table: GAME_TABLE, reason: 'rolled-back' }]);
  });

  it('whose entry number was set back: parks instead of applying entries twice', async () => {
    const lab = await landed('a');
    await lab.land(records('a', { offset: 1 }));
    await lab.commit();
    await changeMetadata(lab.ports, GAME_TABLE, (metadata) => ({
      ...metadata,
      properties: { ...metadata.properties, 'firn.applied': '1' },
    }));
    await lab.land(records('a', { offset: 2 }));
    expect((await lab.commit()).parked).toMatchObject([{ table: GAME_TABLE, reason: 'ledger-mismatch' }]);
    expect(await rowsOf(lab.ports, GAME_TABLE)).toEqual(['0:0:p0-0', '0:1:p0-1']);
  });

  it('a ledger that was deleted and began again is refused, with the remedy', async () => {
    const lab = await landed('a');
    for (const uri of lab.world.urisUnder(contractPaths(lab.ports.root, 'game.events').base)) lab.world.objects.delete(uri);
    await expect(lab.land(records('a', { offset: 1 }))).rejects.toThrow(/filled from another ledger.*restore that ledger/);
  });

  it('a table of another contract, or of nobody, is refused and left alone', async () => {
    const lab = await landed('a');
    const rival = { ...gameContract(1), name: 'game.other' };
    await expect(ensureTables({ ports: lab.ports, contract: rival })).rejects.toThrow(
      /belongs to contract game.events, expected game.other/,
    );
    const { metadata, pointer } = (await loadTable(lab.ports, identifierOf(GAME_TABLE)))!;
    const bytes = Buffer.from(
      lab.world.objects.get(pointer.metadataLocation)!.bytes.toString('utf8').replaceAll('firn.contract', 'x.contract'),
    );
    lab.world.objects.set(`${metadata.location}/metadata/x.json`, { bytes, lastModifiedMs: 0 });
    lab.world.tables.set(GAME_TABLE, { ...lab.world.tables.get(GAME_TABLE)!, metadataLocation: `${metadata.location}/metadata/x.json` });
    await expect(lab.land(records('a', { offset: 1 }))).rejects.toThrow(/belongs to no contract/);
  });
});

describe('files of unapplied entries', () => {
  it('a decided file that is gone parks its table and nothing else', async () => {
    const lab = await landed('a');
    const before = new Set(dataFiles(lab, GAME_TABLE));
    await lab.land(records('ax', { offset: 1 }));
    for (const uri of dataFiles(lab, GAME_TABLE).filter((one) => !before.has(one))) lab.world.objects.delete(uri);
    lab.world.advance(LIMITS.fileCheckAgeMs + 1);
    expect((await lab.commit()).parked).toMatchObject([{ table: GAME_TABLE, reason: 'file-missing' }]);
    expect(await rowsOf(lab.ports, GAME_QUARANTINE)).toHaveLength(1);
  });

  it('a slow committer does not park for a file that a faster one has rewritten and a sweep has removed since', async () => {
    const lab = await landed('a');
    const before = new Set(dataFiles(lab, GAME_TABLE));
    await lab.land(records('aa'));
    const uri = dataFiles(lab, GAME_TABLE).find((one) => !before.has(one))!;
    const faster = observer(lab.world);
    const { read } = lab.ports.files;
    let overtaken = 0;
    lab.ports.files.read = async (wanted, range) => {
      if (wanted === uri && overtaken++ === 0) {
        expect((await faster.commit()).parked).toEqual([]);
        lab.world.objects.delete(uri);
      }
      return read.call(lab.ports.files, wanted, range);
    };
    expect((await lab.commit()).parked).toEqual([]);
    expect(overtaken).toBe(1);
    expect(await rowsOf(lab.ports, GAME_TABLE)).toHaveLength(2);
    expect(await audit(lab.ports)).toMatchObject({ clean: true });
  });

  it('a file that is gone here but parked under _firn is copied from there', async () => {
    const lab = await landed('a');
    const before = new Set(dataFiles(lab, GAME_TABLE));
    await lab.land(records('a', { offset: 1 }));
    const uri = dataFiles(lab, GAME_TABLE).find((one) => !before.has(one))!;
    lab.world.objects.set(parkedUri(lab.ports, 'game.events', uri), lab.world.objects.get(uri)!);
    lab.world.objects.delete(uri);
    lab.world.advance(LIMITS.fileCheckAgeMs + 1);
    expect((await lab.commit()).parked).toEqual([]);
    expect(await audit(lab.ports)).toMatchObject({ clean: true });
    expect(await rowsOf(lab.ports, GAME_TABLE)).toHaveLength(2);
  });

  it('a file older than a day is committed as a copy under a new name', async () => {
    const lab = await landed('a');
    const before = new Set(dataFiles(lab, GAME_TABLE));
    await lab.land(records('ab', { offset: 1 }));
    const uri = dataFiles(lab, GAME_TABLE).find((one) => !before.has(one))!;
    lab.world.advance(LIMITS.fileCopyAgeMs + 1);
    await lab.commit();
    lab.world.objects.delete(uri);
    expect(await audit(lab.ports)).toMatchObject({ clean: true });
    expect(await rowsOf(lab.ports, GAME_TABLE)).toHaveLength(3);
  });
});

describe('an entry that a table needs and that is gone', () => {
  it('keeps no other table from advancing', async () => {
    const lab = makeLab();
    await lab.land(records('ax'));
    lab.setFault(({ port, op, target }) => (port === 'catalog' && op === 'commit' && target === GAME_TABLE ? { kind: 'lost' } : undefined));
    await expect(lab.commit()).rejects.toThrow(/nobody can tell/);
    lab.setFault(undefined);
    const { state } = await ledgerOf(lab.ports);
    const paths = contractPaths(lab.ports.root, 'game.events');
    lab.world.putIfAbsent(paths.checkpoint(state.n), encodeCheckpoint(state));
    for (const uri of lab.world.urisUnder(paths.ledger)) lab.world.objects.delete(uri);
    await lab.land(records('ax', { offset: 2 }));
    await expect(lab.commit()).rejects.toThrow(/entry 2 of game.events, which game.events has still to apply, is gone/);
    expect(await rowsOf(lab.ports, GAME_QUARANTINE)).toEqual(['0:1:', '0:3:']);
    expect(await rowsOf(lab.ports, GAME_TABLE)).toEqual([]);
  });
});

describe('rows that would be evidence but cannot be read', () => {
  const garble = (lab: Lab, uri: string) => lab.world.objects.set(uri, { bytes: Buffer.alloc(200, 'x'), lastModifiedMs: 0 });

  it('of the delivery: its first and last record still are', async () => {
    const lab = await landed('aaaaaa');
    const before = new Set(dataFiles(lab, GAME_TABLE));
    await lab.land(records('aaa', { offset: 1 }));
    for (const uri of dataFiles(lab, GAME_TABLE)) if (!before.has(uri)) garble(lab, uri);
    expect(await lab.commit()).toMatchObject({ descriptorsCovered: 1, parked: [] });
  });

  it('of the table: the source is parked and keeps no other source waiting', async () => {
    const lab = await landed('aaaaaa');
    for (const uri of dataFiles(lab, GAME_TABLE)) garble(lab, uri);
    await writeCheckpoint(lab);
    await lab.land(records('aaa', { offset: 1 }));
    await lab.land([], { records: gameRecords(records('a'), 'other/events/1') });
    const result = await lab.commit();
    expect(result).toMatchObject({ descriptorsDecided: 1, parked: [{ sourceId: GAME_SOURCE, reason: 'nothing-to-compare' }] });
    expect(result.tables).toMatchObject([{ table: GAME_TABLE, addedRows: 1 }]);
    expect(staged(lab)).toHaveLength(1);
  });

  it('as the metadata of the table is broken: the same, for a process that has not written it itself', async () => {
    const { world, ports } = await landed('axaaaa');
    const lab = makeLab({ world, process: 'other', seed: 2 });
    const { pointer } = (await loadTable(ports, identifierOf(GAME_TABLE)))!;
    await writeCheckpoint(lab);
    const resolved = await ensureTables({ ports: lab.ports, contract: gameContract(1) });
    lab.world.objects.set(pointer.metadataLocation, { bytes: Buffer.from('{}'), lastModifiedMs: 0 });
    await lab.land(records('aaa', { offset: 2 }), { resolved });
    await lab.land([], { records: gameRecords(records('x'), 'other/events/1'), resolved });
    // Another process: this one knows what it wrote into that file.
    const result = await observer(lab.world).commit();
    expect(result).toMatchObject({ descriptorsDecided: 1, parked: [{ sourceId: GAME_SOURCE, reason: 'nothing-to-compare' }] });
    expect(await rowsOf(lab.ports, GAME_QUARANTINE)).toHaveLength(2);
  });
});

describe('a poisoned descriptor', () => {
  it('is set aside and kept, and its neighbours go on', async () => {
    const lab = await landed('a');
    const uri = `${contractPaths(lab.ports.root, 'game.events').staged}000000000000000-poison.json`;
    lab.world.putIfAbsent(uri, Buffer.from('{"version":1,'));
    await lab.land(records('a', { offset: 1 }));
    expect(await lab.commit()).toMatchObject({ descriptorsPoisoned: 1, descriptorsDecided: 1 });
    expect(staged(lab)).toEqual([uri]);
    expect(lab.counts.get('descriptor-poisoned')).toBeGreaterThan(0);
    expect(JSON.stringify(lab.logs)).not.toContain('"version"');
    expect(await audit(lab.ports)).toMatchObject({ clean: false, staged: { poisoned: 1 } });
  });
});

describe('what a park leaves behind', () => {
  it('says which entry, table and reason, and later commits skip the table without looking at it', async () => {
    const lab = await landed('ax');
    await landAfterDrop(lab, 'a', 2);
    const { state } = await ledgerOf(lab.ports);
    expect(state.tables.get(GAME_TABLE)!.parked).toMatchObject({ entry: state.n, reason: 'table-missing' });
    const calls = lab.calls.length;
    await lab.commit();
    expect(lab.calls.slice(calls).filter(({ port, target }) => port === 'catalog' && target === GAME_TABLE)).toEqual([]);
  });
});

/** Drops the table, then lands with tables resolved before that, as a warm process does, and commits. */
async function landAfterDrop(lab: Lab, kinds: string, offset: number) {
  const resolved = await ensureTables({ ports: lab.ports, contract: gameContract(1) });
  lab.world.dropTable(identifierOf(GAME_TABLE));
  await lab.land(records(kinds, { offset }), { resolved });
  return lab.commit();
}

describe('a ledger that lost its end', () => {
  const entryUri = (lab: Lab, n: number) => contractPaths(lab.ports.root, 'game.events').entry(n);

  it('gives no number twice: nothing is decided until the entry is back, and then everything lands once', async () => {
    const lab = await landed('aa');
    const { n } = (await ledgerOf(lab.ports)).state;
    const lost = lab.world.objects.get(entryUri(lab, n))!;
    lab.world.objects.delete(entryUri(lab, n));
    await lab.land(records('aa', { offset: 2 }));
    await expect(lab.commit()).rejects.toMatchObject({ name: 'CommitRefusedError', code: 'ledger-behind' });
    expect(lab.world.objects.has(entryUri(lab, n))).toBe(false);
    lab.world.objects.set(entryUri(lab, n), lost);
    await lab.commit();
    expect(await rowsOf(lab.ports, GAME_TABLE)).toHaveLength(4);
    expect((await audit(lab.ports)).clean).toBe(true);
  });

  it('as a whole is no clean audit of the tables that claim it', async () => {
    const lab = await landed('aa');
    for (const uri of lab.world.urisUnder(contractPaths(lab.ports.root, 'game.events').base)) lab.world.objects.delete(uri);
    const report = await auditTable({ ports: lab.ports, contractName: 'game.events', tables: [GAME_TABLE, GAME_QUARANTINE] });
    expect(report.clean).toBe(false);
    expect(report.tables.map(({ table, notOurs }) => [table, notOurs === undefined])).toContainEqual([GAME_TABLE, false]);
  });
});
