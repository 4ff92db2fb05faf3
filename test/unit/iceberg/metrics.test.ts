import { describe, expect, test } from 'vitest';
import type { NestedField, StructType } from '../../../src/contract/types.ts';
import { dataLocation } from '../../../src/iceberg/data-location.ts';
import { metricsModes, metricsOf } from '../../../src/iceberg/metrics.ts';
import { fromSingleValue } from '../../../src/iceberg/single-value.ts';
import type { SortOrder } from '../../../src/iceberg/types.ts';

const strings = (count: number, from = 1): NestedField[] =>
  Array.from({ length: count }, (_, i) => ({ id: from + i, name: `c${from + i}`, required: false, type: 'string' }));
const struct = (...fields: NestedField[]): StructType => ({ type: 'struct', fields });

describe('metrics modes', () => {
  test('by default give bounds to the first 100 columns, level by level, and nothing to the rest', () => {
    const nested: NestedField = { id: 500, name: 'st', required: false, type: struct(...strings(60, 501)) };
    const mode = metricsModes({ schema: struct(nested, ...strings(60)), properties: {} });
    expect(mode(60).kind).toBe('truncate');
    expect(mode(501 + 39).kind).toBe('truncate');
    expect(mode(501 + 40).kind).toBe('none');
  });

  test('give bounds to every column where there are at most 100, or where the table states a default', () => {
    const narrow = metricsModes({ schema: struct(...strings(100)), properties: {} });
    const stated = metricsModes({ schema: struct(...strings(300)), properties: { 'write.metadata.metrics.default': 'full' } });
    expect(Array.from({ length: 100 }, (_, i) => narrow(i + 1).kind)).toEqual(Array(100).fill('truncate'));
    expect(stated(300).kind).toBe('full');
  });

  test('always give bounds to columns the table is sorted by, unless one is told otherwise', () => {
    const sortOrder: SortOrder = {
      'order-id': 1,
      fields: [1, 2].map((id) => ({ 'source-id': id, transform: 'identity', direction: 'asc', 'null-order': 'nulls-first' })),
    };
    const properties = {
      'write.metadata.metrics.default': 'counts',
      'write.metadata.metrics.column.c2': 'none',
      'write.metadata.metrics.column.c3': 'truncate(5)',
    };
    const mode = metricsModes({ schema: struct(...strings(4)), properties, sortOrder });
    expect([1, 2, 3, 4].map(mode)).toEqual([
      { kind: 'truncate', length: 16 },
      { kind: 'none' },
      { kind: 'truncate', length: 5 },
      { kind: 'counts' },
    ]);
  });

  test('fall back where a property is malformed', () => {
    const mode = metricsModes({
      schema: struct(...strings(1)),
      properties: { 'write.metadata.metrics.column.c1': 'truncate(0)', 'write.metadata.metrics.default': 'often' },
    });
    expect(mode(1)).toEqual({ kind: 'truncate', length: 16 });
  });
});

describe('metrics', () => {
  test.each([
    ['alone', Buffer.alloc(20, 0xff)],
    ['behind text', Buffer.concat([Buffer.from('abc'), Buffer.alloc(20, 0xfe)])],
    ['cut off in a character', Buffer.concat([Buffer.alloc(15, 0x61), Buffer.from([0xf4, 0x62, 0x63])])],
  ])('never bound strings that are no UTF-8 (%s), as other writers make them, below their own bytes', (_where, bytes) => {
    const leaf = { columnSizeBytes: 9, valueCount: 1, nullCount: 0, isRepeated: false };
    const { lowerBounds, upperBounds } = metricsOf({
      stats: [{ ...leaf, fieldId: 1, min: bytes, max: bytes }],
      schema: struct(...strings(1)),
      properties: {},
    });
    expect(Buffer.compare(lowerBounds.get(1)!, bytes)).toBeLessThanOrEqual(0);
    const upper = upperBounds.get(1);
    expect(upper === undefined || Buffer.compare(upper, bytes) >= 0).toBe(true);
  });

  test('bound a file of ints in a column that another writer made a long', () => {
    const leaf = { columnSizeBytes: 9, valueCount: 2, nullCount: 0, isRepeated: false };
    const { lowerBounds, upperBounds } = metricsOf({
      stats: [{ ...leaf, fieldId: 1, min: -3, max: 5 }],
      schema: struct({ id: 1, name: 'a', required: false, type: 'long' }),
      properties: {},
    });
    expect(fromSingleValue('long', lowerBounds.get(1)!)).toBe(-3n);
    expect(fromSingleValue('long', upperBounds.get(1)!)).toBe(5n);
  });

  test('keep counts but no bounds of leaves inside lists and maps', () => {
    const list: NestedField = {
      id: 1,
      name: 'l',
      required: false,
      type: { type: 'list', 'element-id': 2, 'element-required': false, element: 'int' },
    };
    const stats = [{ fieldId: 2, columnSizeBytes: 9, valueCount: 4, nullCount: 1, min: 1, max: 3, isRepeated: true }];
    const metrics = metricsOf({ stats, schema: struct(list), properties: {} });
    expect([metrics.columnSizes.get(2), metrics.valueCounts.get(2), metrics.nullValueCounts.get(2)]).toEqual([9, 4, 1]);
    expect(metrics.lowerBounds.size + metrics.upperBounds.size).toBe(0);
  });

  test('keep column sizes even in mode none', () => {
    const stats = [{ fieldId: 1, columnSizeBytes: 9, valueCount: 4, nullCount: 1, isRepeated: false }];
    const metrics = metricsOf({ stats, schema: struct(...strings(1)), properties: { 'write.metadata.metrics.default': 'none' } });
    expect(metrics.columnSizes.get(1)).toBe(9);
    expect(metrics.valueCounts.size).toBe(0);
  });
});

describe('data file locations', () => {
  test.each([
    [{}, 's3://b/db/t/data/p=1/f.parquet'],
    [{ 'write.data.path': 's3://other/place/' }, 's3://other/place/p=1/f.parquet'],
  ])('follow the table properties %j', (properties, expected) => {
    expect(dataLocation({ location: 's3://b/db/t', properties }, 'p=1/f.parquet')).toBe(expected);
  });

  test('in the object-store layout outside the table’s folder tell tables apart', () => {
    const properties = { 'write.object-storage.enabled': 'true', 'write.data.path': 's3://other' };
    expect(dataLocation({ location: 's3://b/db/t', properties }, 'f.parquet')).toMatch(
      /^s3:\/\/other\/[01]{4}\/[01]{4}\/[01]{4}\/[01]{8}\/db\/t\/f\.parquet$/,
    );
    const flat = { 'write.object-storage.enabled': 'true', 'write.object-storage.partitioned-paths': 'false' };
    expect(dataLocation({ location: 's3://b/db/t', properties: flat }, 'f.parquet')).toMatch(
      /^s3:\/\/b\/db\/t\/data\/[01]{4}\/[01]{4}\/[01]{4}\/[01]{8}-f\.parquet$/,
    );
  });
});
