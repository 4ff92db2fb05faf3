import { describe, expect, it } from 'vitest';
import { COLUMNS_NOT_SHOWN_METRIC } from '../../../src/aws/glue-metadata.ts';
import { LIMITS } from '../../../src/contract/limits.ts';
import { CommitRefusedError, TransientIoError } from '../../../src/errors.ts';
import { rememberMetadata } from '../../../src/iceberg/known-metadata.ts';
import type { TableMetadata } from '../../../src/iceberg/types.ts';
import type { CommitOutcome, TablePointer } from '../../../src/ports.ts';
import type { Fault } from './support/fake-aws.ts';
import { makeRig, type Rig, rejection } from './support/rig.ts';

const TABLE = { namespace: 'game', name: 'events' };
const LOCATION = (n: number) => `s3://lake/game/events/metadata/0000${n}.metadata.json`;

/** Two metadata files, the table created at the first; gives the base pointer. */
async function withTable(): Promise<{ rig: Rig; base: TablePointer }> {
  const rig = await makeRig();
  for (const n of [0, 1]) await rig.files.create(LOCATION(n), Buffer.from(JSON.stringify(metadata(n))));
  await rig.catalog.ensureNamespace('game');
  expect(await rig.catalog.create(TABLE, LOCATION(0))).toBe('created');
  return { rig, base: (await rig.catalog.load(TABLE))! };
}

function metadata(n: number) {
  const id = { id: 1, name: 'id', required: true, type: 'long', doc: 'd'.repeat(300) };
  const [gone, late] = [
    { id: 2, name: 'gone', required: false, type: 'int' },
    { id: 3, name: 'late', required: false, type: 'timestamptz' },
  ];
  const schemas = [
    { type: 'struct', 'schema-id': 0, fields: [id, gone] },
    { type: 'struct', 'schema-id': 1, fields: [id, late] },
  ];
  return { 'format-version': 2, location: 's3://lake/game/events', 'current-schema-id': n, schemas: schemas.slice(0, n + 1) };
}

function row(rig: Rig): Record<string, unknown> {
  return rig.aws.databases.get('game')!.get('events')!;
}

describe('a Glue commit', () => {
  it('reads the pointer directly before, then sends one UpdateTable with VersionId and SkipArchive', async () => {
    const { rig, base } = await withTable();
    rig.aws.requests.length = 0;
    expect(await rig.catalog.commit(base, LOCATION(1))).toEqual({ kind: 'committed' });
    expect(rig.aws.requests.map((seen) => seen.operation)).toEqual(['GetObject', 'GetTable', 'UpdateTable']);
    const sent = JSON.parse(rig.aws.requests.at(-1)!.body.toString());
    expect(sent).toMatchObject({ DatabaseName: 'game', VersionId: base.version, SkipArchive: true });
    expect(sent.TableInput).toMatchObject({ Name: 'events', TableType: 'EXTERNAL_TABLE' });
    expect(sent.TableInput.Parameters).toEqual({
      table_type: 'ICEBERG',
      metadata_location: LOCATION(1),
      previous_metadata_location: LOCATION(0),
    });
    expect(await rig.catalog.load(TABLE)).toEqual({ identifier: TABLE, metadataLocation: LOCATION(1), version: '1' });
  });

  it('asks for nothing of a metadata file that this process wrote, and shows the same of it', async () => {
    const read = await withTable();
    await read.rig.catalog.commit(read.base, LOCATION(1));
    const { rig, base } = await withTable();
    const bytes = await rig.files.read(LOCATION(1));
    rememberMetadata(rig.files, LOCATION(1), { ...JSON.parse(bytes!.toString()), snapshots: [] } as TableMetadata);
    rig.aws.requests.length = 0;
    expect(await rig.catalog.commit(base, LOCATION(1))).toEqual({ kind: 'committed' });
    expect(rig.aws.requests.map((seen) => seen.operation)).toEqual(['GetTable', 'UpdateTable']);
    expect(row(rig)).toEqual(row(read.rig));
  });

  it('keeps every parameter and field others have set', async () => {
    const { rig, base } = await withTable();
    Object.assign(row(rig), {
      Description: 'words',
      Owner: 'team',
      Retention: 3,
      PartitionKeys: [],
      Parameters: { ...(row(rig)['Parameters'] as object), classification: 'x', EXTERNAL: 'TRUE' },
      StorageDescriptor: {
        ...(row(rig)['StorageDescriptor'] as object),
        SerdeInfo: { Name: 'serde' },
        AdditionalLocations: ['s3://lake/more'],
      },
    });
    await rig.catalog.commit(base, LOCATION(1));
    const sent = JSON.parse(rig.aws.requests.at(-1)!.body.toString()).TableInput;
    expect(sent).toMatchObject({ Description: 'words', Owner: 'team', Retention: 3, PartitionKeys: [] });
    expect(sent.Parameters).toMatchObject({ classification: 'x', EXTERNAL: 'TRUE' });
    expect(sent.StorageDescriptor).toMatchObject({
      SerdeInfo: { Name: 'serde' },
      AdditionalLocations: ['s3://lake/more'],
      Location: 's3://lake/game/events',
    });
    for (const own of ['VersionId', 'DatabaseName', 'CreateTime']) expect(sent).not.toHaveProperty(own);
  });

  it('keeps the comments others gave to columns the schema has no doc for', async () => {
    const { rig, base } = await withTable();
    const storage = row(rig)['StorageDescriptor'] as { Columns: { Name: string }[] };
    const commented = storage.Columns.map((column) => ({ ...column, Comment: `about ${column.Name}` }));
    Object.assign(row(rig), { StorageDescriptor: { ...storage, Columns: commented } });
    await rig.catalog.commit(base, LOCATION(1));
    const { Columns } = row(rig)['StorageDescriptor'] as { Columns: { Name: string; Comment?: string }[] };
    expect(Object.fromEntries(Columns.map(({ Name, Comment }) => [Name, Comment]))).toEqual({
      id: 'd'.repeat(LIMITS.glueCommentCharsMax),
      late: undefined,
      gone: 'about gone',
    });
  });

  it('shows current columns, then those only older schemas have, as the Java GlueCatalog does', async () => {
    const { rig, base } = await withTable();
    await rig.catalog.commit(base, LOCATION(1));
    const parameters = (id: number, optional: boolean, current: boolean) => ({
      'iceberg.field.id': String(id),
      'iceberg.field.optional': String(optional),
      'iceberg.field.current': String(current),
    });
    expect((row(rig)['StorageDescriptor'] as { Columns: unknown }).Columns).toEqual([
      { Name: 'id', Type: 'bigint', Comment: 'd'.repeat(LIMITS.glueCommentCharsMax), Parameters: parameters(1, false, true) },
      { Name: 'late', Type: 'timestamp', Parameters: parameters(3, true, true) },
      { Name: 'gone', Type: 'int', Parameters: parameters(2, true, false) },
    ]);
  });

  it.each(['absent', 'not json', '{"other":1}'])(
    'commits all the same when the metadata file is %s, keeps the columns and counts it',
    async (content) => {
      const { rig, base } = await withTable();
      if (content !== 'absent') await rig.files.create(LOCATION(7), Buffer.from(content));
      const before = (row(rig)['StorageDescriptor'] as { Columns: unknown }).Columns;
      expect(await rig.catalog.commit(base, LOCATION(7))).toEqual({ kind: 'committed' });
      expect((row(rig)['StorageDescriptor'] as { Columns: unknown }).Columns).toEqual(before);
      expect(rig.telemetry.counts.get(COLUMNS_NOT_SHOWN_METRIC)).toBe(1);
    },
  );

  it('is a conflict when the pointer moved before, without an UpdateTable', async () => {
    const { rig, base } = await withTable();
    await rig.catalog.commit(base, LOCATION(1));
    const sent = rig.aws.count('UpdateTable');
    expect(await rig.catalog.commit(base, LOCATION(2))).toEqual({ kind: 'conflict' });
    expect(rig.aws.count('UpdateTable')).toBe(sent);
  });

  it('is a conflict when the table was dropped and created again under the same VersionId', async () => {
    const { rig, base } = await withTable();
    rig.aws.databases.get('game')!.delete('events');
    await rig.catalog.create(TABLE, LOCATION(1));
    expect((await rig.catalog.load(TABLE))?.version).toBe(base.version);
    expect(await rig.catalog.commit(base, LOCATION(2))).toEqual({ kind: 'conflict' });
  });

  it('is a conflict when a rival commits between the read and the swap', async () => {
    const { rig, base } = await withTable();
    rig.aws.beforeNext('UpdateTable', () => Object.assign(row(rig), { VersionId: '9' }));
    expect(await rig.catalog.commit(base, LOCATION(1))).toEqual({ kind: 'conflict' });
    expect(row(rig)['VersionId']).toBe('9');
  });

  it('has exactly one winner among twenty commits on one base', async () => {
    const { rig, base } = await withTable();
    const outcomes = await Promise.all(
      Array.from({ length: 20 }, (_, i) => rig.catalog.commit(base, `s3://lake/rival/${i}.metadata.json`)),
    );
    expect(outcomes.filter((outcome) => outcome.kind === 'committed')).toHaveLength(1);
    expect(outcomes.filter((outcome) => outcome.kind === 'conflict')).toHaveLength(19);
  });

  it('is refused when the table is gone', async () => {
    const { rig, base } = await withTable();
    rig.aws.databases.get('game')!.delete('events');
    expect((await rig.catalog.commit(base, LOCATION(1))).kind).toBe('refused');
  });

  it.each<[Fault, CommitOutcome['kind']]>([
    [{ kind: 'error', applied: false, status: 400, code: 'ConcurrentModificationException' }, 'conflict'],
    [{ kind: 'error', applied: false, status: 400, code: 'AccessDeniedException' }, 'refused'],
    [{ kind: 'error', applied: false, status: 400, code: 'InvalidInputException' }, 'refused'],
    [{ kind: 'error', applied: false, status: 400, code: 'EntityNotFoundException' }, 'refused'],
    [{ kind: 'error', applied: false, status: 400, code: 'ResourceNumberLimitExceededException' }, 'refused'],
    [{ kind: 'error', applied: false, status: 400, code: 'ThrottlingException' }, 'unknown'],
    [{ kind: 'error', applied: true, status: 400, code: 'OperationTimeoutException' }, 'unknown'],
    [{ kind: 'error', applied: false, status: 400, code: 'GlueEncryptionException' }, 'unknown'],
    [{ kind: 'error', applied: true, status: 418, code: 'SomethingNewException' }, 'unknown'],
    [{ kind: 'error', applied: true, status: 500, code: 'InternalServiceException' }, 'unknown'],
    [{ kind: 'error', applied: true, status: 500, code: 'ConcurrentModificationException' }, 'unknown'],
    [{ kind: 'error', applied: false, status: 503, code: 'ServiceUnavailable' }, 'unknown'],
    [{ kind: 'reset', applied: false }, 'unknown'],
    [{ kind: 'reset', applied: true }, 'unknown'],
    [{ kind: 'hang', applied: false }, 'unknown'],
    [{ kind: 'hang', applied: true }, 'unknown'],
  ])('after %j is %s, and the request was sent once', async (fault, kind) => {
    const { rig, base } = await withTable();
    rig.aws.failNext('UpdateTable', fault);
    expect((await rig.catalog.commit(base, LOCATION(1))).kind).toBe(kind);
    expect(rig.aws.count('UpdateTable')).toBe(1);
    const applied = 'applied' in fault && fault.applied;
    expect((await rig.catalog.load(TABLE))?.metadataLocation).toBe(LOCATION(applied ? 1 : 0));
  });

  it('is unknown, not a conflict, when the read before it keeps failing', async () => {
    const { rig, base } = await withTable();
    for (let i = 0; i < LIMITS.ioAttemptsMax; i++)
      rig.aws.failNext('GetTable', { kind: 'error', applied: false, status: 500, code: 'InternalServiceException' });
    const outcome = await rig.catalog.commit(base, LOCATION(1));
    expect(outcome.kind).toBe('unknown');
    expect(outcome.kind === 'unknown' && outcome.cause).toBeInstanceOf(TransientIoError);
    expect(rig.aws.count('UpdateTable')).toBe(0);
  });
});

describe('a Glue table', () => {
  it('is created with metadata location and columns, and exists the second time', async () => {
    const { rig } = await withTable();
    const sent = JSON.parse(rig.aws.requests.find((seen) => seen.operation === 'CreateTable')!.body.toString());
    expect(sent.TableInput).toMatchObject({
      Name: 'events',
      TableType: 'EXTERNAL_TABLE',
      Parameters: { table_type: 'ICEBERG', metadata_location: LOCATION(0) },
      StorageDescriptor: { Location: 's3://lake/game/events' },
    });
    expect(sent).not.toHaveProperty('OpenTableFormatInput');
    expect(await rig.catalog.create(TABLE, LOCATION(1))).toBe('exists');
  });

  it.each<[Fault, string]>([
    [{ kind: 'reset', applied: true }, 'unknown'],
    [{ kind: 'hang', applied: true }, 'unknown'],
    [{ kind: 'error', applied: true, status: 500, code: 'InternalServiceException' }, 'unknown'],
    [{ kind: 'error', applied: false, status: 400, code: 'ConcurrentModificationException' }, 'unknown'],
  ])('whose creation meets %j is %s', async (fault, outcome) => {
    const { rig } = await withTable();
    rig.aws.failNext('CreateTable', fault);
    expect(await rig.catalog.create({ namespace: 'game', name: 'other' }, LOCATION(0))).toBe(outcome);
    expect(rig.aws.count('CreateTable')).toBe(2);
  });

  it('cannot be created where permission or the namespace is missing', async () => {
    const { rig } = await withTable();
    rig.aws.failNext('CreateTable', { kind: 'error', applied: false, status: 400, code: 'AccessDeniedException' });
    const denied = await rejection(rig.catalog.create({ namespace: 'game', name: 'other' }, LOCATION(0)));
    expect(denied).toBeInstanceOf(CommitRefusedError);
    expect(denied.message).toContain('creation of the table refused at game.other: expected permission, got AccessDeniedException (400)');
    const homeless = await rejection(rig.catalog.create({ namespace: 'nowhere', name: 'other' }, LOCATION(0)));
    expect(homeless).toBeInstanceOf(CommitRefusedError);
  });

  it('of another kind is refused by name with a remedy, absent is undefined, and a failing Glue is transient', async () => {
    const { rig } = await withTable();
    rig.aws.databases.get('game')!.set('hive', { Name: 'hive', VersionId: '0', Parameters: {} });
    const error = await rejection(rig.catalog.load({ namespace: 'game', name: 'hive' }));
    expect(error).toBeInstanceOf(CommitRefusedError);
    expect(error.message).toContain('load of game.hive refused: expected an Iceberg table');
    expect(await rig.catalog.load({ namespace: 'game', name: 'none' })).toBeUndefined();
    for (let i = 0; i < LIMITS.ioAttemptsMax; i++) rig.aws.failNext('GetTable', { kind: 'reset', applied: false });
    expect(await rejection(rig.catalog.load(TABLE))).toBeInstanceOf(TransientIoError);
  });

  it('is listed with its namespace, page by page, Iceberg tables only', async () => {
    const { rig } = await withTable();
    rig.aws.pageSize = 2;
    await rig.catalog.ensureNamespace('aviation');
    await rig.catalog.ensureNamespace('cinema');
    for (const name of ['c', 'a', 'b']) await rig.catalog.create({ namespace: 'aviation', name }, LOCATION(0));
    rig.aws.databases.get('aviation')!.set('hive', { Name: 'hive', VersionId: '0', Parameters: {} });
    const aviation = ['a', 'b', 'c'].map((name) => ({ namespace: 'aviation', name }));
    expect(await rig.catalog.list('aviation')).toEqual(aviation);
    expect(await rig.catalog.list()).toEqual([...aviation, TABLE]);
    expect(await rig.catalog.list('none')).toEqual([]);
  });

  it('gets its namespace created once, and only if it is absent', async () => {
    const rig = await makeRig();
    await rig.catalog.ensureNamespace('game');
    await rig.catalog.ensureNamespace('game');
    expect(rig.aws.count('CreateDatabase')).toBe(1);
    rig.aws.beforeNext('CreateDatabase', () => rig.aws.databases.set('raced', new Map()));
    await rig.catalog.ensureNamespace('raced');
    rig.aws.failNext('CreateDatabase', { kind: 'error', applied: false, status: 400, code: 'AccessDeniedException' });
    expect(await rejection(rig.catalog.ensureNamespace('denied'))).toBeInstanceOf(CommitRefusedError);
  });
});
