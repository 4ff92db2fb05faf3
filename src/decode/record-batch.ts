// Kafka record batches (magic 2) → records with positions. Big-endian; varints are zigzag. Pure; decompression and the choice of what
// was committed are the caller's. Source: Apache Kafka documentation, "Record Batch" and "Record".
//
//   baseOffset i64 · batchLength i32 · partitionLeaderEpoch i32 · magic i8 · crc u32 (CRC-32C from attributes on) · attributes i16
//   (0-2 codec, 3 log append time, 4 transactional, 5 control) · lastOffsetDelta i32 · baseTimestamp i64 · maxTimestamp i64 ·
//   producerId i64 · producerEpoch i16 · baseSequence i32 · count i32 · records
//   record: length · attributes i8 · timestampDelta · offsetDelta · key · value · headers (count, then name and value each)
import { InputRefusedError } from '../errors.ts';
import type { RecordParts } from './pack-records.ts';
import type { RecordHeader, RecordSource } from './records.ts';

export interface BatchHeader {
  readonly firstOffset: number;
  /** Kept by log compaction even when the last records are gone. */
  readonly lastOffset: number;
  /** 0 none, 1 gzip, 2 snappy, 3 lz4, 4 zstd. */
  readonly codec: number;
  readonly isLogAppendTime: boolean;
  readonly isTransactional: boolean;
  readonly isControl: boolean;
  readonly baseTimestampMs: number;
  readonly maxTimestampMs: number;
  readonly producerId: bigint;
  readonly recordCount: number;
  readonly crc: number;
  /** What the checksum is of: attributes to the end. */
  readonly checked: Buffer;
  /** The records, compressed by `codec`. */
  readonly body: Buffer;
}

export interface BatchRecord extends RecordParts {
  readonly key: Uint8Array | null;
  readonly value: Uint8Array | null;
}

const LOG_OVERHEAD = 12;
const HEADER_BYTES = 61;
/** Kafka's word for a record whose producer gave none. */
const NO_TIMESTAMP = -1;
/** 9999-12-31T23:59:59.999Z, the last a reader of Iceberg could show; one wrong clock must not stop a partition. */
const TIMESTAMP_MS_MAX = 253_402_300_799_999;

/**
 * The whole batches of a fetched section; a broker may cut the last one short. What is no batch ends them: the batches before it are given,
 * and where it is the first, InputRefusedError is thrown.
 */
export function readBatchHeaders(section: Buffer): BatchHeader[] {
  const headers: BatchHeader[] = [];
  for (let at = 0; at + LOG_OVERHEAD <= section.length; ) {
    const end = at + LOG_OVERHEAD + section.readInt32BE(at + 8);
    const magic = at + 16 < section.length ? section.readInt8(at + 16) : 2;
    const wrong =
      magic !== 2
        ? `record batches of magic 2 (Kafka 0.11 and later), got magic ${magic}`
        : end < at + HEADER_BYTES
          ? 'a batch with a whole header'
          : undefined;
    if (wrong !== undefined && headers.length > 0) break;
    if (wrong !== undefined) throw malformed(wrong);
    if (end > section.length) break;
    headers.push(readHeader(section, at, end));
    at = end;
  }
  return headers;
}

function readHeader(section: Buffer, at: number, end: number): BatchHeader {
  const firstOffset = Number(section.readBigInt64BE(at));
  const attributes = section.readInt16BE(at + 21);
  return {
    firstOffset,
    lastOffset: firstOffset + section.readInt32BE(at + 23),
    codec: attributes & 7,
    isLogAppendTime: (attributes & 8) !== 0,
    isTransactional: (attributes & 16) !== 0,
    isControl: (attributes & 32) !== 0,
    baseTimestampMs: Number(section.readBigInt64BE(at + 27)),
    maxTimestampMs: Number(section.readBigInt64BE(at + 35)),
    producerId: section.readBigInt64BE(at + 43),
    recordCount: section.readInt32BE(at + 57),
    crc: section.readUInt32BE(at + 17),
    checked: section.subarray(at + 21, end),
    body: section.subarray(at + HEADER_BYTES, end),
  };
}

/** The records of a batch from an offset on. `body` is decompressed. Keys and values are views of it. */
export function readBatchRecords(
  header: BatchHeader,
  body: Buffer,
  place: { readonly source: RecordSource; readonly partition: number; readonly from: number },
): BatchRecord[] {
  const cursor: Cursor = { bytes: body, at: 0 };
  const records: BatchRecord[] = [];
  for (let i = 0; i < header.recordCount; i++) {
    const length = readVarint(cursor);
    const next = cursor.at + length;
    if (length < 0 || next > body.length) throw malformed('records that end within their batch');
    cursor.at++;
    const timestampDelta = readVarint(cursor);
    const kafkaOffset = header.firstOffset + readVarint(cursor);
    if (kafkaOffset >= place.from) {
      const timestampMs = header.isLogAppendTime ? header.maxTimestampMs : header.baseTimestampMs + timestampDelta;
      records.push({
        source: place.source,
        topicPartition: place.partition,
        kafkaOffset,
        timestampMs: Math.min(Math.max(NO_TIMESTAMP, timestampMs), TIMESTAMP_MS_MAX),
        timestampType: header.isLogAppendTime ? 1 : 0,
        key: readBytes(cursor),
        value: readBytes(cursor),
        headers: readHeaders(cursor),
      });
      if (cursor.at !== next) throw malformed('records as long as they say');
    }
    cursor.at = next;
  }
  return records;
}

/** Kind of a control batch's one record: its key is version i16, type i16 (0 abort, 1 commit). Undefined: emptied by compaction. */
export function readControlType(header: BatchHeader): number | undefined {
  if (header.recordCount === 0) return undefined;
  const cursor: Cursor = { bytes: header.body, at: 0 };
  readVarint(cursor);
  cursor.at++;
  readVarint(cursor);
  readVarint(cursor);
  const key = readBytes(cursor);
  if (!key || key.length < 4) throw malformed('a control record with a key of version and type');
  return (key as Buffer).readInt16BE(2);
}

interface Cursor {
  readonly bytes: Buffer;
  at: number;
}

/** Zigzag varint of at most 64 bits; beyond 32 bits in floating point, exact to 2^53. */
function readVarint(cursor: Cursor): number {
  const { bytes } = cursor;
  let low = 0;
  for (let shift = 0; shift < 28; shift += 7) {
    const byte = bytes[cursor.at++];
    if (byte === undefined) throw malformed('varints that end');
    low |= (byte & 0x7f) << shift;
    if (byte < 0x80) return (low >>> 1) ^ -(low & 1);
  }
  let value = low;
  for (let scale = 2 ** 28; scale <= 2 ** 63; scale *= 128) {
    const byte = bytes[cursor.at++];
    if (byte === undefined) throw malformed('varints that end');
    value += (byte & 0x7f) * scale;
    if (byte < 0x80) {
      if (value > Number.MAX_SAFE_INTEGER) throw malformed('numbers below 2^53');
      return value % 2 === 0 ? value / 2 : -(value + 1) / 2;
    }
  }
  throw malformed('varints of at most ten bytes');
}

function readBytes(cursor: Cursor): Uint8Array | null {
  const length = readVarint(cursor);
  if (length < 0) return null;
  const start = cursor.at;
  cursor.at += length;
  if (cursor.at > cursor.bytes.length) throw malformed('keys and values that end within their batch');
  return cursor.bytes.subarray(start, cursor.at);
}

function readHeaders(cursor: Cursor): readonly RecordHeader[] | undefined {
  const count = readVarint(cursor);
  if (count <= 0) return undefined;
  const headers: RecordHeader[] = [];
  for (let i = 0; i < count; i++) {
    const name = readBytes(cursor);
    headers.push({ name: Buffer.from(name ?? []).toString('utf8'), value: readBytes(cursor) });
  }
  return headers;
}

function malformed(expected: string): InputRefusedError {
  return new InputRefusedError(`a Kafka record batch is malformed: expected ${expected}; nothing of it is landed`, {
    code: 'malformed-batch',
    details: { expected },
  });
}
