// Puffin files and deletion vectors: what is written reads back, and nothing malformed is believed.
import { crc32 } from 'node:zlib';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { LIMITS } from '../../../src/contract/limits.ts';
import { InputRefusedError } from '../../../src/errors.ts';
import { decodeDeletionVector, encodeDeletionVector, loadDeletionVector } from '../../../src/iceberg/deletion-vector.ts';
import { readPuffinBlob, readPuffinFooter, writePuffin } from '../../../src/iceberg/puffin.ts';
import { hasPosition, positionSetOf, positionsOf, unionPositions } from '../../../src/iceberg/roaring.ts';
import { decodePositions, encodePositions } from '../../../src/iceberg/roaring-format.ts';
import { dataFile, memoryFiles } from '../../support/iceberg/tables.ts';

const positions = fc
  .array(
    fc.oneof(
      fc.record({ from: fc.nat(200_000), length: fc.nat(9_000) }).map(({ from, length }) => Array.from({ length }, (_, i) => from + i)),
      fc
        .record({ from: fc.nat(70_000), step: fc.integer({ min: 2, max: 9 }), length: fc.nat(9_000) })
        .map(({ from, step, length }) => Array.from({ length }, (_, i) => from + step * i)),
      fc.array(fc.maxSafeNat(), { maxLength: 20 }),
      fc.constantFrom(0, 65_535, 65_536, 2 ** 31, 2 ** 32 - 1, 2 ** 32, Number.MAX_SAFE_INTEGER).map((one) => [one]),
    ),
    { maxLength: 5 },
  )
  .map((lists) => lists.flat());

const sorted = (list: Iterable<number>) => [...new Set(list)].sort((a, b) => a - b);

describe('sets of positions', () => {
  test('hold what was put in, in order and once, through their bytes', () => {
    fc.assert(
      fc.property(positions, (list) => {
        const expected = sorted(list);
        const set = positionSetOf(list);
        const read = decodePositions(encodePositions(set), expected.length);
        expect([...positionsOf(read)]).toEqual(expected);
        expect([...positionsOf(set)]).toEqual(expected);
        expect(read.cardinality).toBe(expected.length);
        for (const one of expected.slice(0, 50))
          expect([hasPosition(read, one), hasPosition(read, one + 1)]).toEqual([true, expected.includes(one + 1)]);
      }),
      { numRuns: 60 },
    );
  });

  test('unite to the positions of either', () => {
    fc.assert(
      fc.property(positions, positions, (a, b) => {
        expect([...positionsOf(unionPositions(positionSetOf(a), positionSetOf(b)))]).toEqual(sorted([...a, ...b]));
      }),
      { numRuns: 60 },
    );
  });

  test('take the smallest container: a run, an array, a bit set', () => {
    const bytesOf = (list: readonly number[]) => encodePositions(positionSetOf(list)).length;
    expect(bytesOf(Array.from({ length: 60_000 }, (_, i) => i))).toBe(8 + 4 + 4 + 1 + 4 + 6);
    expect(bytesOf([1, 3, 5])).toBe(8 + 4 + 8 + 4 + 4 + 6);
    expect(bytesOf(Array.from({ length: 30_000 }, (_, i) => 2 * i))).toBe(8 + 4 + 8 + 4 + 4 + 8192);
  });

  test('that are cut, padded or changed are refused or read as other positions, never anything else', () => {
    fc.assert(
      fc.property(positions, fc.nat(), fc.nat(255), fc.boolean(), (list, at, byte, isCut) => {
        const set = positionSetOf(list);
        const good = encodePositions(set);
        const bad = isCut ? good.subarray(0, at % good.length) : Buffer.from(good);
        if (!isCut) bad[at % bad.length]! ^= byte;
        try {
          expect(decodePositions(bad, set.cardinality).cardinality).toBe(set.cardinality);
        } catch (error) {
          expect(error).toBeInstanceOf(InputRefusedError);
        }
      }),
      { numRuns: 200 },
    );
  });

  test('that would take more memory than their limit are refused before it is taken', () => {
    const one = encodePositions(positionSetOf(Array.from({ length: 4_097 }, (_, i) => i))).subarray(8);
    const count = Math.floor(LIMITS.deletionVectorDecodedBytesMax / 8192) + 1;
    const head = Buffer.alloc(8);
    head.writeUInt32LE(count);
    const parts = Array.from({ length: count }, (_, key) => {
      const part = Buffer.from(one);
      part.writeUInt32LE(key);
      return part;
    });
    expect(() => decodePositions(Buffer.concat([head, ...parts]), 4_097 * count)).toThrow(/deletionVectorDecodedBytesMax/);
  });
});

describe('a deletion vector', () => {
  const vector = encodeDeletionVector(positionSetOf([3, 5, 70_000]), 's3://b/data.parquet');
  const file = { filePath: 's3://b/x.puffin', recordCount: 3 };

  test('is length, magic, bitmap and checksum', () => {
    const { bytes } = vector;
    expect(bytes.readUInt32BE(0)).toBe(bytes.length - 8);
    expect(bytes.subarray(4, 8).toString('hex')).toBe('d1d33964');
    expect(bytes.readUInt32BE(bytes.length - 4)).toBe(crc32(bytes.subarray(4, -4)));
    expect([...positionsOf(decodeDeletionVector(bytes, file))]).toEqual([3, 5, 70_000]);
    expect(vector.properties).toEqual({ 'referenced-data-file': 's3://b/data.parquet', cardinality: '3' });
  });

  test('with one byte changed is never believed', () => {
    for (let at = 0; at < vector.bytes.length; at += 1) {
      const bad = Buffer.from(vector.bytes);
      bad[at]! ^= 0x10;
      expect(() => decodeDeletionVector(bad, file)).toThrow(InputRefusedError);
    }
    expect(() => decodeDeletionVector(vector.bytes.subarray(0, 11), file)).toThrow(/no whole blob/);
    expect(() => decodeDeletionVector(vector.bytes, { ...file, recordCount: 4 })).toThrow(/3 positions, stated are 4/);
  });

  test('is fetched by its place in the file alone, and a place that cannot be is refused before anything is read', async () => {
    const files = memoryFiles();
    const puffin = writePuffin({ blobs: [encodeDeletionVector(positionSetOf([9]), 'other'), vector], properties: {} });
    await files.create('s3://b/x.puffin', puffin.bytes);
    const { offset, length } = puffin.blobs[1]!;
    const entry = dataFile({
      ...file,
      content: 1,
      fileFormat: 'PUFFIN',
      fileSizeBytes: puffin.bytes.length,
      contentOffset: offset,
      contentSizeBytes: length,
    });
    expect([...positionsOf(await loadDeletionVector(files, entry))]).toEqual([3, 5, 70_000]);
    const reads: string[] = [];
    const watched = {
      ...files,
      read: (uri: string) => {
        reads.push(uri);
        return files.read(uri);
      },
    };
    for (const wrong of [{ contentOffset: -1 }, { contentSizeBytes: puffin.bytes.length }, { fileFormat: 'PARQUET' as const }])
      await expect(loadDeletionVector(watched, { ...entry, ...wrong })).rejects.toThrow(InputRefusedError);
    expect(reads).toEqual([]);
    files.objects.clear();
    await expect(loadDeletionVector(files, entry)).rejects.toThrow(/missing/);
  });
});

describe('a Puffin file', () => {
  const blob = (text: string) => ({
    type: 'test',
    fields: [1, 2],
    snapshotId: 2n ** 62n + 1n,
    sequenceNumber: 7,
    properties: { ndv: '3' },
    bytes: Buffer.from(text),
  });
  const file = writePuffin({ blobs: [blob('one'), blob('two')], properties: { 'created-by': 'test' } });

  test('says where each blob lies and what it is', () => {
    const footer = readPuffinFooter(file.bytes);
    expect(footer.blobs).toEqual(file.blobs);
    expect(footer.footerSizeBytes).toBe(file.footerSizeBytes);
    expect(footer.properties).toEqual({ 'created-by': 'test' });
    expect(footer.blobs.map((one) => readPuffinBlob(file.bytes, one).toString())).toEqual(['one', 'two']);
  });

  test('that is cut or changed gives a footer or one of our errors', () => {
    for (let at = 0; at < file.bytes.length; at += 1) {
      const flipped = Buffer.from(file.bytes);
      flipped[at]! ^= 0x5a;
      for (const bad of [file.bytes.subarray(0, at), flipped]) {
        try {
          const footer = readPuffinFooter(bad);
          for (const one of footer.blobs) expect(readPuffinBlob(bad, one).length).toBe(one.length);
        } catch (error) {
          expect(error).toBeInstanceOf(InputRefusedError);
        }
      }
    }
  });

  test('with a footer compressed by LZ4 or blobs in unknown codecs is refused by that name', () => {
    const compressed = Buffer.from(file.bytes);
    compressed.writeUInt32LE(1, compressed.length - 8);
    expect(() => readPuffinFooter(compressed)).toThrow(/LZ4/);
    expect(() => readPuffinBlob(file.bytes, { ...file.blobs[0]!, compressionCodec: 'lz4' })).toThrow(/codec/);
    expect(() => readPuffinBlob(file.bytes, { ...file.blobs[0]!, compressionCodec: 'zstd' })).toThrow(/decompress/);
  });
});
