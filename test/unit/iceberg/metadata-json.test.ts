import { gzipSync } from 'node:zlib';
import { describe, expect, test } from 'vitest';
import { InputRefusedError } from '../../../src/errors.ts';
import { currentSnapshot } from '../../../src/iceberg/find-snapshot.ts';
import { parseExact, stringifyExact } from '../../../src/iceberg/json-exact.ts';
import { nextMetadataName, parseMetadata, serializeMetadata } from '../../../src/iceberg/metadata-json.ts';
import { append, createTable, dataFile } from '../../support/iceberg/tables.ts';

/** Metadata as another engine might write it: 64-bit ids, fields of the future, spaced decimals. */
function foreign(overrides: Record<string, unknown> = {}): string {
  const id = 9_223_372_036_854_775_807n;
  return stringifyExact({
    'format-version': 2,
    'table-uuid': '9c12d441-03fe-4693-9a96-a0705ddf69c1',
    location: 's3://b/t/',
    'last-sequence-number': 34,
    'last-updated-ms': 1_602_638_573_590,
    'last-column-id': 2,
    'current-schema-id': 1,
    schemas: [
      {
        type: 'struct',
        'schema-id': 1,
        'identifier-field-ids': [1],
        fields: [
          { id: 1, name: 'x', required: true, type: 'long', 'x-from-the-future': [1] },
          { id: 2, name: 'd', required: false, type: 'decimal(9, 2)', 'initial-default': '1.00' },
        ],
      },
    ],
    'default-spec-id': 0,
    'partition-specs': [{ 'spec-id': 0, fields: [{ name: 'x', transform: 'identity', 'source-id': 1, 'field-id': 1000 }] }],
    'last-partition-id': 1000,
    'default-sort-order-id': 3,
    'sort-orders': [{ 'order-id': 3, fields: [{ transform: 'bucket[4]', 'source-id': 1, direction: 'desc', 'null-order': 'nulls-last' }] }],
    properties: { a: 'b' },
    'current-snapshot-id': id,
    snapshots: [
      {
        'snapshot-id': id,
        'parent-snapshot-id': id - 1n,
        'sequence-number': 34,
        'timestamp-ms': 1,
        'manifest-list': 's3://b/l',
        summary: { operation: 'append' },
        'key-id': 'k',
      },
    ],
    'snapshot-log': [{ 'snapshot-id': id, 'timestamp-ms': 1 }],
    statistics: [{ 'snapshot-id': id, 'statistics-path': 's3://b/s', 'blob-metadata': [] }],
    'future-field': { deep: [9_007_199_254_740_993n, 0.5] },
    ...overrides,
  });
}

const bytes = (text: string) => Buffer.from(text, 'utf8');

describe('table metadata', () => {
  test('of another engine goes through unchanged, huge ids and unknown fields included', () => {
    const text = foreign();
    const written = parseExact(serializeMetadata(parseMetadata(bytes(text))).toString('utf8')) as Record<string, unknown>;
    const before = parseExact(text) as Record<string, unknown>;
    const main = { 'snapshot-id': before['current-snapshot-id'], type: 'branch' };
    expect(written).toEqual({ ...before, location: 's3://b/t', refs: { main }, 'metadata-log': [] });
  });

  test('keeps a reference whatever its name: what it names must not expire', () => {
    const refs = '{"__proto__":{"snapshot-id":1,"type":"tag"},"constructor":{"snapshot-id":2,"type":"branch"}}';
    const written = serializeMetadata(parseMetadata(Buffer.from(foreign({ refs: {} }).replace('"refs":{}', `"refs":${refs}`)))).toString();
    for (const name of ['__proto__', 'constructor']) expect(written).toContain(`"${name}":{"snapshot-id"`);
  });

  test('gives snapshot ids as bigint, small ones too', () => {
    const metadata = parseMetadata(
      bytes(foreign({ 'current-snapshot-id': 5, snapshots: [{ 'snapshot-id': 5, 'timestamp-ms': 1, 'manifest-list': 'l' }] })),
    );
    expect(metadata['current-snapshot-id']).toBe(5n);
    expect(currentSnapshot(metadata)).toEqual({
      'snapshot-id': 5n,
      'sequence-number': 0,
      'timestamp-ms': 1,
      'manifest-list': 'l',
      summary: {},
    });
  });

  test.each([-1, null, undefined])('has no current snapshot when the id is %s, and writes none', (current) => {
    const metadata = parseMetadata(bytes(foreign({ 'current-snapshot-id': current, snapshots: [] })));
    expect(metadata['current-snapshot-id']).toBeNull();
    expect(metadata.refs).toEqual({});
    expect(serializeMetadata(metadata).toString()).not.toContain('current-snapshot-id');
  });

  test('is read from gzip', () => {
    expect(parseMetadata(gzipSync(bytes(foreign())))).toEqual(parseMetadata(bytes(foreign())));
  });

  test('of our own is the same after writing and reading', async () => {
    const table = await createTable();
    await append(table, [dataFile()], { tag: { name: 'ours' } });
    expect(parseMetadata(serializeMetadata(table.metadata))).toEqual(table.metadata);
  });

  test.each([
    ['version 1', { 'format-version': 1 }, /format-version to be 2 or 3/],
    ['a version of the future', { 'format-version': 4 }, /got 4/],
    ['no uuid', { 'table-uuid': undefined }, /table-uuid to be text/],
    ['a sequence number that is no integer', { 'last-sequence-number': 1.5 }, /last-sequence-number to be an integer/],
    ['no schemas', { schemas: undefined }, /schemas to be an array/],
    ...['variant', 'geometry', 'geometry(srid:4326)', 'geography(srid:4326, karney)'].map(
      (type): [string, Record<string, unknown>, RegExp] => [
        `a column of type ${type}`,
        { schemas: [{ type: 'struct', fields: [{ id: 1, name: 'x', required: false, type }] }] },
        new RegExp(`column of type ${/^\w+/.exec(type)![0]}, which is not supported`),
      ],
    ),
    [
      'a type nobody knows',
      { schemas: [{ type: 'struct', fields: [{ id: 1, name: 'x', required: true, type: 'varchar' }] }] },
      /primitive type/,
    ],
    ['a ref of no kind', { refs: { main: { 'snapshot-id': 1, type: 'x' } } }, /ref type to be branch or tag/],
    ['snapshots that are no list', { snapshots: {} }, /snapshots to be an array/],
  ])('with %s is refused by name', (_what, overrides, message) => {
    const parse = () => parseMetadata(bytes(foreign(overrides)));
    expect(parse).toThrow(InputRefusedError);
    expect(parse).toThrow(message);
  });

  test('that is no JSON is refused without quoting it', () => {
    const parse = () => parseMetadata(bytes('{"secret-name": '));
    expect(parse).toThrow(InputRefusedError);
    expect(parse).not.toThrow(/secret/);
  });

  test('nested deeper than any schema should be is refused', () => {
    const type = Array.from({ length: 100 }).reduce(
      (inner) => ({ type: 'list', 'element-id': 1, 'element-required': true, element: inner }),
      'int' as unknown,
    );
    const schemas = [{ type: 'struct', 'schema-id': 1, fields: [{ id: 1, name: 'x', required: true, type }] }];
    expect(() => parseMetadata(bytes(foreign({ schemas })))).toThrow(/at most 64 levels/);
  });
});

describe('names of metadata files', () => {
  test.each([
    [undefined, '00000-u.metadata.json'],
    ['s3://b/t/metadata/00041-abc.metadata.json', '00042-u.metadata.json'],
    ['s3://b/t/metadata/99999-abc.gz.metadata.json', '100000-u.metadata.json'],
    ['file:///w/metadata/v7.metadata.json', '00008-u.metadata.json'],
    ['s3://b/metadata/odd.metadata.json', '00000-u.metadata.json'],
  ])('after %s comes %s', (previous, expected) => {
    expect(nextMetadataName(previous, 'u')).toBe(expected);
  });
});
