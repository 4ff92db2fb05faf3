// What is particular to directories: spellings of locations, errors of the system, links, durability of names.
import { mkdir, mkdtemp, readdir, readFile, realpath, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { CommitRefusedError, InputRefusedError, TransientIoError } from '../../../src/errors.ts';
import { makeLocalFileStore } from '../../../src/local/file-store.ts';
import { pathOfUri, uriOfPath } from '../../../src/local/file-uri.ts';
import { ioError } from '../../../src/local/io-errors.ts';
import { makeLocalPorts, warehousePath } from '../../../src/local/system.ts';

describe('a directory as a file store', () => {
  const store = makeLocalFileStore();
  let directory: string;
  beforeAll(async () => {
    directory = await realpath(await mkdtemp(`${tmpdir()}/firn-files-`));
  });
  afterAll(() => rm(directory, { recursive: true }));

  it('a location is the path as it is, because Iceberg readers decode nothing', async () => {
    for (const name of ['a b', 'a%20b', '日本', 'day=1', '100%']) {
      await store.create(`file://${directory}/weird ${name}/f`, Buffer.from(name));
      expect(await readFile(`${directory}/weird ${name}/f`, 'utf8')).toBe(name);
    }
    expect(uriOfPath(pathOfUri('file:///a%20b'))).toBe('file:///a%20b');
  });

  it('the spellings of other writers name the same file', async () => {
    await writeFile(`${directory}/spelled`, 'x');
    for (const uri of [`file://${directory}/spelled`, `file:${directory}/spelled`, `${directory}/spelled`]) {
      expect((await store.read(uri))?.toString(), uri).toBe('x');
    }
  });

  it('a location that is not local or has two names is refused', async () => {
    await expect(store.create('s3://bucket/key', Buffer.from('x'))).rejects.toThrow(CommitRefusedError);
    for (const path of ['/a//b', '/a/../b', '/a/./b', '/a/']) {
      await expect(store.create(`file://${directory}${path}`, Buffer.from('x'))).rejects.toThrow(/without empty, "\." or "\.\." segments/);
    }
  });

  it('a path below a file is refused with the path and the remedy', async () => {
    await writeFile(`${directory}/plain`, 'x');
    const creating = store.create(`file://${directory}/plain/below/f`, Buffer.from('x'));
    await expect(creating).rejects.toThrow(`cannot write ${directory}/plain/below/f: a part of the path is a file, not a directory`);
    await expect(creating).rejects.toBeInstanceOf(CommitRefusedError);
  });

  it('a name too long for the file system is refused, and is absent to read', async () => {
    const uri = `file://${directory}/${'n'.repeat(300)}`;
    await expect(store.create(uri, Buffer.from('x'))).rejects.toThrow(/longer than the file system allows/);
    expect(await store.read(uri)).toBeUndefined();
  });

  it('errors that a person must mend are refusals, others may pass', () => {
    for (const code of ['EROFS', 'ENOSPC', 'EACCES', 'EDQUOT', 'EOPNOTSUPP']) {
      expect(ioError(Object.assign(new Error(code), { code }), 'write', '/x'), code).toBeInstanceOf(CommitRefusedError);
    }
    for (const code of ['EIO', 'EMFILE', 'ESTALE', 'ESOMETHING']) {
      expect(ioError(Object.assign(new Error(code), { code }), 'write', '/x'), code).toBeInstanceOf(TransientIoError);
    }
    expect(ioError(Object.assign(new Error(), { code: 'ENOSPC' }), 'write', '/x/y').message).toMatch(
      /cannot write \/x\/y: no space left .* free some space/,
    );
  });

  it('a directory removed behind our back is made again', async () => {
    expect(await store.create(`file://${directory}/again/f`, Buffer.from('1'))).toBe('created');
    await rm(`${directory}/again`, { recursive: true });
    expect(await store.create(`file://${directory}/again/f`, Buffer.from('2'))).toBe('created');
    expect((await readdir(`${directory}/again`)).sort()).toEqual(['f']);
  });

  it('linked files and directories are listed, and a link back to where it lies ends the walk', async () => {
    await mkdir(`${directory}/links/inner`, { recursive: true });
    await mkdir(`${directory}/elsewhere`, { recursive: true });
    await writeFile(`${directory}/elsewhere/f`, 'x');
    await symlink(`${directory}/elsewhere`, `${directory}/links/away`);
    await symlink(`${directory}/elsewhere/f`, `${directory}/links/file`);
    await symlink(`${directory}/links`, `${directory}/links/inner/loop`);
    await symlink(`${directory}/nowhere`, `${directory}/links/dangling`);
    const found = [];
    for await (const file of store.list(`file://${directory}/links/`)) found.push(file.uri.slice(`file://${directory}/links/`.length));
    expect(found).toEqual(['away/f', 'file']);
  });
});

describe('a warehouse directory', () => {
  it('is one location however it is reached', async () => {
    const directory = await realpath(await mkdtemp(`${tmpdir()}/firn-root-`));
    await mkdir(`${directory}/real`);
    await symlink(`${directory}/real`, `${directory}/linked`);
    expect(warehousePath(`${directory}/linked/not/yet`)).toBe(`${directory}/real/not/yet`);
    expect(makeLocalPorts({ warehouse: `${directory}/linked/` }).root).toBe(`file://${directory}/real`);
    await rm(directory, { recursive: true });
  });

  it('is refused where PyIceberg would cut its locations', () => {
    for (const name of ['a#b', 'a?b', 'a\nb']) expect(() => warehousePath(`/tmp/${name}`), name).toThrow(InputRefusedError);
    expect(warehousePath('/no such/a b%20=ü')).toBe('/no such/a b%20=ü');
  });
});
