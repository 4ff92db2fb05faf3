// No member that another writer put anywhere into a metadata file is lost, whatever its name and value: what is read and written again
// is the same JSON, in versions 2 and 3.
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { parseExact, stringifyExact } from '../../../src/iceberg/json-exact.ts';
import { parseMetadata, serializeMetadata } from '../../../src/iceberg/metadata-json.ts';

const ID = 9_000_000_000_000_000_001n;

/** Every object a metadata file may have, in the spelling that is written. */
function metadataJson(version: 2 | 3): Record<string, unknown> {
  const struct = { type: 'struct', fields: [{ id: 7, name: 'x', required: true, type: 'timestamptz' }] };
  return {
    'format-version': version,
    'table-uuid': '9c12d441-03fe-4693-9a96-a0705ddf69c1',
    location: 's3://b/t',
    'last-sequence-number': 3,
    'last-updated-ms': 1_602_638_573_590,
    'last-column-id': 20,
    'current-schema-id': 0,
    schemas: [
      {
        type: 'struct',
        'schema-id': 0,
        'identifier-field-ids': [1],
        fields: [
          { id: 1, name: 'a', required: true, type: 'long', doc: 'd' },
          { id: 2, name: 'b', required: false, type: { type: 'list', 'element-id': 3, element: struct, 'element-required': true } },
          {
            id: 4,
            name: 'c',
            required: false,
            type: { type: 'map', 'key-id': 5, key: 'string', 'value-id': 6, value: 'decimal(9, 2)', 'value-required': false },
          },
          ...(version === 3
            ? [
                { id: 8, name: 'ns', required: false, type: 'timestamp_ns' },
                { id: 9, name: 'nothing', required: false, type: 'unknown' },
                { id: 10, name: 'tier', required: true, type: 'string', 'initial-default': 'free', 'write-default': 'paid' },
                { id: 11, name: 'big', required: true, type: 'long', 'initial-default': ID, 'write-default': 1 },
              ]
            : []),
        ],
      },
    ],
    'default-spec-id': 0,
    'partition-specs': [{ 'spec-id': 0, fields: [{ 'source-id': 1, 'field-id': 1000, name: 'p', transform: 'zorder[3]' }] }],
    'last-partition-id': 1000,
    'default-sort-order-id': 1,
    'sort-orders': [{ 'order-id': 1, fields: [{ 'source-id': 1, transform: 'identity', direction: 'asc', 'null-order': 'nulls-first' }] }],
    properties: { 'a.b': 'c' },
    'current-snapshot-id': ID,
    refs: {
      main: { 'snapshot-id': ID, type: 'branch', 'min-snapshots-to-keep': 5, 'max-ref-age-ms': 1 },
      t: { 'snapshot-id': ID, type: 'tag' },
    },
    snapshots: [
      {
        'snapshot-id': ID,
        'parent-snapshot-id': 12,
        'sequence-number': 3,
        'timestamp-ms': 1_602_638_573_590,
        'manifest-list': 's3://b/t/l.avro',
        summary: { operation: 'append' },
        'schema-id': 0,
        ...(version === 3 ? { 'first-row-id': 0, 'added-rows': 5, 'key-id': 'k' } : {}),
      },
    ],
    'snapshot-log': [{ 'timestamp-ms': 1, 'snapshot-id': ID }],
    'metadata-log': [{ 'timestamp-ms': 1, 'metadata-file': 's3://b/t/0.json' }],
    statistics: [
      {
        'snapshot-id': ID,
        'statistics-path': 's3://b/t/s.puffin',
        'file-size-in-bytes': 10,
        'file-footer-size-in-bytes': 5,
        'blob-metadata': [
          { type: 'apache-datasketches-theta-v1', 'snapshot-id': ID, 'sequence-number': 3, fields: [1], properties: { ndv: '3' } },
        ],
      },
    ],
    'partition-statistics': [{ 'snapshot-id': ID, 'statistics-path': 's3://b/t/p.parquet', 'file-size-in-bytes': 10 }],
    ...(version === 3
      ? {
          'next-row-id': 5,
          'encryption-keys': [{ 'key-id': 'k', 'encrypted-key-metadata': 'AA==', 'encrypted-by-id': 'm', properties: { p: 'v' } }],
        }
      : {}),
  };
}

/** Objects a writer may extend; properties and summaries are maps of texts. */
function objectsOf(value: unknown, key = ''): Record<string, unknown>[] {
  if (typeof value !== 'object' || value === null || key === 'properties' || key === 'summary') return [];
  if (Array.isArray(value)) return value.flatMap((member) => objectsOf(member));
  const inner = Object.entries(value).flatMap(([name, member]) => objectsOf(member, name));
  // The map of references is no object of fields.
  return key === 'refs' ? inner : [value as Record<string, unknown>, ...inner];
}

const unknownValues = fc.oneof(
  fc.string(),
  fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n }).map((value) => (Number.isSafeInteger(Number(value)) ? Number(value) : value)),
  fc.constantFrom(null, true, [], {}, [{ deep: [ID] }], { type: 'struct', fields: 'none' }),
);
const extras = fc.array(fc.record({ at: fc.nat(), name: fc.string({ minLength: 1 }).map((name) => `x-${name}`), value: unknownValues }), {
  minLength: 1,
  maxLength: 12,
});

describe('a metadata file that is read and written again', () => {
  test.each([2, 3] as const)('of version %s loses nothing that others put into it, at any level', (version) => {
    expect(objectsOf(metadataJson(version)).length).toBeGreaterThan(18);
    fc.assert(
      fc.property(extras, (added) => {
        const json = metadataJson(version);
        const objects = objectsOf(json);
        for (const { at, name, value } of added) objects[at % objects.length]![name] = value;
        const text = stringifyExact(json);
        const written = serializeMetadata(parseMetadata(Buffer.from(text))).toString('utf8');
        expect(parseExact(written)).toEqual(parseExact(text));
        expect(serializeMetadata(parseMetadata(Buffer.from(written))).toString('utf8')).toBe(written);
      }),
      { numRuns: 150 },
    );
  });
});
