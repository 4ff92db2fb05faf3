// However a file grows and however its bytes arrive, each line is read exactly once under its own number, and the progress kept
// with each batch is the true length and hash of the prefix (promise 2).
import { createHash } from 'node:crypto';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { eventBatches } from '../../../src/cli/land-events.ts';
import type { OpenedInput } from '../../../src/cli/open-input.ts';
import { InputRefusedError } from '../../../src/errors.ts';
import type { FileProgress } from '../../../src/ledger/types.ts';

const SOURCE = { id: 'file/topic/1', topic: 'topic' };
const line = fc.string({ maxLength: 12, unit: 'binary' }).map((text) => text.replace(/[\r\n\ufeff]/g, '·'));

describe('a file of events', () => {
  it('read in one go or as it grows, in any chunks, gives each line once under its number', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(line, { maxLength: 30 }),
        fc.array(fc.nat({ max: 30 }), { maxLength: 4 }),
        fc.integer({ min: 1, max: 40 }),
        fc.boolean(),
        async (lines, stops, chunkBytes, isTerminated) => {
          const seen: string[] = [];
          let progress: FileProgress | undefined;
          for (const stop of [...stops.map((given) => Math.min(given, lines.length)).sort((a, b) => a - b), lines.length]) {
            const part = lines.slice(0, stop).map((text) => `${text}\n`);
            const bytes = Buffer.from(part.join(''));
            // A file without its last line end is the same file as with it, unless its last line is empty.
            const cut = !isTerminated && (lines[stop - 1] ?? '') !== '' ? bytes.subarray(0, bytes.length - 1) : bytes;
            progress = await readOnce(cut, { progress, chunkBytes, seen });
          }
          expect(seen).toEqual(lines);
        },
      ),
      { numRuns: 300 },
    );
  });

  it('any change within the covered prefix is refused, and nothing of the file is read', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(line, { minLength: 1, maxLength: 10 }),
        fc.nat(),
        fc.integer({ min: 1, max: 255 }),
        async (lines, where, by) => {
          const bytes = Buffer.from(lines.map((text) => `${text}\n`).join(''));
          const progress = await readOnce(bytes, { progress: undefined, chunkBytes: 16, seen: [] });
          const changed = Buffer.from(bytes);
          changed[where % changed.length]! ^= by;
          const seen: string[] = [];
          for (const other of [Buffer.concat([changed, bytes]), bytes.subarray(0, where % bytes.length)]) {
            await expect(readOnce(other, { progress, chunkBytes: 16, seen })).rejects.toThrow(InputRefusedError);
          }
          expect(seen).toEqual([]);
        },
      ),
      { numRuns: 200 },
    );
  });
});

async function readOnce(
  bytes: Buffer,
  given: { readonly progress: FileProgress | undefined; readonly chunkBytes: number; readonly seen: string[] },
): Promise<FileProgress | undefined> {
  let { progress } = given;
  const input = inputOf(bytes, given.chunkBytes);
  for await (const batch of eventBatches({ path: 'file', input, source: SOURCE, progress: given.progress, isGrowing: false })) {
    for (let i = 0; i < batch.records.count; i++) {
      expect(batch.records.kafkaOffset[i]).toBe(given.seen.length);
      given.seen.push(batch.records.bytes.toString('utf8', batch.records.valueStart[i], batch.records.valueEnd[i]));
    }
    progress = batch.progress;
    expect(progress.lines).toBe(given.seen.length);
    expect(progress.sha256).toBe(createHash('sha256').update(bytes.subarray(0, progress.bytes)).digest('hex'));
  }
  return progress;
}

function inputOf(bytes: Buffer, chunkBytes: number): OpenedInput {
  return {
    compression: 'none',
    sizeBytes: bytes.length,
    modifiedMs: 0,
    chunks: async function* () {
      for (let at = 0; at < bytes.length; at += chunkBytes) yield bytes.subarray(at, at + chunkBytes);
    },
  };
}
