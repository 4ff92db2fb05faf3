// Table metadata (plain and gzip), schemas, and JSON single values.
import { isDeepStrictEqual } from 'node:util';
import { gzipSync } from 'node:zlib';
import type { IcebergType } from '../../../../src/contract/types.ts';
import { currentSchema } from '../../../../src/iceberg/evolve.ts';
import { ancestry, currentSnapshot } from '../../../../src/iceberg/find-snapshot.ts';
import { metadataFolder, nextMetadataName, parseMetadata, serializeMetadata } from '../../../../src/iceberg/metadata-json.ts';
import { fieldsById } from '../../../../src/iceberg/schema-fields.ts';
import { parseSchema, schemaToJson } from '../../../../src/iceberg/schema-json.ts';
import { fromJsonValue, toJsonValue } from '../../../../src/iceberg/single-value-json.ts';
import { bindTransform, canTransform, parseTransform, resultTypeOf } from '../../../../src/iceberg/transforms.ts';
import type { TableMetadata } from '../../../../src/iceberg/types.ts';
import { expectShape, sampleMetadataJson } from '../samples.ts';
import type { FuzzTarget } from '../types.ts';

const json = (value: unknown): Buffer => Buffer.from(JSON.stringify(value));
const metadataSeeds = (): Buffer[] => [json(sampleMetadataJson(2)), json(sampleMetadataJson(3))];

/** What every reader of a table does with its metadata first. */
function useMetadata(metadata: TableMetadata): void {
  const schema = currentSchema(metadata);
  const fields = fieldsById(schema);
  for (const spec of metadata['partition-specs']) {
    for (const field of spec.fields) {
      const transform = parseTransform(field.transform);
      const source = fields.get(field['source-id'])?.field.type;
      if (source !== undefined && canTransform(transform, source)) {
        resultTypeOf(transform, source);
        bindTransform(transform, source);
      }
    }
  }
  const current = currentSnapshot(metadata);
  for (const ref of Object.values(metadata.refs ?? {}))
    if (current) ancestry(metadata, { snapshotId: ref['snapshot-id'], ofId: current['snapshot-id'] });
  expectShape(typeof metadataFolder(metadata) === 'string' && nextMetadataName('x', 'y') !== '', 'a folder and a name');
  for (const [key, value] of Object.entries(metadata.properties))
    expectShape(typeof key === 'string' && typeof value === 'string', 'properties of text');
  const again = parseMetadata(serializeMetadata(metadata));
  expectShape(isDeepStrictEqual(again, metadata), 'metadata that is written back as it was read');
}

export const JSON_TARGETS: readonly FuzzTarget[] = [
  { name: 'metadata-json', family: 'json', shape: 'json', seeds: metadataSeeds, run: (input) => useMetadata(parseMetadata(input)) },
  {
    name: 'metadata-gzip',
    family: 'json',
    shape: 'bytes',
    seeds: () => [...metadataSeeds().map((seed) => gzipSync(seed)), gzipSync(Buffer.alloc(40 * 1024 * 1024, 0x20), { level: 9 })],
    run: (input) => parseMetadata(input),
  },
  {
    name: 'schema-json',
    family: 'json',
    shape: 'json',
    seeds: () => (sampleMetadataJson(3)['schemas'] as readonly unknown[]).map(json),
    run: (input) => {
      const schema = parseSchema(parseOrUndefined(input));
      fieldsById(schema);
      expectShape(
        JSON.stringify(schemaToJson(parseSchema(schemaToJson(schema)))) === JSON.stringify(schemaToJson(schema)),
        'a schema that is written back as it was read',
      );
    },
  },
  {
    name: 'single-value-json',
    family: 'json',
    shape: 'json',
    seeds: () => JSON_VALUES.map(json),
    run: (input) => {
      const pair = parseOrUndefined(input);
      const [type, value] = Array.isArray(pair) ? (pair as readonly unknown[]) : [];
      const schema = parseSchema({ type: 'struct', fields: [{ id: 1, name: 'c', required: false, type: type ?? null }] });
      const parsed = schema.fields[0]!.type as IcebergType;
      toJsonValue(parsed, fromJsonValue(parsed, value));
    },
  },
];

const LIST = { type: 'list', 'element-id': 2, 'element-required': false, element: 'date' };
const MAP = { type: 'map', 'key-id': 3, key: 'string', 'value-id': 4, 'value-required': false, value: LIST };
const JSON_VALUES: readonly (readonly [unknown, unknown])[] = [
  ['boolean', true],
  ['int', 5],
  ['long', 5],
  ['float', 'NaN'],
  ['double', 1.5],
  ['decimal(9,2)', '14.20'],
  ['date', '2017-11-16'],
  ['time', '22:31:08.123456'],
  ['timestamp', '2017-11-16T22:31:08.123456'],
  ['timestamptz', '2017-11-16T22:31:08.123456+00:00'],
  ['timestamp_ns', '2017-11-16T22:31:08.123456789'],
  ['string', 'x'],
  ['uuid', 'f79c3e09-677c-4bbd-a479-3f349cb785e7'],
  ['fixed[2]', '00FF'],
  ['binary', '00FF11'],
  [LIST, ['2017-11-16', null]],
  [MAP, { keys: ['a', 'b'], values: [['2017-11-16'], null] }],
  [{ type: 'struct', fields: [{ id: 5, name: 'x', required: false, type: MAP }] }, { 5: { keys: [], values: [] } }],
];

function parseOrUndefined(input: Uint8Array): unknown {
  try {
    return JSON.parse(Buffer.from(input).toString('utf8')) as unknown;
  } catch {
    return undefined;
  }
}
