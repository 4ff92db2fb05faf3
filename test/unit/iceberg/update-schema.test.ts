// Changes of schema and partitioning by name: what each does, and what is refused with which code.
import { describe, expect, test } from 'vitest';
import type { IcebergType, NestedField, StructType } from '../../../src/contract/types.ts';
import { CommitRefusedError } from '../../../src/errors.ts';
import { EVOLUTION_REFUSALS } from '../../../src/iceberg/evolution-refusals.ts';
import { currentSchema } from '../../../src/iceberg/evolve.ts';
import { listFields } from '../../../src/iceberg/schema-fields.ts';
import type { TableMetadata } from '../../../src/iceberg/types.ts';
import { type PartitionChange, updatePartition } from '../../../src/iceberg/update-partition.ts';
import { type SchemaChange, updateSchema } from '../../../src/iceberg/update-schema.ts';
import { append, createTable, dataFile } from '../../support/iceberg/tables.ts';

let id = 0;
const field = (name: string, type: IcebergType, more: Partial<NestedField> = {}): NestedField => ({
  id: ++id,
  name,
  required: false,
  type,
  ...more,
});
const structType = (...fields: NestedField[]): StructType => ({ type: 'struct', fields });
const listType = (element: IcebergType): IcebergType => ({ type: 'list', 'element-id': ++id, 'element-required': false, element });
const mapType = (key: IcebergType, value: IcebergType): IcebergType => ({
  type: 'map',
  'key-id': ++id,
  key,
  'value-id': ++id,
  'value-required': true,
  value,
});

const SCHEMA = structType(
  field('key', 'long', { required: true }),
  field('i', 'int'),
  field('d', 'date'),
  field('n', 'decimal(9,2)'),
  field('f', 'float'),
  field('device', structType(field('os', 'string'), field('version', 'int', { required: true }))),
  field('tags', listType(structType(field('name', 'string')))),
  field('attributes', mapType(structType(field('k', 'string')), structType(field('v', 'int')))),
  field('born', 'date'),
);

async function table(formatVersion: 2 | 3 = 3, properties: Record<string, string> = {}): Promise<TableMetadata> {
  const made = await createTable({
    struct: SCHEMA,
    formatVersion,
    properties,
    partition: [{ column: 'd', transform: 'identity', name: 'd' }],
    sort: [{ column: 'n', transform: 'identity', direction: 'asc', nullOrder: 'nulls-first' }],
  });
  await append(made, [dataFile({ partition: [1] })]);
  return updateSchema(made.metadata, [{ kind: 'identifier', columns: ['key'] }]);
}

const names = (metadata: TableMetadata) => listFields(currentSchema(metadata)).map(({ name }) => name);
const columnOf = (metadata: TableMetadata, name: string) => listFields(currentSchema(metadata)).find((one) => one.name === name)!.field;

describe('a change of the schema', () => {
  test('makes a new schema and leaves the published ones as they are', async () => {
    const before = await table();
    const after = updateSchema(before, [{ kind: 'add', name: 'added', type: 'string', doc: 'new' }]);
    expect(after.schemas.slice(0, before.schemas.length)).toEqual(before.schemas);
    expect(after['current-schema-id']).toBe(before['current-schema-id'] + 1);
    expect(columnOf(after, 'added')).toEqual({
      id: before['last-column-id'] + 1,
      name: 'added',
      required: false,
      type: 'string',
      doc: 'new',
    });
    expect(after['last-column-id']).toBe(before['last-column-id'] + 1);
  });

  test('that comes back to an equal schema uses it again, and one that changes nothing is none', async () => {
    const before = await table();
    const there = updateSchema(before, [{ kind: 'rename', column: 'i', name: 'j' }]);
    const back = updateSchema(there, [{ kind: 'rename', column: 'j', name: 'i' }]);
    expect(back['current-schema-id']).toBe(before['current-schema-id']);
    expect(back.schemas).toEqual(there.schemas);
    expect(updateSchema(before, [])).toBe(before);
  });

  test('gives a dropped and added name another id', async () => {
    const before = await table();
    const after = updateSchema(before, [
      { kind: 'drop', column: 'i' },
      { kind: 'add', name: 'i', type: 'int' },
    ]);
    expect(columnOf(after, 'i').id).toBeGreaterThan(before['last-column-id']);
  });

  test('adds to structs, to the struct elements of lists and to the struct values of maps, with fresh ids inside', async () => {
    const before = await table();
    const after = updateSchema(before, [
      { kind: 'add', parent: 'device', name: 'screen', type: structType(field('w', 'int'), field('h', 'int')) },
      { kind: 'add', parent: 'tags', name: 'weight', type: 'double' },
      { kind: 'add', parent: 'attributes.value', name: 'unit', type: 'string' },
    ]);
    const added = names(after).filter((name) => !names(before).includes(name));
    expect(added).toEqual(['device.screen', 'device.screen.w', 'device.screen.h', 'tags.element.weight', 'attributes.value.unit']);
    const ids = added.map((name) => columnOf(after, name).id);
    expect([...ids].sort((a, b) => a - b)).toEqual(ids.map((_, i) => before['last-column-id'] + 1 + i));
  });

  test('moves first, before and after, within a struct', async () => {
    const after = updateSchema(await table(), [
      { kind: 'move', column: 'f', to: 'first' },
      { kind: 'move', column: 'key', to: { after: 'n' } },
      { kind: 'move', column: 'device.version', to: { before: 'device.os' } },
    ]);
    expect(currentSchema(after).fields.map(({ name }) => name)).toEqual([
      'f',
      'i',
      'd',
      'n',
      'key',
      'device',
      'tags',
      'attributes',
      'born',
    ]);
    expect(names(after).filter((name) => name.startsWith('device.'))).toEqual(['device.version', 'device.os']);
  });

  test('widens by every promotion of the specification, dates in version 3 with their defaults', async () => {
    const start = updateSchema(await table(), [
      { kind: 'add', name: 'nothing', type: 'unknown' },
      { kind: 'add', name: 'since', type: 'date', default: '2020-02-29' },
    ]);
    const after = updateSchema(start, [
      { kind: 'widen', column: 'i', type: 'long' },
      { kind: 'widen', column: 'f', type: 'double' },
      { kind: 'widen', column: 'n', type: 'decimal(38, 2)' as 'decimal(38,2)' },
      { kind: 'widen', column: 'device.version', type: 'long' },
      { kind: 'widen', column: 'attributes.value.v', type: 'long' },
      { kind: 'widen', column: 'born', type: 'timestamp' },
      { kind: 'widen', column: 'since', type: 'timestamp_ns' },
      { kind: 'widen', column: 'nothing', type: 'string' },
    ]);
    expect(['i', 'f', 'n', 'device.version', 'attributes.value.v', 'born', 'nothing'].map((name) => columnOf(after, name).type)).toEqual([
      'long',
      'double',
      'decimal(38,2)',
      'long',
      'long',
      'timestamp',
      'string',
    ]);
    expect(columnOf(after, 'since')).toMatchObject({ type: 'timestamp_ns', 'initial-default': '2020-02-29T00:00:00' });
  });

  test('adds a required column with a default, whose initial value stays when the default for writers changes', async () => {
    const added = updateSchema(await table(), [{ kind: 'add', name: 'tier', type: 'string', required: true, default: 'free' }]);
    const after = updateSchema(added, [{ kind: 'write-default', column: 'tier', value: 'paid' }]);
    expect(columnOf(after, 'tier')).toMatchObject({ required: true, 'initial-default': 'free', 'write-default': 'paid' });
  });

  test('makes optional, also the value of a map, and documents', async () => {
    const after = updateSchema(await table(), [
      { kind: 'make-optional', column: 'device.version' },
      { kind: 'make-optional', column: 'attributes.value' },
      { kind: 'doc', column: 'i', doc: 'how many' },
    ]);
    expect(columnOf(after, 'device.version').required).toBe(false);
    expect(columnOf(after, 'attributes.value').required).toBe(false);
    expect(columnOf(after, 'i').doc).toBe('how many');
    expect(columnOf(updateSchema(after, [{ kind: 'doc', column: 'i', doc: undefined }]), 'i')).not.toHaveProperty('doc');
  });

  test('takes the name mapping and the metrics modes along', async () => {
    const mapping = JSON.stringify([{ 'field-id': 2, names: ['i', 'old_i'] }]);
    const before = await table(2, { 'schema.name-mapping.default': mapping, 'write.metadata.metrics.column.i': 'full' });
    const after = updateSchema(before, [
      { kind: 'rename', column: 'i', name: 'j' },
      { kind: 'add', name: 'i', type: 'string' },
    ]);
    const mapped = JSON.parse(after.properties['schema.name-mapping.default']!) as { 'field-id': number; names: string[] }[];
    expect(mapped[0]).toEqual({ 'field-id': 2, names: ['old_i', 'j'] });
    expect(mapped.find(({ names: [name] }) => name === 'i')).toMatchObject({ 'field-id': before['last-column-id'] + 1 });
    expect(after.properties['write.metadata.metrics.column.j']).toBe('full');
    expect(after.properties).not.toHaveProperty(['write.metadata.metrics.column.i']);
  });

  const codes = new Set<string>();
  test.each<[code: keyof typeof EVOLUTION_REFUSALS, change: SchemaChange, version?: 2 | 3]>([
    ['column-unknown', { kind: 'drop', column: 'x' }],
    ['column-unknown', { kind: 'add', parent: 'x', name: 'y', type: 'int' }],
    ['column-exists', { kind: 'add', name: 'i', type: 'int' }],
    ['column-exists', { kind: 'rename', column: 'i', name: 'd' }],
    ['column-name', { kind: 'add', name: '', type: 'int' }],
    ['column-name', { kind: 'rename', column: 'i', name: '' }],
    ['parent-kind', { kind: 'add', parent: 'i', name: 'y', type: 'int' }],
    ['map-key', { kind: 'add', parent: 'attributes.key', name: 'y', type: 'int' }],
    ['map-key', { kind: 'rename', column: 'attributes.key.k', name: 'y' }],
    ['map-key', { kind: 'make-optional', column: 'attributes.key' }],
    ['collection-part', { kind: 'drop', column: 'tags.element' }],
    ['collection-part', { kind: 'rename', column: 'attributes.value', name: 'y' }],
    ['required-without-default', { kind: 'add', name: 'y', type: 'int', required: true }],
    ['required-without-default', { kind: 'add', name: 'y', type: 'unknown', required: true }],
    ['type-change', { kind: 'widen', column: 'i', type: 'string' }],
    ['type-change', { kind: 'widen', column: 'n', type: 'decimal(18,3)' }],
    ['type-change', { kind: 'widen', column: 'born', type: 'timestamptz' }],
    ['type-change', { kind: 'widen', column: 'born', type: 'timestamp' }, 2],
    ['type-change', { kind: 'widen', column: 'device', type: 'string' }],
    ['type-version', { kind: 'add', name: 'y', type: 'timestamp_ns' }, 2],
    ['type-version', { kind: 'add', name: 'y', type: structType(field('z', 'unknown')) }, 2],
    ['default-version', { kind: 'add', name: 'y', type: 'int', default: 1 }, 2],
    ['default-value', { kind: 'add', name: 'y', type: 'int', default: 'one' }],
    ['default-value', { kind: 'add', name: 'y', type: structType(field('z', 'int')), default: {} }],
    ['default-value', { kind: 'write-default', column: 'key', value: null }],
    ['identifier-column', { kind: 'drop', column: 'key' }],
    ['identifier-column', { kind: 'make-optional', column: 'key' }],
    ['identifier-column', { kind: 'identifier', columns: ['i'] }],
    ['identifier-column', { kind: 'identifier', columns: ['device.version'] }],
    ['partition-source', { kind: 'drop', column: 'd' }],
    ['partition-source', { kind: 'widen', column: 'd', type: 'timestamp' }],
    ['sort-source', { kind: 'drop', column: 'n' }],
    ['move-target', { kind: 'move', column: 'i', to: { before: 'i' } }],
    ['move-target', { kind: 'move', column: 'i', to: { after: 'device.os' } }],
  ])('is refused as %s: %j', async (code, change, version = 3) => {
    const before = await table(version);
    const attempt = () => updateSchema(before, [change]);
    expect(attempt).toThrow(CommitRefusedError);
    expect(attempt).toThrow(expect.objectContaining({ code }));
    codes.add(code);
  });

  test('has no code of refusal without a case', () => {
    const ofPartitions = Object.keys(EVOLUTION_REFUSALS).filter((code) => code.startsWith('partition-field') || code === 'transform-type');
    expect([...codes, ...ofPartitions].sort()).toEqual(Object.keys(EVOLUTION_REFUSALS).sort());
  });
});

describe('a change of the partition spec', () => {
  const spec = (metadata: TableMetadata) => metadata['partition-specs'].find((one) => one['spec-id'] === metadata['default-spec-id'])!;

  test('adds, removes and renames; a field that comes back has its old id, and an equal spec is used again', async () => {
    const before = await table();
    const added = updatePartition(before, [
      { kind: 'add', column: 'key', transform: 'bucket[16]' },
      { kind: 'add', column: 'born', transform: 'month', name: 'birth_month' },
    ]);
    expect(spec(added).fields.slice(1)).toMatchObject([
      { 'field-id': 1001, name: 'key_bucket_16', transform: 'bucket[16]' },
      { 'field-id': 1002, name: 'birth_month' },
    ]);
    const removed = updatePartition(added, [{ kind: 'remove', name: 'key_bucket_16' }]);
    expect(spec(removed).fields.map((one) => one['field-id'])).toEqual([1000, 1002]);
    const back = updatePartition(removed, [{ kind: 'add', column: 'key', transform: 'bucket[16]' }]);
    expect(spec(back).fields.map((one) => one['field-id'])).toEqual([1000, 1002, 1001]);
    expect(back['last-partition-id']).toBe(1002);
    const renamed = updatePartition(back, [{ kind: 'rename', name: 'birth_month', to: 'born_month' }]);
    expect(spec(renamed).fields[1]).toMatchObject({ 'field-id': 1002, name: 'born_month' });
    const again = updatePartition(renamed, [
      { kind: 'rename', name: 'born_month', to: 'birth_month' },
      { kind: 'remove', name: 'key_bucket_16' },
    ]);
    expect(again['default-spec-id']).toBe(removed['default-spec-id']);
    expect(again['partition-specs']).toEqual(renamed['partition-specs']);
    expect(updatePartition(again, [])).toBe(again);
  });

  test.each<[string, PartitionChange]>([
    ['column-unknown', { kind: 'add', column: 'x', transform: 'identity' }],
    ['transform-type', { kind: 'add', column: 'i', transform: 'day' }],
    ['transform-type', { kind: 'add', column: 'tags.element.name', transform: 'identity' }],
    ['transform-type', { kind: 'add', column: 'i', transform: 'zorder' }],
    ['partition-field-exists', { kind: 'add', column: 'd', transform: 'identity' }],
    ['partition-field-unknown', { kind: 'remove', name: 'x' }],
    ['partition-field-name', { kind: 'rename', name: 'd', to: 'i' }],
    ['partition-field-name', { kind: 'add', column: 'i', transform: 'bucket[4]', name: 'd' }],
  ])('is refused as %s: %j', async (code, change) => {
    const before = await table();
    expect(() => updatePartition(before, [change])).toThrow(expect.objectContaining({ code }));
  });

  test('allows one time transform of a column at a time', async () => {
    const daily = updatePartition(await table(), [{ kind: 'add', column: 'born', transform: 'day' }]);
    expect(() => updatePartition(daily, [{ kind: 'add', column: 'born', transform: 'month' }])).toThrow(/equal or redundant/);
  });
});
