// An Avro schema compiled once into an encoder or a decoder of its values. Records are objects by field name when written; when
// read they are keyed by field id where the writer gave one (`#134`), else by name, so that columns are resolved by id as the Iceberg
// specification asks. Unions hold at most one branch besides null.
import type { AvroField, AvroObject, AvroSchema } from './avro-schema.ts';
import type { AvroSink } from './avro-sink.ts';
import { type AvroSource, refused } from './avro-source.ts';

export type AvroEncoder = (sink: AvroSink, value: unknown) => void;
export type AvroDecoder = (source: AvroSource) => unknown;
export type AvroRecord = Readonly<Record<string, unknown>>;

const DEPTH_MAX = 32;

/** Key of a field in a decoded record. Never digits alone: engines keep such keys as elements of an array, sparse ones slowly. */
export function fieldKey(field: Pick<AvroField, 'field-id' | 'name'>): string {
  return field['field-id'] === undefined ? String(field.name) : `#${field['field-id']}`;
}

/** A record without inherited names, made by a constructor: engines read such faster than objects created without a prototype. */
class DecodedRecord {
  [key: string]: unknown;
}
Object.setPrototypeOf(DecodedRecord.prototype, null);
Reflect.deleteProperty(DecodedRecord.prototype, 'constructor');

/** Encoder of a schema of our own. */
export function encoderOf(schema: AvroSchema): AvroEncoder {
  return compileEncoder(schema, new Map());
}

/** Decoder of a writer's schema; throws InputRefusedError for a schema that is malformed, recursive or nested too deep. */
export function decoderOf(schema: AvroSchema): AvroDecoder {
  return compileDecoder(schema, { named: new Map(), depth: 0 });
}

function compileEncoder(schema: AvroSchema, named: Map<string, AvroEncoder>): AvroEncoder {
  if (Array.isArray(schema)) {
    const value = compileEncoder((schema as readonly AvroSchema[])[1]!, named);
    return (sink, cell) => {
      sink.long(cell === null || cell === undefined ? 0 : 1);
      if (cell !== null && cell !== undefined) value(sink, cell);
    };
  }
  const object: AvroObject = typeof schema === 'string' ? { type: schema } : (schema as AvroObject);
  const encode = encodeObject(object, named);
  if (object.name !== undefined) named.set(object.name, encode);
  return encode;
}

function encodeObject(schema: AvroObject, named: Map<string, AvroEncoder>): AvroEncoder {
  switch (schema.type) {
    case 'null':
      return () => {};
    case 'boolean':
      return (sink, cell) => sink.byte(cell === true ? 1 : 0);
    case 'int':
    case 'long':
      return (sink, cell) => sink.long(cell as number | bigint);
    case 'float':
      return (sink, cell) => sink.float(cell as number);
    case 'double':
      return (sink, cell) => sink.double(cell as number);
    case 'string':
      return (sink, cell) => sink.text(cell as string);
    case 'bytes':
      return (sink, cell) => sink.sized(cell as Uint8Array);
    case 'fixed':
      return (sink, cell) => sink.raw(cell as Uint8Array);
    case 'record':
      return encodeRecord(schema.fields!, named);
    case 'array':
      return encodeArray(compileEncoder(schema.items!, named));
    default:
      return named.get(schema.type as string)!;
  }
}

function encodeRecord(fields: readonly AvroField[], named: Map<string, AvroEncoder>): AvroEncoder {
  const members = fields.map((field) => ({ name: field.name, encode: compileEncoder(field.type, named) }));
  return (sink, cell) => {
    for (const { name, encode } of members) encode(sink, (cell as AvroRecord)[name]);
  };
}

function encodeArray(item: AvroEncoder): AvroEncoder {
  return (sink, cell) => {
    const items = cell as readonly unknown[];
    if (items.length > 0) sink.long(items.length);
    for (const one of items) item(sink, one);
    sink.long(0);
  };
}

interface Compiling {
  readonly named: Map<string, AvroDecoder>;
  readonly depth: number;
}

function compileDecoder(schema: AvroSchema, at: Compiling): AvroDecoder {
  if (at.depth > DEPTH_MAX) throw refused(`schema nested deeper than ${DEPTH_MAX}`);
  const inner = { named: at.named, depth: at.depth + 1 };
  if (Array.isArray(schema)) {
    const branches = (schema as readonly AvroSchema[]).map((branch) => compileDecoder(branch, inner));
    return (source) => {
      const branch = branches[source.safe('union branch')];
      if (!branch) throw refused('union branch out of range');
      return branch(source);
    };
  }
  const isName = typeof schema === 'string';
  if (!isName && (typeof schema !== 'object' || schema === null)) throw refused('schema is no JSON schema');
  const object: AvroObject = isName ? { type: schema } : (schema as AvroObject);
  if (typeof object.type === 'object') return compileDecoder(object.type, inner);
  const decode = decodeObject(object, inner);
  // A type's name may carry its namespace; references may not.
  if (typeof object.name === 'string') {
    at.named.set(object.name, decode);
    at.named.set(object.name.replace(/^.*\./, ''), decode);
  }
  return decode;
}

function decodeObject(schema: AvroObject, at: Compiling): AvroDecoder {
  switch (schema.type) {
    case 'null':
      return () => null;
    case 'boolean':
      return (source) => source.byte() !== 0;
    case 'int':
    case 'long':
      return (source) => source.long();
    case 'float':
      return (source) => source.float();
    case 'double':
      return (source) => source.double();
    case 'string':
      return (source) => source.text();
    case 'bytes':
      return (source) => source.raw(source.size('bytes length'));
    case 'enum':
      return (source) => source.safe('enum');
    case 'fixed': {
      const size = schema.size;
      if (!Number.isSafeInteger(size) || size! < 0) throw refused('fixed without a size');
      return (source) => source.raw(size!);
    }
    case 'record':
      return decodeRecord(schema, at);
    case 'array':
      return decodeItems(compileDecoder(schema.items!, at));
    case 'map':
      return decodeMap(compileDecoder(schema.values!, at));
    default: {
      const known = at.named.get(String(schema.type));
      if (!known) throw refused('schema refers to a type it does not define before');
      return known;
    }
  }
}

function decodeRecord(schema: AvroObject, at: Compiling): AvroDecoder {
  if (!Array.isArray(schema.fields)) throw refused('record without fields');
  const members = (schema.fields as readonly unknown[]).map((member) => {
    if (typeof member !== 'object' || member === null) throw refused('record with a field that is no object');
    const field = member as AvroField;
    return { key: fieldKey(field), decode: compileDecoder(field.type, at) };
  });
  return (source) => {
    source.spend(1 + members.length);
    const record = new DecodedRecord();
    for (const { key, decode } of members) record[key] = decode(source);
    return record;
  };
}

/** Blocks of items until an empty one; a negative count is followed by the block's size in bytes. */
function decodeItems(item: AvroDecoder): (source: AvroSource) => unknown[] {
  return (source) => {
    const items: unknown[] = [];
    for (let count = blockCount(source); count > 0; count = blockCount(source)) {
      const before = source.left;
      source.spend(count);
      for (let i = 0; i < count; i += 1) items.push(item(source));
      if (before - source.left < count) throw refused('array of items without bytes');
    }
    return items;
  };
}

function decodeMap(value: AvroDecoder): AvroDecoder {
  const pairs = decodeItems((source) => [source.text(), value(source)] as const);
  return (source) => new Map(pairs(source) as [string, unknown][]);
}

function blockCount(source: AvroSource): number {
  let count = source.safe('block count');
  if (count < 0) {
    count = -count;
    source.size('block size');
  }
  // Every item takes at least one byte (checked after a block), so a larger count is a lie; it would cost memory to find out.
  if (count > source.left) throw refused(`block of ${count} items with ${source.left} bytes left`);
  return count;
}
