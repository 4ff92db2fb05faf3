// Lambda events: what shares a batch and what does not, because an offset missing inside one delivery is absent and one missing
// between two is unknown.
import { describe, expect, it } from 'vitest';
import { joinRecords, positionedBatches } from '../../../src/cli/land-positioned.ts';
import type { OpenedInput } from '../../../src/cli/open-input.ts';
import type { CompiledContract } from '../../../src/contract/compiled.ts';
import { type KafkaRecords, NULL_POSITION } from '../../../src/decode/records.ts';

const CONTRACT = { sources: [{ name: 'game', topic: 't', generation: 3, format: 'json' }] } as unknown as CompiledContract;

describe('Lambda events from a file', () => {
  it('share a batch while they go on without a gap, and part where one is missing', async () => {
    const events = [event(0, [0, 1, 2]), event(0, [3, 5]), event(1, [70]), event(0, [6]), event(0, [8, 9]), event(1, [71])];
    const batches = await read(events);
    expect(batches.map(({ gaps }) => gaps)).toEqual(batches.map(() => 'absent'));
    expect(batches.map(({ records }) => placesOf(records))).toEqual([
      ['0:0', '0:1', '0:2', '0:3', '0:5', '1:70', '0:6'],
      ['0:8', '0:9', '1:71'],
    ]);
  });

  it('an event that was delivered twice begins a new batch', async () => {
    const batches = await read([event(0, [0, 1]), event(0, [0, 1])]);
    expect(batches.map(({ records }) => placesOf(records))).toEqual([
      ['0:0', '0:1'],
      ['0:0', '0:1'],
    ]);
  });

  it('a source name given on the command line takes the place of the contract’s', async () => {
    const named = await read([event(0, [0])], 'elsewhere');
    const own = await read([event(0, [0])]);
    expect([own, named].map(([batch]) => batch!.records.sources[0]!.id)).toEqual(['game/t/3', 'elsewhere/t/3']);
  });

  it('joined records keep keys, values, tombstones, headers and the byte after each value', async () => {
    const [first] = await read([event(0, [0, 1])]);
    const [second] = await read([event(1, [5], { isTombstone: true }), event(1, [6])], 'b');
    const joined = joinRecords([first!.records, second!.records]);
    expect(placesOf(joined)).toEqual(['0:0', '0:1', '1:5', '1:6']);
    expect([...joined.source].map((i) => joined.sources[i]!.id)).toEqual(['game/t/3', 'game/t/3', 'b/t/3', 'b/t/3']);
    expect(joined.valueStart[2]).toBe(NULL_POSITION);
    expect([0, 1, 3].map((i) => joined.bytes.toString('utf8', joined.valueStart[i], joined.valueEnd[i]))).toEqual([
      'value 0',
      'value 1',
      'value 6',
    ]);
    expect([0, 1, 3].map((i) => joined.bytes[joined.valueEnd[i]!])).toEqual([0, 0, 0]);
    expect(joined.bytes.toString('utf8', joined.keyStart[3], joined.keyEnd[3])).toBe('key 6');
    expect(joined.headers.map((headers) => headers?.[0]?.name)).toEqual(['h0', 'h1', 'h5', 'h6']);
  });
});

function event(partition: number, offsets: readonly number[], options: { readonly isTombstone?: boolean } = {}): string {
  const base64 = (text: string) => Buffer.from(text).toString('base64');
  const records = offsets.map((offset) => ({
    topic: 't',
    partition,
    offset,
    timestamp: 1000 + offset,
    timestampType: 'CREATE_TIME',
    key: base64(`key ${offset}`),
    value: options.isTombstone ? null : base64(`value ${offset}`),
    headers: [{ [`h${offset}`]: [1, -1] }],
  }));
  return JSON.stringify({
    eventSource: 'aws:kafka',
    eventSourceArn: 'arn',
    bootstrapServers: 'b',
    records: { [`t-${partition}`]: records },
  });
}

async function read(events: readonly string[], sourceName?: string) {
  const input: OpenedInput = {
    compression: 'none',
    sizeBytes: 0,
    modifiedMs: 0,
    chunks: async function* () {
      yield Buffer.from(events.map((one) => `${one}\n`).join(''));
    },
  };
  const batches = [];
  for await (const batch of positionedBatches({ path: 'f', input, format: 'lambda', contract: CONTRACT, sourceName })) batches.push(batch);
  return batches;
}

function placesOf(records: KafkaRecords): string[] {
  return Array.from({ length: records.count }, (_, i) => `${records.topicPartition[i]}:${records.kafkaOffset[i]}`);
}
