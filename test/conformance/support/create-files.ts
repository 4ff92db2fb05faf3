// A process that races others to the same locations.
import { makeLocalFileStore } from '../../../src/local/file-store.ts';
import { childArgument } from './child.ts';

const { uris, index, startAtMs } = childArgument<{ uris: string[]; index: number; startAtMs: number }>();
const store = makeLocalFileStore();
while (Date.now() < startAtMs);
const outcomes = [];
for (const uri of uris) outcomes.push(await store.create(uri, Buffer.from(`process ${index}`)));
process.stdout.write(JSON.stringify(outcomes));
