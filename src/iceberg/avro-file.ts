// Avro object container files: header with metadata, blocks of records, one sync marker. The marker is a hash of the content,
// so the same records give the same bytes. Source: Apache Avro specification, "Object Container Files".
//
//   "Obj" 1 | map of metadata | sync (16) | { count, size, data, sync }*
import { createHash } from 'node:crypto';
import * as zlib from 'node:zlib';
import { LIMITS } from '../contract/limits.ts';
import { decoderOf, encoderOf } from './avro-codec.ts';
import type { AvroObject, AvroSchema } from './avro-schema.ts';
import { AvroSink } from './avro-sink.ts';
import { AvroSource, refused, ValueBudget } from './avro-source.ts';
import { decompressSnappy } from './snappy.ts';

export interface AvroWriteRequest {
  readonly schema: AvroObject;
  readonly metadata: Readonly<Record<string, string>>;
  readonly records: readonly unknown[];
  readonly codec: 'null' | 'deflate';
}

export interface AvroFile {
  readonly schema: AvroSchema;
  readonly metadata: ReadonlyMap<string, string>;
  /** Records keyed by field id, see avro-codec.ts. */
  readonly records: readonly unknown[];
}

const MAGIC = Buffer.from([0x4f, 0x62, 0x6a, 0x01]);
const SYNC_BYTES = 16;
/** A reader holds one block at a time; small blocks let it stop early. */
const BLOCK_BYTES = 64 * 1024;

/** The bytes of a container file. */
export function writeAvro(request: AvroWriteRequest): Buffer {
  const blocks = encodeBlocks(request);
  const schemaText = JSON.stringify(request.schema);
  const hash = createHash('sha256').update(schemaText);
  for (const block of blocks) hash.update(block.bytes);
  const sync = hash.digest().subarray(0, SYNC_BYTES);
  const sink = new AvroSink();
  sink.raw(MAGIC);
  const entries = Object.entries({ 'avro.schema': schemaText, 'avro.codec': request.codec, ...request.metadata });
  sink.long(entries.length);
  for (const [key, value] of entries) {
    sink.text(key);
    sink.text(value);
  }
  sink.long(0);
  sink.raw(sync);
  for (const block of blocks) {
    sink.long(block.count);
    sink.sized(block.bytes);
    sink.raw(sync);
  }
  return Buffer.from(sink.bytes());
}

/** Decompressed bytes and values (containers and nulls included) of one file. */
export interface AvroLimits {
  readonly sizeMax: number;
  readonly valuesMax: number;
}

/** Reads a whole file; throws InputRefusedError for anything malformed or beyond the limits. */
export function readAvro(bytes: Uint8Array, limits: Partial<AvroLimits> = {}): AvroFile {
  const source = new AvroSource(bytes);
  if (source.left < MAGIC.length || !source.view(MAGIC.length).equals(MAGIC)) throw refused('wrong magic bytes');
  const metadata = readMetadata(source);
  const sync = Buffer.from(source.view(SYNC_BYTES));
  const schema = parseSchemaText(metadata.get('avro.schema'));
  const decode = decoderOf(schema);
  const codec = metadata.get('avro.codec') ?? 'null';
  const records: unknown[] = [];
  const values = new ValueBudget(limits.valuesMax ?? LIMITS.avroValuesMax);
  let budget = limits.sizeMax ?? LIMITS.metadataBytesMax;
  while (source.left > 0) {
    const count = source.safe('block count');
    const block = decompress(codec, source.view(source.size('block size')), budget);
    budget -= block.length;
    if (count < 0 || count > block.length) throw refused(`block of ${count} records in ${block.length} bytes`);
    const inner = new AvroSource(block, values);
    for (let i = 0; i < count; i += 1) records.push(decode(inner));
    if (inner.left > 0) throw refused('bytes left after the last record of a block');
    if (!source.view(SYNC_BYTES).equals(sync)) throw refused('sync marker differs');
  }
  return { schema, metadata, records };
}

interface Block {
  readonly count: number;
  readonly bytes: Buffer;
}

function encodeBlocks(request: AvroWriteRequest): Block[] {
  const encode = encoderOf(request.schema);
  const blocks: Block[] = [];
  let sink = new AvroSink();
  let count = 0;
  const close = () => {
    if (count > 0) blocks.push({ count, bytes: compress(request.codec, sink.bytes()) });
    sink = new AvroSink();
    count = 0;
  };
  for (const record of request.records) {
    encode(sink, record);
    count += 1;
    if (sink.length >= BLOCK_BYTES) close();
  }
  close();
  return blocks;
}

function compress(codec: 'null' | 'deflate', bytes: Buffer): Buffer {
  return codec === 'null' ? Buffer.from(bytes) : zlib.deflateRawSync(bytes, { level: 6 });
}

function decompress(codec: string, bytes: Buffer, sizeMax: number): Uint8Array {
  try {
    switch (codec) {
      case 'null':
        return bytes;
      case 'deflate':
        return zlib.inflateRawSync(bytes, { maxOutputLength: Math.max(1, sizeMax) });
      case 'zstandard':
        return zlib.zstdDecompressSync(bytes, { maxOutputLength: Math.max(1, sizeMax) });
      case 'snappy': {
        const out = decompressSnappy(bytes.subarray(0, -4), sizeMax);
        if (bytes.length < 4 || zlib.crc32(out) !== bytes.readUInt32BE(bytes.length - 4)) throw refused('snappy checksum differs');
        return out;
      }
    }
  } catch (cause) {
    throw refused(`a ${codec} block does not decompress within ${sizeMax} bytes (${cause instanceof Error ? cause.name : 'error'})`);
  }
  throw refused(`codec ${JSON.stringify(codec.slice(0, 20))} is not one of null, deflate, snappy, zstandard`);
}

function readMetadata(source: AvroSource): Map<string, string> {
  const metadata = new Map<string, string>();
  for (let count = source.safe('header count'); count !== 0; count = source.safe('header count')) {
    if (count < 0) {
      count = -count;
      source.size('header size');
    }
    if (count > source.left) throw refused('header count out of range');
    for (let i = 0; i < count; i += 1) {
      const key = source.text();
      metadata.set(key, source.text());
    }
  }
  return metadata;
}

function parseSchemaText(text: string | undefined): AvroSchema {
  try {
    return JSON.parse(text ?? '') as AvroSchema;
  } catch {
    throw refused('header without a JSON schema');
  }
}
