// Compressed inputs of several members or frames, in any chunks, are read to their last byte or refused.
import { gzipSync, zstdCompressSync } from 'node:zlib';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { compressionOf, decompress } from '../../../src/cli/open-input.ts';

const parts = fc.array(fc.uint8Array({ maxLength: 400 }), { minLength: 1, maxLength: 5 });
const COMPRESS = { gzip: gzipSync, zstd: zstdCompressSync } as const;

describe.each(['gzip', 'zstd'] as const)('an input in %s', (kind) => {
  const compress = COMPRESS[kind];

  it('of several members in any chunks is read whole', async () => {
    await fc.assert(
      fc.asyncProperty(parts, fc.integer({ min: 1, max: 500 }), async (given, chunkBytes) => {
        const bytes = Buffer.concat(given.map((part) => compress(part)));
        expect(compressionOf(bytes)).toBe(kind);
        expect((await readAll(bytes, chunkBytes, kind)).equals(Buffer.concat(given))).toBe(true);
      }),
      { numRuns: 60 },
    );
  });

  it('that ends early, or goes on with other bytes, is refused', async () => {
    await fc.assert(
      fc.asyncProperty(parts, fc.nat(), fc.integer({ min: 1, max: 500 }), async (given, cut, chunkBytes) => {
        const bytes = Buffer.concat(given.map((part) => compress(part)));
        const last = compress(given.at(-1)!).length;
        // Within the last member: at its beginning the input would be whole without it.
        const short = bytes.subarray(0, bytes.length - 1 - (cut % (last - 1)));
        await expect(readAll(short, chunkBytes, kind)).rejects.toThrow();
        await expect(readAll(Buffer.concat([bytes, Buffer.from('more text')]), chunkBytes, kind)).rejects.toThrow();
      }),
      { numRuns: 60 },
    );
  });
});

async function readAll(bytes: Buffer, chunkBytes: number, kind: 'gzip' | 'zstd'): Promise<Buffer> {
  const chunks = async function* () {
    for (let at = 0; at < bytes.length; at += chunkBytes) yield bytes.subarray(at, at + chunkBytes);
  };
  const read: Buffer[] = [];
  for await (const chunk of decompress(chunks(), kind)) read.push(chunk);
  return Buffer.concat(read);
}
