// Table metadata files: parsed with 64-bit snapshot ids exact and unknown fields kept, written back the same way. Version 1 is
// refused (writing it as version 2 would be a silent upgrade), versions after 3 too. Source: Iceberg specification, "Table
// Metadata" and Appendix C.
import { gunzipSync } from 'node:zlib';
import { LIMITS } from '../contract/limits.ts';
import { InputRefusedError } from '../errors.ts';
import { parseExact, stringifyExact } from './json-exact.ts';
import { type JsonObject as Json, jsonShapes } from './json-shapes.ts';
import { checkMetadata } from './metadata-checks.ts';
import { parseSchema, schemaToJson } from './schema-json.ts';
import type { PartitionSpec, Snapshot, SnapshotRef, SortOrder, TableMetadata } from './types.ts';

const shapes = jsonShapes(refused);
const { objectOf } = shapes;

/** The metadata of a metadata.json, gzip or not. Throws InputRefusedError with the field that is wrong. */
export function parseMetadata(bytes: Uint8Array): TableMetadata {
  return metadataOfJson(parseText(bytes));
}

/** The metadata of exact JSON (integers beyond 2^53 are bigint). Throws InputRefusedError with the field that is wrong. */
export function metadataOfJson(value: unknown): TableMetadata {
  const json = objectOf(value, 'metadata');
  const version = json['format-version'];
  if (version !== 2 && version !== 3) {
    throw refused('format-version', '2 or 3 (upgrade a version 1 table with another engine first)', String(version));
  }
  const snapshots = listOf(json, 'snapshots').map(snapshotOf);
  const current = optionalId(json['current-snapshot-id']);
  return checkMetadata({
    ...json,
    'format-version': version,
    'table-uuid': textOf(json, 'table-uuid'),
    location: textOf(json, 'location').replace(/\/+$/, ''),
    'last-sequence-number': integerOf(json, 'last-sequence-number'),
    'last-updated-ms': integerOf(json, 'last-updated-ms'),
    'last-column-id': integerOf(json, 'last-column-id'),
    'current-schema-id': integerOf(json, 'current-schema-id'),
    schemas: requiredList(json, 'schemas').map(parseSchema),
    'default-spec-id': integerOf(json, 'default-spec-id'),
    'partition-specs': requiredList(json, 'partition-specs').map(specOf),
    'last-partition-id': integerOf(json, 'last-partition-id'),
    'default-sort-order-id': integerOf(json, 'default-sort-order-id'),
    'sort-orders': requiredList(json, 'sort-orders').map(orderOf),
    properties: textMapOf(json['properties'], 'properties'),
    'current-snapshot-id': current ?? null,
    refs: refsOf(json, current),
    snapshots,
    'snapshot-log': listOf(json, 'snapshot-log').map((entry) => {
      const log = objectOf(entry, 'snapshot-log entry');
      return { ...log, 'timestamp-ms': integerOf(log, 'timestamp-ms'), 'snapshot-id': idOf(log, 'snapshot-id') };
    }),
    'metadata-log': listOf(json, 'metadata-log').map((entry) => {
      const log = objectOf(entry, 'metadata-log entry');
      return { ...log, 'timestamp-ms': integerOf(log, 'timestamp-ms'), 'metadata-file': textOf(log, 'metadata-file') };
    }),
  });
}

/** The bytes of a metadata.json. What it says of each snapshot is made once: a commit a second keeps thousands of them. */
export function serializeMetadata(metadata: TableMetadata): Buffer {
  const { 'current-snapshot-id': current, ...rest } = metadata;
  const json: Json = {
    ...rest,
    schemas: metadata.schemas.map(schemaToJson),
    // Left out rather than null or -1: all three mean "none", and every reader knows the absence.
    ...(current === null || current === undefined ? {} : { 'current-snapshot-id': current }),
  };
  const members = Object.entries(json).filter(([, value]) => value !== undefined);
  const texts = members.map(
    ([name, value]) => `${JSON.stringify(name)}:${LONG_LISTS.has(name) ? textOfList(value) : stringifyExact(value)}`,
  );
  return Buffer.from(`{${texts.join(',')}}`, 'utf8');
}

/** Their entries never change and are handed on from metadata to metadata. */
const LONG_LISTS: ReadonlySet<string> = new Set(['snapshots', 'snapshot-log']);
const textsOfEntries = new WeakMap<object, string>();

function textOfList(entries: unknown): string {
  return `[${(entries as readonly object[]).map(textOfEntry).join(',')}]`;
}

function textOfEntry(entry: object): string {
  const known = textsOfEntries.get(entry);
  if (known !== undefined) return known;
  const text = stringifyExact(entry);
  textsOfEntries.set(entry, text);
  return text;
}

/** Name of the metadata file that follows `previous` (undefined: the first): `00042-<uuid>.metadata.json`, or `.gz.metadata.json`. */
export function nextMetadataName(previous: string | undefined, uuid: string, options: { readonly isGzip?: boolean } = {}): string {
  const name = previous?.slice(previous.lastIndexOf('/') + 1) ?? '';
  // `00041-<uuid>.metadata.json`, or `v41.metadata.json` of a Hadoop catalog.
  const version = /^v?(\d+)(?:-|\.)/.exec(name)?.[1];
  const next = previous === undefined ? 0 : Number(version ?? -1) + 1;
  return `${String(next).padStart(5, '0')}-${uuid}${options.isGzip ? '.gz' : ''}.metadata.json`;
}

/** Where metadata files, manifests and manifest lists of a table go. */
export function metadataFolder(metadata: Pick<TableMetadata, 'location' | 'properties'>): string {
  return (metadata.properties['write.metadata.path'] ?? `${metadata.location}/metadata`).replace(/\/+$/, '');
}

function parseText(bytes: Uint8Array): unknown {
  const isGzip = bytes[0] === 0x1f && bytes[1] === 0x8b;
  try {
    const plain = isGzip ? gunzipSync(bytes, { maxOutputLength: LIMITS.metadataBytesMax }) : bytes;
    if (plain.length > LIMITS.metadataBytesMax) throw new RangeError('larger than metadataBytesMax');
    return parseExact(Buffer.from(plain.buffer, plain.byteOffset, plain.length).toString('utf8'));
  } catch (cause) {
    // The parser's message quotes the text, so it stays out of the error.
    throw refused('the file', `JSON of at most ${LIMITS.metadataBytesMax} bytes`, cause instanceof Error ? cause.name : 'an error');
  }
}

function snapshotOf(json: unknown): Snapshot {
  const snapshot = objectOf(json, 'snapshot');
  const parent = optionalId(snapshot['parent-snapshot-id']);
  const { 'parent-snapshot-id': _parent, ...rest } = snapshot;
  return {
    ...rest,
    'snapshot-id': idOf(snapshot, 'snapshot-id'),
    ...(parent === undefined ? {} : { 'parent-snapshot-id': parent }),
    // Absent in snapshots a table got before its upgrade from version 1.
    'sequence-number': snapshot['sequence-number'] === undefined ? 0 : integerOf(snapshot, 'sequence-number'),
    'timestamp-ms': integerOf(snapshot, 'timestamp-ms'),
    'manifest-list': textOf(snapshot, 'manifest-list'),
    summary: textMapOf(snapshot['summary'], 'summary'),
  };
}

function refsOf(json: Json, current: bigint | undefined): Record<string, SnapshotRef> {
  const entries = Object.entries(objectOf(json['refs'] ?? {}, 'refs')).map(([name, value]): [string, SnapshotRef] => {
    const ref = objectOf(value, 'ref');
    if (ref['type'] !== 'branch' && ref['type'] !== 'tag') throw refused('ref type', 'branch or tag', String(ref['type']));
    return [name, { ...ref, 'snapshot-id': idOf(ref, 'snapshot-id'), type: ref['type'] }];
  });
  // Not by assignment: it would lose a reference named __proto__.
  const refs = Object.fromEntries(entries);
  // Writers of before there were references name the current snapshot only.
  if (current !== undefined && refs['main'] === undefined) refs['main'] = { 'snapshot-id': current, type: 'branch' };
  return refs;
}

function specOf(json: unknown): PartitionSpec {
  const spec = objectOf(json, 'partition spec');
  return {
    ...spec,
    'spec-id': integerOf(spec, 'spec-id'),
    fields: requiredList(spec, 'fields').map((value) => {
      const field = objectOf(value, 'partition field');
      return {
        ...field,
        'source-id': sourceIdOf(field),
        'field-id': integerOf(field, 'field-id'),
        name: textOf(field, 'name'),
        transform: textOf(field, 'transform'),
      };
    }),
  };
}

function orderOf(json: unknown): SortOrder {
  const order = objectOf(json, 'sort order');
  return {
    ...order,
    'order-id': integerOf(order, 'order-id'),
    fields: requiredList(order, 'fields').map((value) => {
      const field = objectOf(value, 'sort field');
      const direction = field['direction'];
      const nullOrder = field['null-order'];
      if (direction !== 'asc' && direction !== 'desc') throw refused('direction', 'asc or desc', String(direction));
      if (nullOrder !== 'nulls-first' && nullOrder !== 'nulls-last')
        throw refused('null-order', 'nulls-first or nulls-last', String(nullOrder));
      return { ...field, 'source-id': sourceIdOf(field), transform: textOf(field, 'transform'), direction, 'null-order': nullOrder };
    }),
  };
}

/** Version 3 writes `source-ids` for transforms of several columns; one is the same as `source-id`. */
function sourceIdOf(field: Json): number {
  const ids = field['source-ids'];
  if (field['source-id'] === undefined && Array.isArray(ids) && ids.length === 1 && Number.isSafeInteger(ids[0])) return ids[0] as number;
  return integerOf(field, 'source-id');
}

function listOf(json: Json, name: string): readonly unknown[] {
  return json[name] === undefined || json[name] === null ? [] : requiredList(json, name);
}

function requiredList(json: Json, name: string): readonly unknown[] {
  return shapes.listOf(json[name], name);
}

function textOf(json: Json, name: string): string {
  return shapes.textOf(json[name], name);
}

function integerOf(json: Json, name: string): number {
  return shapes.integerOf(json[name], name);
}

function idOf(json: Json, name: string): bigint {
  const id = optionalId(json[name]);
  if (id === undefined) throw refused(name, 'a snapshot id', typeof json[name]);
  return id;
}

/** -1 is how old writers say "none". */
function optionalId(value: unknown): bigint | undefined {
  const id = typeof value === 'bigint' || Number.isSafeInteger(value) ? BigInt(value as number) : undefined;
  return id === -1n ? undefined : id;
}

function textMapOf(value: unknown, what: string): Record<string, string> {
  const map = objectOf(value ?? {}, what);
  if (Object.values(map).every((member) => typeof member === 'string')) return map as Record<string, string>;
  return Object.fromEntries(Object.entries(map).map(([key, member]) => [key, typeof member === 'string' ? member : String(member)]));
}

function refused(field: string, expected: string, got: string): InputRefusedError {
  return new InputRefusedError(`table metadata cannot be read: expected ${field} to be ${expected}, got ${got}`, {
    code: 'metadata-json',
    details: { expected, got },
  });
}
