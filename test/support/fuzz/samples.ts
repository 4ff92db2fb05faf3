// Sample values that several fuzz targets begin with: a table's metadata with everything in it, a data file with every statistic.
import { parseMetadata } from '../../../src/iceberg/metadata-json.ts';
import type { DataFile, TableMetadata } from '../../../src/iceberg/types.ts';

/** Metadata JSON of a table with two schemas, two specs, a sort order, two snapshots, references and logs. */
export function sampleMetadataJson(version: 2 | 3): Record<string, unknown> {
  const nested = { type: 'struct', fields: [{ id: 7, name: 'x', required: false, type: 'decimal(9, 2)' }] };
  const fields = [
    { id: 1, name: 'event_time', required: true, type: 'timestamptz' },
    { id: 2, name: 'user', required: false, type: 'string', doc: 'who' },
    { id: 3, name: 'tags', required: false, type: { type: 'list', 'element-id': 4, 'element-required': false, element: 'fixed[3]' } },
    {
      id: 5,
      name: 'props',
      required: false,
      type: { type: 'map', 'key-id': 6, key: 'string', 'value-id': 8, 'value-required': true, value: nested },
    },
    { id: 9, name: 'level', required: false, type: 'int', ...(version === 3 ? { 'initial-default': 4, 'write-default': 5 } : {}) },
  ];
  const snapshot = (id: number, parent: number | undefined) => ({
    'snapshot-id': id,
    ...(parent === undefined ? {} : { 'parent-snapshot-id': parent }),
    'sequence-number': id,
    'timestamp-ms': 1_000 + id,
    'manifest-list': `s3://b/t/metadata/snap-${id}.avro`,
    summary: { operation: 'append', 'total-records': '10', 'added-files-size': '1' },
    'schema-id': 1,
    ...(version === 3 ? { 'first-row-id': 0, 'added-rows': 10 } : {}),
  });
  return {
    'format-version': version,
    'table-uuid': '00000000-0000-4000-8000-000000000001',
    location: 's3://b/t',
    'last-sequence-number': 2,
    'last-updated-ms': 1_002,
    'last-column-id': 9,
    'current-schema-id': 1,
    schemas: [
      { type: 'struct', 'schema-id': 0, fields: fields.slice(0, 2) },
      { type: 'struct', 'schema-id': 1, 'identifier-field-ids': [1], fields },
    ],
    'default-spec-id': 0,
    'partition-specs': [
      {
        'spec-id': 0,
        fields: [
          { 'source-id': 1, 'field-id': 1000, name: 'day', transform: 'day' },
          { 'source-id': 2, 'field-id': 1001, name: 'b', transform: 'bucket[16]' },
        ],
      },
      { 'spec-id': 1, fields: [{ 'source-id': 2, 'field-id': 1002, name: 't', transform: 'truncate[4]' }] },
    ],
    'last-partition-id': 1002,
    'default-sort-order-id': 1,
    'sort-orders': [{ 'order-id': 1, fields: [{ 'source-id': 1, transform: 'identity', direction: 'asc', 'null-order': 'nulls-first' }] }],
    properties: { 'write.metadata.previous-versions-max': '5', 'firn.applied': '3', 'firn.contract': 'a.b' },
    'current-snapshot-id': 2,
    refs: { main: { 'snapshot-id': 2, type: 'branch' }, 'firn-applied': { 'snapshot-id': 1, type: 'tag', 'max-ref-age-ms': 1 } },
    snapshots: [snapshot(1, undefined), snapshot(2, 1)],
    'snapshot-log': [
      { 'timestamp-ms': 1_001, 'snapshot-id': 1 },
      { 'timestamp-ms': 1_002, 'snapshot-id': 2 },
    ],
    'metadata-log': [{ 'timestamp-ms': 1_000, 'metadata-file': 's3://b/t/metadata/00000-a.metadata.json' }],
    ...(version === 3 ? { 'next-row-id': 20 } : {}),
    statistics: [],
  };
}

export function sampleMetadata(version: 2 | 3): TableMetadata {
  return parseMetadata(Buffer.from(JSON.stringify(sampleMetadataJson(version))));
}

/** A data file of the sample table's first spec with every statistic. */
export function sampleFile(overrides: Partial<DataFile> = {}): DataFile {
  return {
    content: 0,
    filePath: 's3://b/t/data/1.parquet',
    fileFormat: 'PARQUET',
    specId: 0,
    partition: [20_000, 3],
    recordCount: 10,
    fileSizeBytes: 1000,
    columnSizes: new Map([
      [1, 40],
      [2, 50],
    ]),
    valueCounts: new Map([
      [1, 10],
      [2, 10],
    ]),
    nullValueCounts: new Map([
      [1, 0],
      [2, 3],
    ]),
    nanValueCounts: new Map([[7, 1]]),
    lowerBounds: new Map([
      [1, Buffer.alloc(8)],
      [2, Buffer.from('a')],
    ]),
    upperBounds: new Map([
      [1, Buffer.alloc(8, 1)],
      [2, Buffer.from('zz')],
    ]),
    keyMetadata: Buffer.from([9]),
    splitOffsets: [4, 500],
    sortOrderId: 1,
    ...overrides,
  };
}

/** Thrown where a decoder handed out a value that its readers cannot use: a finding. */
export class ShapeError extends Error {
  override readonly name = 'ShapeError';
}

export function expectShape(condition: unknown, what: string): void {
  if (!condition) throw new ShapeError(`expected ${what}`);
}
