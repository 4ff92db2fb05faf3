// Partition tuples of a manifest in the order of the table's spec. The manifest's own Avro schema tells the types; its fields are found
// by id, then by name, and where neither is there by place. Source: Iceberg specification, "Manifests" (the `partition` struct of
// `data_file`) and "Partition Evolution" (field ids; version 1 did not track them).
import type { CellValue } from '../contract/types.ts';
import { InputRefusedError } from '../errors.ts';
import { fromAvroCell } from './avro-cells.ts';
import { type AvroRecord, fieldKey } from './avro-codec.ts';
import { type AvroObject, type AvroSchema, icebergOfAvro, namedTypes, withoutNull } from './avro-schema.ts';
import type { PartitionSpec } from './types.ts';

/** The tuple of a `partition` record. */
export type PartitionReader = (record: AvroRecord) => CellValue[];

type AvroField = NonNullable<AvroObject['fields']>[number];

/** Without a spec the tuple is in the manifest's order. Throws InputRefusedError `manifest-partition`. */
export function partitionReader(schema: AvroSchema, spec?: PartitionSpec): PartitionReader {
  const dataFile = fieldSchema(schema, 2, 'data_file');
  const partition = dataFile && fieldSchema(dataFile, 102, 'partition');
  const stated = partition === undefined ? [] : ((withoutNull(partition) as AvroObject).fields ?? []);
  const named = namedTypes(schema);
  const cells = (spec ? inOrder(spec, stated) : stated).map(
    (field) => field && { key: fieldKey(field), type: icebergOfAvro(field.type, named) ?? 'unknown' },
  );
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
  throw new InputRefusedError(
    `a manifest has other partition fields than its spec ${spec['spec-id']}: expected ${spec.fields.length}, got ${stated.length}; rewrite its files, or roll back to a snapshot without it`,
    { code: 'manifest-partition', details: { expected: String(spec.fields.length), got: String(stated.length) } },
  );
}

function fieldSchema(schema: AvroSchema, id: number, name: string): AvroSchema | undefined {
  const record = withoutNull(schema) as AvroObject;
  return record.fields?.find((field) => field['field-id'] === id || (field['field-id'] === undefined && field.name === name))?.type;
}
