// Whatever settings a table asks for, a file holds the same cells; and every codec gives back what it was given.
import { zstdCompressSync, zstdDecompressSync } from 'node:zlib';
import fc from 'fast-check';
import { snappyUncompress } from 'hyparquet';
import { describe, expect, it } from 'vitest';
import { buildColumns, readRow } from '../../../src/column-cells.ts';
import { layoutOf } from '../../../src/columns.ts';
import { compressPage, decompressPage } from '../../../src/parquet/codecs.ts';
import { decodeDeltas } from '../../../src/parquet/decode-delta.ts';
import { newDense } from '../../../src/parquet/dense.ts';
import { encodeParquet } from '../../../src/parquet/encode.ts';
import { deltaBinary, deltaBytesMax } from '../../../src/parquet/kernel-delta.ts';
import { looksRandom, savesLittle } from '../../../src/parquet/looks-random.ts';
import { parquetOptions } from '../../../src/parquet/options.ts';
import { readColumns } from '../../../src/parquet/read.ts';
import { snappyCompress, snappyDecompress } from '../../../src/parquet/snappy.ts';
import { rawFrame } from '../../../src/parquet/zstd-frame.ts';
import { seededRandom } from '../../support/fuzz/random.ts';
import { batchArbitrary } from './arbitraries.ts';

const settingsArbitrary = fc
  .record({
    'compression-codec': fc.constantFrom('zstd', 'snappy', 'gzip', 'brotli', 'uncompressed'),
    'page-version': fc.constantFrom('1', '2'),
    'page-row-limit': fc.constantFrom('1', '3', '20000'),
    'page-size-bytes': fc.constantFrom('1', '100', '1048576'),
    'dict-size-bytes': fc.constantFrom('20', '2097152'),
    'row-group-size-bytes': fc.constantFrom('1', '500', '134217728'),
    'dict-encoding-enabled.column.f0': fc.constantFrom('true', 'false'),
    'bloom-filter-enabled.column.f1': fc.constantFrom('true', 'false'),
  })
  .map((settings) => Object.fromEntries(Object.entries(settings).map(([key, value]) => [`write.parquet.${key}`, value])));

describe('files of any settings', () => {
  it('hold the same cells as with the defaults', async () => {
    await fc.assert(
      fc.asyncProperty(batchArbitrary, settingsArbitrary, async ({ struct, rows, order }, properties) => {
        const request = { schema: struct, columns: buildColumns(struct, rows), order: Uint32Array.from(order) };
        const cells = async (bytes: Buffer) => {
          const set = await readColumns(bytes, struct);
          return Array.from({ length: set.rows }, (_, row) => readRow(set, layoutOf(struct), row));
        };
        const chosen = encodeParquet({ ...request, options: parquetOptions(properties) });
        expect(await cells(chosen.bytes)).toEqual(await cells(encodeParquet(request).bytes));
        expect(chosen.stats.map(({ columnSizeBytes, ...rest }) => rest)).toEqual(
          encodeParquet(request).stats.map(({ columnSizeBytes, ...rest }) => rest),
        );
      }),
      { numRuns: 50 },
    );
  });
});

const bytesArbitrary = fc.oneof(
  fc.uint8Array({ maxLength: 3000 }),
  fc
    .tuple(fc.uint8Array({ minLength: 1, maxLength: 40 }), fc.integer({ min: 1, max: 4000 }))
    .map(([part, times]) => Uint8Array.from(Buffer.alloc(part.length * times, part))),
);

describe('codecs', () => {
  it('give back every page', () => {
    const codecs = [
      ['zstd', 'ZSTD'],
      ['snappy', 'SNAPPY'],
      ['gzip', 'GZIP'],
      ['brotli', 'BROTLI'],
    ] as const;
    fc.assert(
      fc.property(bytesArbitrary, fc.constantFrom(...codecs), (bytes, [codec, name]) => {
        const stored = compressPage(Buffer.from(bytes), { codec, level: undefined });
        expect(decompressPage(stored, bytes.length, name).equals(bytes)).toBe(true);
      }),
      { numRuns: 300 },
    );
  });

  it('write snappy that another implementation reads, and refuse snappy of another size', () => {
    fc.assert(
      fc.property(bytesArbitrary, (bytes) => {
        const stored = snappyCompress(Buffer.from(bytes));
        const out = new Uint8Array(bytes.length);
        if (bytes.length > 0) snappyUncompress(stored, out);
        expect(Buffer.from(out).equals(bytes)).toBe(true);
        expect(() => snappyDecompress(stored, bytes.length + 1)).toThrow('another size');
      }),
      { numRuns: 300 },
    );
  });
});

describe('bytes that look random', () => {
  it('are never a tenth smaller compressed, whatever their length', () => {
    const masks = fc.constantFrom(0xff, 0x7f, 0x3f, 0xf7, 0x0f);
    const widths = fc.constantFrom(1, 2, 4, 16);
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 2 ** 31 }),
        fc.integer({ min: 1024, max: 20_000 }),
        masks,
        widths,
        (seed, size, mask, width) => {
          // In each value of some bytes the first is of fewer bits.
          const random = seededRandom(seed);
          const bytes = Buffer.from(Array.from({ length: size }, (_, i) => random.below(256) & (i % width === 0 ? mask : 0xff)));
          const saved = 1 - compressPage(bytes, { codec: 'zstd', level: 1 }).length / size;
          if (looksRandom(bytes)) expect(saved).toBeLessThan(0.1);
          if (mask === 0xff) expect(looksRandom(bytes)).toBe(true);
          if (width === 1 && mask !== 0xff) expect(looksRandom(bytes)).toBe(false);
        },
      ),
      { numRuns: 100 },
    );
  });

  it('are not asked for where they are too few to tell, and texts are none', () => {
    expect(looksRandom(Buffer.from(Array.from({ length: 1023 }, (_, i) => (i * 7919) & 0xff)))).toBe(false);
    expect(looksRandom(Buffer.alloc(4096, 'a text that is no noise; '))).toBe(false);
  });
});

describe('small pages said to save little', () => {
  it('would not shrink by much more than a few hundred bytes, where nothing repeats in longer pieces', () => {
    let said = 0;
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 2 ** 31 }),
        fc.integer({ min: 512, max: 8192 }),
        fc.constantFrom(256, 250, 200, 128, 64, 8, 1),
        fc.constantFrom(1, 2, 4),
        (seed, size, values, width) => {
          const random = seededRandom(seed);
          const bytes = Buffer.from(Array.from({ length: size }, (_, i) => random.below(i % width === 0 ? values : 256)));
          if (!savesLittle(bytes)) return;
          said++;
          expect(size - zstdCompressSync(bytes).length).toBeLessThan(1024);
        },
      ),
      { numRuns: 300 },
    );
    expect(said).toBeGreaterThan(100);
  });

  it('are of 8 KiB at most, and never such as are of few values', () => {
    const noise = Buffer.from(Array.from({ length: 8193 }, (_, i) => (i * 2_654_435_761) >>> 13));
    expect([savesLittle(noise.subarray(1)), savesLittle(noise)]).toEqual([true, false]);
    for (const size of [1536, 8192]) {
      for (const values of [1, 2, 4]) expect(savesLittle(Buffer.from(Array.from({ length: size }, (_, i) => i % values)))).toBe(false);
    }
  });
});

describe('zstd frames of raw blocks', () => {
  it('are read as any other, whatever their size', () => {
    const edges = [0, 1, 255, 256, 257, 65_535, 65_791, 65_792, 131_071, 131_072, 131_073, 262_144, 300_001];
    fc.assert(
      fc.property(fc.oneof(fc.constantFrom(...edges), fc.nat({ max: 2000 })), fc.nat({ max: 255 }), (size, seed) => {
        const bytes = Buffer.from(Array.from({ length: size }, (_, i) => (i * 131 + (i >>> 8) * seed) & 0xff));
        const frame = rawFrame(bytes);
        expect(zstdDecompressSync(frame).equals(bytes)).toBe(true);
        expect(frame.length).toBeLessThanOrEqual(size + 9 + 3 * Math.max(1, Math.ceil(size / 131_072)));
      }),
      { numRuns: 60, examples: edges.map((size): [number, number] => [size, 7]) },
    );
  });
});

describe('delta encoding', () => {
  const longs = fc.array(fc.oneof(fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n }), fc.bigInt({ min: 0n, max: 1000n })), {
    minLength: 1,
    maxLength: 400,
  });

  it('gives back 64-bit integers of any distance, within its size bound', () => {
    fc.assert(
      fc.property(longs, (values) => {
        const words = new Int32Array(BigInt64Array.from(values).buffer);
        const out = Buffer.alloc(deltaBytesMax(values.length, 2));
        const end = deltaBinary({ words, perValue: 2 }, { from: 0, to: values.length }, { out, at: 0 });
        const into = newDense('INT64', values.length, 0);
        decodeDeltas(out.subarray(0, end), { into, at: 0, count: values.length });
        expect('v' in into && [...into.v]).toEqual(values);
      }),
      { numRuns: 300 },
    );
  });

  it('gives back 32-bit integers of any distance, within its size bound', () => {
    fc.assert(
      fc.property(fc.array(fc.integer(), { minLength: 1, maxLength: 400 }), (values) => {
        const out = Buffer.alloc(deltaBytesMax(values.length, 1));
        const end = deltaBinary({ words: Int32Array.from(values), perValue: 1 }, { from: 0, to: values.length }, { out, at: 0 });
        const into = newDense('INT32', values.length, 0);
        decodeDeltas(out.subarray(0, end), { into, at: 0, count: values.length });
        expect('v' in into && [...into.v]).toEqual(values);
      }),
      { numRuns: 300 },
    );
  });
});
