import { describe, expect, test } from 'vitest';
import type { NestedField, StructType } from '../../../src/contract/types.ts';
import { ContractError, InputRefusedError } from '../../../src/errors.ts';
import { currentSchema, type EvolutionRequest, planEvolution } from '../../../src/iceberg/evolve.ts';
import { formatFieldIds, parseFieldIds, remapStruct } from '../../../src/iceberg/field-ids.ts';
import { parseMetadata, serializeMetadata } from '../../../src/iceberg/metadata-json.ts';
import { newTableMetadata } from '../../../src/iceberg/new-table.ts';
import { listFields } from '../../../src/iceberg/schema-fields.ts';
import { schemaHash, specHash } from '../../../src/iceberg/schema-hash.ts';
import type { TableMetadata } from '../../../src/iceberg/types.ts';
import { append, createTable, dataFile, EVENTS } from '../../support/iceberg/tables.ts';

const field = (id: number, name: string, type: NestedField['type'], required = false): NestedField => ({ id, name, required, type });
const struct = (...fields: NestedField[]): StructType => ({ type: 'struct', fields });

const NESTED = struct(
  field(10, 'id', 'int', true),
  field(11, 'device', struct(field(12, 'model', 'string'), field(13, 'score', 'float', true))),
  field(14, 'tags', { type: 'list', 'element-id': 15, 'element-required': true, element: struct(field(16, 'k', 'string', true)) }),
  field(17, 'attrs', { type: 'map', 'key-id': 18, key: 'string', 'value-id': 19, 'value-required': false, value: 'int' }),
);

async function tableOf(contract: StructType, isEmpty = false) {
  const table = await createTable({ struct: contract, partition: [] });
  if (!isEmpty) await append(table, [dataFile({ partition: [] })]);
  return table;
}

function evolved(metadata: TableMetadata, request: EvolutionRequest) {
  const plan = planEvolution(metadata, request);
  if (plan.kind !== 'evolve') throw new Error(`expected an evolution, got ${plan.kind}: ${'message' in plan ? plan.message : ''}`);
  // What is planned must survive its own file.
  expect(parseMetadata(serializeMetadata(plan.metadata))).toEqual(plan.metadata);
  return plan;
}

describe('evolution', () => {
  test('has nothing to do for the contract the table was made for', async () => {
    const table = await tableOf(NESTED);
    expect(planEvolution(table.metadata, { struct: NESTED, fieldIds: table.fieldIds }).kind).toBe('none');
  });

  test('adds columns at every level, optional, at the end, with ids never used before', async () => {
    const table = await tableOf(NESTED);
    const wanted = struct(
      field(30, 'first', 'string', true),
      NESTED.fields[0]!,
      field(11, 'device', struct(field(31, 'os', 'string'), ...(NESTED.fields[1]!.type as StructType).fields)),
      field(14, 'tags', {
        type: 'list',
        'element-id': 15,
        'element-required': true,
        element: struct(field(16, 'k', 'string', true), field(32, 'v', 'long')),
      }),
      NESTED.fields[3]!,
      field(33, 'place', struct(field(34, 'lat', 'double', true))),
    );
    const { metadata, fieldIds } = evolved(table.metadata, { struct: wanted, fieldIds: table.fieldIds });
    const before = listFields(currentSchema(table.metadata));
    const after = listFields(currentSchema(metadata));
    const fresh = after.filter((entry) => !before.some((old) => old.field.id === entry.field.id));
    expect(fresh.map((entry) => entry.name).sort()).toEqual(['device.os', 'first', 'place', 'place.lat', 'tags.element.v']);
    expect(fresh.every((entry) => entry.field.id > table.metadata['last-column-id'])).toBe(true);
    expect(new Set(after.map((entry) => entry.field.id)).size).toBe(after.length);
    expect(metadata['last-column-id']).toBe(Math.max(...after.map((entry) => entry.field.id)));
    expect(fresh.filter((entry) => entry.field.required).map((entry) => entry.name)).toEqual(['place.lat']);
    expect(before.map((entry) => entry.name)).toEqual(
      after.map((entry) => entry.name).filter((name) => before.some((old) => old.name === name)),
    );
    expect(
      listFields(remapStruct(wanted, fieldIds)).every((entry) => after.find((one) => one.field.id === entry.field.id)?.name === entry.name),
    ).toBe(true);
    expect(metadata.schemas).toHaveLength(2);
    expect(metadata.schemas[0]).toEqual(table.metadata.schemas[0]);
    expect(metadata['current-schema-id']).toBe(1);
    expect(parseFieldIds(metadata.properties['firn.field-ids'])).toEqual(fieldIds);
  });

  test('keeps a new column required only while the table has never had a row', async () => {
    const wanted = struct(...NESTED.fields, field(30, 'extra', 'string', true));
    const empty = await tableOf(NESTED, true);
    const requiredIn = (metadata: TableMetadata) => currentSchema(metadata).fields.at(-1)!.required;
    expect(requiredIn(evolved(empty.metadata, { struct: wanted, fieldIds: empty.fieldIds }).metadata)).toBe(true);
    const used = await tableOf(NESTED);
    expect(requiredIn(evolved(used.metadata, { struct: wanted, fieldIds: used.fieldIds }).metadata)).toBe(false);
  });

  test('widens int, float and decimal, in structs, lists and map values, and never narrows', async () => {
    const narrow = struct(
      field(1, 'a', 'int'),
      field(2, 'b', 'float'),
      field(3, 'c', 'decimal(9,2)'),
      field(4, 'l', { type: 'list', 'element-id': 5, 'element-required': false, element: 'int' }),
      field(6, 'm', { type: 'map', 'key-id': 7, key: 'int', 'value-id': 8, 'value-required': false, value: 'float' }),
    );
    const wide = struct(
      field(1, 'a', 'long'),
      field(2, 'b', 'double'),
      field(3, 'c', 'decimal(18,2)'),
      field(4, 'l', { type: 'list', 'element-id': 5, 'element-required': false, element: 'long' }),
      field(6, 'm', { type: 'map', 'key-id': 7, key: 'int', 'value-id': 8, 'value-required': false, value: 'double' }),
    );
    const types = (of: StructType) =>
      listFields(of).map((entry) => (typeof entry.field.type === 'string' ? entry.field.type : entry.field.type.type));
    const table = await tableOf(narrow);
    const { metadata } = evolved(table.metadata, { struct: wide, fieldIds: table.fieldIds });
    expect(types(currentSchema(metadata))).toEqual(types(wide));
    const already = await tableOf(wide);
    expect(planEvolution(already.metadata, { struct: narrow, fieldIds: already.fieldIds }).kind).toBe('none');
  });

  test.each([
    ['another primitive', struct(field(10, 'id', 'string', true)), 'incompatible-type'],
    ['a struct for a primitive', struct(field(10, 'id', struct(field(99, 'x', 'int')), true)), 'incompatible-type'],
    ['another scale', struct(field(10, 'id', 'decimal(9,2)', true)), 'incompatible-type'],
    [
      'another map key',
      struct(field(17, 'attrs', { type: 'map', 'key-id': 18, key: 'binary', 'value-id': 19, 'value-required': false, value: 'int' })),
      'map-key',
    ],
  ])('refuses %s, naming the column and not the data', async (_what, wanted, rule) => {
    const table = await tableOf(NESTED);
    const plan = planEvolution(table.metadata, { struct: wanted, fieldIds: table.fieldIds });
    expect(plan).toMatchObject({ kind: 'refused', rule });
    expect('message' in plan && plan.message).toMatch(/id|attrs/);
  });

  test('keeps what other writers did: their columns, names, docs and order', async () => {
    const table = await tableOf(NESTED);
    const [first, ...others] = currentSchema(table.metadata).fields;
    const theirs = {
      ...currentSchema(table.metadata),
      'schema-id': 1,
      fields: [field(50, 'theirs', 'date'), ...others, { ...first!, name: 'renamed', doc: 'why' }],
    };
    const metadata = { ...table.metadata, schemas: [...table.metadata.schemas, theirs], 'current-schema-id': 1, 'last-column-id': 50 };
    expect(planEvolution(metadata, { struct: NESTED, fieldIds: table.fieldIds }).kind).toBe('none');
    const plan = evolved(metadata, { struct: struct(...NESTED.fields, field(40, 'more', 'int')), fieldIds: table.fieldIds });
    expect(currentSchema(plan.metadata).fields.map((one) => one.name)).toEqual([...theirs.fields.map((one) => one.name), 'more']);
    expect(currentSchema(plan.metadata).fields.slice(0, -1)).toEqual(theirs.fields);
    expect(plan.fieldIds.get(40)).toBe(51);
  });

  test('refuses a new column under a name that another writer gave to a column the contract has: no schema may hold it twice', async () => {
    const table = await tableOf(struct(field(1, 'a', 'int'), field(2, 'in', struct(field(3, 'x', 'int')))));
    const [a, inner] = currentSchema(table.metadata).fields as [NestedField, NestedField];
    const x = (inner.type as StructType).fields[0]!;
    const renamed = {
      ...currentSchema(table.metadata),
      fields: [
        { ...a, name: 'b' },
        { ...inner, type: struct({ ...x, name: 'y' }) },
      ],
    };
    const metadata = { ...table.metadata, schemas: [renamed] };
    const top = struct(field(1, 'a', 'int'), field(4, 'b', 'string'));
    const nested = struct(field(1, 'a', 'int'), field(2, 'in', struct(field(3, 'x', 'int'), field(4, 'y', 'int'))));
    for (const [wanted, name] of [
      [top, 'b'],
      [nested, 'in.y'],
    ] as const) {
      const plan = planEvolution(metadata, { struct: wanted, fieldIds: table.fieldIds });
      expect(plan).toMatchObject({ kind: 'refused', rule: 'name-taken' });
      expect('message' in plan && plan.message).toContain(`column ${name} `);
    }
  });

  test('promise 9, no silent schema loss: refuses field ids that lead to a column of another name while the name is there too: they were lost and assigned anew', async () => {
    const table = await tableOf(struct(field(1, 'a', 'string'), field(2, 'b', 'string')));
    const swapped = struct(field(1, 'b', 'string'), field(2, 'a', 'string'));
    expect(planEvolution(table.metadata, { struct: swapped, fieldIds: table.fieldIds })).toMatchObject({
      kind: 'refused',
      rule: 'field-ids',
    });
    const renamedByOthers = {
      ...table.metadata,
      schemas: table.metadata.schemas.map((schema) => ({
        ...schema,
        fields: schema.fields.map((one) => (one.name === 'a' ? { ...one, name: 'c' } : one)),
      })),
    };
    const contract = struct(field(1, 'a', 'string'), field(2, 'b', 'string'));
    expect(planEvolution(renamedByOthers, { struct: contract, fieldIds: table.fieldIds })).toMatchObject({ kind: 'none' });
  });

  test('makes optional what the contract no longer has or no longer requires, unless it identifies rows', async () => {
    const table = await tableOf(NESTED);
    const wanted = struct(...NESTED.fields.slice(1));
    const { metadata } = evolved(table.metadata, { struct: wanted, fieldIds: table.fieldIds });
    expect(currentSchema(metadata).fields[0]).toMatchObject({ name: 'id', required: false });
    const schemas = table.metadata.schemas.map((schema) => ({ ...schema, 'identifier-field-ids': [1] }));
    expect(planEvolution({ ...table.metadata, schemas }, { struct: wanted, fieldIds: table.fieldIds })).toMatchObject({
      kind: 'refused',
      rule: 'identifier-column',
    });
  });

  test('adopts a compatible column of the same name, and adds one again that was dropped', async () => {
    const table = await tableOf(NESTED);
    const without = new Map(table.fieldIds);
    without.delete(10);
    expect(planEvolution(table.metadata, { struct: NESTED, fieldIds: without })).toEqual({ kind: 'none', fieldIds: table.fieldIds });
    const dropped = { ...currentSchema(table.metadata), 'schema-id': 1, fields: currentSchema(table.metadata).fields.slice(1) };
    const metadata = { ...table.metadata, schemas: [...table.metadata.schemas, dropped], 'current-schema-id': 1 };
    const plan = evolved(metadata, { struct: NESTED, fieldIds: table.fieldIds });
    expect(plan.fieldIds.get(10)).toBe(table.metadata['last-column-id'] + 1);
    expect(currentSchema(plan.metadata).fields.at(-1)).toMatchObject({ name: 'id', required: false });
  });

  test('goes back to an earlier schema id where that schema is wanted again', async () => {
    const table = await tableOf(EVENTS);
    const renamed = {
      ...currentSchema(table.metadata),
      'schema-id': 4,
      fields: currentSchema(table.metadata).fields.map((f) => ({ ...f, required: true })),
    };
    const metadata = { ...table.metadata, schemas: [...table.metadata.schemas, renamed], 'current-schema-id': 4 };
    const plan = evolved(metadata, { struct: EVENTS, fieldIds: table.fieldIds });
    expect(plan.metadata['current-schema-id']).toBe(0);
    expect(plan.metadata.schemas).toHaveLength(2);
  });

  test('adds properties the table lacks and leaves those it has', async () => {
    const table = await createTable({ properties: { a: 'theirs' } });
    const { metadata } = evolved(table.metadata, { struct: EVENTS, fieldIds: table.fieldIds, properties: { a: 'ours', b: 'new' } });
    expect(metadata.properties).toMatchObject({ a: 'theirs', b: 'new' });
  });

  test('changes partitioning with new spec ids, keeping the ids of fields that stay, and goes back to an old spec', async () => {
    const table = await createTable();
    const day = { column: 'event_time', transform: 'day', name: 'event_time_day' };
    const bucket = { column: 'user', transform: 'bucket[8]', name: 'user_bucket' };
    const base = { struct: EVENTS, fieldIds: table.fieldIds };
    expect(planEvolution(table.metadata, { ...base, partition: [day] }).kind).toBe('none');
    const first = evolved(table.metadata, { ...base, partition: [bucket, day] }).metadata;
    expect(first['partition-specs'][1]).toEqual({
      'spec-id': 1,
      fields: [
        { 'source-id': 2, transform: 'bucket[8]', name: 'user_bucket', 'field-id': 1001 },
        { 'source-id': 1, transform: 'day', name: 'event_time_day', 'field-id': 1000 },
      ],
    });
    expect([first['default-spec-id'], first['last-partition-id']]).toEqual([1, 1001]);
    const second = evolved(first, { ...base, partition: [] }).metadata;
    expect([second['default-spec-id'], second['last-partition-id']]).toEqual([2, 1001]);
    const back = evolved(second, { ...base, partition: [day] }).metadata;
    expect(back['default-spec-id']).toBe(0);
    expect(back['partition-specs']).toHaveLength(3);
  });

  test('changes the sort order with new order ids; unsorted is 0', async () => {
    const table = await createTable({ sort: [{ column: 'user', transform: 'identity', direction: 'asc', nullOrder: 'nulls-first' }] });
    expect(table.metadata['default-sort-order-id']).toBe(1);
    const base = { struct: EVENTS, fieldIds: table.fieldIds };
    const other = evolved(table.metadata, {
      ...base,
      sort: [{ column: 'level', transform: 'identity', direction: 'desc', nullOrder: 'nulls-last' }],
    }).metadata;
    expect(other['default-sort-order-id']).toBe(2);
    expect(evolved(other, { ...base, sort: [] }).metadata['default-sort-order-id']).toBe(0);
  });
});

describe('a new table', () => {
  const request = {
    uuid: 'u',
    location: 's3://b/t/',
    struct: NESTED,
    partition: [],
    sort: [],
    formatVersion: 2 as const,
    properties: {},
    nowMs: 5,
  };

  test('has fresh ids for every field and says which contract id became which', () => {
    const { metadata, fieldIds } = newTableMetadata(request);
    const ids = listFields(currentSchema(metadata)).map((entry) => entry.field.id);
    expect([...ids].sort((a, b) => a - b)).toEqual(ids.map((_, i) => i + 1));
    expect(metadata['last-column-id']).toBe(ids.length);
    expect(remapStruct(NESTED, fieldIds)).toEqual({ type: 'struct', fields: currentSchema(metadata).fields });
    expect(metadata.properties['firn.field-ids']).toBe(formatFieldIds(fieldIds));
    expect(metadata.location).toBe('s3://b/t');
  });

  test.each([
    ['a column that does not exist', { column: 'nope', transform: 'identity', name: 'n' }, /nope does not exist/],
    ['a column inside a list', { column: 'tags.element.k', transform: 'identity', name: 'n' }, /inside a list or map/],
    ['a transform the type does not allow', { column: 'id', transform: 'day', name: 'n' }, /day cannot be applied to id, a int/],
    ['an unknown transform', { column: 'id', transform: 'zorder', name: 'n' }, /zorder cannot be applied/],
    ['the name of another column', { column: 'id', transform: 'bucket[2]', name: 'device' }, /has the name of a column/],
  ])('refuses to be partitioned by %s', (_what, plan, message) => {
    expect(() => newTableMetadata({ ...request, partition: [plan] })).toThrow(ContractError);
    expect(() => newTableMetadata({ ...request, partition: [plan] })).toThrow(message);
  });
});

describe('field id texts and content hashes', () => {
  test('the mapping survives its text, and malformed text is refused', () => {
    const map = new Map([
      [7, 1],
      [2, 90],
    ]);
    expect(formatFieldIds(map)).toBe('2:90,7:1');
    expect(parseFieldIds(formatFieldIds(map))).toEqual(map);
    expect(parseFieldIds(undefined)).toEqual(new Map());
    for (const text of ['1', '1:2,', '1:2,1:3', 'a:b', '1:2;3:4']) expect(() => parseFieldIds(text), text).toThrow(InputRefusedError);
  });

  test('hashes follow ids, names, types and order, and nothing else', () => {
    const base = struct(field(1, 'a', 'int'), field(2, 'd', 'decimal(9,2)'));
    const same = {
      ...base,
      'schema-id': 7,
      fields: [
        { ...base.fields[0]!, doc: 'words' },
        { ...base.fields[1]!, type: 'decimal(9, 2)' as 'int' },
      ],
    };
    expect(schemaHash(same)).toBe(schemaHash(base));
    const others = [
      struct(base.fields[1]!, base.fields[0]!),
      struct(field(1, 'a', 'long'), base.fields[1]!),
      struct(field(1, 'a', 'int', true), base.fields[1]!),
      struct(field(3, 'a', 'int'), base.fields[1]!),
      struct(field(1, 'b', 'int'), base.fields[1]!),
    ];
    expect(new Set([base, ...others].map(schemaHash)).size).toBe(others.length + 1);
    const spec = { 'spec-id': 0, fields: [{ 'source-id': 1, 'field-id': 1000, name: 'a', transform: 'identity' }] };
    expect(specHash({ ...spec, 'spec-id': 5 })).toBe(specHash(spec));
    expect(specHash({ ...spec, fields: [{ ...spec.fields[0]!, transform: 'void' }] })).not.toBe(specHash(spec));
  });
});
