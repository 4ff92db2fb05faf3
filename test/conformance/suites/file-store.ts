// What every FileStore must do, as promises. Run against a directory, memory and S3; a store says what it can through `make`.
import { createHash } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { CreateOutcome, FileStore, Uri } from '../../../src/ports.ts';

export interface FileStoreUnderTest {
  readonly store: FileStore;
  /** An empty area; ends without a slash. */
  readonly prefix: Uri;
  /** A second handle on the same objects, as another process would have. */
  readonly another?: FileStore;
  /** Creates every location, in order, from so many other processes at once; outcomes by process. */
  readonly raceInOtherProcesses?: (uris: readonly Uri[], processes: number) => Promise<readonly (readonly CreateOutcome[])[]>;
  readonly dispose?: () => Promise<void>;
}

export interface FileStoreCapabilities {
  /** Object keys of up to 1,024 bytes that are no file names: longer than 255 bytes in one segment. */
  readonly longSegments: boolean;
  /** Can be reached from several processes at once. */
  readonly processes: boolean;
  /** Bytes of the large object. */
  readonly largeBytes: number;
}

/** Registers the suite; `make` is called once, before its tests. */
export function describeFileStore(
  name: string,
  make: () => Promise<FileStoreUnderTest>,
  capabilities: FileStoreCapabilities = { longSegments: false, processes: false, largeBytes: 64 * 1024 * 1024 },
): void {
  describe(`file store: ${name}`, () => {
    let subject: FileStoreUnderTest;
    let areas = 0;
    beforeAll(async () => {
      subject = await make();
    });
    afterAll(async () => subject.dispose?.());
    const given = () => ({ ...subject, another: subject.another ?? subject.store, area: `${subject.prefix}/area-${areas++}` });
    describeCreation(given);
    describeReading(given, capabilities);
    describeListing(given);
    describeDeletion(given);
    describeNames(given, capabilities);
    if (capabilities.processes) describeProcesses(given);
    else it('declares that only one process can reach it', () => expect(subject.raceInOtherProcesses).toBeUndefined());
  });
}

interface Given {
  readonly store: FileStore;
  readonly another: FileStore;
  readonly area: Uri;
  readonly raceInOtherProcesses?: FileStoreUnderTest['raceInOtherProcesses'];
}

function describeCreation(given: () => Given): void {
  it('what was created is read back whole, by this and by another handle', async () => {
    const { store, another, area } = given();
    expect(await store.create(`${area}/a/b/c.bin`, bytesOf('content'))).toBe('created');
    for (const reader of [store, another]) expect((await reader.read(`${area}/a/b/c.bin`))?.toString()).toBe('content');
  });

  it('a location is created once, and what was there first stays', async () => {
    const { store, another, area } = given();
    expect(await store.create(`${area}/x`, bytesOf('first'))).toBe('created');
    expect(await store.create(`${area}/x`, bytesOf('second'))).toBe('exists');
    expect(await another.create(`${area}/x`, bytesOf('first'))).toBe('exists');
    expect((await store.read(`${area}/x`))?.toString()).toBe('first');
  });

  it('of twenty creators at once exactly one gets the location, and its content is the one that is read', async () => {
    const { store, another, area } = given();
    for (let round = 0; round < 5; round++) {
      const uri = `${area}/race-${round}`;
      const outcomes = await Promise.all(
        Array.from({ length: 20 }, (_, i) => (i % 2 ? store : another).create(uri, bytesOf(`creator ${i}`))),
      );
      expect(outcomes.filter((outcome) => outcome === 'created')).toHaveLength(1);
      expect(outcomes.filter((outcome) => outcome === 'exists')).toHaveLength(19);
      expect((await store.read(uri))?.toString()).toBe(`creator ${outcomes.indexOf('created')}`);
    }
  });

  it('a reader sees all of an object or none of it while it is written', async () => {
    const { store, another, area } = given();
    const content = Buffer.alloc(4 * 1024 * 1024, 'firn');
    const uri = `${area}/growing`;
    let isWritten = false;
    const written = store.create(uri, content).finally(() => {
      isWritten = true;
    });
    const sizes = new Set<number | undefined>();
    while (!isWritten) {
      sizes.add((await another.read(uri))?.length);
      sizes.add((await another.stat(uri))?.sizeBytes);
    }
    expect(await written).toBe('created');
    sizes.add((await another.read(uri))?.length);
    expect([...sizes].filter((size) => size !== undefined && size !== content.length)).toEqual([]);
    expect(sizes).toContain(content.length);
  });

  it('the caller may reuse its buffer once the object is created', async () => {
    const { store, area } = given();
    const buffer = Buffer.from('before');
    await store.create(`${area}/kept`, buffer);
    buffer.fill(0);
    expect((await store.read(`${area}/kept`))?.toString()).toBe('before');
  });
}

function describeReading(given: () => Given, capabilities: FileStoreCapabilities): void {
  it('an absent object is undefined to read and stat, also below and above an object', async () => {
    const { store, area } = given();
    await store.create(`${area}/there/file`, bytesOf('1'));
    for (const uri of [`${area}/nowhere/file`, `${area}/there/file2`, `${area}/there`, `${area}/there/fil`]) {
      expect(await store.read(uri), uri).toBeUndefined();
      expect(await store.read(uri, { start: 0, end: 1 }), uri).toBeUndefined();
      expect(await store.stat(uri), uri).toBeUndefined();
    }
  });

  it('a range is [start, end) and ends where the object ends', async () => {
    const { store, area } = given();
    const content = Buffer.from(Array.from({ length: 1000 }, (_, i) => i & 0xff));
    await store.create(`${area}/ranged`, content);
    for (const [start, end] of [
      [0, 1],
      [0, 1000],
      [999, 1000],
      [250, 750],
      [990, 5000],
    ] as const) {
      expect((await store.read(`${area}/ranged`, { start, end }))?.equals(content.subarray(start, end)), `${start}-${end}`).toBe(true);
    }
  });

  it('an empty object exists, is read as no bytes and is listed with size 0', async () => {
    const { store, area } = given();
    expect(await store.create(`${area}/empty`, new Uint8Array(0))).toBe('created');
    expect(await store.create(`${area}/empty`, bytesOf('x'))).toBe('exists');
    expect((await store.read(`${area}/empty`))?.length).toBe(0);
    expect((await store.stat(`${area}/empty`))?.sizeBytes).toBe(0);
    expect((await collect(store, `${area}/`)).map((file) => file.sizeBytes)).toEqual([0]);
  });

  it('a large object keeps every byte', async () => {
    const { store, area } = given();
    const content = Buffer.alloc(capabilities.largeBytes);
    for (let i = 0; i < content.length; i += 4096) content.writeUInt32LE((i * 2654435761) >>> 0, i);
    expect(await store.create(`${area}/large`, content)).toBe('created');
    expect(await store.stat(`${area}/large`)).toMatchObject({ sizeBytes: content.length });
    expect(sha256((await store.read(`${area}/large`))!)).toBe(sha256(content));
    const middle = { start: content.length / 2 - 5, end: content.length / 2 + 5 };
    expect((await store.read(`${area}/large`, middle))?.equals(content.subarray(middle.start, middle.end))).toBe(true);
  });

  it('stat says location, size and a time of last modification that is a whole millisecond', async () => {
    const { store, area } = given();
    await store.create(`${area}/stat`, bytesOf('12345'));
    const found = await store.stat(`${area}/stat`);
    expect(found).toMatchObject({ uri: `${area}/stat`, sizeBytes: 5 });
    expect(Number.isSafeInteger(found?.lastModifiedMs)).toBe(true);
  });
}

function describeListing(given: () => Given): void {
  // Made to differ between byte order, order of code units, order by segment and locale order.
  const KEYS = [
    'a-b',
    'a/x',
    'a/y/z',
    'a0',
    'A',
    'aa/1',
    'aa/10',
    'aa/2',
    'a.b',
    'b/c',
    'é',
    'z',
    '\uffe6',
    '\u{1f600}',
    '00/9',
    '_firn/x',
  ];

  it('a listing is complete and in ascending order of the UTF-8 bytes of the location', async () => {
    const { store, area } = given();
    for (const key of KEYS) await store.create(`${area}/${key}`, bytesOf(key));
    const expected = KEYS.map((key) => `${area}/${key}`).sort((a, b) => Buffer.compare(Buffer.from(a), Buffer.from(b)));
    const listed = await collect(store, `${area}/`);
    expect(listed.map((file) => file.uri)).toEqual(expected);
    for (const file of listed) {
      expect(file.sizeBytes).toBe(Buffer.byteLength(file.uri.slice(area.length + 1)));
      expect(await store.stat(file.uri)).toEqual(file);
    }
  });

  it('a prefix need not end at a directory, and startAfter leaves out what sorts up to it', async () => {
    const { store, area } = given();
    for (const key of KEYS) await store.create(`${area}/${key}`, bytesOf(key));
    const all = KEYS.map((key) => `${area}/${key}`).sort((a, b) => Buffer.compare(Buffer.from(a), Buffer.from(b)));
    for (const prefix of ['', 'a', 'a/', 'aa', 'aa/1', 'a/y/z', 'nothing', 'é', '_firn/']) {
      const within = all.filter((uri) => uri.startsWith(`${area}/${prefix}`));
      expect(
        (await collect(store, `${area}/${prefix}`)).map((file) => file.uri),
        prefix,
      ).toEqual(within);
      for (const startAfter of [...all, `${area}/a/`, `${area}/a/y`, `${area}/aa/1~`, `${area}/~`]) {
        const after = within.filter((uri) => Buffer.compare(Buffer.from(uri), Buffer.from(startAfter)) > 0);
        const listed = await collect(store, `${area}/${prefix}`, startAfter);
        expect(
          listed.map((file) => file.uri),
          `${prefix} after ${startAfter}`,
        ).toEqual(after);
      }
    }
  });

  it('a listing of nothing is empty', async () => {
    const { store, area } = given();
    expect(await collect(store, `${area}/never/`)).toEqual([]);
  });

  it('a listing survives objects that come and go meanwhile, and has all that were there before and stay', async () => {
    const { store, another, area } = given();
    const stay = Array.from({ length: 120 }, (_, i) => `${area}/${String(i).padStart(4, '0')}/stay`);
    const go = Array.from({ length: 60 }, (_, i) => `${area}/${String(i * 2).padStart(4, '0')}/go`);
    for (const uri of [...stay, ...go]) await store.create(uri, bytesOf('x'));
    const churn = (async () => {
      for (const [i, uri] of go.entries()) {
        await another.delete(uri);
        await another.create(`${area}/${String(i).padStart(4, '0')}/new`, bytesOf('y'));
      }
    })();
    const listed = (await collect(store, `${area}/`)).map((file) => file.uri);
    await churn;
    expect(listed.filter((uri) => uri.endsWith('/stay'))).toEqual(stay);
    expect(new Set(listed).size).toBe(listed.length);
  });
}

function describeDeletion(given: () => Given): void {
  it('an object may be deleted twice, and its name is free again', async () => {
    const { store, area } = given();
    await store.create(`${area}/d/gone`, bytesOf('1'));
    await store.create(`${area}/d/stays`, bytesOf('2'));
    await store.delete(`${area}/d/gone`);
    await store.delete(`${area}/d/gone`);
    await store.delete(`${area}/never/was/here`);
    expect(await store.read(`${area}/d/gone`)).toBeUndefined();
    expect((await collect(store, `${area}/`)).map((file) => file.uri)).toEqual([`${area}/d/stays`]);
    expect(await store.create(`${area}/d/gone`, bytesOf('again'))).toBe('created');
    expect((await store.read(`${area}/d/gone`))?.toString()).toBe('again');
  });
}

function describeNames(given: () => Given, capabilities: FileStoreCapabilities): void {
  it('names with spaces, percent signs, equals signs, unicode and the like are names like others', async () => {
    const { store, area } = given();
    const keys = [
      'with space',
      'per%20cent',
      'per cent',
      '100%',
      'day=2026-11-22',
      'a+b',
      'a&b',
      "it's",
      'ünï/日本',
      'q!(x)',
      'c:d',
      'e,f;g',
      '[x]',
      '{y}',
    ];
    for (const key of keys) expect(await store.create(`${area}/${key}`, bytesOf(key)), key).toBe('created');
    for (const key of keys) expect((await store.read(`${area}/${key}`))?.toString(), key).toBe(key);
    expect(new Set((await collect(store, `${area}/`)).map((file) => file.uri))).toEqual(new Set(keys.map((key) => `${area}/${key}`)));
  });

  it('a name of 200 bytes in one segment and 900 in all is kept', async () => {
    const { store, area } = given();
    const key = Array.from({ length: 4 }, (_, i) => String(i).repeat(capabilities.longSegments ? 220 : 200)).join('/');
    expect(await store.create(`${area}/${key}`, bytesOf('long'))).toBe('created');
    expect((await store.read(`${area}/${key}`))?.toString()).toBe('long');
  });
}

function describeProcesses(given: () => Given): void {
  it('of several processes that create the same locations at once, one gets each', async () => {
    const { store, area, raceInOtherProcesses } = given();
    const uris = Array.from({ length: 100 }, (_, i) => `${area}/${i}`);
    const outcomes = await raceInOtherProcesses!(uris, 2);
    for (const [i, uri] of uris.entries()) {
      const created = outcomes.flatMap((own, process) => (own[i] === 'created' ? [process] : []));
      expect(created, uri).toHaveLength(1);
      expect((await store.read(uri))?.toString()).toBe(`process ${created[0]}`);
    }
  });
}

async function collect(store: FileStore, prefix: Uri, startAfter?: Uri) {
  const found = [];
  for await (const file of store.list(prefix, startAfter === undefined ? {} : { startAfter })) found.push(file);
  return found;
}

function bytesOf(text: string): Buffer {
  return Buffer.from(text);
}

function sha256(bytes: Uint8Array): string {
  return createHash('sha256').update(bytes).digest('hex');
}
