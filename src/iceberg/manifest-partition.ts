// Partition tuples of a manifest in the order of the table's spec. The manifest's own Avro schema tells the types; its fields are found
// by id, then by name, and where neither is there by place. Source: Iceberg specification, "Manifests" (the `partition` struct of
// `data_file`) and "Partition Evolution" (field ids; version 1 did not track them).
import { type CellValue, decimalOf, type IcebergType, type StructType } from '../contract/types.ts';
import { InputRefusedError } from '../errors.ts';
import { fromAvroCell } from './avro-cells.ts';
import { type AvroRecord, fieldKey } from './avro-codec.ts';
import { type AvroObject, type AvroSchema, icebergOfAvro, namedTypes, withoutNull } from './avro-schema.ts';
import { fieldsById } from './schema-fields.ts';
import { parseTransform, resultTypeOf } from './transforms.ts';
import type { PartitionSpec } from './types.ts';

/** The tuple of a `partition` record. */
export type PartitionReader = (record: AvroRecord) => CellValue[];

type AvroField = NonNullable<AvroObject['fields']>[number];

/** What the table says of the tuples of a manifest. */
export interface ExpectedPartition {
  readonly spec: PartitionSpec;
  /** The table's current schema: tells the kinds of values of the columns that it still has. */
  readonly schema: StructType;
}

/** Without what the table says the tuple is in the manifest's order. Throws InputRefusedError `manifest-partition`. */
export function partitionReader(schema: AvroSchema, expected?: ExpectedPartition): PartitionReader {
  const dataFile = fieldSchema(schema, 2, 'data_file');
  const partition = dataFile && fieldSchema(dataFile, 102, 'partition');
  const stated = partition === undefined ? [] : ((withoutNull(partition) as AvroObject).fields ?? []);
  const named = namedTypes(schema);
  const cells = (expected ? inOrder(expected.spec, stated) : stated).map(
    (field) => field && { key: fieldKey(field), type: icebergOfAvro(field.type, named) ?? ('unknown' as const) },
  );
  if (expected && cells.length > 0) {
    checkKinds(
      expected,
      cells.map((cell) => cell?.type),
    );
  }
  return (record) => cells.map((cell) => (cell ? fromAvroCell(cell.type, record[cell.key]) : null));
}

/** The manifest's field for each of the spec's; none for a void one that its writer left out, whose values are all null. */
function inOrder(spec: PartitionSpec, stated: readonly AvroField[]): readonly (AvroField | undefined)[] {
  const found = spec.fields.map(
    (field) => stated.find((one) => one['field-id'] === field['field-id']) ?? stated.find((one) => one.name === field.name),
  );
  const isWhole = found.every((one, i) => one !== undefined || spec.fields[i]!.transform === 'void');
  if (isWhole) return found;
  if (stated.length === spec.fields.length) return stated;
  throw refused(spec, `${spec.fields.length} fields`, String(stated.length));
}

/** Values of another kind would be compared as if they were not: files that match a filter would be left out. */
function checkKinds({ spec, schema }: ExpectedPartition, types: readonly (IcebergType | undefined)[]): void {
  const columns = fieldsById(schema);
  for (const [i, field] of spec.fields.entries()) {
    const [transform, source, type] = [parseTransform(field.transform), columns.get(field['source-id']), types[i]];
    if (!source || type === undefined || type === 'unknown' || transform.kind === 'void' || transform.kind === 'unknown') continue;
    const [expected, got] = [kindOf(resultTypeOf(transform, source.field.type)), kindOf(type)];
    if (expected !== got) throw refused(spec, `${field.name} to be ${expected}`, got);
  }
}

/** Types that a column may be widened between are of one kind. */
function kindOf(type: IcebergType): string {
  if (typeof type !== 'string') return type.type;
  if (type === 'boolean' || type === 'string') return type;
  if (type === 'float' || type === 'double') return 'floating point';
  if (type === 'binary' || type === 'uuid' || type.startsWith('fixed')) return 'bytes';
  return decimalOf(type) ? 'decimal' : 'integer';
}

function refused(spec: PartitionSpec, expected: string, got: string): InputRefusedError {
  return new InputRefusedError(
    `a manifest has other partition values than its spec ${spec['spec-id']}: expected ${expected}, got ${got}; rewrite its files, or roll back to a snapshot without it`,
    { code: 'manifest-partition', details: { expected, got } },
  );
}

function fieldSchema(schema: AvroSchema, id: number, name: string): AvroSchema | undefined {
  const record = withoutNull(schema) as AvroObject;
  return record.fields?.find((field) => field['field-id'] === id || (field['field-id'] === undefined && field.name === name))?.type;
}
