import { crc32, deflateRawSync, zstdCompressSync } from 'node:zlib';
import avsc from 'avsc';
import { describe, expect, test } from 'vitest';
import type { StructType } from '../../../src/contract/types.ts';
import { InputRefusedError } from '../../../src/errors.ts';
import { readAvro, writeAvro } from '../../../src/iceberg/avro-file.ts';
import { avroOfStruct, icebergOfAvro } from '../../../src/iceberg/avro-schema.ts';
import { AvroSink } from '../../../src/iceberg/avro-sink.ts';
import { manifestEntryStruct, manifestListStruct } from '../../../src/iceberg/manifest-schema.ts';

const STRUCT: StructType = {
  type: 'struct',
  fields: [
    { id: 1, name: 'b', required: true, type: 'boolean' },
    { id: 2, name: 'i', required: true, type: 'int' },
    { id: 3, name: 'l', required: false, type: 'long' },
    { id: 4, name: 'f', required: true, type: 'float' },
    { id: 5, name: 'd', required: true, type: 'double' },
    { id: 6, name: 's', required: false, type: 'string' },
    { id: 7, name: 'bytes', required: false, type: 'binary' },
    { id: 8, name: 'u', required: false, type: 'uuid' },
    { id: 9, name: 'u2', required: false, type: 'uuid' },
    { id: 10, name: 'list', required: false, type: { type: 'list', 'element-id': 11, 'element-required': true, element: 'long' } },
    {
      id: 12,
      name: 'map',
      required: false,
      type: { type: 'map', 'key-id': 13, key: 'int', 'value-id': 14, 'value-required': true, value: 'binary' },
    },
    { id: 15, name: 'st', required: true, type: { type: 'struct', fields: [{ id: 16, name: 'x', required: false, type: 'string' }] } },
  ],
};

const LONGS = [0, 1, -1, 63, 64, -64, -65, 2 ** 31, -(2 ** 31), 2 ** 48, 2 ** 49 - 1, -(2 ** 52), 2 ** 52 + 1];

function rowOf(l: number | bigint | null, i: number) {
  const bytes = Buffer.from([i & 255, 1, 2]);
  return {
    b: i % 2 === 0,
    i,
    l,
    f: Math.fround(i / 3),
    d: i / 7,
    s: i % 3 === 0 ? null : `text ${i} 😀`,
    bytes: i % 4 === 0 ? null : bytes,
    u: Buffer.alloc(16, i & 255),
    u2: i % 2 === 0 ? null : Buffer.alloc(16, 9),
    list: i % 5 === 0 ? null : [i, -i],
    map: i % 5 === 1 ? null : [{ key: i, value: bytes }],
    st: { x: i % 2 === 0 ? null : 'inner' },
  };
}

async function decodeWithAvsc(bytes: Buffer): Promise<{ rows: unknown[]; metadata: Record<string, Buffer> }> {
  const decoder = new avsc.streams.BlockDecoder({
    codecs: {
      null: (data: Buffer, cb: (error: Error | null, out: Buffer) => void) => cb(null, data),
      deflate: (data: Buffer, cb: (error: Error | null, out: Buffer) => void) => cb(null, inflate(data)),
    },
    parseHook: (schema: unknown) => avsc.Type.forSchema(schema as avsc.Schema),
  } as never);
  const rows: unknown[] = [];
  let metadata: Record<string, Buffer> = {};
  decoder.on('metadata', (_type: unknown, _codec: unknown, header: { meta: Record<string, Buffer> }) => (metadata = header.meta));
  decoder.on('data', (row: unknown) => rows.push(row));
  const done = new Promise((resolve, reject) => decoder.on('end', resolve).on('error', reject));
  decoder.end(bytes);
  await done;
  return { rows, metadata };
}

function inflate(data: Buffer): Buffer {
  return process.getBuiltinModule('node:zlib').inflateRawSync(data);
}

/** avsc gives class instances and Buffers; plain JSON of both sides compares them. */
function plain(value: unknown): unknown {
  return JSON.parse(JSON.stringify(value));
}

describe('Avro files we write', () => {
  test.each(['null', 'deflate'] as const)('are read by another implementation, codec %s', async (codec) => {
    const rows = LONGS.map(rowOf);
    const schema = avroOfStruct(STRUCT, 'row');
    const { rows: back, metadata } = await decodeWithAvsc(writeAvro({ schema, metadata: { note: 'é' }, records: rows, codec }));
    const expected = avsc.Type.forSchema(schema as avsc.Schema);
    expect(back.every((row) => expected.isValid(row))).toBe(true);
    expect(plain(back)).toEqual(plain(rows));
    expect(metadata['note']?.toString()).toBe('é');
  });

  test('are the same bytes for the same records', () => {
    const write = () => writeAvro({ schema: avroOfStruct(STRUCT, 'row'), metadata: {}, records: LONGS.map(rowOf), codec: 'deflate' });
    expect(write().equals(write())).toBe(true);
  });

  test('come in several blocks when there are many records', async () => {
    const rows = Array.from({ length: 5000 }, (_, i) => rowOf(i, i));
    const bytes = writeAvro({ schema: avroOfStruct(STRUCT, 'row'), metadata: {}, records: rows, codec: 'deflate' });
    expect((await decodeWithAvsc(bytes)).rows).toHaveLength(rows.length);
    expect(readAvro(bytes).records).toHaveLength(rows.length);
  });

  test.each([2, 3] as const)('carry schemas that are valid Avro, for manifests and lists of version %s', (version) => {
    const partition: StructType = {
      type: 'struct',
      fields: ['uuid', 'uuid', 'decimal(9,2)', 'decimal(9,2)', 'fixed[4]', 'timestamptz_ns', 'date'].map((type, i) => ({
        id: 1000 + i,
        name: `p ${i}`,
        required: false,
        type: type as 'uuid',
      })),
    };
    for (const struct of [manifestEntryStruct(version, partition), manifestListStruct(version)]) {
      expect(() => avsc.Type.forSchema(avroOfStruct(struct, 'record') as avsc.Schema)).not.toThrow();
    }
  });
});

describe('Avro files of others', () => {
  const type = avsc.Type.forSchema(avroOfStruct(STRUCT, 'row') as avsc.Schema);

  async function encodeWithAvsc(rows: unknown[], codec: string): Promise<Buffer> {
    const encoder = new avsc.streams.BlockEncoder(type, {
      codec,
      blockSize: 300,
      codecs: {
        null: (data: Buffer, cb: (error: null, out: Buffer) => void) => cb(null, data),
        deflate: (data: Buffer, cb: (error: null, out: Buffer) => void) => cb(null, deflateRawSync(data)),
        zstandard: (data: Buffer, cb: (error: null, out: Buffer) => void) => cb(null, zstdCompressSync(Buffer.from(data))),
        snappy: (data: Buffer, cb: (error: null, out: Buffer) => void) => cb(null, snappyLiteral(data)),
      },
    } as never);
    const chunks: Buffer<ArrayBuffer>[] = [];
    encoder.on('data', (chunk: Buffer) => chunks.push(Buffer.from(chunk)));
    const done = new Promise((resolve, reject) => encoder.on('end', resolve).on('error', reject));
    for (const row of rows) encoder.write(row);
    encoder.end();
    await done;
    return Buffer.concat(chunks);
  }

  /** The simplest valid Snappy: literals of at most 60 bytes, then a copy is not needed. */
  function snappyLiteral(data: Buffer): Buffer {
    const sink: number[] = [];
    for (let n = data.length; ; n = Math.floor(n / 128)) {
      sink.push(n >= 128 ? (n % 128) | 0x80 : n);
      if (n < 128) break;
    }
    const parts: Buffer[] = [Buffer.from(sink)];
    for (let at = 0; at < data.length; at += 60) {
      const literal = data.subarray(at, at + 60);
      parts.push(Buffer.from([(literal.length - 1) << 2]), literal);
    }
    const checksum = Buffer.alloc(4);
    checksum.writeUInt32BE(crc32(data));
    return Buffer.concat([...parts, checksum]);
  }

  test.each(['null', 'deflate', 'zstandard', 'snappy'])('are read by name where the writer gave no ids, codec %s', async (codec) => {
    const rows = LONGS.map(rowOf);
    const { records } = readAvro(await encodeWithAvsc(rows, codec));
    const back = records.map((record) => {
      const { i, l, s, list } = record as Record<string, unknown>;
      return { i, l, s, list };
    });
    expect(back).toEqual(rows.map(({ i, l, s, list }) => ({ i, l, s, list })));
  });

  test('64-bit ids beyond 2^53 are exact', () => {
    const schema = { type: 'record', name: 'r', fields: [{ name: 'x', type: 'long', 'field-id': 1 }] } as const;
    const ids = [2n ** 63n - 1n, -(2n ** 63n), 2n ** 53n + 1n, -(2n ** 53n) - 1n];
    const bytes = writeAvro({ schema, metadata: {}, records: ids.map((x) => ({ x })), codec: 'null' });
    expect(readAvro(bytes).records.map((record) => (record as Record<string, unknown>)['#1'])).toEqual(ids);
  });

  test('a truncated file is refused at every length, and never anything but refused', () => {
    const whole = writeAvro({ schema: avroOfStruct(STRUCT, 'row'), metadata: {}, records: LONGS.map(rowOf), codec: 'null' });
    const headerEnd = whole.indexOf(whole.subarray(-16)) + 16;
    for (let length = 0; length < whole.length; length += 7) {
      if (length === headerEnd) continue;
      expect(() => readAvro(whole.subarray(0, length)), String(length)).toThrow(InputRefusedError);
    }
  });

  test('a flipped byte is refused or read, and costs no more memory than the file has', () => {
    const whole = writeAvro({ schema: avroOfStruct(STRUCT, 'row'), metadata: {}, records: LONGS.map(rowOf), codec: 'null' });
    for (let at = 0; at < whole.length; at += 3) {
      const broken = Buffer.from(whole);
      broken[at]! ^= 0xff;
      try {
        readAvro(broken);
      } catch (error) {
        expect(error).toBeInstanceOf(InputRefusedError);
      }
    }
  });

  test('lengths and counts beyond the file are refused before anything is allocated', () => {
    const header = (schema: string) => {
      const sink = new AvroSink();
      sink.raw(Buffer.from('Obj\x01', 'latin1'));
      sink.long(1);
      sink.text('avro.schema');
      sink.text(schema);
      sink.long(0);
      sink.raw(Buffer.alloc(16));
      return sink;
    };
    const claims: [string, (sink: AvroSink) => void][] = [
      ['"bytes"', (sink) => sink.long(2 ** 40)],
      ['{"type":"array","items":"null"}', (sink) => sink.long(2 ** 40)],
      ['"string"', (sink) => sink.long(-5)],
    ];
    for (const [schema, claim] of claims) {
      const block = new AvroSink();
      claim(block);
      const file = header(schema);
      file.long(1);
      file.sized(block.bytes());
      file.raw(Buffer.alloc(16));
      expect(() => readAvro(file.bytes()), schema).toThrow(InputRefusedError);
    }
    // Items without bytes: each of many small blocks may claim as many as there are bytes left.
    const blocks = new AvroSink();
    for (let i = 0; i < 1_000; i += 1) blocks.long(900);
    blocks.long(0);
    const nothing = header('{"type":"array","items":"null"}');
    nothing.long(1);
    nothing.sized(blocks.bytes());
    nothing.raw(Buffer.alloc(16));
    expect(() => readAvro(nothing.bytes())).toThrow(/without bytes/);
    const bomb = header('"int"');
    bomb.long(2 ** 50);
    bomb.sized(Buffer.from([2]));
    expect(() => readAvro(bomb.bytes())).toThrow(/records in 1 bytes/);
  });

  test('a compressed block larger than allowed is refused', () => {
    const schema = { type: 'record', name: 'r', fields: [{ name: 'x', type: 'bytes', 'field-id': 1 }] } as const;
    const bytes = writeAvro({ schema, metadata: {}, records: [{ x: Buffer.alloc(100_000) }], codec: 'deflate' });
    expect(() => readAvro(bytes, { sizeMax: 1000 })).toThrow(/does not decompress within 1000 bytes/);
  });

  test('a schema nested without end, or referring to nothing, is refused', () => {
    const nested = `${'{"type":"array","items":'.repeat(100)}"int"${'}'.repeat(100)}`;
    for (const schema of [nested, '"nowhere"', '{"type":"record","name":"r","fields":[{"name":"x","type":"r"}]}', '{}', '17', 'null']) {
      const sink = new AvroSink();
      sink.raw(Buffer.from('Obj\x01', 'latin1'));
      sink.long(1);
      sink.text('avro.schema');
      sink.text(schema);
      sink.long(0);
      sink.raw(Buffer.alloc(16));
      expect(() => readAvro(sink.bytes()), schema.slice(0, 40)).toThrow(InputRefusedError);
    }
  });

  test('types come back from the schema a manifest states', () => {
    const types = [
      'boolean',
      'int',
      'long',
      'float',
      'double',
      'date',
      'time',
      'timestamp',
      'timestamptz',
      'timestamp_ns',
      'timestamptz_ns',
      'string',
    ];
    const all = [...types, 'uuid', 'binary', 'fixed[7]', 'decimal(20,3)'] as 'int'[];
    const struct: StructType = {
      type: 'struct',
      fields: all.map((type, i) => ({ id: i + 1, name: `c${i}`, required: i % 2 === 0, type })),
    };
    const fields = avroOfStruct(struct, 'r').fields!;
    expect(fields.map((field) => icebergOfAvro(field.type))).toEqual(all);
  });
});
