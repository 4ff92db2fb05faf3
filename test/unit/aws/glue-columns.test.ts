import { describe, expect, it } from 'vitest';
import { hiveType } from '../../../src/aws/glue-columns.ts';
import type { IcebergType } from '../../../src/contract/types.ts';

describe('Hive types', () => {
  it.each<[IcebergType, string]>([
    ['boolean', 'boolean'],
    ['int', 'int'],
    ['long', 'bigint'],
    ['float', 'float'],
    ['double', 'double'],
    ['date', 'date'],
    ['time', 'string'],
    ['timestamp', 'timestamp'],
    ['timestamptz', 'timestamp'],
    ['timestamptz_ns', 'timestamp'],
    ['string', 'string'],
    ['uuid', 'string'],
    ['binary', 'binary'],
    ['fixed[16]', 'binary'],
    ['decimal(18,4)', 'decimal(18,4)'],
    ['decimal(18, 4)' as IcebergType, 'decimal(18,4)'],
    [{ type: 'list', 'element-id': 2, 'element-required': true, element: 'long' }, 'array<bigint>'],
    [{ type: 'map', 'key-id': 2, key: 'string', 'value-id': 3, 'value-required': false, value: 'uuid' }, 'map<string,string>'],
    [
      {
        type: 'struct',
        fields: [
          { id: 2, name: 'a', required: true, type: 'long' },
          { id: 3, name: 'b', required: true, type: { type: 'list', 'element-id': 4, 'element-required': true, element: 'fixed[2]' } },
        ],
      },
      'struct<a:bigint,b:array<binary>>',
    ],
  ])('of %j is %s', (type, text) => {
    expect(hiveType(type)).toBe(text);
  });
});
