// A regular Kafka event decoded without an object per record is what the general way makes of it, whatever is irregular about it.
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { decodeLambdaEvent, lambdaEventParts } from '../../../src/decode/lambda-event.ts';
import { packRecords, releaseRecords } from '../../../src/decode/pack-records.ts';
import type { KafkaRecords } from '../../../src/decode/records.ts';
import { decodeRegular } from '../../../src/decode/regular-event.ts';

const WHERE = 'Lambda Kafka event';
const SOURCES = new Map(['orders', 'games'].map((topic) => [topic, { id: `${topic}/${topic}/1`, topic }]));
const resolveSource = (topic: string) => SOURCES.get(topic);

const base64 = fc.oneof(
  { weight: 8, arbitrary: fc.uint8Array({ maxLength: 120 }).map((bytes) => Buffer.from(bytes).toString('base64')) },
  { weight: 4, arbitrary: fc.string({ maxLength: 120 }).map((text) => Buffer.from(text).toString('base64')) },
  { weight: 2, arbitrary: fc.constant(null) },
);
/** Text that is base64, or is none, only as a whole: another alphabet, bits left over, characters whose lower byte is a digit. */
const LONG = 'QUJDRA'.repeat(10);
const ODD_TEXTS = [`${LONG}-_-_`, `${LONG}QR==`, `${LONG}\u0141BCD`, `${LONG}\u00e9ABC`, `${LONG} ABC`, `${LONG}A===`, LONG.slice(0, 40)];
const rare = <T>(usual: fc.Arbitrary<T>, ...odd: unknown[]) =>
  fc.oneof({ weight: 60, arbitrary: usual as fc.Arbitrary<unknown> }, { weight: 1, arbitrary: fc.constantFrom(...odd) });
const header = rare(
  fc
    .tuple(fc.string({ maxLength: 4 }), fc.option(fc.array(fc.integer({ min: -128, max: 255 }), { maxLength: 4 })))
    .map(([name, value]) => ({
      [name]: value,
    })),
  {},
  { a: [300] },
  'text',
);
const record = fc.record({
  topic: rare(fc.constant('orders'), 'games', 'nobody', '', 7),
  partition: rare(fc.constant(0), 1, -1, 'x', 2 ** 31),
  step: rare(fc.integer({ min: 1, max: 3 }), 0, -2),
  timestamp: rare(fc.integer({ min: -1, max: 2 ** 42 }), -2, 1.5, 253_402_300_800_000),
  timestampType: rare(fc.constantFrom('CREATE_TIME', 'LOG_APPEND_TIME'), 'NO_TIME'),
  key: rare(base64, 'ab=', '====', '!!!!', 5, ...ODD_TEXTS),
  value: rare(base64, 'ab=', 'abc', '!!!!', 'ab==cd==', {}, ...ODD_TEXTS),
  headers: rare(fc.array(header, { maxLength: 2 }), null, undefined, 'text'),
});
/** Lists of records with offsets that mostly ascend, mostly one list a partition. */
const event = fc.array(fc.array(record, { maxLength: 6 }), { maxLength: 4 }).map((lists) => ({
  eventSource: 'aws:kafka',
  records: Object.fromEntries(
    lists.map((list, partition) => {
      let offset = 0;
      const records = list.map(({ step, ...rest }) => {
        offset += step as number;
        return { ...rest, partition: rest.partition === 0 ? partition : rest.partition, offset };
      });
      return [`orders-${partition}`, records];
    }),
  ),
}));

describe('promise 1, accounted: an event decoded at once', () => {
  it('is the general way’s records, or its refusal', () => {
    let regular = 0;
    fc.assert(
      fc.property(event, fc.boolean(), (given, inArena) => {
        const lists = Object.values(given.records);
        const expected = outcomeOf(() => packRecords(lambdaEventParts(given, { where: WHERE, resolveSource })));
        const got = outcomeOf(() => decodeLambdaEvent(given, { resolveSource, inArena }));
        expect(got).toEqual(expected);
        if (typeof expected !== 'string' && decodeRegular(lists, { where: WHERE, resolveSource, inArena: false })) regular++;
      }),
      { numRuns: 1_500 },
    );
    // Both ways are met.
    expect(regular).toBeGreaterThan(200);
    expect(regular).toBeLessThan(1_500);
  });
});

/** Everything a batch of records says, positions resolved to bytes; the message of a refusal. */
function outcomeOf(decode: () => KafkaRecords): unknown {
  try {
    const records = decode();
    const { count, bytes, valueStart, valueEnd, keyStart, keyEnd } = records;
    const text = (from: number, to: number) => (from === 0xffff_ffff ? null : bytes.subarray(from, to).toString('hex'));
    const described = Array.from({ length: count }, (_, i) => ({
      source: records.sources[records.source[i]!],
      partition: records.topicPartition[i],
      offset: records.kafkaOffset[i],
      timestamp: [records.timestampMs[i], records.timestampType[i]],
      value: text(valueStart[i]!, valueEnd[i]!),
      key: text(keyStart[i]!, keyEnd[i]!),
      terminator: valueStart[i] === 0xffff_ffff ? 0 : bytes[valueEnd[i]!],
      headers: records.headers[i]?.map(({ name, value }) => [name, value && [...value]]),
    }));
    // Said only where it is so.
    const isAscii = described.every(({ value }) => value === null || Buffer.from(value, 'hex').every((byte) => byte < 128));
    expect(records.valuesAreAscii === true && !isAscii).toBe(false);
    const spare = bytes.subarray(-64).every((byte) => byte === 0);
    releaseRecords(records);
    return { described, sources: records.sources, spare };
  } catch (error) {
    return (error as Error).message;
  }
}
