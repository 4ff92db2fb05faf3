import { crc32 } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { LIMITS } from '../../../src/contract/limits.ts';
import { CommitRefusedError, TransientIoError } from '../../../src/errors.ts';
import type { FileStat } from '../../../src/ports.ts';
import type { Fault } from './support/fake-aws.ts';
import { makeRig, rejection } from './support/rig.ts';

const URI = 's3://lake/wh/_firn/game.events/staged/1.json';
const PATH = 'lake/wh/_firn/game.events/staged/1.json';
const BYTES = Buffer.from('{"a":1}');

describe('create on S3', () => {
  it('sends one PUT with If-None-Match and the CRC32 of the bytes', async () => {
    const rig = await makeRig();
    expect(await rig.files.create(URI, BYTES)).toBe('created');
    const put = rig.aws.requests.find((seen) => seen.operation === 'PutObject')!;
    const checksum = Buffer.alloc(4);
    checksum.writeUInt32BE(crc32(BYTES));
    expect(put.headers['if-none-match']).toBe('*');
    expect(put.headers['x-amz-checksum-crc32']).toBe(checksum.toString('base64'));
    expect(put.headers['content-length']).toBe(String(BYTES.length));
    expect(put.headers['content-encoding']).toBeUndefined();
    expect(put.headers['user-agent']).toContain('firn/1');
    expect(rig.aws.objects.get(PATH)?.bytes).toEqual(BYTES);
  });

  it('says exists for an object that is there and leaves it as it is', async () => {
    const rig = await makeRig();
    await rig.files.create(URI, BYTES);
    expect(await rig.files.create(URI, Buffer.from('other'))).toBe('exists');
    expect(rig.aws.objects.get(PATH)?.bytes).toEqual(BYTES);
  });

  it('creates an empty object', async () => {
    const rig = await makeRig();
    expect(await rig.files.create(URI, Buffer.alloc(0))).toBe('created');
    expect(await rig.files.read(URI)).toEqual(Buffer.alloc(0));
  });

  it.each<[string, Fault]>([
    ['a reset before S3 acted', { kind: 'reset', applied: false }],
    ['a reset after S3 acted', { kind: 'reset', applied: true }],
    ['a reply that never comes, not acted on', { kind: 'hang', applied: false }],
    ['a reply that never comes, acted on', { kind: 'hang', applied: true }],
    ['a 500', { kind: 'error', applied: false, status: 500, code: 'InternalError' }],
    ['a 500 after S3 acted', { kind: 'error', applied: true, status: 500, code: 'InternalError' }],
    ['a 503', { kind: 'error', applied: false, status: 503, code: 'SlowDown' }],
    ['a 502 of a proxy', { kind: 'error', applied: true, status: 502, code: 'BadGateway' }],
  ])('says unknown after %s and sends the request once', async (_name, fault) => {
    const rig = await makeRig();
    rig.aws.failNext('PutObject', fault);
    expect(await rig.files.create(URI, BYTES)).toBe('unknown');
    expect(rig.aws.count('PutObject')).toBe(1);
    expect(rig.aws.objects.has(PATH)).toBe('applied' in fault && fault.applied);
  });

  it('sends again after a 409 of a rival upload, and says what came of it', async () => {
    const rig = await makeRig();
    rig.aws.failNext('PutObject', { kind: 'error', applied: false, status: 409, code: 'ConditionalRequestConflict' });
    expect(await rig.files.create(URI, BYTES)).toBe('created');
    expect(rig.pausesMs).toHaveLength(1);
    rig.aws.objects.delete(PATH);
    rig.aws.failNext('PutObject', { kind: 'error', applied: false, status: 409, code: 'ConditionalRequestConflict' });
    rig.aws.beforeNext('PutObject', () => rig.aws.objects.set(PATH, { bytes: Buffer.from('rival'), lastModifiedMs: 0 }));
    expect(await rig.files.create(URI, BYTES)).toBe('exists');
  });

  it('gives up a conflict that never ends after the limit, known not applied', async () => {
    const rig = await makeRig();
    for (let i = 0; i < LIMITS.ioAttemptsMax; i++) {
      rig.aws.failNext('PutObject', { kind: 'error', applied: false, status: 409, code: 'ConditionalRequestConflict' });
    }
    const error = await rejection(rig.files.create(URI, BYTES));
    expect(error).toBeInstanceOf(TransientIoError);
    expect(error.message).toBe(`create failed at ${URI}: expected success, got ConditionalRequestConflict (409); the caller tries again`);
    expect(rig.aws.count('PutObject')).toBe(LIMITS.ioAttemptsMax);
  });

  it.each([
    ['AccessDenied', 403],
    ['NoSuchBucket', 404],
    ['InvalidRequest', 400],
  ])('is refused on %s and names place and remedy', async (code, status) => {
    const rig = await makeRig();
    rig.aws.failNext('PutObject', { kind: 'error', applied: false, status, code });
    const error = await rejection(rig.files.create(URI, BYTES));
    expect(error).toBeInstanceOf(CommitRefusedError);
    expect(error.message).toContain(`create refused at ${URI}: expected permission, got ${code} (${status})`);
    expect(rig.aws.count('PutObject')).toBe(1);
  });

  it('knows that a refused connection had no effect', async () => {
    const rig = await makeRig();
    await rig.aws.stop();
    const error = await rejection(rig.files.create(URI, BYTES));
    expect(error).toBeInstanceOf(TransientIoError);
    expect(error.message).toContain('ECONNREFUSED');
  });

  it('has exactly one winner among twenty creators', async () => {
    const rig = await makeRig(LIMITS.ioTimeoutMs);
    const outcomes = await Promise.all(Array.from({ length: 20 }, (_, i) => rig.files.create(URI, Buffer.from(String(i)))));
    expect(outcomes.filter((outcome) => outcome === 'created')).toHaveLength(1);
    expect(outcomes.filter((outcome) => outcome === 'exists')).toHaveLength(19);
  });
});

describe('read on S3', () => {
  it('gives the whole object, half-open ranges, and undefined for what is not there', async () => {
    const rig = await makeRig();
    await rig.files.create(URI, Buffer.from('0123456789'));
    expect((await rig.files.read(URI))?.toString()).toBe('0123456789');
    expect((await rig.files.read(URI, { start: 2, end: 5 }))?.toString()).toBe('234');
    expect((await rig.files.read(URI, { start: 8, end: 100 }))?.toString()).toBe('89');
    expect((await rig.files.read(URI, { start: 10, end: 20 }))?.toString()).toBe('');
    expect((await rig.files.read(URI, { start: 3, end: 3 }))?.toString()).toBe('');
    expect(await rig.files.read('s3://lake/absent')).toBeUndefined();
    expect(await rig.files.read('s3://lake/absent', { start: 3, end: 3 })).toBeUndefined();
  });

  it.each<[string, Fault]>([
    ['a reset', { kind: 'reset', applied: false }],
    ['a body that breaks off', { kind: 'cut-body' }],
    ['a reply that never comes', { kind: 'hang', applied: false }],
    ['a 503', { kind: 'error', applied: false, status: 503, code: 'SlowDown' }],
    ['throttling', { kind: 'error', applied: false, status: 429, code: 'TooManyRequests' }],
    ['an expired token', { kind: 'error', applied: false, status: 400, code: 'ExpiredToken' }],
  ])('repeats after %s', async (_name, fault) => {
    const rig = await makeRig();
    await rig.files.create(URI, BYTES);
    rig.aws.failNext('GetObject', fault);
    expect(await rig.files.read(URI)).toEqual(BYTES);
    expect(rig.aws.count('GetObject')).toBe(2);
    expect(rig.pausesMs).toHaveLength(1);
  });

  it('does not take a corrupted body for the object', async () => {
    const rig = await makeRig();
    await rig.files.create(URI, BYTES);
    rig.aws.failNext('GetObject', { kind: 'corrupt-body' });
    expect(await rig.files.read(URI)).toEqual(BYTES);
    expect(rig.aws.count('GetObject')).toBe(2);
  });

  it('stops after the limit of attempts and says so', async () => {
    const rig = await makeRig();
    for (let i = 0; i < LIMITS.ioAttemptsMax; i++)
      rig.aws.failNext('GetObject', { kind: 'error', applied: false, status: 500, code: 'InternalError' });
    const error = await rejection(rig.files.read(URI));
    expect(error).toBeInstanceOf(TransientIoError);
    expect(error.message).toBe(`read failed at ${URI}: expected success, got InternalError (500); the caller tries again`);
    expect(rig.aws.count('GetObject')).toBe(LIMITS.ioAttemptsMax);
  });

  it('does not repeat what permission refuses', async () => {
    const rig = await makeRig();
    rig.aws.failNext('GetObject', { kind: 'error', applied: false, status: 403, code: 'AccessDenied' });
    const error = await rejection(rig.files.read(URI));
    expect(error).toBeInstanceOf(TransientIoError);
    expect(error.message).toContain('AccessDenied (403); check the role');
    expect(rig.aws.count('GetObject')).toBe(1);
  });
});

describe('list, stat and delete on S3', () => {
  it('lists across pages in ascending order, after a start, under a prefix that need not be a folder', async () => {
    const rig = await makeRig();
    rig.aws.pageSize = 3;
    const keys = ['p/a', 'p/b&<c>', 'p/b', 'pp/1', 'p/é', 'p/z', 'p/x y+z', 'q'];
    for (const key of keys) await rig.files.create(`s3://lake/${key}`, BYTES);
    const expected = keys.filter((key) => key.startsWith('p')).sort((a, b) => Buffer.compare(Buffer.from(a), Buffer.from(b)));
    const all = await collect(rig.files.list('s3://lake/p'));
    expect(all.map((file) => file.uri)).toEqual(expected.map((key) => `s3://lake/${key}`));
    expect(all[0]).toEqual({ uri: 's3://lake/p/a', sizeBytes: BYTES.length, lastModifiedMs: 1_700_000_000_000 });
    const after = await collect(rig.files.list('s3://lake/p', { startAfter: 's3://lake/p/b' }));
    expect(after.map((file) => file.uri)).toEqual(expected.filter((key) => key > 'p/b').map((key) => `s3://lake/${key}`));
    expect(await collect(rig.files.list('s3://lake/none/'))).toEqual([]);
  });

  it('repeats a failed page and does not skip or double one', async () => {
    const rig = await makeRig();
    rig.aws.pageSize = 2;
    for (let i = 0; i < 5; i++) await rig.files.create(`s3://lake/p/${i}`, BYTES);
    rig.aws.failNext('ListObjectsV2', { kind: 'reset', applied: false });
    rig.aws.failNext('ListObjectsV2', { kind: 'error', applied: false, status: 503, code: 'SlowDown' });
    expect((await collect(rig.files.list('s3://lake/p/'))).map((file) => file.uri.at(-1))).toEqual(['0', '1', '2', '3', '4']);
  });

  it('stats what is there and deletes twice', async () => {
    const rig = await makeRig();
    await rig.files.create(URI, BYTES);
    expect(await rig.files.stat(URI)).toEqual({ uri: URI, sizeBytes: BYTES.length, lastModifiedMs: 1_700_000_000_000 });
    await rig.files.delete(URI);
    await rig.files.delete(URI);
    expect(await rig.files.stat(URI)).toBeUndefined();
  });

  it('throws a transient error when a list, stat or delete keeps failing', async () => {
    const rig = await makeRig();
    for (const operation of ['ListObjectsV2', 'HeadObject', 'DeleteObject']) {
      for (let i = 0; i < LIMITS.ioAttemptsMax; i++)
        rig.aws.failNext(operation, { kind: 'error', applied: false, status: 500, code: 'InternalError' });
    }
    for (const call of [collect(rig.files.list(URI)), rig.files.stat(URI), rig.files.delete(URI)]) {
      expect(await rejection(call)).toBeInstanceOf(TransientIoError);
    }
  });
});

async function collect(files: AsyncIterable<FileStat>): Promise<FileStat[]> {
  const found: FileStat[] = [];
  for await (const file of files) found.push(file);
  return found;
}
