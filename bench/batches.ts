// Inputs of the benchmarks: Lambda events of generated game records, as the event source hands them over, and the same values as
// text for the yardstick. Generated once per size and kept under .bench/.
import { spawnSync } from 'node:child_process';
import { createReadStream, existsSync, mkdirSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';

export const REPOSITORY = resolve(fileURLToPath(import.meta.url), '../..');
const EVENTS_PER_DAY = 25_000;
const BENCH_HOME = join(REPOSITORY, '.bench');

interface StreamRecord {
  readonly topic: string;
  readonly partition: number;
  readonly offset: number;
  readonly timestamp: number;
  readonly timestampType: string;
  readonly key: string | null;
  readonly value: string | null;
  readonly headers: readonly unknown[];
}

export interface Invocation {
  /** The object Lambda's runtime gives the handler. */
  readonly event: unknown;
  /** Its values as text: what a bare JSON.parse is measured on. Records made bad on purpose are left out. */
  readonly texts: readonly string[];
  readonly records: number;
  readonly valueBytes: number;
}

/** Invocations of at most `perInvocation` records, in stream order. */
export async function* readInvocations(records: number, perInvocation: number): AsyncGenerator<Invocation> {
  const lines = createInterface({ input: createReadStream(streamOf(records)), crlfDelay: Number.POSITIVE_INFINITY });
  let batch: StreamRecord[] = [];
  for await (const line of lines) {
    batch.push(JSON.parse(line) as StreamRecord);
    if (batch.length < perInvocation) continue;
    yield invocationOf(batch);
    batch = [];
  }
  if (batch.length > 0) yield invocationOf(batch);
}

/** The generated stream of so many records; made once. */
export function streamOf(records: number): string {
  const file = join(BENCH_HOME, `game-${records}.ndjson`);
  if (existsSync(`${file}.truth.json`)) return file;
  mkdirSync(BENCH_HOME, { recursive: true });
  const script = join(REPOSITORY, 'bench/gamegen/gen.mjs');
  // A busy topic: one invocation spans hours, not days, as its table partitions do.
  const days = Math.max(1, Math.round(records / EVENTS_PER_DAY));
  const { status, stderr } = spawnSync(process.execPath, [script, `--records=${records}`, `--days=${days}`, `--out=${file}`], {
    encoding: 'utf8',
  });
  if (status !== 0) throw new Error(`gamegen failed: ${stderr}`);
  return file;
}

function invocationOf(batch: readonly StreamRecord[]): Invocation {
  const records: Record<string, StreamRecord[]> = {};
  const texts: string[] = [];
  let valueBytes = 0;
  for (const record of batch) {
    (records[`${record.topic}-${record.partition}`] ??= []).push(record);
    if (record.value === null) continue;
    const bytes = Buffer.from(record.value, 'base64');
    valueBytes += bytes.length;
    const text = bytes.toString('utf8');
    if (isJson(text)) texts.push(text);
  }
  return { event: { eventSource: 'aws:kafka', records }, texts, records: batch.length, valueBytes };
}

function isJson(text: string): boolean {
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false;
  }
}
