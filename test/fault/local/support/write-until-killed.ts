// A process that creates files and moves a table pointer to them as fast as it can, until it is killed. Says on standard output
// what it was told is durable: a line per created file and committed pointer.
import { randomUUID } from 'node:crypto';
import { writeSync } from 'node:fs';
import { makeLocalPorts } from '../../../../src/local/system.ts';

const warehouse = process.argv[2]!;
const { files, catalog, root } = makeLocalPorts({ warehouse });
const identifier = { namespace: 'crash', name: 't' };
await catalog.ensureNamespace('crash');
for (let i = 0; ; i++) {
  const size = 1 + ((i * 7919) % 60_000);
  const uri = `${root}/crash/t/metadata/${size}-${randomUUID()}.metadata.json`;
  if ((await files.create(uri, Buffer.alloc(size, i & 0xff))) !== 'created') throw new Error('a fresh name was taken');
  writeSync(1, `file ${uri}\n`);
  const base = await catalog.load(identifier);
  const isDone =
    base === undefined ? (await catalog.create(identifier, uri)) === 'created' : (await catalog.commit(base, uri)).kind === 'committed';
  if (isDone) writeSync(1, `pointer ${uri}\n`);
}
