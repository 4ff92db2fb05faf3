// From a fetched section to a slice: bounds, broken bytes, and every compression a producer may choose.
import { type CreateRecordsBatchOptions, createRecordsBatch, type MessageRecord } from '@platformatic/kafka';
import { describe, expect, test } from 'vitest';
import type { KafkaSlice } from '../../../src/kafka-ports.ts';
import { kafkaError } from '../../../src/local/kafka/errors.ts';
import { makeRoom, sliceOf } from '../../../src/local/kafka/slices.ts';

const POSITION = { source: { id: 'main/events/1', topic: 'events' }, partition: 2, from: 100 };
const ROOM = { recordsMax: 1000, bytesMax: 1_000_000 };

function batch(firstOffset: number, count: number, options: Partial<CreateRecordsBatchOptions> = {}): Buffer {
  const messages = Array.from({ length: count }, (_, i) => ({
    topic: 'events',
    timestamp: BigInt(1000 + i),
    value: Buffer.from(`value ${firstOffset + i}`.repeat(20)),
  }));
  const bytes = Buffer.from(createRecordsBatch(messages as MessageRecord[], options).buffer);
  bytes.writeBigInt64BE(BigInt(firstOffset));
  return bytes;
}

const fetched = (section: Buffer) => ({ topicKey: 't', partition: 2, errorCode: 0, startOffset: 0, endOffset: 500, aborted: [], section });
const slice = (section: Buffer, room = ROOM): KafkaSlice | undefined => sliceOf(POSITION, fetched(section), makeRoom(room));

describe('slices of a fetched section', () => {
  test.each(['none', 'gzip', 'snappy', 'lz4', 'zstd'] as const)('records compressed with %s are read', (compression) => {
    const read = slice(batch(100, 5, { compression }));
    expect(read).toMatchObject({ kind: 'records', from: 100, to: 105, startOffset: 0, endOffset: 500 });
    if (read?.kind !== 'records') throw new Error('expected records');
    expect(read.records.map(({ kafkaOffset, value }) => [kafkaOffset, Buffer.from(value!).toString()])).toEqual(
      [100, 101, 102, 103, 104].map((offset) => [offset, `value ${offset}`.repeat(20)]),
    );
  });

  test('a slice ends at the batch that fills the room, and says so by where it ends', () => {
    const section = Buffer.concat([batch(100, 5), batch(105, 5), batch(110, 5)]);
    expect(slice(section, { ...ROOM, recordsMax: 6 })).toMatchObject({ to: 110 });
    expect(slice(section, { ...ROOM, bytesMax: 1 })).toMatchObject({ to: 105 });
    expect(slice(section)).toMatchObject({ to: 115 });
  });

  test('offsets that compaction removed are within the slice and have no record', () => {
    const read = slice(Buffer.concat([batch(103, 2), batch(120, 1)]));
    expect(read).toMatchObject({ from: 100, to: 121 });
    expect(read?.kind === 'records' && read.records.map(({ kafkaOffset }) => kafkaOffset)).toEqual([103, 104, 120]);
  });

  test('a batch whose bytes are not those of its checksum ends the slice before it; at the beginning it is refused', () => {
    const broken = batch(105, 5);
    broken[broken.length - 3]! ^= 1;
    expect(slice(Buffer.concat([batch(100, 5), broken]))).toMatchObject({ kind: 'records', to: 105 });
    expect(slice(broken)).toMatchObject({ kind: 'refused', message: expect.stringContaining('another checksum') });
  });

  test('what is no batch ends the slice before it: the batches before it are read', () => {
    const noBatch = Buffer.alloc(80, 0xff);
    noBatch.writeInt32BE(60, 8);
    noBatch.writeInt8(7, 16);
    expect(slice(Buffer.concat([batch(100, 5), noBatch]))).toMatchObject({ kind: 'records', to: 105 });
    expect(slice(noBatch)).toMatchObject({ kind: 'refused', message: expect.stringContaining('got magic 7') });
  });

  test('nothing new is nothing, not an empty slice', () => {
    expect(slice(Buffer.alloc(0))).toBeUndefined();
    expect(slice(batch(90, 5))).toBeUndefined();
  });
});

describe('errors of the client', () => {
  test.each([
    [Object.assign(new Error('x'), { code: 'ECONNREFUSED' }), 'TransientIoError', 'kafka-unavailable', /ECONNREFUSED/],
    [
      new Error('wrapped', { cause: Object.assign(new Error('x'), { code: 'DEPTH_ZERO_SELF_SIGNED_CERT' }) }),
      'InputRefusedError',
      'kafka-certificate',
      /SELF_SIGNED_CERT.*ssl\.ca\.location/,
    ],
    ...['ERR_TLS_CERT_ALTNAME_INVALID', 'CERT_HAS_EXPIRED', 'UNABLE_TO_VERIFY_LEAF_SIGNATURE', 'ERR_SSL_TLSV1_ALERT_UNKNOWN_CA'].map(
      (code): [Error, string, string, RegExp] => [
        Object.assign(new Error('x'), { errors: [Object.assign(new Error('y'), { code })] }),
        'InputRefusedError',
        'kafka-certificate',
        new RegExp(code),
      ],
    ),
    [
      Object.assign(new Error('x'), { apiId: 'TOPIC_AUTHORIZATION_FAILED' }),
      'InputRefusedError',
      'kafka-not-authorised',
      /Describe and Read/,
    ],
    [Object.assign(new Error('x'), { apiId: 'SASL_AUTHENTICATION_FAILED' }), 'InputRefusedError', 'kafka-login', /refused the login/],
    [new Error('Unknown topic events.'), 'InputRefusedError', 'topic-missing', /no such topic/],
    [Object.assign(new Error('password=hunter2'), { code: 'PLT_KFK_NETWORK' }), 'TransientIoError', 'kafka-unavailable', /PLT_KFK_NETWORK/],
  ])('%s becomes ours by what can be done', (error, name, code, message) => {
    const ours = kafkaError(error, 'read topic events');
    expect(ours).toMatchObject({ name, code, cause: error });
    expect(ours.message).toMatch(message);
    expect(ours.message).not.toContain('hunter2');
  });
});
