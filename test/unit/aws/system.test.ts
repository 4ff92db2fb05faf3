import { afterEach, describe, expect, it, vi } from 'vitest';
import { failureOf } from '../../../src/aws/errors.ts';
import { rememberWritten } from '../../../src/aws/remember-written.ts';
import { backoffMs } from '../../../src/aws/retry.ts';
import { parseS3Uri, s3Uri } from '../../../src/aws/s3-uri.ts';
import { makeLambdaTelemetry, systemIds } from '../../../src/aws/system.ts';
import { LIMITS } from '../../../src/contract/limits.ts';
import { InvariantError } from '../../../src/errors.ts';
import { makeRig } from './support/rig.ts';

describe('identifiers', () => {
  it('are UUIDs and positive 63-bit numbers, fresh each time', () => {
    const uuids = new Set(Array.from({ length: 1000 }, () => systemIds.uuid()));
    const snapshots = Array.from({ length: 1000 }, () => systemIds.snapshotId());
    expect(uuids.size).toBe(1000);
    expect([...uuids].every((id) => /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/.test(id))).toBe(true);
    expect(new Set(snapshots).size).toBe(1000);
    expect(snapshots.every((id) => id > 0n && id < 2n ** 63n)).toBe(true);
  });
});

describe('pauses between repeats', () => {
  it('grow with the attempts, are jittered and bounded', () => {
    for (let attempt = 1; attempt < 20; attempt++) {
      expect(backoffMs(attempt, () => 0)).toBe(0);
      expect(backoffMs(attempt, () => 0.999_999)).toBeLessThanOrEqual(LIMITS.ioBackoffMsMax);
    }
    expect(backoffMs(2, () => 0.5)).toBe(2 * backoffMs(1, () => 0.5));
  });

  it('leave time for a whole call within the deadline of a landing', () => {
    const worstMs = LIMITS.ioAttemptsMax * (LIMITS.ioTimeoutMs + LIMITS.ioBackoffMsMax);
    expect(worstMs).toBeLessThan(LIMITS.landDeadlineMs);
  });
});

describe('S3 locations', () => {
  it('keep the key as it is, percent signs and all', () => {
    for (const key of ['a/b', '', 'a%20b', 'day=2026-01-01/ü #?.parquet', 'a//b']) {
      expect(parseS3Uri(s3Uri({ bucket: 'lake', key }))).toEqual({ bucket: 'lake', key });
    }
    expect(parseS3Uri('s3://lake')).toEqual({ bucket: 'lake', key: '' });
  });

  it('of another scheme are a bug', () => {
    for (const uri of ['file:///x', 's3:/x', 'x', 's3:///x']) expect(() => parseS3Uri(uri)).toThrow(InvariantError);
  });
});

describe('a host that cannot be reached', () => {
  it.each(['EHOSTUNREACH', 'ENETUNREACH'])('had no effect before the connection (%s), and is unknown on one that was made', (code) => {
    const failure = (syscall: string | undefined) => Object.assign(new Error(code), { code, ...(syscall ? { syscall } : {}) });
    expect(failureOf(failure('connect')).kind).toBe('not-sent');
    // Node's error of several addresses names no call.
    expect(failureOf(failure(undefined)).kind).toBe('not-sent');
    // Linux ends an established connection with the last ICMP error instead of a time-out: the request was sent.
    for (const syscall of ['read', 'write']) {
      expect(failureOf(failure(syscall)).kind).toBe('unknown');
      expect(failureOf(new Error('wrapped', { cause: failure(syscall) })).kind).toBe('unknown');
    }
  });
});

describe('failures of unknown shape', () => {
  it.each([undefined, null, 'text', 5, {}, new Error('x'), { $metadata: {} }])('%j counts as unknown', (value) => {
    expect(failureOf(value).kind).toBe('unknown');
  });
});

describe('telemetry of a function', () => {
  afterEach(() => {
    vi.restoreAllMocks();
  });

  it('writes metrics with exactly the dimensions the alarms read, and logs without undefined fields', () => {
    const lines: string[] = [];
    vi.spyOn(process.stdout, 'write').mockImplementation((line) => lines.push(String(line)) > 0);
    const telemetry = makeLambdaTelemetry({ namespace: 'Firn', service: 'firn-watch', environment: 'test' });
    telemetry.count('age', 5, { contract: 'a.a' });
    telemetry.count('landed', 2);
    telemetry.metrics.publishStoredMetrics();
    telemetry.log('info', 'landed', { contract: 'a.a', descriptorId: undefined });
    const [age, landed, log] = lines.map((line) => JSON.parse(line));
    expect(age).toMatchObject({ service: 'firn-watch', environment: 'test', contract: 'a.a', age: 5 });
    expect(age._aws.CloudWatchMetrics).toMatchObject([{ Namespace: 'Firn', Dimensions: [['service', 'environment', 'contract']] }]);
    expect(landed).toMatchObject({ service: 'firn-watch', environment: 'test', landed: 2 });
    expect(log).toMatchObject({ level: 'INFO', message: 'landed', contract: 'a.a', environment: 'test' });
    expect(log).not.toHaveProperty('descriptorId');
  });
});

describe('remembered manifests', () => {
  const uris = ['a', 'b', 'c'].map((name) => `s3://lake/t/metadata/${name}.avro`);

  it('answers for what this process created, without a request, and only for that', async () => {
    const rig = await makeRig();
    const files = rememberWritten(rig.files, uris[1]!.length + uris[2]!.length);
    for (const uri of uris) await files.create(uri, Buffer.from(uri));
    await files.create(uris[2]!, Buffer.from('a rival lost'));
    expect((await files.read(uris[1]!))?.toString()).toBe(uris[1]);
    expect((await files.read(uris[2]!))?.toString()).toBe(uris[2]);
    expect(rig.aws.count('GetObject')).toBe(0);
    // The oldest went, for want of room; a range is asked for; what another process wrote is read each time.
    expect((await files.read(uris[0]!))?.toString()).toBe(uris[0]);
    await files.read(uris[2]!, { start: 0, end: 4 });
    expect(rig.aws.count('GetObject')).toBe(2);
  });

  it('is forgotten with the file, and is nobody else’s to change', async () => {
    const rig = await makeRig();
    const files = rememberWritten(rig.files);
    const content = Buffer.from('content');
    await files.create(uris[0]!, content);
    content.write('changed');
    (await files.read(uris[0]!))!.write('changed');
    expect((await files.read(uris[0]!))?.toString()).toBe('content');
    await files.delete(uris[0]!);
    expect(await files.read(uris[0]!)).toBeUndefined();
  });

  it('are not held beside what a metadata file says, nor are data files or objects of the protocol', async () => {
    const rig = await makeRig();
    const files = rememberWritten(rig.files);
    const others = ['t/metadata/1.metadata.json', 't/data/a.parquet', 't/data/a.avro', '_firn/a.b/ledger/1.json.zst'];
    for (const uri of others.map((path) => `s3://lake/${path}`)) {
      await files.create(uri, Buffer.from('x'));
      await files.read(uri);
    }
    expect(rig.aws.count('GetObject')).toBe(others.length);
  });
});
