import { describe, expect, it } from 'vitest';
import { decodeLambdaEvent } from '../../../src/decode/lambda-event.ts';
import { type KafkaRecords, NULL_POSITION } from '../../../src/decode/records.ts';
import { InputRefusedError } from '../../../src/errors.ts';

const resolveSource = (topic: string) => (topic === 'unknown' ? undefined : { id: `main/${topic}/1`, topic });
const base64 = (text: string) => Buffer.from(text).toString('base64');

function record(fields: Record<string, unknown>): Record<string, unknown> {
  return {
    topic: 'orders',
    partition: 0,
    offset: 5,
    timestamp: 1_700_000_000_123,
    timestampType: 'CREATE_TIME',
    key: base64('k'),
    value: base64('{"a":1}'),
    headers: [],
    ...fields,
  };
}

function event(...records: Record<string, unknown>[]): unknown {
  const grouped: Record<string, unknown[]> = {};
  for (const each of records) (grouped[`${each['topic']}-${each['partition']}`] ??= []).push(each);
  return { eventSource: 'aws:kafka', eventSourceArn: 'arn:aws:kafka:x', bootstrapServers: 'b', records: grouped };
}

const text = (records: KafkaRecords, i: number) => records.bytes.toString('utf8', records.valueStart[i], records.valueEnd[i]);

describe('a Lambda Kafka event', () => {
  it('keeps every record with its source, partition, offset, timestamp and bytes', () => {
    const records = decodeLambdaEvent(
      event(record({}), record({ offset: 6, timestampType: 'LOG_APPEND_TIME' }), record({ partition: 1, topic: 'clicks', offset: 9 })),
      { resolveSource },
    );
    expect(records.count).toBe(3);
    expect(records.sources.map(({ id }) => id)).toEqual(['main/orders/1', 'main/clicks/1']);
    expect([...records.source]).toEqual([0, 0, 1]);
    expect([...records.topicPartition]).toEqual([0, 0, 1]);
    expect([...records.kafkaOffset]).toEqual([5, 6, 9]);
    expect([...records.timestampMs]).toEqual([1_700_000_000_123, 1_700_000_000_123, 1_700_000_000_123]);
    expect([...records.timestampType]).toEqual([0, 1, 0]);
    expect(text(records, 2)).toBe('{"a":1}');
    expect(records.bytes.toString('utf8', records.keyStart[0], records.keyEnd[0])).toBe('k');
  });

  it('of a self-managed cluster is read the same', () => {
    const given = { ...(event(record({})) as object), eventSource: 'SelfManagedKafka', eventSourceArn: undefined };
    expect(decodeLambdaEvent(given, { resolveSource }).count).toBe(1);
  });

  it('tells a tombstone, an absent key and an empty value apart', () => {
    const records = decodeLambdaEvent(event(record({ value: null, key: undefined }), record({ offset: 6, value: '', key: null })), {
      resolveSource,
    });
    expect([...records.valueStart].map((at) => at === NULL_POSITION)).toEqual([true, false]);
    expect(records.valueEnd[1]! - records.valueStart[1]!).toBe(0);
    expect([...records.keyStart]).toEqual([NULL_POSITION, NULL_POSITION]);
  });

  it('ends every value in a 0 byte and the buffer in 64 spare bytes', () => {
    const records = decodeLambdaEvent(event(record({}), record({ offset: 6, value: '' })), { resolveSource });
    expect([...records.valueEnd].map((end) => records.bytes[end])).toEqual([0, 0]);
    const last = Math.max(...records.valueEnd, ...records.keyEnd);
    expect(records.bytes.length - last).toBeGreaterThanOrEqual(64);
  });

  it('keeps headers in order, with repeats, signed bytes and null values', () => {
    const headers = [{ a: [1, -1, -128] }, { a: [127, 255] }, { b: null }, { c: [] }];
    const records = decodeLambdaEvent(event(record({ headers })), { resolveSource });
    expect(records.headers[0]).toEqual([
      { name: 'a', value: Uint8Array.of(1, 255, 128) },
      { name: 'a', value: Uint8Array.of(127, 255) },
      { name: 'b', value: null },
      { name: 'c', value: new Uint8Array(0) },
    ]);
  });

  it('groups by partition, keeps the order within one and takes a repeated offset once', () => {
    const given = {
      eventSource: 'aws:kafka',
      records: {
        'orders-0': [record({ offset: 7 }), record({ offset: 5 }), record({ partition: 1, offset: 5 })],
        'orders-1': [record({ offset: 7, value: base64('{"a":2}') }), record({ offset: 8 })],
      },
    };
    const records = decodeLambdaEvent(given, { resolveSource });
    expect([...records.topicPartition].map((partition, i) => [partition, records.kafkaOffset[i]])).toEqual([
      [0, 7],
      [0, 5],
      [0, 8],
      [1, 5],
    ]);
    expect(text(records, 0)).toBe('{"a":1}');
  });

  it('keeps binary values byte for byte', () => {
    const value = Buffer.from([0x00, 0xff, 0x01, 0x80]);
    const records = decodeLambdaEvent(event(record({ value: value.toString('base64') })), { resolveSource });
    expect(records.bytes.subarray(records.valueStart[0], records.valueEnd[0])).toEqual(value);
  });

  it.each<[string, unknown, RegExp]>([
    ['no object', [], /expected an event object, got array/],
    ['another source', { eventSource: 'aws:sqs', records: {} }, /eventSource/],
    ['no records', { eventSource: 'aws:kafka' }, /records as an object of topic-partitions, got nothing/],
    ['records that are no list', { eventSource: 'aws:kafka', records: { 'a-0': {} } }, /array of records under "a-0"/],
    ['a record that is no object', { eventSource: 'aws:kafka', records: { 'a-0': [null] } }, /expected a record object, got null/],
    ['no topic', event(record({ topic: 7 })), /topic as text, got number/],
    ['an empty topic and no partition', event(record({ topic: '', partition: -1 })), /topic as text/],
    ['an undeclared topic', event(record({ topic: 'unknown' })), /topic "unknown".*add it under firn.source/],
    ['a negative offset', event(record({ offset: -1 })), /offset as an integer/],
    ['an offset that is no safe integer', event(record({ offset: 2 ** 53 })), /offset as an integer/],
    ['an offset as text', event(record({ offset: '5' })), /offset as an integer.*got string/],
    ['a partition out of range', event(record({ partition: 2 ** 31 })), /partition as an integer/],
    ['no timestamp', event(record({ timestamp: undefined })), /timestamp as an integer/],
    ['another timestamp type', event(record({ timestampType: 'NO_TIMESTAMP' })), /timestampType CREATE_TIME or LOG_APPEND_TIME/],
    ['a value that is no base64', event(record({ value: 'a b=' })), /value as padded base64/],
    ['a value without padding', event(record({ value: 'YQ' })), /value as padded base64/],
    ['headers as an object', event(record({ headers: { a: [1] } })), /headers as an array/],
    ['a header of two keys', event(record({ headers: [{ a: [1], b: [2] }] })), /each header as an object of one key/],
    ['a header byte out of range', event(record({ headers: [{ a: [256] }] })), /header bytes from -128 to 255/],
  ])('with %s is refused, naming what was expected', (_, given, message) => {
    const decode = () => decodeLambdaEvent(given, { resolveSource });
    expect(decode).toThrow(InputRefusedError);
    expect(decode).toThrow(message);
  });

  it('promise 11, discreet: never shows payload in a refusal', () => {
    const decode = () => decodeLambdaEvent(event(record({ value: 'SECRET secret' })), { resolveSource });
    expect(decode).toThrow(/^(?!.*SECRET).*$/s);
  });
});
