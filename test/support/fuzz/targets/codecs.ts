// Compressed pages: what is mutated is what the decompressor of each codec is given, behind right headers and checksums, with the size
// it is said to decompress to.
import { brotliCompressSync, gzipSync, zstdCompressSync } from 'node:zlib';
import { readColumns } from '../../../../src/parquet/read.ts';
import { snappyCompress } from '../../../../src/parquet/snappy.ts';
import { type PageFile, pageFile } from '../page-file.ts';
import { expectShape } from '../samples.ts';
import { type FuzzTarget, frame, unframe } from '../types.ts';

/** Every fourth value differs from the one before: some matches, some literals. */
const ROWS = 64;

function plainPage(): Buffer {
  const body = Buffer.alloc(ROWS * 8);
  for (let i = 0; i < ROWS; i++) body.writeBigInt64LE(BigInt(i >> 2), i * 8);
  return body;
}

/** A bare LZ4 block of literals, one match of 16 zeros and the last literals: what an encoder makes of such bytes, by hand. */
function lz4Block(raw: Buffer): Buffer {
  const from = raw.indexOf(Buffer.alloc(20)) + 4;
  const head = raw.subarray(0, from);
  const tail = raw.subarray(from + 16);
  const match = Buffer.of(1, 0);
  return Buffer.concat([token(head.length, 16 - 4), head, match, token(tail.length, 0), tail]);
}

/** Lengths from 15 go on in bytes of 255. Matches here are shorter. */
function token(literals: number, match: number): Buffer {
  if (literals < 15) return Buffer.of((literals << 4) | match);
  const rest = literals - 15;
  return Buffer.concat([Buffer.of(0xf0 | match), Buffer.alloc(Math.floor(rest / 255), 255), Buffer.of(rest % 255)]);
}

/** Hadoop's framing: the sizes before and after compression, big endian. */
function lz4Frame(raw: Buffer): Buffer {
  const block = lz4Block(raw);
  const sizes = Buffer.alloc(8);
  sizes.writeUInt32BE(raw.length);
  sizes.writeUInt32BE(block.length, 4);
  return Buffer.concat([sizes, block]);
}

const COMPRESSORS: readonly (readonly [codec: string, compress: (raw: Buffer) => Uint8Array])[] = [
  ['GZIP', (raw) => gzipSync(raw)],
  ['BROTLI', (raw) => brotliCompressSync(raw)],
  ['ZSTD', (raw) => zstdCompressSync(raw)],
  ['SNAPPY', snappyCompress],
  ['LZ4_RAW', lz4Block],
  ['LZ4', lz4Frame],
  ['LZ4', lz4Block],
];

function seeds(): readonly Buffer[] {
  const raw = plainPage();
  return COMPRESSORS.flatMap(([codec, compress]) => {
    const stored = compress(raw);
    const page = { encoding: 'PLAIN', values: ROWS, size: stored.length, rawSize: raw.length };
    const head = { type: 'INT64', width: 0, ice: 'long' as const, isList: false, isRequired: true, codec, entries: ROWS, rows: ROWS };
    const pages: readonly PageFile['pages'][] = [
      [{ ...page, kind: 'v1' }],
      [{ ...page, kind: 'v2', repetitionBytes: 0, definitionBytes: 0 }],
    ];
    return pages.map((one) => frame({ ...head, pages: one } satisfies PageFile, stored));
  });
}

export const CODEC_TARGETS: readonly FuzzTarget[] = [
  {
    name: 'parquet-codecs',
    family: 'parquet',
    shape: 'json+bytes',
    seeds,
    run: async (input) => {
      const framed = unframe(input);
      const file = framed && pageFile(framed.head, framed.body);
      if (!file) return;
      const { rows, columns } = await readColumns(file.bytes, file.schema);
      expectShape(columns.length === 1 && rows >= 0, 'the one column');
    },
  },
];
