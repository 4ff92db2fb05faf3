// A small game with a contract in two versions, its topic, and batches of its records: what the tests of the jobs land. The real
// contract compiler and pipeline judge the messages; the same message may get another verdict under another version.
import type { CompiledContract } from '../../../src/contract/compiled.ts';
import { loadContract } from '../../../src/contract/load-contract.ts';
import { type KafkaRecords, NULL_POSITION } from '../../../src/decode/records.ts';

/** Kinds by class per version: version 1 accepts a and b, filters n, quarantines the rest; version 2 accepts a, c, n, filters b. */
export const KINDS = ['a', 'b', 'c', 'n', 'x'] as const;
export type Kind = (typeof KINDS)[number];
export type Verdict = 'accepted' | 'quarantined' | 'filtered';
const VERDICTS: Readonly<Record<1 | 2, Readonly<Record<Kind, Verdict>>>> = {
  1: { a: 'accepted', b: 'accepted', c: 'quarantined', n: 'filtered', x: 'quarantined' },
  2: { a: 'accepted', b: 'filtered', c: 'accepted', n: 'accepted', x: 'quarantined' },
};

export function verdictOf(version: 1 | 2, kind: Kind): Verdict {
  return VERDICTS[version][kind];
}

const contracts = new Map<string, CompiledContract>();

/** `game.events`; version 2 has one column more and other rules. */
export function gameContract(version: 1 | 2 = 1, name = 'events'): CompiledContract {
  const key = `${name} ${version}`;
  const known = contracts.get(key);
  if (known) return known;
  const valid = version === 1 ? '[a, b, n]' : '[a, b, c, n]';
  const filtered = version === 1 ? 'n' : 'b';
  const text = `
apiVersion: v3.1.0
kind: DataContract
id: urn:firn:game:${name}
version: ${version}.0.0
status: active
domain: game
schema:
  - name: ${name}
    logicalType: object
    physicalType: table
    properties:
      - {name: id, logicalType: string, required: true}
      - {name: event_time, logicalType: timestamp, required: true, partitioned: true, logicalTypeOptions: {format: "epoch-millis"}}
      - name: kind
        logicalType: string
        required: true
        quality:
          - {id: kind-known, metric: invalidValues, arguments: {validValues: ${valid}}, mustBe: 0, severity: error}
${version === 2 ? '      - {name: level, logicalType: integer, physicalType: int}\n' : ''}    customProperties:
      - {property: firn.filter, value: "kind == '${filtered}'"}
      - {property: firn.eventTime, value: {column: event_time}}
customProperties:
  - {property: firn.source, value: {name: main, topic: ${name}, format: json}}
`;
  const ids = version === 2 ? { ids: load(text.replace(/ {6}- \{name: level.*\n/, ''), name).ids } : {};
  const { contract } = load(text, name, ids);
  contracts.set(key, contract);
  return contract;
}

function load(text: string, name: string, options: Partial<Parameters<typeof loadContract>[1]> = {}) {
  const result = loadContract(text, { file: `schemas/game/${name}.odcs.yaml`, ...options });
  if (!result.ok) throw new Error(result.findings.map(({ line, rule, message }) => `${line} ${rule}: ${message}`).join('\n'));
  return result;
}

export interface GameRecord {
  readonly partition: number;
  readonly offset: number;
  readonly kind: Kind;
  /** Unique text of the event. */
  readonly id: string;
  readonly timestampMs: number;
  readonly eventMs?: number;
}

export const GAME_SOURCE = 'main/events/1';

/** A batch as the decoder gives it. */
export function gameRecords(records: readonly GameRecord[], sourceId = GAME_SOURCE): KafkaRecords {
  const values = records.map(({ id, kind, timestampMs, eventMs }) =>
    Buffer.from(JSON.stringify({ id, event_time: eventMs ?? timestampMs, kind }), 'utf8'),
  );
  const bytes = Buffer.alloc(values.reduce((sum, value) => sum + value.length + 1, 64));
  const valueStart = new Uint32Array(records.length);
  const valueEnd = new Uint32Array(records.length);
  let at = 0;
  for (const [i, value] of values.entries()) {
    valueStart[i] = at;
    at += value.copy(bytes, at);
    valueEnd[i] = at;
    at += 1;
  }
  return {
    bytes,
    count: records.length,
    valueStart,
    valueEnd,
    keyStart: new Uint32Array(records.length).fill(NULL_POSITION),
    keyEnd: new Uint32Array(records.length).fill(NULL_POSITION),
    source: new Uint16Array(records.length),
    sources: [{ id: sourceId, topic: 'events' }],
    topicPartition: Int32Array.from(records, ({ partition }) => partition),
    kafkaOffset: Float64Array.from(records, ({ offset }) => offset),
    timestampMs: Float64Array.from(records, ({ timestampMs }) => timestampMs),
    timestampType: new Uint8Array(records.length),
    headers: records.map(() => undefined),
  };
}
