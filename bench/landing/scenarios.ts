// What the landing benchmark lands: batches in rotation per scenario, each as Lambda's runtime hands it over (values as base64 text),
// as the text that the runtime parsed before, and as ready strings for the yardstick.
import type { CompiledContract } from '../../src/contract/compiled.ts';
import { readInvocations } from '../batches.ts';
import { benchContract, type ContractName } from './contracts.ts';
import { type EventKind, type Message, makeMessages } from './events.ts';

export interface BenchBatch {
  readonly event: unknown;
  /** JSON text of the event: what the runtime has to parse before the handler sees anything. */
  readonly eventText: string;
  /** The same bytes as ready strings; values that are no JSON left out. */
  readonly texts: readonly string[];
  /** The values as they came. */
  readonly values: readonly Buffer[];
  readonly records: number;
  readonly valueBytes: number;
}

export interface Scenario {
  readonly name: ScenarioName;
  readonly contract: CompiledContract;
  readonly batches: readonly BenchBatch[];
}

export const SCENARIOS = {
  flat: { title: 'flat, 21 columns', contract: 'flat', events: 'plain' },
  nested: { title: 'nested, 29 fields by path', contract: 'nested', events: 'plain' },
  gamegen: { title: 'gamegen, three variants', contract: 'gamegen', events: 'gamegen' },
  escaped: { title: 'Korean as \\u escapes', contract: 'flat', events: 'escaped' },
  undeclared: { title: 'ten undeclared fields, captured', contract: 'capture', events: 'undeclared' },
  bad: { title: '10 % bad records', contract: 'flat', events: 'bad' },
} as const satisfies Record<string, { title: string; contract: ContractName; events: EventKind | 'gamegen' }>;

export type ScenarioName = keyof typeof SCENARIOS;

/** Makes the batches of a scenario: always the same ones. */
export async function makeScenario(name: ScenarioName, size: { readonly batches: number; readonly events: number }): Promise<Scenario> {
  const { contract, events } = SCENARIOS[name];
  const batches =
    events === 'gamegen'
      ? await gameBatches(size)
      : Array.from({ length: size.batches }, (_, i) => batchOf(makeMessages(events, { seed: 11 + i, count: size.events }), i));
  return { name, contract: benchContract(contract), batches };
}

const GAME_RECORDS = 200_000;
/** The middle of the stream, where clients of all three versions are about. */
const GAME_SKIPPED = 80_000;

async function gameBatches(size: { readonly batches: number; readonly events: number }): Promise<BenchBatch[]> {
  const batches: BenchBatch[] = [];
  let skipped = 0;
  for await (const { event, texts, records, valueBytes } of readInvocations(GAME_RECORDS, size.events)) {
    if (skipped < GAME_SKIPPED) {
      skipped += records;
      continue;
    }
    batches.push({ event, eventText: JSON.stringify(event), texts, values: valuesOf(event), records, valueBytes });
    if (batches.length === size.batches) break;
  }
  return batches;
}

interface LambdaRecord {
  readonly value: string | null;
}

function valuesOf(event: unknown): Buffer[] {
  const { records } = event as { readonly records: Readonly<Record<string, readonly LambdaRecord[]>> };
  return Object.values(records).flatMap((list) => list.map(({ value }) => Buffer.from(value ?? '', 'base64')));
}

const PARTITIONS = 6;

/** A Lambda event of the messages, spread over the partitions in runs as a broker delivers them. */
function batchOf(messages: readonly Message[], index: number): BenchBatch {
  const records: Record<string, unknown[]> = {};
  const perPartition = Math.ceil(messages.length / PARTITIONS);
  messages.forEach(({ value }, i) => {
    const partition = Math.floor(i / perPartition);
    (records[`events-${partition}`] ??= []).push({
      topic: 'events',
      partition,
      offset: index * perPartition + (i % perPartition),
      timestamp: Date.UTC(2026, 2, 14, 12) + i * 40,
      timestampType: 'CREATE_TIME',
      key: Buffer.from(`u${i % 900}`).toString('base64'),
      value: value.toString('base64'),
      headers: [],
    });
  });
  const event = { eventSource: 'aws:kafka', records };
  return {
    event,
    eventText: JSON.stringify(event),
    texts: messages.filter(({ isJson }) => isJson).map(({ value }) => value.toString('utf8')),
    values: messages.map(({ value }) => value),
    records: messages.length,
    valueBytes: messages.reduce((sum, { value }) => sum + value.length, 0),
  };
}
