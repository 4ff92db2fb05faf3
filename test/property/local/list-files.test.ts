// Listing a directory is listing an object store: the sorted, filtered list of all names, whatever the names, prefixes and marks.
import { mkdtemp, realpath, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import fc from 'fast-check';
import { expect, it } from 'vitest';
import { makeLocalFileStore } from '../../../src/local/file-store.ts';

const segment = fc
  .string({ minLength: 1, maxLength: 3, unit: fc.constantFrom('a', 'b', '-', '.', '0', 'Z', '_', 'é', '\uff5e', '\u{1f600}') })
  .filter((name) => name !== '.' && name !== '..');
const key = fc.array(segment, { minLength: 1, maxLength: 3 }).map((segments) => segments.join('/'));

it('a listing is the sorted list of what begins with the prefix and comes after the mark', async () => {
  const root = await realpath(await mkdtemp(`${tmpdir()}/firn-list-`));
  let areas = 0;
  const store = makeLocalFileStore();
  await fc.assert(
    fc.asyncProperty(
      fc.uniqueArray(key, { maxLength: 8 }),
      fc.array(fc.tuple(key, key, fc.boolean()), { maxLength: 6 }),
      async (keys, looks) => {
        const area = `file://${root}/${areas++}`;
        // A name cannot be a file and a folder here, as it can on S3.
        const made = keys.filter((one) => !keys.some((other) => other.startsWith(`${one}/`)));
        for (const one of made) await store.create(`${area}/${one}`, Buffer.from(one));
        const all = made.map((one) => `${area}/${one}`).sort((a, b) => Buffer.compare(Buffer.from(a), Buffer.from(b)));
        for (const [prefix, mark, isWhole] of [...looks, ['', '', true] as const]) {
          const from = `${area}/${isWhole ? '' : prefix}`;
          const startAfter = mark === '' ? undefined : `${area}/${mark}`;
          const listed: string[] = [];
          for await (const { uri } of store.list(from, startAfter === undefined ? {} : { startAfter })) listed.push(uri);
          expect(listed).toEqual(
            all.filter(
              (uri) => uri.startsWith(from) && (startAfter === undefined || Buffer.compare(Buffer.from(uri), Buffer.from(startAfter)) > 0),
            ),
          );
        }
      },
    ),
    { numRuns: 60 },
  );
  await rm(root, { recursive: true });
});
