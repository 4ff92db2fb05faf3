// A small contract and Lambda's Kafka events for it.
import type { CompiledContract } from '../../../../src/contract/compiled.ts';
import { type LoadOptions, loadContract } from '../../../../src/contract/load-contract.ts';

export const TOPIC = 'game.scores';

/** `version` 2 adds a column and a stricter rule, and keeps the field ids of version 1. */
export function scoresContract(options: { readonly namespace: string; readonly version?: 1 | 2 }): CompiledContract {
  const file = `schemas/${options.namespace}/scores.odcs.yaml`;
  const first = loaded(scoresText(options.namespace, 1), { file, assignIds: true });
  if (options.version !== 2) return first.contract;
  return loaded(scoresText(options.namespace, 2), { file, assignIds: true, ids: first.ids }).contract;
}

function loaded(text: string, options: LoadOptions) {
  const result = loadContract(text, options);
  if (!result.ok) throw new Error(JSON.stringify(result.findings, null, 1));
  return result;
}

function scoresText(namespace: string, version: 1 | 2): string {
  return `
apiVersion: v3.1.0
kind: DataContract
id: urn:firn:test:${namespace}
version: 1.${version}.0
status: active
domain: ${namespace}
schema:
  - name: scores
    logicalType: object
    physicalType: table
    properties:
      - {name: player, logicalType: string, required: true, logicalTypeOptions: {maxLength: 20}}
      - {name: event_time, logicalType: timestamp, required: true, partitioned: true, logicalTypeOptions: {format: epoch-millis}}
      - {name: score, logicalType: integer, logicalTypeOptions: {minimum: ${version === 2 ? 5 : 0}}}
${version === 2 ? '      - {name: level, logicalType: integer, physicalType: int}' : ''}
customProperties:
  - {property: firn.source, value: {name: scores, topic: ${TOPIC}, format: json}}
`;
}

export interface EventOptions {
  readonly partition: number;
  readonly from: number;
  readonly count: number;
}

/** Records `from … from + count - 1` of one partition; every tenth is bad (no player), every seventh a tombstone. */
export function kafkaEvent(...parts: readonly EventOptions[]): unknown {
  const records = Object.fromEntries(
    parts.map(({ partition, from, count }) => [
      `${TOPIC}-${partition}`,
      Array.from({ length: count }, (_, i) => kafkaRecord(partition, from + i)),
    ]),
  );
  return {
    eventSource: 'aws:kafka',
    eventSourceArn: 'arn:aws:kafka:us-east-1:000000000000:cluster/game/0a1b2c3d-1111-2222-3333-444455556666-1',
    bootstrapServers: 'b-1.example.net:9098',
    records,
  };
}

const START_MS = Date.UTC(2026, 10, 20);

function kafkaRecord(partition: number, offset: number) {
  const timestamp = START_MS + offset * 60_000;
  const player = offset % 10 === 3 ? undefined : `p${partition}-${offset}`;
  const value = JSON.stringify({ player, event_time: timestamp - 500, score: offset % 9, level: offset % 4 });
  return {
    topic: TOPIC,
    partition,
    offset,
    timestamp,
    timestampType: 'CREATE_TIME',
    key: Buffer.from(`k${offset}`).toString('base64'),
    value: offset % 7 === 6 ? null : Buffer.from(value).toString('base64'),
    headers: [{ trace: [...Buffer.from(`t${offset}`)] }],
  };
}
