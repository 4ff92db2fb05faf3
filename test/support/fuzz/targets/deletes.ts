// Puffin files, roaring bitmaps and deletion vectors.
import { crc32 } from 'node:zlib';
import { decodeDeletionVector, encodeDeletionVector } from '../../../../src/iceberg/deletion-vector.ts';
import { readPuffinBlob, readPuffinFooter, writePuffin } from '../../../../src/iceberg/puffin.ts';
import { positionSetOf } from '../../../../src/iceberg/roaring.ts';
import { decodePositions, encodePositions } from '../../../../src/iceberg/roaring-format.ts';
import { expectShape } from '../samples.ts';
import { type FuzzTarget, frame, unframe } from '../types.ts';

const SETS: readonly (readonly number[])[] = [
  [],
  [0],
  [1, 2, 3, 70_000, 2 ** 32 + 5],
  Array.from({ length: 300 }, (_, i) => i * 3),
  Array.from({ length: 5_000 }, (_, i) => i),
  Array.from({ length: 5_000 }, (_, i) => i * 2),
];
const sets = () => SETS.map((positions) => positionSetOf(positions));

function bitmap(input: Uint8Array): void {
  const framed = unframe(input);
  if (!framed || typeof framed.head !== 'number') return;
  const set = decodePositions(framed.body, framed.head);
  expectShape(decodePositions(encodePositions(set), set.cardinality).cardinality === set.cardinality, 'a set that can be written');
}

/** The body of a vector under a right length, magic and checksum. */
function vector(input: Uint8Array): void {
  const framed = unframe(input);
  if (!framed || typeof framed.head !== 'number') return;
  const body = Buffer.concat([Buffer.from([0xd1, 0xd3, 0x39, 0x64]), framed.body]);
  const [length, checksum] = [Buffer.alloc(4), Buffer.alloc(4)];
  length.writeUInt32BE(body.length);
  checksum.writeUInt32BE(crc32(body));
  decodeDeletionVector(Buffer.concat([length, body, checksum]), { filePath: 's3://b/t/data/d.puffin', recordCount: framed.head });
}

export const DELETE_TARGETS: readonly FuzzTarget[] = [
  {
    name: 'roaring',
    family: 'deletes',
    shape: 'json+bytes',
    seeds: () => sets().map((set) => frame(set.cardinality, encodePositions(set))),
    run: bitmap,
  },
  {
    name: 'deletion-vector',
    family: 'deletes',
    shape: 'json+bytes',
    seeds: () => sets().map((set) => frame(set.cardinality, encodePositions(set))),
    run: vector,
  },
  {
    name: 'puffin',
    family: 'deletes',
    shape: 'bytes',
    seeds: () => [
      writePuffin({ blobs: sets().map((set) => encodeDeletionVector(set, 's3://b/t/data/1.parquet')), properties: { 'created-by': 'x' } })
        .bytes,
    ],
    run: (input) => {
      for (const blob of readPuffinFooter(input).blobs) expectShape(readPuffinBlob(input, blob) instanceof Uint8Array, 'bytes');
    },
  },
  {
    name: 'puffin-footer',
    family: 'deletes',
    shape: 'json',
    seeds: () => [Buffer.from(JSON.stringify(FOOTER))],
    run: (input) => {
      const length = Buffer.alloc(8);
      length.writeUInt32LE(input.length);
      const file = Buffer.concat([Buffer.from('PFA1'), Buffer.alloc(512), Buffer.from('PFA1'), input, length, Buffer.from('PFA1')]);
      for (const blob of readPuffinFooter(file).blobs) readPuffinBlob(file, blob);
    },
  },
];

const FOOTER = {
  blobs: [
    {
      type: 'deletion-vector-v1',
      fields: [2_147_483_645],
      'snapshot-id': -1,
      'sequence-number': -1,
      offset: 4,
      length: 40,
      properties: { cardinality: '3', 'referenced-data-file': 'f' },
    },
    {
      type: 'apache-datasketches-theta-v1',
      fields: [1],
      'snapshot-id': 5,
      'sequence-number': 1,
      offset: 44,
      length: 8,
      'compression-codec': 'zstd',
    },
  ],
  properties: { 'created-by': 'x' },
};
