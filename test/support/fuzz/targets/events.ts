// What comes from Kafka and from files: Lambda events, NDJSON of records and events, and messages through the whole pipeline, where
// bad data is a verdict and never an exception.
import { decodeLambdaEvent } from '../../../../src/decode/lambda-event.ts';
import { readNdjson } from '../../../../src/decode/ndjson.ts';
import { packRecords } from '../../../../src/decode/pack-records.ts';
import type { KafkaRecords, RecordSource } from '../../../../src/decode/records.ts';
import { createPipeline } from '../../../../src/pipeline/create-pipeline.ts';
import { gameContract } from '../../memory/game.ts';
import { FLAT } from '../../oracle/programs.ts';
import { expectShape } from '../samples.ts';
import type { FuzzTarget } from '../types.ts';

const SOURCE: RecordSource = { id: 'main/events/1', topic: 'events' };
const resolveSource = (topic: string): RecordSource | undefined => (topic === 'events' ? SOURCE : undefined);

const RECORD = {
  topic: 'events',
  partition: 0,
  offset: 5,
  timestamp: 1_545_084_650_987,
  timestampType: 'CREATE_TIME',
  key: 'a2V5',
  value: 'eyJhIjoxfQ==',
  headers: [{ trace: [116, -1, 255] }, { none: null }],
};
const EVENT = {
  eventSource: 'aws:kafka',
  eventSourceArn: 'arn:aws:kafka:eu-west-1:1:cluster/c/1',
  records: {
    'events-0': [RECORD, { ...RECORD, offset: 6, key: null, headers: [] }],
    'events-1': [{ ...RECORD, partition: 1, value: null }],
  },
};

function checkRecords(records: KafkaRecords): void {
  for (let i = 0; i < records.count; i++) {
    expectShape(Number.isSafeInteger(records.kafkaOffset[i]) && records.kafkaOffset[i]! >= 0, 'offsets that are safe integers');
    if (records.valueStart[i] !== 0xffff_ffff)
      expectShape(
        records.valueEnd[i]! <= records.bytes.length - 64 && records.bytes[records.valueEnd[i]!] === 0,
        'values within the buffer',
      );
    if (records.keyStart[i] !== 0xffff_ffff) expectShape(records.keyEnd[i]! <= records.bytes.length - 64, 'keys within the buffer');
  }
}

async function readAll(input: Uint8Array, format: 'records' | 'lambda' | 'events'): Promise<void> {
  // In two chunks, so that lines are cut in the middle.
  const chunks = [input.subarray(0, input.length >> 1), input.subarray(input.length >> 1)];
  const options = format === 'events' ? { format, file: 'f', source: SOURCE, timestampMs: 1 } : { format, file: 'f', resolveSource };
  for await (const batch of readNdjson(chunks, options)) checkRecords(batch.records);
}

/** Messages of one batch, a message per line. */
function recordsOf(input: Uint8Array): KafkaRecords {
  const lines: Uint8Array[] = [];
  for (let at = 0; at <= input.length; ) {
    const end = input.indexOf(0x0a, at);
    lines.push(input.subarray(at, end < 0 ? input.length : end));
    at = end < 0 ? input.length + 1 : end + 1;
  }
  return packRecords(
    lines.map((value, i) => ({
      source: SOURCE,
      topicPartition: 0,
      kafkaOffset: i,
      timestampMs: 1,
      timestampType: 0,
      key: null,
      value,
      headers: undefined,
    })),
  );
}

const FLAT_PIPELINE = createPipeline(FLAT);
const GAME_PIPELINE = createPipeline(gameContract(2).tables[0]!);

function runPipeline(pipeline: typeof FLAT_PIPELINE, input: Uint8Array): void {
  const records = recordsOf(input);
  const result = pipeline.process(records, { ingestedAtMs: 1 });
  expectShape(result.verdicts.length === records.count && result.columns.rows === result.rowRecord.length, 'a verdict for every record');
  for (const { reasons } of result.quarantined) {
    expectShape(reasons.length > 0 && reasons.every(({ rule }) => rule !== 'internal-error'), 'reasons that are rules, not faults of ours');
  }
}

const MESSAGES = [
  '{"id":"f79c3e09-677c-4bbd-a479-3f349cb785e7","at":"2020-01-01T00:00:00.123Z","seconds":1577836800,"local":"2020/01/01 10:00","nanos":"2020-01-01T00:00:00.123456789+02:00","day":"2.3.2020","clock":"10:00:00","flag":" TRUE ","level":5,"score":"12 ","step":10,"ratio":"1e3","single":0.5,"money":"12.30","text":"h\\u00e9llo \\ud83d\\ude00"}',
  '{"id":"x","event_time":1577836800000,"kind":"a","level":3}',
  '{"a":[[[[{}]]],1e999,-0.0,12345678901234567890123456789,"\\ud800"],"__proto__":{"x":null}}',
];

export const EVENT_TARGETS: readonly FuzzTarget[] = [
  {
    name: 'lambda-event',
    family: 'events',
    shape: 'json',
    seeds: () => [Buffer.from(JSON.stringify(EVENT))],
    run: (input) => checkRecords(decodeLambdaEvent(parseOrText(input), { resolveSource })),
  },
  {
    name: 'ndjson-records',
    family: 'events',
    shape: 'bytes',
    seeds: () => [Buffer.from(`${JSON.stringify(RECORD)}\r\n\n${JSON.stringify({ ...RECORD, offset: 9 })}`)],
    run: (input) => readAll(input, 'records'),
  },
  {
    name: 'ndjson-lambda',
    family: 'events',
    shape: 'bytes',
    seeds: () => [Buffer.from(JSON.stringify(EVENT, null, 1)), Buffer.from(`${JSON.stringify(EVENT)}\n`)],
    run: (input) => readAll(input, 'lambda'),
  },
  {
    name: 'messages',
    family: 'events',
    shape: 'bytes',
    seeds: () => [...MESSAGES, MESSAGES.join('\n')].map((text) => Buffer.from(text)),
    run: (input) => {
      runPipeline(FLAT_PIPELINE, input);
      runPipeline(GAME_PIPELINE, input);
    },
  },
];

function parseOrText(input: Uint8Array): unknown {
  const text = Buffer.from(input).toString('utf8');
  try {
    return JSON.parse(text) as unknown;
  } catch {
    return text;
  }
}
