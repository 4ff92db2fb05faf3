// The Kafka event source of the end-to-end run against what AWS documents of the real one: AWS Lambda developer guide, "Using Lambda with
// Amazon MSK", "… self-managed Apache Kafka", "Kafka batching behavior", "Configuring error handling controls for Kafka event sources",
// "Capturing discarded batches"; API reference, CreateEventSourceMapping. The product relies on nothing else of it.
import { describe, expect, it } from 'vitest';
import { decodeLambdaEvent } from '../../../src/decode/lambda-event.ts';
import { EVENT_BYTES_MAX } from '../../e2e/poller/event.ts';
import {
  type MemoryKafka,
  type MemoryLambda,
  makeMemoryClock,
  makeMemoryKafka,
  makeMemoryLambda,
  turn,
} from '../../e2e/poller/memory-kafka.ts';
import { startPoller } from '../../e2e/poller/poller.ts';
import type { ErrorHandling, Invocation, Mapping } from '../../e2e/poller/types.ts';

const CLUSTER = 'arn:aws:kafka:eu-central-1:111122223333:cluster/example/0a1b2c3d-1111-2222-3333-444455556666-1';
const ANSWERED: Invocation = { kind: 'answered', answer: null };
const FAILED: Invocation = { kind: 'function-error', functionError: 'Unhandled', requestId: 'request', message: 'failed' };
const THROTTLED: Invocation = { kind: 'not-invoked', reason: 'TooManyRequestsException' };
const PROVISIONED: ErrorHandling = { retriesMax: -1, recordAgeMsMax: -1, isBisecting: false, isPartial: false };
const TURNS_MAX = 20_000;

function mappingOf(settings: Partial<Mapping> = {}): Mapping {
  return {
    id: '11111111-2222-3333-4444-555555555555',
    functionName: 'land',
    eventSourceArn: CLUSTER,
    bootstrapServers: undefined,
    topic: 'events',
    group: 'firn.test',
    start: { kind: 'TRIM_HORIZON' },
    isEnabled: true,
    batchSize: 100,
    windowMs: 500,
    provisioned: undefined,
    destination: undefined,
    ...settings,
  };
}

interface Setting {
  readonly mapping?: Partial<Mapping>;
  readonly partitions?: number;
  readonly pollers?: number;
  readonly fill: (kafka: MemoryKafka) => void;
  readonly behave?: (lambda: { readonly places: readonly string[] }, nth: number) => Invocation | Promise<Invocation>;
  /** When to stop; @default when the group has committed the ends. */
  readonly until?: (lambda: MemoryLambda, kafka: MemoryKafka) => boolean;
}

/** Plays a poller until its condition holds, and stops it. */
async function play(setting: Setting) {
  const clock = makeMemoryClock();
  const partitions = setting.partitions ?? 2;
  const kafka = makeMemoryKafka(clock, partitions);
  setting.fill(kafka);
  const lambda = makeMemoryLambda(clock, setting.behave ?? (() => ANSWERED));
  const mapping = mappingOf(setting.mapping);
  const poller = await startPoller({ mapping, kafka, lambda, clock, pollers: setting.pollers ?? 1 });
  const until = setting.until ?? (() => false);
  const ends = await Promise.all(Array.from({ length: partitions }, (_, i) => kafka.startOf('', i, { kind: 'LATEST' })));
  const isRead = async () => {
    const committed = await kafka.committed(mapping.group, '');
    return ends.every((end, partition) => end === 0 || committed.get(partition) === end);
  };
  for (let turns = 0; !(setting.until ? until(lambda, kafka) : await isRead()); turns++) {
    if (turns > TURNS_MAX) throw new Error(`not there after ${TURNS_MAX} turns: ${lambda.invoked.length} invocations`);
    await turn();
  }
  await poller.stop();
  return { kafka, lambda, clock, tally: poller.tally };
}

const fill = (kafka: MemoryKafka, partition: number, count: number) => {
  for (let i = 0; i < count; i++) kafka.append(partition, {});
};
const fillAll = (kafka: MemoryKafka, partitions: number, count: number) => {
  for (let partition = 0; partition < partitions; partition++) fill(kafka, partition, count);
};

describe('the event', () => {
  it('has the documented shape, several partitions in one event, keys and values in base64, headers as signed bytes', async () => {
    const { lambda } = await play({
      fill: (kafka) => {
        const headers = [{ name: 'trace', value: Buffer.from([1, 200, 255]) }];
        kafka.append(0, {
          timestampMs: 1545084650987,
          key: Buffer.from('recordKey'),
          value: Buffer.from('Hello, this is a test.'),
          headers,
        });
        kafka.append(1, { timestampMs: 1545084650988, timestampType: 'LOG_APPEND_TIME', value: Buffer.from('x') });
      },
    });
    expect(lambda.invoked.map(({ event }) => JSON.parse(event))).toEqual([
      {
        eventSource: 'aws:kafka',
        eventSourceArn: CLUSTER,
        bootstrapServers: 'b-1.example.net:9098,b-2.example.net:9098',
        records: {
          'events-0': [
            {
              topic: 'events',
              partition: 0,
              offset: 0,
              timestamp: 1545084650987,
              timestampType: 'CREATE_TIME',
              key: Buffer.from('recordKey').toString('base64'),
              value: 'SGVsbG8sIHRoaXMgaXMgYSB0ZXN0Lg==',
              headers: [{ trace: [1, -56, -1] }],
            },
          ],
          'events-1': [
            {
              topic: 'events',
              partition: 1,
              offset: 0,
              timestamp: 1545084650988,
              timestampType: 'LOG_APPEND_TIME',
              value: 'eA==',
              headers: [],
            },
          ],
        },
      },
    ]);
    const source = { id: 'main/events/1', topic: 'events' };
    expect(decodeLambdaEvent(JSON.parse(lambda.invoked[0]!.event), { resolveSource: () => source }).count).toBe(2);
  });

  it('of self-managed Kafka names its servers and no cluster', async () => {
    const mapping = { eventSourceArn: undefined, bootstrapServers: 'kafka.example.net:9092' };
    const { lambda } = await play({ mapping, fill: (kafka) => fill(kafka, 0, 1) });
    const { records: _, ...head } = JSON.parse(lambda.invoked[0]!.event);
    expect(head).toEqual({ eventSource: 'SelfManagedKafka', bootstrapServers: 'kafka.example.net:9092' });
  });
});

describe('a batch', () => {
  it('ends at the batch size', async () => {
    const { lambda } = await play({ mapping: { batchSize: 3 }, partitions: 1, fill: (kafka) => fill(kafka, 0, 7) });
    expect(lambda.invoked.map(({ places }) => places.length)).toEqual([3, 3, 1]);
  });

  it('ends when the window after its first record has passed, and waits for it when there is room', async () => {
    const { lambda, clock } = await play({ mapping: { windowMs: 2_000 }, fill: (kafka) => fill(kafka, 0, 1) });
    const began = Date.UTC(2026, 0, 1);
    expect(lambda.invoked).toHaveLength(1);
    expect(lambda.invoked[0]!.startedMs - began).toBe(2_000);
    expect(clock.nowMs()).toBeGreaterThanOrEqual(began + 2_000);
  });

  it('never makes an event larger than 6 MB, base64 and JSON included, and leaves nothing out', async () => {
    const value = new Uint8Array(700_000);
    const { lambda, tally } = await play({
      mapping: { batchSize: 10_000 },
      fill: (kafka) => {
        for (let i = 0; i < 20; i++) kafka.append(i % 2, { value });
      },
    });
    expect(lambda.invoked.every(({ event }) => Buffer.byteLength(event) <= EVENT_BYTES_MAX)).toBe(true);
    // 700,000 bytes are 933,336 in base64: six fit into 6,291,456, seven do not.
    expect(lambda.invoked.map(({ places }) => places.length)).toEqual([6, 6, 6, 2]);
    expect(tally.eventBytesMax).toBeGreaterThan(6 * 933_336);
    expect(lambda.invoked.flatMap(({ places }) => places).sort()).toEqual(
      [...new Set(lambda.invoked.flatMap(({ places }) => places))].sort(),
    );
  });

  it('passes offsets that have no record, and commits beyond them', async () => {
    const { lambda, kafka } = await play({
      partitions: 1,
      fill: (one) => {
        fill(one, 0, 2);
        one.skip(0, 5);
        fill(one, 0, 1);
        one.skip(0, 1);
      },
    });
    expect(lambda.invoked.flatMap(({ places }) => places)).toEqual(['0:0', '0:1', '0:7']);
    expect((await kafka.committed('firn.test', 'events')).get(0)).toBe(9);
  });
});

describe('order', () => {
  it('no partition is ever in two invocations at once, while different partitions are', async () => {
    let open = 0;
    let atOnce = 0;
    const { lambda } = await play({
      mapping: { batchSize: 2, windowMs: 0 },
      partitions: 4,
      pollers: 4,
      fill: (kafka) => fillAll(kafka, 4, 10),
      behave: async () => {
        atOnce = Math.max(atOnce, ++open);
        for (let i = 0; i < 5; i++) await turn();
        open--;
        return ANSWERED;
      },
    });
    expect(lambda.overlap()).toBe(1);
    expect(atOnce).toBeGreaterThan(1);
    for (const partition of [0, 1, 2, 3]) {
      const seen = lambda.invoked.flatMap(({ places }) => places).filter((place) => place.startsWith(`${partition}:`));
      expect(seen).toEqual(Array.from({ length: 10 }, (_, offset) => `${partition}:${offset}`));
    }
  });
});

describe('failures of on-demand pollers', () => {
  it('the same batch comes again without end, nothing after it passes it, and its offsets are committed only once it is done with', async () => {
    const { lambda, kafka } = await play({
      mapping: { batchSize: 2 },
      partitions: 1,
      fill: (one) => fill(one, 0, 4),
      behave: (_, nth) => (nth <= 25 ? FAILED : ANSWERED),
    });
    expect(lambda.invoked.slice(0, 26).map(({ places }) => places)).toEqual(Array.from({ length: 26 }, () => ['0:0', '0:1']));
    expect(lambda.invoked.slice(26).map(({ places }) => places)).toEqual([['0:2', '0:3']]);
    expect(kafka.commits.map(({ next }) => next.get(0))).toEqual([2, 4]);
  });

  it('a throttled invocation comes again', async () => {
    const { lambda, tally } = await play({ fill: (kafka) => fill(kafka, 0, 1), behave: (_, nth) => (nth < 4 ? THROTTLED : ANSWERED) });
    expect(lambda.invoked).toHaveLength(4);
    expect(tally).toMatchObject({ notInvoked: 3, functionErrors: 0, records: 1 });
  });

  it('with a failure destination gives up after ten repeats and says which offsets', async () => {
    const destination = 'arn:aws:sqs:eu-central-1:111122223333:failures';
    const { lambda, kafka } = await play({ mapping: { destination }, fill: (one) => fill(one, 1, 3), behave: () => FAILED });
    expect(lambda.invoked).toHaveLength(11);
    const at = new Date(Date.UTC(2026, 0, 1)).toISOString();
    expect(lambda.discarded.map(({ record }) => record)).toMatchObject([
      {
        requestContext: { condition: 'RetryAttemptsExhausted', approximateInvokeCount: 11 },
        responseContext: { statusCode: 200, executedVersion: '$LATEST', functionError: 'Unhandled' },
        version: '1.0',
        KafkaBatchInfo: {
          batchSize: 3,
          eventSourceArn: CLUSTER,
          payloadSize: Buffer.byteLength(lambda.invoked[0]!.event),
          recordsInfo: { 'events-1': { firstRecordOffset: '0', lastRecordOffset: '2', firstRecordTimestamp: at, lastRecordTimestamp: at } },
        },
      },
    ]);
    expect(lambda.discarded[0]!.record).not.toHaveProperty('payload');
    expect((await kafka.committed('firn.test', 'events')).get(1)).toBe(3);
  });

  it('a destination in S3 gets the event, too', async () => {
    const destination = 'arn:aws:s3:::failures';
    const { lambda } = await play({ mapping: { destination }, fill: (kafka) => fill(kafka, 0, 1), behave: () => FAILED });
    expect(lambda.discarded[0]!.record.payload).toBe(lambda.invoked[0]!.event);
  });

  it('a record that no event can hold is given up, and its neighbours are not', async () => {
    const destination = 'arn:aws:sqs:eu-central-1:111122223333:failures';
    const { lambda, tally } = await play({
      mapping: { destination },
      partitions: 1,
      fill: (kafka) => {
        fill(kafka, 0, 1);
        kafka.append(0, { value: new Uint8Array(5_000_000) });
        fill(kafka, 0, 1);
      },
    });
    expect(lambda.invoked.flatMap(({ places }) => places)).toEqual(['0:0', '0:2']);
    expect(tally.discarded).toBe(1);
    expect(lambda.discarded.map(({ record }) => [record.requestContext.condition, record.responseContext])).toEqual([
      ['MaximumPayloadSizeExceeded', null],
    ]);
  });
});

describe('failures of provisioned pollers', () => {
  it('a batch that fails is split until the harmful record is alone, which costs no attempt; the rest lands, in order', async () => {
    const { lambda, tally } = await play({
      mapping: { provisioned: { ...PROVISIONED, isBisecting: true, retriesMax: 2 } },
      partitions: 1,
      fill: (kafka) => fill(kafka, 0, 8),
      behave: ({ places }) => (places.includes('0:5') ? FAILED : ANSWERED),
    });
    expect(tally.discarded).toBe(1);
    expect(lambda.invoked.filter(({ places }) => places.length === 1 && places[0] === '0:5')).toHaveLength(3);
    const landed = lambda.invoked.filter(({ places }) => !places.includes('0:5')).flatMap(({ places }) => places);
    expect(landed).toEqual([0, 1, 2, 3, 4, 6, 7].map((offset) => `0:${offset}`));
  });

  it('a partial answer brings back everything from the lowest failed offset of a partition on, and nothing of the others', async () => {
    const failure = (partition: string, offset: number) => ({ itemIdentifier: { partition, offset } });
    const { lambda } = await play({
      mapping: { provisioned: { ...PROVISIONED, isPartial: true } },
      fill: (kafka) => fillAll(kafka, 2, 4),
      behave: (_, nth) =>
        nth === 1 ? { kind: 'answered', answer: { batchItemFailures: [failure('events-1', 3), failure('events-1', 2)] } } : ANSWERED,
    });
    expect(lambda.invoked.map(({ places }) => places)).toEqual([
      ['0:0', '0:1', '0:2', '0:3', '1:0', '1:1', '1:2', '1:3'],
      ['1:2', '1:3'],
    ]);
  });

  it.each([
    ['an offset that was not in the event', { batchItemFailures: [{ itemIdentifier: { partition: 'events-0', offset: 99 } }] }],
    ['the flat form of other event sources', { batchItemFailures: [{ itemIdentifier: 'events-0-1' }] }],
    ['an offset that is text', { batchItemFailures: [{ itemIdentifier: { partition: 'events-0', offset: '1' } }] }],
    ['no list', { batchItemFailures: 'events-0' }],
  ])('%s is a failure of the whole batch', async (_name, answer) => {
    const mapping = { provisioned: { ...PROVISIONED, isPartial: true } };
    const { lambda } = await play({
      mapping,
      partitions: 1,
      fill: (kafka) => fill(kafka, 0, 3),
      behave: (_, nth) => (nth === 1 ? { kind: 'answered', answer } : ANSWERED),
    });
    expect(lambda.invoked.map(({ places }) => places.length)).toEqual([3, 3]);
  });

  it.each([[null], [{}], [{ batchItemFailures: [] }], [{ batchItemFailures: null }]])('%j is a success', async (answer) => {
    const mapping = { provisioned: { ...PROVISIONED, isPartial: true } };
    const { lambda } = await play({
      mapping,
      partitions: 1,
      fill: (kafka) => fill(kafka, 0, 3),
      behave: () => ({ kind: 'answered', answer }),
    });
    expect(lambda.invoked).toHaveLength(1);
  });

  it('a partial answer means nothing to a mapping that did not ask for it', async () => {
    const answer = { batchItemFailures: [{ itemIdentifier: { partition: 'events-0', offset: 0 } }] };
    const { lambda } = await play({ partitions: 1, fill: (kafka) => fill(kafka, 0, 3), behave: () => ({ kind: 'answered', answer }) });
    expect(lambda.invoked).toHaveLength(1);
  });

  it('records above the age are dropped before they are sent', async () => {
    const { lambda, tally } = await play({
      mapping: { provisioned: { ...PROVISIONED, recordAgeMsMax: 60_000 } },
      partitions: 1,
      fill: (kafka) => {
        kafka.append(0, { timestampMs: Date.UTC(2025, 0, 1) });
        fill(kafka, 0, 1);
      },
    });
    expect(lambda.invoked.map(({ places }) => places)).toEqual([['0:1']]);
    expect(tally.discarded).toBe(1);
  });
});

describe('positions', () => {
  const old = Date.UTC(2025, 0, 1);
  const young = Date.UTC(2025, 6, 1);
  const two = (kafka: MemoryKafka) => {
    kafka.append(0, { timestampMs: old });
    kafka.append(0, { timestampMs: young });
  };

  it('TRIM_HORIZON begins with the oldest record', async () => {
    const { lambda } = await play({ partitions: 1, fill: two });
    expect(lambda.invoked.flatMap(({ places }) => places)).toEqual(['0:0', '0:1']);
  });

  it('AT_TIMESTAMP begins with the first record that is not older', async () => {
    const start = { kind: 'AT_TIMESTAMP', timestampMs: old + 1 } as const;
    const { lambda } = await play({ mapping: { start }, partitions: 1, fill: two });
    expect(lambda.invoked.flatMap(({ places }) => places)).toEqual(['0:1']);
  });

  it('a group that has committed goes on there, whatever the start position says', async () => {
    const { lambda } = await play({
      partitions: 1,
      fill: (kafka) => {
        two(kafka);
        void kafka.commit('firn.test', 'events', new Map([[0, 1]]));
      },
    });
    expect(lambda.invoked.flatMap(({ places }) => places)).toEqual(['0:1']);
  });

  it('a disabled mapping reads nothing; enabled again it goes on where it was', async () => {
    const clock = makeMemoryClock();
    const kafka = makeMemoryKafka(clock, 1);
    const lambda = makeMemoryLambda(clock, () => ANSWERED);
    const poller = await startPoller({ mapping: mappingOf({ isEnabled: false }), kafka, lambda, clock, pollers: 1 });
    fill(kafka, 0, 2);
    for (let i = 0; i < 100; i++) await turn();
    expect(lambda.invoked).toEqual([]);
    poller.setEnabled(true);
    for (let i = 0; i < TURNS_MAX && kafka.commits.length === 0; i++) await turn();
    expect(lambda.invoked.map(({ places }) => places)).toEqual([['0:0', '0:1']]);
    await poller.stop();
  });

  it('a mapping that is disabled rests only when what was in flight is done with', async () => {
    const clock = makeMemoryClock();
    const kafka = makeMemoryKafka(clock, 1);
    const { promise: answered, resolve: answer } = Promise.withResolvers<Invocation>();
    const lambda = makeMemoryLambda(clock, () => answered);
    const poller = await startPoller({ mapping: mappingOf(), kafka, lambda, clock, pollers: 1 });
    fill(kafka, 0, 1);
    for (let i = 0; i < TURNS_MAX && lambda.invoked.length === 0; i++) await turn();
    poller.setEnabled(false);
    for (let i = 0; i < 100; i++) await turn();
    expect(poller.isResting()).toBe(false);
    answer(ANSWERED);
    for (let i = 0; i < TURNS_MAX && !poller.isResting(); i++) await turn();
    expect(kafka.commits).toHaveLength(1);
    fill(kafka, 0, 1);
    for (let i = 0; i < 100; i++) await turn();
    expect([poller.isResting(), lambda.invoked.length]).toEqual([true, 1]);
    poller.setEnabled(true);
    for (let i = 0; i < TURNS_MAX && lambda.invoked.length < 2; i++) await turn();
    expect(poller.isResting()).toBe(false);
    await poller.stop();
  });
});
