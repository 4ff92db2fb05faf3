// Sections of the vectors file about tables: metrics, manifest schemas, schema and spec JSON, name mapping, Parquet types.
import type { IcebergType, NestedField, PrimitiveType, StructType } from '../../src/contract/types.ts';
import { avroOfStruct } from '../../src/iceberg/avro-schema.ts';
import { orderOf } from '../../src/iceberg/cell-order.ts';
import { assignFreshIds } from '../../src/iceberg/fresh-ids.ts';
import { parseExact } from '../../src/iceberg/json-exact.ts';
import { manifestEntryStruct, manifestListStruct, partitionStruct } from '../../src/iceberg/manifest-schema.ts';
import { serializeMetadata } from '../../src/iceberg/metadata-json.ts';
import { metricsOf } from '../../src/iceberg/metrics.ts';
import { nameMappingOf } from '../../src/iceberg/name-mapping.ts';
import { newTableMetadata } from '../../src/iceberg/new-table.ts';
import { parquetType } from '../../src/iceberg/parquet-type.ts';
import { RESERVED_FIELDS } from '../../src/iceberg/reserved-fields.ts';
import { childFields, fieldsById } from '../../src/iceberg/schema-fields.ts';
import { normalType, parseSchema, schemaToJson } from '../../src/iceberg/schema-json.ts';
import type { PartitionSpec, SortOrder } from '../../src/iceberg/types.ts';
import type { LeafStats } from '../../src/parquet/types.ts';
import { countingIds } from './memory-files.ts';
import type { Check, Section, Vector } from './sections.ts';
import { cellOf } from './values.ts';

type Version = 2 | 3;
const NO_PARTITION: StructType = { type: 'struct', fields: [] };

export const TABLE_SECTIONS: Readonly<Record<string, Section>> = {
  metrics: runMetrics,
  'manifest-list-schema': (vector) => compareFields(vector, manifestListStruct(vector['formatVersion'] as Version)),
  'manifest-entry-schema': (vector) => {
    const dataFile = (vector['fields'] as readonly FlatField[]).find((field) => field.id === 2);
    const partition = dataFile?.fields?.find((field) => field.id === 102);
    return compareFields(vector, manifestEntryStruct(vector['formatVersion'] as Version, structOf(partition?.fields ?? [])));
  },
  'manifest-partition-avro': (vector) => [
    { what: 'avro', expected: vector['avro'], got: avroOfStruct(structOf(vector['fields'] as readonly FlatField[]), 'r102') },
  ],
  'manifest-entry-avro': (vector) => [
    { what: 'avro', expected: vector['avro'], got: avroOfStruct(manifestEntryStruct(2, NO_PARTITION), 'manifest_entry') },
  ],
  'schema-json': runSchemaJson,
  'name-mapping': (vector) => [{ what: 'mapping', expected: vector['mapping'], got: nameMappingOf(parseSchema(vector['schema'])) }],
  'parquet-type': runParquetType,
  'spec-json': runSpecJson,
  'reserved-field-id': (vector) => {
    const field = RESERVED_FIELDS.find((one) => one.name === vector['name']);
    const type = field?.type === 'int' ? 'integer' : field?.type;
    return [{ what: 'id and type', expected: [vector['id'], vector['type']], got: [field?.id, type] }];
  },
};

/** A field as the vectors flatten it. */
interface FlatField {
  readonly id: number;
  readonly name: string;
  readonly required: boolean;
  readonly type: string;
  readonly fields?: readonly FlatField[];
}

function structOf(fields: readonly FlatField[]): StructType {
  return {
    type: 'struct',
    fields: fields.map(({ id, name, required, type }) => ({ id, name, required, type: normalType(type as PrimitiveType) })),
  };
}

function compareFields(vector: Vector, struct: StructType): Check[] {
  return [{ what: 'fields', expected: spaceless(vector['fields']), got: struct.fields.map(flatten) }];
}

function flatten(field: NestedField): unknown {
  const { id, name, required, type } = field;
  const base = { id, name, required };
  if (typeof type === 'string') return { ...base, type };
  if (type.type === 'struct') return { ...base, type: 'struct', fields: type.fields.map(flatten) };
  if (type.type === 'map') {
    return {
      ...base,
      type: 'map',
      keyId: type['key-id'],
      valueId: type['value-id'],
      key: type.key,
      value: type.value,
      valueRequired: type['value-required'],
    };
  }
  const list = { ...base, type: 'list', elementId: type['element-id'], elementRequired: type['element-required'] };
  return typeof type.element === 'string'
    ? { ...list, element: type.element }
    : { ...list, fields: childFields(type.element).map(flatten) };
}

function spaceless(json: unknown): unknown {
  return JSON.parse(JSON.stringify(json).replaceAll(/decimal\((\d+), (\d+)\)/g, 'decimal($1,$2)'));
}

function runMetrics(vector: Vector): Check[] {
  const type = normalType(String(vector['type']) as PrimitiveType);
  const cells = (vector['values'] as readonly (string | null)[]).map((text) => cellOf(type, text));
  const bytes = cells.map((cell) => (typeof cell === 'string' ? new Uint8Array(Buffer.from(cell, 'utf8')) : cell));
  const values = bytes.filter((cell) => cell !== null && !Number.isNaN(cell)).sort((a, b) => orderOf(type)(a!, b!));
  const isFloat = type === 'float' || type === 'double';
  const stats: LeafStats = {
    fieldId: 1,
    columnSizeBytes: 10,
    valueCount: cells.length,
    nullCount: cells.filter((cell) => cell === null).length,
    ...(isFloat ? { nanCount: cells.filter((cell) => Number.isNaN(cell)).length } : {}),
    ...(values.length > 0 ? { min: values[0]!, max: values.at(-1)! } : {}),
    isRepeated: false,
  };
  const schema = structOf([{ id: 1, name: 'c', required: false, type }]);
  const metrics = metricsOf({ stats: [stats], schema, properties: { 'write.metadata.metrics.default': String(vector['mode']) } });
  const hex = (bound: Uint8Array | undefined) => (bound === undefined ? null : Buffer.from(bound).toString('hex'));
  return [
    { what: 'value count', expected: vector['valueCount'], got: metrics.valueCounts.get(1) ?? null },
    { what: 'null count', expected: vector['nullCount'], got: metrics.nullValueCounts.get(1) ?? null },
    { what: 'NaN count', expected: vector['nanCount'], got: metrics.nanValueCounts.get(1) ?? null },
    { what: 'lower bound', expected: vector['lower'], got: hex(metrics.lowerBounds.get(1)) },
    { what: 'upper bound', expected: vector['upper'], got: hex(metrics.upperBounds.get(1)) },
  ];
}

function runSchemaJson(vector: Vector): Check[] {
  const schema = parseSchema(vector['schema']);
  const fresh = assignFreshIds(schema);
  return [
    { what: 'schema', expected: vector['schema'], got: schemaToJson(schema) },
    { what: 'fresh ids', expected: vector['freshIds'], got: schemaToJson({ ...fresh.struct, 'schema-id': schema['schema-id'] }) },
    { what: 'last column id', expected: vector['lastColumnId'], got: fresh.lastId },
  ];
}

/** The field's id and repetition are in the Parquet text only; the Iceberg text has the type with the ids inside it. */
function runParquetType(vector: Vector): Check[] {
  const parquet = String(vector['parquet']);
  const [, repetition, name, id] = /^(required|optional) .*?\b(\w+)(?: \([^=]*\))? = (\d+)/.exec(parquet)!;
  const type = icebergText(String(vector['iceberg']), parquet);
  return [
    {
      what: 'parquet type',
      expected: parquet,
      got: parquetType({ id: Number(id), name: name!, required: repetition === 'required', type }),
    },
  ];
}

/** The reference's type text: `struct<18: x: optional int, …>`, `list<string>`, `map<string, long>`; inner ids follow the outer one. */
function icebergText(text: string, parquet: string): IcebergType {
  const innerId = (name: string) => Number(new RegExp(`\\b${name}(?: \\([^=]*\\))? = (\\d+)`).exec(parquet)?.[1]);
  const inner = /^(struct|list|map)<(.*)>$/.exec(text);
  if (!inner) return normalType(text as PrimitiveType);
  const members = inner[2]!;
  switch (inner[1]) {
    case 'struct':
      return { type: 'struct', fields: splitTop(members).map((member) => memberOf(member, parquet)) };
    case 'list':
      return { type: 'list', 'element-id': innerId('element'), 'element-required': false, element: icebergText(members, parquet) };
    default: {
      const [key, value] = splitTop(members) as [string, string];
      return {
        type: 'map',
        'key-id': innerId('key'),
        key: icebergText(key, parquet),
        'value-id': innerId('value'),
        'value-required': parquet.includes('required') && /required \w+ value/.test(parquet),
        value: icebergText(value, parquet),
      };
    }
  }
}

function memberOf(member: string, parquet: string): NestedField {
  const [, id, name, requirement, type] = /^(\d+): ([^:]+): (required|optional) (.*)$/.exec(member)!;
  return { id: Number(id), name: name!, required: requirement === 'required', type: icebergText(type!, parquet) };
}

/** Splits at commas outside angle brackets and parentheses. */
function splitTop(text: string): string[] {
  const parts: string[] = [''];
  let depth = 0;
  for (const c of text) {
    if (c === '<' || c === '(') depth += 1;
    if (c === '>' || c === ')') depth -= 1;
    if (c === ',' && depth === 0) parts.push('');
    else parts[parts.length - 1] += c;
  }
  return parts.map((part) => part.trim());
}

function runSpecJson(vector: Vector): Check[] {
  const schema = parseSchema(vector['schema']);
  const spec = vector['spec'] as PartitionSpec;
  const order = vector['sortOrder'] as SortOrder;
  const base = newTableMetadata({
    uuid: countingIds().uuid(),
    location: 's3://b/t',
    struct: schema,
    partition: spec.fields.map((field) => ({ column: nameOf(schema, field['source-id']), transform: field.transform, name: field.name })),
    sort: order.fields.map((f) => ({
      column: nameOf(schema, f['source-id']),
      transform: f.transform,
      direction: f.direction,
      nullOrder: f['null-order'],
    })),
    formatVersion: 2,
    properties: {},
    nowMs: 0,
  }).metadata;
  const json = parseExact(serializeMetadata(base).toString('utf8')) as Record<string, unknown[]>;
  return [
    { what: 'schema', expected: vector['schema'], got: json['schemas']![0] },
    { what: 'spec', expected: spec, got: json['partition-specs']![0] },
    { what: 'sort order', expected: order, got: json['sort-orders']![0] },
    { what: 'partition type', expected: vector['partitionType'], got: partitionStruct(spec, [schema]).fields },
  ];
}

function nameOf(schema: StructType, id: number): string {
  return fieldsById(schema).get(id)!.name;
}
