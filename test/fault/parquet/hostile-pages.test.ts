import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { InputRefusedError } from '../../../src/errors.ts';
import { decodeValues } from '../../../src/parquet/decode-values.ts';
import { Arena, newDense } from '../../../src/parquet/dense.ts';
import { hybridBytesMax, writeHybrid } from '../../../src/parquet/hybrid.ts';
import { readHybrid } from '../../../src/parquet/hybrid-decode.ts';

const ENCODINGS = [
  'PLAIN',
  'RLE_DICTIONARY',
  'RLE',
  'DELTA_BINARY_PACKED',
  'DELTA_LENGTH_BYTE_ARRAY',
  'DELTA_BYTE_ARRAY',
  'BYTE_STREAM_SPLIT',
  'BIT_PACKED',
];
const TYPES = ['BOOLEAN', 'INT32', 'INT64', 'FLOAT', 'DOUBLE', 'BYTE_ARRAY', 'FIXED_LEN_BYTE_ARRAY'];

/** A delta header that says `count` values, then noise. */
const deltaHeader = (count: number) => [0x80, 0x01, 0x04, (count % 128) | 0x80, count >> 7];

/** Bytes for a page of `count` values that look like a delta header more often than noise does. */
const bodyArbitrary = fc.oneof(
  fc.uint8Array({ maxLength: 200 }).map((bytes) => () => bytes),
  fc.uint8Array({ maxLength: 200 }).map((rest) => (count: number) => Uint8Array.of(...deltaHeader(count), ...rest)),
  fc.uint8Array({ maxLength: 60 }).map((rest) => (count: number) => Uint8Array.of(...deltaHeader(count), 0x02, 0x02, 0, 0, 0, 0, ...rest)),
);

/** Few values are decoded from noise now and then, hundreds of them hardly ever. */
const counts = fc.oneof(fc.integer({ min: 1, max: 500 }), fc.integer({ min: 1, max: 12 }));

describe('pages whose bytes lie', () => {
  it('decode within their bytes or are refused, in every encoding and type', () => {
    let decoded = 0;
    fc.assert(
      fc.property(fc.constantFrom(...ENCODINGS), fc.constantFrom(...TYPES), bodyArbitrary, counts, (encoding, type, makeBody, count) => {
        const arena = new Arena(1 << 20);
        const into = newDense(type, count, 5);
        const dictionary = { values: newDense(type, 3, 5), count: 3 };
        try {
          decodeValues(encoding, Buffer.from(makeBody(count)), { arena, dictionary }, { into, at: 0, count });
          decoded++;
        } catch (error) {
          expect(error).toBeInstanceOf(InputRefusedError);
          return;
        }
        if (!('start' in into)) return;
        for (let i = 0; i < count; i++) expect(into.start[i]! + into.length[i]!).toBeLessThanOrEqual(Math.max(arena.sizeBytes, 5));
      }),
      { numRuns: 8000 },
    );
    expect(decoded).toBeGreaterThan(200);
  });

  it('levels and ids above their maximum are refused', () => {
    const out = Buffer.alloc(64);
    const end = writeHybrid(Uint32Array.of(1, 2, 3), { from: 0, to: 3, width: 2 }, { out, at: 0 });
    const read = (max: number) => readHybrid({ bytes: out, from: 0, to: end, width: 2 }, { out: new Uint32Array(3), at: 0, count: 3, max });
    expect(() => read(3)).not.toThrow();
    expect(() => read(2)).toThrow(InputRefusedError);
  });

  it('a run of two thousand million values fills no more than was asked for', () => {
    const bytes = Buffer.from([0xfe, 0xff, 0xff, 0xff, 0x0f, 0x01]);
    const out = new Uint32Array(10);
    readHybrid({ bytes, from: 0, to: bytes.length, width: 1 }, { out, at: 2, count: 5, max: 1 });
    expect([...out]).toEqual([0, 0, 1, 1, 1, 1, 1, 0, 0, 0]);
  });

  it('any values of any width come back from the hybrid encoding, within its size bound', () => {
    const runs = fc.array(fc.tuple(fc.nat(), fc.integer({ min: 1, max: 20 })), { maxLength: 40 });
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 24 }), runs, (width, parts) => {
        const values = Uint32Array.from(parts.flatMap(([value, times]) => new Array<number>(times).fill(value % 2 ** width)));
        const out = Buffer.alloc(hybridBytesMax(values.length, width));
        const end = writeHybrid(values, { from: 0, to: values.length, width }, { out, at: 0 });
        const back = new Uint32Array(values.length);
        readHybrid({ bytes: out, from: 0, to: end, width }, { out: back, at: 0, count: values.length, max: 2 ** width - 1 });
        expect([...back]).toEqual([...values]);
      }),
      { numRuns: 500 },
    );
  });
});
