// Avro containers, manifests and manifest lists. Besides whole files there are harnesses that take a schema and the plain bytes of one
// block and put codec, counts and sync marker right, so that what decodes the records is what is tried.
import { inflateRawSync } from 'node:zlib';
import { readAvro } from '../../../../src/iceberg/avro-file.ts';
import { readManifestList, writeManifestList } from '../../../../src/iceberg/manifest-list.ts';
import { readManifest } from '../../../../src/iceberg/manifest-read.ts';
import { writeManifest } from '../../../../src/iceberg/manifest-write.ts';
import { fromSingleValue } from '../../../../src/iceberg/single-value.ts';
import type { ManifestFile } from '../../../../src/iceberg/types.ts';
import { avroContainer } from '../avro-container.ts';
import { expectShape, sampleFile, sampleMetadata } from '../samples.ts';
import { type FuzzTarget, frame, unframe } from '../types.ts';

const LINE: Omit<ManifestFile, 'path' | 'lengthBytes'> = {
  specId: 0,
  content: 0,
  sequenceNumber: 3,
  minSequenceNumber: 1,
  addedSnapshotId: 7n,
  firstRowId: 100,
};

function manifests(version: 2 | 3): readonly Buffer[] {
  const metadata = sampleMetadata(version);
  const data = [sampleFile(), sampleFile({ partition: [null, null], firstRowId: 7 })];
  const deletes = [
    sampleFile({ content: 1, referencedDataFile: 's3://b/t/data/1.parquet', contentOffset: 4, contentSizeBytes: 40 }),
    sampleFile({ content: 2, equalityIds: [2] }),
  ];
  return [data, deletes].map(
    (files, content) =>
      writeManifest({
        metadata,
        specId: 0,
        content: content as 0 | 1,
        snapshotId: 7n,
        sequenceNumber: 3,
        entries: files.map((file) => ({ status: 1, snapshotId: 7n, file })),
      }).bytes,
  );
}

/** A container of one deflated block in the form the harnesses take. */
function blockOf(file: Buffer): Buffer {
  const { schema, records } = readAvro(file);
  const sync = file.subarray(-16);
  let at = file.indexOf(sync) + sync.length;
  // Behind the marker of the header come the count and the size of the block, each a varint.
  for (let numbers = 0; numbers < 2; at++) if (file[at]! < 0x80) numbers++;
  return frame({ schema, codec: 'null', count: records.length }, inflateRawSync(file.subarray(at, file.length - sync.length)));
}

function lists(): readonly Buffer[] {
  const manifests: ManifestFile[] = [0, 1].map((content) => ({
    path: `s3://b/t/metadata/m${content}.avro`,
    lengthBytes: 5000,
    specId: 0,
    content: content as 0 | 1,
    sequenceNumber: 3,
    minSequenceNumber: 1,
    addedSnapshotId: 7n,
    addedFiles: 1,
    existingFiles: 2,
    deletedFiles: 3,
    addedRows: 4,
    existingRows: 5,
    deletedRows: 6,
    partitions: [{ containsNull: false, containsNan: false, lowerBound: Buffer.alloc(4), upperBound: Buffer.alloc(4, 1) }],
    ...(content === 0 ? { keyMetadata: Buffer.from([1, 2]) } : {}),
  }));
  return ([2, 3] as const).map(
    (formatVersion) =>
      writeManifestList({ formatVersion, manifests, snapshotId: 9n, parentSnapshotId: 7n, sequenceNumber: 3, nextRowId: 10 }).bytes,
  );
}

/** What a scan does with the entries: it trusts these kinds. */
function checkEntries(bytes: Uint8Array): void {
  for (const entry of readManifest(bytes, { ...LINE, path: 's3://b/t/metadata/m.avro', lengthBytes: bytes.length })) {
    const { file } = entry;
    expectShape(typeof file.filePath === 'string' && typeof entry.snapshotId === 'bigint', 'a path and a snapshot');
    for (const value of [
      file.recordCount,
      file.fileSizeBytes,
      entry.sequenceNumber,
      entry.fileSequenceNumber,
      file.contentOffset ?? 0,
      file.contentSizeBytes ?? 0,
      file.firstRowId ?? 0,
    ]) {
      expectShape(Number.isSafeInteger(value) && value >= 0, 'counts that are safe integers from 0');
    }
    for (const bound of [...(file.lowerBounds?.values() ?? []), ...(file.upperBounds?.values() ?? [])])
      expectShape(bound instanceof Uint8Array, 'bounds of bytes');
    expectShape(file.referencedDataFile === undefined || typeof file.referencedDataFile === 'string', 'a referenced file of text');
    expectShape(file.keyMetadata === undefined || file.keyMetadata instanceof Uint8Array, 'key metadata of bytes');
    for (const cell of file.partition)
      expectShape(
        cell === null || ['boolean', 'number', 'bigint', 'string'].includes(typeof cell) || cell instanceof Uint8Array,
        'primitive partition cells',
      );
  }
}

function checkLines(bytes: Uint8Array): void {
  for (const line of readManifestList(bytes)) {
    expectShape(typeof line.path === 'string' && typeof line.addedSnapshotId === 'bigint', 'a path and a snapshot');
    for (const value of [
      line.lengthBytes,
      line.sequenceNumber,
      line.minSequenceNumber,
      line.addedFiles ?? 0,
      line.existingRows ?? 0,
      line.firstRowId ?? 0,
    ]) {
      expectShape(Number.isSafeInteger(value) && value >= 0, 'counts that are safe integers from 0');
    }
    for (const { lowerBound, upperBound, containsNan } of line.partitions ?? []) {
      expectShape(containsNan === undefined || typeof containsNan === 'boolean', 'flags');
      for (const bound of [lowerBound, upperBound])
        if (bound !== undefined) expectShape(bound instanceof Uint8Array && fromSingleValue('binary', bound), 'bounds of bytes');
    }
  }
}

const AVRO_SCHEMA = {
  type: 'record',
  name: 'r',
  fields: [
    { name: 'a', type: ['null', 'long'], 'field-id': 1 },
    { name: 'b', type: { type: 'array', items: { type: 'record', name: 'n', fields: [{ name: 'x', type: 'double' }] } } },
    { name: 'c', type: { type: 'map', values: 'string' } },
    { name: 'd', type: { type: 'fixed', name: 'f', size: 3 } },
    { name: 'e', type: { type: 'enum', name: 'e', symbols: ['A', 'B'] } },
    { name: 'g', type: ['null', 'f', 'boolean', 'int', 'float', 'bytes'] },
  ],
};
/** Record of AVRO_SCHEMA by hand: our writer has no maps and enums. */
const AVRO_RECORD = Buffer.from([2, 6, 2, ...Buffer.alloc(8, 64), 0, 2, 2, 107, 4, 118, 118, 0, 1, 2, 3, 2, 10, 6, 1, 2, 3]);

export const AVRO_TARGETS: readonly FuzzTarget[] = [
  {
    name: 'avro-file',
    family: 'avro',
    shape: 'bytes',
    seeds: () => [...lists(), ...manifests(2), avroContainer({ schema: AVRO_SCHEMA, codec: 'null', count: 1 }, AVRO_RECORD)],
    run: (input) => readAvro(input),
  },
  {
    name: 'avro-block',
    family: 'avro',
    shape: 'json+bytes',
    seeds: () => [frame({ schema: AVRO_SCHEMA, codec: 'null', count: 1 }, AVRO_RECORD)],
    run: (input) => {
      const framed = unframe(input);
      return framed && readAvro(avroContainer(framed.head, framed.body));
    },
  },
  {
    name: 'manifest',
    family: 'avro',
    shape: 'json+bytes',
    seeds: () => ([2, 3] as const).flatMap(manifests).map(blockOf),
    run: (input) => {
      const framed = unframe(input);
      return framed && checkEntries(avroContainer(framed.head, framed.body));
    },
  },
  {
    name: 'manifest-list',
    family: 'avro',
    shape: 'json+bytes',
    seeds: () => lists().map(blockOf),
    run: (input) => {
      const framed = unframe(input);
      return framed && checkLines(avroContainer(framed.head, framed.body));
    },
  },
];
