// An Avro container of one block made around given bytes: codec, sizes and sync marker are right whatever the block holds.
import { deflateRawSync } from 'node:zlib';
import { AvroSink } from '../../../src/iceberg/avro-sink.ts';

const SYNC = Buffer.alloc(16, 0x53);

/** The container; `head` says schema, codec, count of records and further metadata. */
export function avroContainer(head: unknown, block: Buffer): Buffer {
  const { schema, codec, count, metadata } = (head ?? {}) as Record<string, unknown>;
  const body = codec === 'deflate' ? deflateRawSync(block, { level: 1 }) : block;
  const sink = new AvroSink();
  sink.raw(Buffer.from('Obj\u0001', 'latin1'));
  const entries = Object.entries({
    'avro.schema': JSON.stringify(schema) ?? 'null',
    'avro.codec': codec === 'deflate' ? 'deflate' : 'null',
    ...(metadata as object),
  });
  sink.long(entries.length);
  for (const [key, value] of entries) {
    sink.text(key);
    sink.text(String(value));
  }
  sink.long(0);
  sink.raw(SYNC);
  sink.long(Number.isSafeInteger(count) ? (count as number) : 1);
  sink.sized(body);
  sink.raw(SYNC);
  return Buffer.from(sink.bytes());
}
