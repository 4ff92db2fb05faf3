// Promise 2 and 3 on one machine: kill -9 at random moments.
import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdtemp, readdir, realpath, rm, utimes } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { DatabaseSync } from 'node:sqlite';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { LIMITS } from '../../../src/contract/limits.ts';
import { pathOfUri } from '../../../src/local/file-uri.ts';
import { makeLocalPorts } from '../../../src/local/system.ts';

const KILLS = 24;
const TABLE = { namespace: 'crash', name: 't' };

describe('a writer that is killed', () => {
  let warehouse: string;
  beforeAll(async () => {
    warehouse = await realpath(await mkdtemp(`${tmpdir()}/firn-crash-`));
  });
  afterAll(() => rm(warehouse, { recursive: true }));

  it('leaves no torn file, a catalog that opens, and a pointer to metadata that is there', async () => {
    const created = new Set<string>();
    let pointers: string[] = [];
    for (let kill = 0; kill < KILLS; kill++) {
      const said = await writeAndKill(warehouse, { lines: 1 + kill * 2, extraMs: (kill * 7) % 23 });
      pointers = [...pointers, ...said.pointers];
      for (const uri of said.files) created.add(uri);
      await assertSound(warehouse, { created, pointers });
    }
    expect(created.size).toBeGreaterThan(KILLS);
  });

  it('leaves temporary files at most, which no listing shows and the first listing after a day removes', async () => {
    const directory = `${warehouse}/crash/t/metadata`;
    const abandoned = `${directory}/.firn-tmp-abandoned`;
    const { files, root } = makeLocalPorts({ warehouse });
    await files.create(`${root}/crash/t/metadata/.firn-tmp-abandoned`, Buffer.from('part of a fi'));
    const { files: young } = makeLocalPorts({ warehouse });
    expect(await uris(young.list(`${root}/`))).not.toContain(`file://${abandoned}`);
    expect(existsSync(abandoned)).toBe(true);
    const old = new Date(Date.now() - LIMITS.sweepInFlightMs - 60_000);
    await utimes(abandoned, old, old);
    await uris(young.list(`${root}/`));
    expect(existsSync(abandoned)).toBe(false);
    expect((await readdir(directory)).length).toBeGreaterThan(0);
  });
});

async function assertSound(
  warehouse: string,
  said: { readonly created: Set<string>; readonly pointers: readonly string[] },
): Promise<void> {
  const { files, catalog, root } = makeLocalPorts({ warehouse });
  const listed = new Set<string>();
  for await (const file of files.list(`${root}/crash/`)) {
    listed.add(file.uri);
    // The name says the size the writer meant.
    expect(file.sizeBytes, file.uri).toBe(Number(/(\d+)-[^/]+$/.exec(file.uri)![1]));
    const bytes = (await files.read(file.uri))!;
    expect(
      bytes.every((byte) => byte === bytes[0]),
      file.uri,
    ).toBe(true);
  }
  for (const uri of said.created) expect(listed.has(uri), `${uri} was said to be created`).toBe(true);
  const database = new DatabaseSync(pathOfUri(`${root}/catalog.db`));
  expect(database.prepare('PRAGMA integrity_check').get()).toEqual({ integrity_check: 'ok' });
  database.close();
  const pointer = await catalog.load(TABLE);
  if (pointer === undefined) return expect(said.pointers).toEqual([]);
  expect(await files.stat(pointer.metadataLocation)).toBeDefined();
  // The pointer is the last one that was said to be committed, or one later whose answer the kill cut off.
  expect(listed.has(pointer.metadataLocation)).toBe(true);
}

async function writeAndKill(warehouse: string, when: { readonly lines: number; readonly extraMs: number }) {
  const script = fileURLToPath(new URL('./support/write-until-killed.ts', import.meta.url));
  const child = spawn(process.execPath, [script, warehouse], { stdio: ['ignore', 'pipe', 'inherit'] });
  let text = '';
  child.stdout.setEncoding('utf8').on('data', (chunk: string) => {
    text += chunk;
    if (text.split('\n').length > when.lines) setTimeout(() => child.kill('SIGKILL'), when.extraMs);
  });
  const signal = await new Promise((resolve) => child.on('close', (_code, ended) => resolve(ended)));
  expect(signal).toBe('SIGKILL');
  const lines = text.split('\n').slice(0, -1);
  const said = (what: string) => lines.filter((line) => line.startsWith(`${what} `)).map((line) => line.slice(what.length + 1));
  return { files: said('file'), pointers: said('pointer') };
}

async function uris(list: AsyncIterable<{ readonly uri: string }>): Promise<string[]> {
  const found = [];
  for await (const file of list) found.push(file.uri);
  return found;
}
