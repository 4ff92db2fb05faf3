// The ways a batch can go, each a function of one batch: the yardstick, Firn to Parquet bytes, Firn's whole landing, and the ecosystem's.
// "Parquet bytes": base64 strings → validated → data files and the quarantine file in memory, with all that a manifest entry says of
// them. "Landing": that, over stores in memory, with grouping, the descriptor and its acknowledgement.
import { decodeLambdaEvent } from '../../src/decode/lambda-event.ts';
import { releaseRecords } from '../../src/decode/pack-records.ts';
import type { KafkaRecords } from '../../src/decode/records.ts';
import { startDeadline } from '../../src/jobs/deadline.ts';
import { encodeSafely } from '../../src/jobs/encode-safely.ts';
import { ensureTables } from '../../src/jobs/ensure-tables.ts';
import { landBatch } from '../../src/jobs/land-batch.ts';
import type { ResolvedContract } from '../../src/jobs/types.ts';
import { encodeRows, fileNamer, splitRows } from '../../src/jobs/write-rows.ts';
import { createJudge, type Judge, type Judged, judgeRecords } from '../../src/pipeline/judge.ts';
import { quarantineColumns } from '../../src/pipeline/quarantine-rows.ts';
import type { Ports } from '../../src/ports.ts';
import { makeMemoryPorts } from '../../test/support/memory/index.ts';
import type { BenchBatch, Scenario } from './scenarios.ts';

const DEADLINE_MS = 10 * 60_000;
const INGESTED_AT_MS = Date.UTC(2026, 2, 14, 12, 30);

/** What a path made of a batch, so that paths can be seen to agree. */
export interface Made {
  readonly accepted: number;
  readonly rejected: number;
  readonly fileBytes: number;
}

export type Path = (batch: BenchBatch) => Made | Promise<Made>;

export interface FirnPaths {
  readonly contract: Scenario['contract'];
  readonly ports: Ports;
  readonly resolved: ResolvedContract;
  readonly judge: Judge;
  readonly decode: (event: unknown) => KafkaRecords;
}

/** Compiles the contract and makes its tables, as a cold start does. */
export async function openFirn(contract: Scenario['contract']): Promise<FirnPaths> {
  const { ports } = makeMemoryPorts();
  const resolved = await ensureTables({ ports, contract });
  const sources = new Map(contract.sources.map(({ name, topic, generation }) => [topic, { id: `${name}/${topic}/${generation}`, topic }]));
  const decode = (event: unknown) => decodeLambdaEvent(event, { resolveSource: (topic) => sources.get(topic), inArena: true });
  return { contract, ports, resolved, judge: createJudge(contract), decode };
}

/** JSON.parse of ready strings: the yardstick. */
export function parseTexts(batch: BenchBatch): Made {
  for (const text of batch.texts) JSON.parse(text);
  return { accepted: batch.texts.length, rejected: batch.records - batch.texts.length, fileBytes: 0 };
}

/** What Lambda's managed runtime does before the handler is called. */
export function parseEvent(batch: BenchBatch): Made {
  JSON.parse(batch.eventText);
  return { accepted: batch.records, rejected: 0, fileBytes: 0 };
}

/** Base64 strings → validated → Parquet bytes. */
export function toParquet(firn: FirnPaths, batch: BenchBatch): Made {
  const records = firn.decode(batch.event);
  const judged = judgeRecords(firn.judge, records, { ingestedAtMs: INGESTED_AT_MS });
  const made = encodeJudged(firn, records, judged);
  judged.release();
  releaseRecords(records);
  return made;
}

/** The files of a judged batch, rejected records included. */
export function encodeJudged({ ports, resolved, contract }: FirnPaths, records: KafkaRecords, judged: Judged): Made {
  const nameFile = fileNamer(ports);
  let accepted = 0;
  let fileBytes = 0;
  for (const part of judged.parts) {
    const order = new Uint32Array(part.columns.rows);
    for (let row = 0; row < order.length; row++) order[row] = row;
    for (const encoded of encodeSafely(resolved.tables[part.table]!.main, { columns: part.columns, order, nameFile })) {
      if (encoded.kind === 'poisoned') throw new Error('a row of the benchmark could not be encoded');
      fileBytes += encoded.rows.bytes.length;
      accepted += encoded.rows.order.length;
    }
  }
  if (judged.quarantined.length > 0) {
    const target = resolved.tables[0]!.quarantine;
    const columns = quarantineColumns(records, judged, { contractName: contract.name, quarantinedAtMs: INGESTED_AT_MS });
    for (const { partition, order } of splitRows(target, columns)) {
      fileBytes += encodeRows(target, { columns, order, partition, path: nameFile(target) }).bytes.length;
    }
  }
  return { accepted, rejected: records.count - accepted, fileBytes };
}

/** The whole of one invocation: when it resolves, Kafka's progress may be acknowledged. */
export async function land({ ports, contract, resolved, judge, decode }: FirnPaths, batch: BenchBatch): Promise<Made> {
  const records = decode(batch.event);
  const deadline = startDeadline(ports.clock, DEADLINE_MS);
  const { counts, dataBytes } = await landBatch({ ports, contract, resolved, judge, records, deadline });
  releaseRecords(records);
  return { accepted: counts.accepted, rejected: counts.quarantined + counts.filtered, fileBytes: dataBytes };
}
