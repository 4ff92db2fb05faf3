import { createRecordsBatch, type MessageRecord } from '@platformatic/kafka';
import { describe, expect, test } from 'vitest';
import { type BatchHeader, readBatchHeaders, readBatchRecords } from '../../../src/decode/record-batch.ts';
import { InputRefusedError } from '../../../src/errors.ts';

const SOURCE = { id: 'topic/topic/1', topic: 'topic' };
const MESSAGES = [
  {
    key: Buffer.from('k0'),
    value: Buffer.from('{"a":1}'),
    timestamp: 1_700_000_000_000n,
    headers: new Map([[Buffer.from('h'), Buffer.from('v')]]),
  },
  { key: undefined, value: null, timestamp: 1_700_000_000_250n },
  { key: Buffer.alloc(0), value: Buffer.from('ü'.repeat(40_000)), timestamp: 1_699_999_999_000n },
].map((message) => ({ topic: 'topic', ...message }) as unknown as MessageRecord);

/** A batch as a broker stores it: the producer's, at its place in the log. */
function batchAt(firstOffset: number, messages: readonly MessageRecord[] = MESSAGES): Buffer {
  const bytes = Buffer.from(createRecordsBatch([...messages]).buffer);
  bytes.writeBigInt64BE(BigInt(firstOffset));
  return bytes;
}

function recordsOf(header: BatchHeader, from = 0) {
  return readBatchRecords(header, header.body, { source: SOURCE, partition: 3, from });
}

describe('Kafka record batches', () => {
  test('what a producer wrote is read with its positions, timestamps, nulls and headers', () => {
    const [header, ...others] = readBatchHeaders(batchAt(1000));
    expect(others).toEqual([]);
    expect(header).toMatchObject({
      firstOffset: 1000,
      lastOffset: 1002,
      codec: 0,
      isControl: false,
      isTransactional: false,
      recordCount: 3,
    });
    const records = recordsOf(header!);
    expect(records.map(({ kafkaOffset }) => kafkaOffset)).toEqual([1000, 1001, 1002]);
    expect(records.map(({ timestampMs }) => timestampMs)).toEqual(MESSAGES.map(({ timestamp }) => Number(timestamp)));
    expect(records.map(({ value }) => (value === null ? null : Buffer.from(value).toString()))).toEqual([
      '{"a":1}',
      null,
      'ü'.repeat(40_000),
    ]);
    expect(records.map(({ key }) => (key === null ? null : Buffer.from(key).toString()))).toEqual(['k0', null, '']);
    expect(records[0]!.headers).toEqual([{ name: 'h', value: Buffer.from('v') }]);
    expect(records[1]!.headers).toBeUndefined();
    expect(records.every(({ timestampType, topicPartition }) => timestampType === 0 && topicPartition === 3)).toBe(true);
  });

  test('a batch that begins before the wanted offset gives only what was wanted', () => {
    const [header] = readBatchHeaders(batchAt(1000));
    expect(recordsOf(header!, 1002).map(({ kafkaOffset }) => kafkaOffset)).toEqual([1002]);
  });

  test("with log append time every record has the broker's timestamp", () => {
    const bytes = batchAt(0);
    bytes.writeInt16BE(8, 21);
    const [header] = readBatchHeaders(bytes);
    expect(recordsOf(header!).map(({ timestampMs, timestampType }) => [timestampMs, timestampType])).toEqual(
      MESSAGES.map(() => [1_700_000_000_250, 1]),
    );
  });

  test('a last batch that the broker cut short is left for the next read', () => {
    const section = Buffer.concat([batchAt(0), batchAt(3)]);
    for (const cut of [1, 30, 80, batchAt(3).length - 12]) {
      expect(readBatchHeaders(section.subarray(0, section.length - cut)).map(({ firstOffset }) => firstOffset)).toEqual([0]);
    }
  });

  test('a message set of an older format is refused by name, not misread', () => {
    const bytes = batchAt(0);
    bytes.writeInt8(1, 16);
    expect(() => readBatchHeaders(bytes)).toThrow(InputRefusedError);
    expect(() => readBatchHeaders(bytes)).toThrow(/expected record batches of magic 2 .* got magic 1/);
  });

  test('bytes that were changed are read as something or refused, never anything else', () => {
    const small = batchAt(7, MESSAGES.slice(0, 2));
    let refused = 0;
    for (let at = 8; at < small.length; at++) {
      for (const bit of [1, 16, 128]) {
        const bytes = Buffer.from(small);
        bytes[at]! ^= bit;
        try {
          for (const header of readBatchHeaders(bytes)) if (header.recordCount < 1000) recordsOf(header);
        } catch (error) {
          expect(error).toBeInstanceOf(InputRefusedError);
          refused++;
        }
      }
    }
    expect(refused).toBeGreaterThan(10);
  });
});
