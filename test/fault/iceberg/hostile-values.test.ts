// Defects of foreign Avro and JSON that once got past the decoders, each named: refused now with an error of ours.
import { describe, expect, it } from 'vitest';
import { InputRefusedError } from '../../../src/errors.ts';
import { fromAvroCell } from '../../../src/iceberg/avro-cells.ts';
import { type AvroLimits, readAvro, writeAvro } from '../../../src/iceberg/avro-file.ts';
import { parseExact } from '../../../src/iceberg/json-exact.ts';
import { parseMetadata } from '../../../src/iceberg/metadata-json.ts';
import { parseSchema } from '../../../src/iceberg/schema-json.ts';
import { fromSingleValue } from '../../../src/iceberg/single-value.ts';
import { fromJsonValue } from '../../../src/iceberg/single-value-json.ts';
import { avroContainer } from '../../support/fuzz/avro-container.ts';
import { sampleMetadataJson } from '../../support/fuzz/samples.ts';

function refusal(read: () => unknown): string {
  try {
    read();
  } catch (error) {
    expect(error).toBeInstanceOf(InputRefusedError);
    return (error as Error).message;
  }
  throw new Error('expected a refusal, got a value');
}

function readBlock(schema: unknown, limits: Partial<AvroLimits> = {}): unknown {
  return readAvro(avroContainer({ schema, codec: 'null', count: 1 }, Buffer.of(0)), limits);
}

describe('an Avro file is refused', () => {
  it('whose record has a field that is no object', () => {
    expect(refusal(() => readBlock({ type: 'record', name: 'r', fields: [null] }))).toMatch(/a field that is no object/);
  });

  it('whose named records repeat each other until one record has 2^31 fields without bytes', () => {
    let schema: unknown = { type: 'record', name: 'r0', fields: [{ name: 'a', type: 'null' }] };
    for (let depth = 1; depth < 31; depth++) {
      schema = {
        type: 'record',
        name: `r${depth}`,
        fields: [
          { name: 'a', type: schema },
          { name: 'b', type: `r${depth - 1}` },
        ],
      };
    }
    expect(refusal(() => readBlock(schema, { valuesMax: 100_000 }))).toMatch(/more than 100000 values/);
  });

  it('with more values than one file may hold, however few bytes they take', () => {
    const nulls = { type: 'record', name: 'n', fields: Array.from({ length: 400 }, (_, i) => ({ name: `f${i}`, type: 'null' })) };
    const schema = {
      type: 'record',
      name: 'w',
      fields: [
        { name: 'n', type: nulls },
        { name: 'b', type: 'boolean' },
      ],
    };
    const records = Array.from({ length: 300 }, () => ({ n: {}, b: true }));
    const bytes = writeAvro({ schema, metadata: {}, records, codec: 'deflate' });
    expect(readAvro(bytes).records).toHaveLength(300);
    expect(refusal(() => readAvro(bytes, { valuesMax: 100_000 }))).toMatch(/more than 100000 values/);
  });
});

describe('a partition cell is refused', () => {
  it.each([
    ['timestamptz', 'soon'],
    ['long', Buffer.of(1)],
    ['decimal(9,2)', 12],
    ['decimal(9,2)', Buffer.alloc(17)],
    ['string', 5],
    ['boolean', 1],
    ['uuid', 'f79c3e09-677c-4bbd-a479-3f349cb785e7'],
  ] as const)('that is annotated as %s and stored as another kind', (type, value) => {
    expect(refusal(() => fromAvroCell(type, value))).toMatch(/is stored as another kind/);
  });
});

describe('a single value is refused', () => {
  it.each([
    ['decimal(38,10)', 0],
    ['decimal(38,10)', 17],
    ['uuid', 15],
  ] as const)('of %s in %i bytes', (type, length) => {
    expect(refusal(() => fromSingleValue(type, Buffer.alloc(length)))).toMatch(/expected .*16 bytes/);
  });

  const list = { type: 'list', 'element-id': 2, 'element-required': false, element: 'int' } as const;
  const map = { type: 'map', 'key-id': 3, key: 'string', 'value-id': 4, 'value-required': false, value: 'int' } as const;
  it.each([
    ['a list that is none', list, { 0: 1 }],
    ['a map without its values', map, { keys: ['a'] }],
    ['a map of more keys than values', map, { keys: ['a', 'b'], values: [1] }],
    ['a map of null', map, { keys: null, values: null }],
    ['an int beyond 32 bits', 'int', 2 ** 31],
    ['a long beyond 64 bits', 'long', 2n ** 63n],
    ['a decimal of more digits than its precision', 'decimal(4,2)', '100.00'],
    ['a decimal of a million digits', 'decimal(4,2)', `${'0'.repeat(1_000_000)}x`],
    ['a date beyond 32 bits of days', 'date', '9999999-01-01'],
    ['a timestamp beyond 64 bits', 'timestamp_ns', '2300-01-01T00:00:00'],
  ] as const)('in JSON: %s', (_, type, value) => {
    expect(refusal(() => fromJsonValue(type, value))).toMatch(/JSON single value is no/);
  });

  it('in JSON as the default of a field, when the schema is read', () => {
    const field = { id: 1, name: 'c', required: false, type: 'int', 'initial-default': 'five' };
    expect(refusal(() => parseSchema({ type: 'struct', fields: [field] }))).toMatch(/initial-default of field 1/);
  });
});

describe('a JSON document does not cost more time than its length', () => {
  it('that is full of the beginnings of the marker for long integers', () => {
    const text = JSON.stringify({ a: `${'#'.repeat(200_000)}integer:`, b: '#integer:9' });
    expect(parseExact(`[${text},12345678901234567890]`)).toEqual([JSON.parse(text), 12_345_678_901_234_567_890n]);
  });

  it('that is one integer of millions of digits, which no format has: it stays a double', () => {
    expect(parseExact(`{"a":${'9'.repeat(3_000_000)}}`)).toEqual({ a: Infinity });
  });
});

describe('table metadata that contradicts itself is refused by the claim that is false', () => {
  const change = (members: Readonly<Record<string, unknown>>) => () =>
    parseMetadata(Buffer.from(JSON.stringify({ ...sampleMetadataJson(2), ...members })));
  const sample = sampleMetadataJson(2) as Record<'schemas' | 'partition-specs' | 'snapshots' | 'sort-orders', readonly object[]>;

  it('and read where it does not', () => {
    expect(change({})()['current-schema-id']).toBe(1);
  });

  it.each([
    ['a current schema that it does not have', { 'current-schema-id': 7 }, 'current-schema-id'],
    ['a default spec that it does not have', { 'default-spec-id': 7 }, 'default-spec-id'],
    ['a default sort order that it does not have', { 'default-sort-order-id': 7 }, 'default-sort-order-id'],
    ['two schemas of one id', { schemas: [...sample.schemas, sample.schemas[0]] }, 'schemas'],
    ['two specs of one id', { 'partition-specs': [...sample['partition-specs'], sample['partition-specs'][0]] }, 'partition-specs'],
    ['two snapshots of one id', { snapshots: [...sample.snapshots, sample.snapshots[0]] }, 'snapshots'],
    ['a last column id below one in use', { 'last-column-id': 3 }, 'last-column-id'],
    ['a last partition id below one in use', { 'last-partition-id': 1000 }, 'last-partition-id'],
    ['a last sequence number below one in use', { 'last-sequence-number': 1 }, 'last-sequence-number'],
    ['a current snapshot that it does not have', { 'current-snapshot-id': 77, refs: {} }, 'current-snapshot-id'],
    ['a main branch that is not the current snapshot', { refs: { main: { 'snapshot-id': 1, type: 'branch' } } }, 'the reference main'],
  ])('%s', (_, members, claim) => {
    expect(refusal(change(members))).toContain(`contradicts itself: expected ${claim} to be`);
  });

  it('two fields of one id in a schema', () => {
    const field = { id: 1, name: 'a', required: false, type: 'int' };
    const schemas = [{ type: 'struct', 'schema-id': 1, fields: [field, { ...field, name: 'b' }] }];
    expect(refusal(change({ schemas, 'partition-specs': [{ 'spec-id': 0, fields: [] }] }))).toContain('fields of a schema');
  });
});
