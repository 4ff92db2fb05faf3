// DuckDB's way, for the flat contract, on one thread: base64 → NDJSON file in memory-backed storage → read_json with declared columns →
// the contract's rules as SQL → COPY of what holds to Parquet (zstd), the rest counted as rejected. Where its casts are laxer than the contract (a number for a
// text), that is in its favour. A line that is no JSON becomes a row of nulls (`ignore_errors`) and fails the required columns.
import { mkdirSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { DuckDBInstance } from '@duckdb/node-api';
import { EVENT_NAMES } from './events.ts';
import type { Made } from './paths.ts';
import type { BenchBatch } from './scenarios.ts';

/** tmpfs where there is one, so that no disk is measured. */
const SCRATCH = '/dev/shm';
const NEWLINE = 10;

const COLUMNS: Readonly<Record<string, string>> = {
  event_id: 'UUID',
  event_name: 'VARCHAR',
  event_time: 'TIMESTAMPTZ',
  user_id: 'VARCHAR',
  device_id: 'VARCHAR',
  session_id: 'VARCHAR',
  platform: 'VARCHAR',
  app_version: 'VARCHAR',
  device_model: 'VARCHAR',
  os_version: 'VARCHAR',
  country: 'VARCHAR',
  language: 'VARCHAR',
  sequence: 'BIGINT',
  level: 'INTEGER',
  revenue: 'DECIMAL(18,4)',
  currency: 'VARCHAR',
  props: 'JSON',
};

const between = (name: string, max: number) => `length(${name}) BETWEEN 1 AND ${max}`;
const RULES = [
  'event_id IS NOT NULL',
  `event_name IN (${EVENT_NAMES.map((name) => `'${name}'`).join(', ')})`,
  'event_time IS NOT NULL',
  ...['user_id', 'device_id', 'session_id', 'device_model'].map((name) => between(name, 64)),
  ...['app_version', 'os_version', 'country', 'language'].map((name) => between(name, 32)),
  between('platform', 16),
  'sequence IS NOT NULL',
  'level >= 0',
  '(revenue IS NULL OR revenue >= 0)',
  `(currency IS NULL OR ${between('currency', 3)})`,
  'props IS NOT NULL',
];

export interface DuckWay {
  write(batch: BenchBatch): Promise<Made>;
  close(): void;
}

interface LambdaRecord {
  readonly value: string;
}

export async function openDuck(): Promise<DuckWay> {
  const directory = join(SCRATCH, `firn-landing-${process.pid}`);
  mkdirSync(directory, { recursive: true });
  const instance = await DuckDBInstance.create(':memory:', { threads: '1' });
  const connection = await instance.connect();
  const [input, output] = [join(directory, 'in.ndjson'), join(directory, 'out.parquet')];
  const types = Object.entries(COLUMNS).map(([name, type]) => `${name}: '${type}'`);
  const read = `read_json('${input}', format = 'newline_delimited', ignore_errors = true, columns = {${types.join(', ')}})`;
  const holds = RULES.join(' AND ');
  const load = `CREATE OR REPLACE TEMP TABLE batch AS SELECT *, coalesce(${holds}, false) AS holds FROM ${read}`;
  return {
    async write(batch) {
      writeFileSync(input, decodeLines(batch));
      await connection.run(load);
      const copied = await connection.runAndReadAll(
        `COPY (SELECT * EXCLUDE (holds) FROM batch WHERE holds ORDER BY event_time) TO '${output}' (FORMAT parquet, CODEC zstd)`,
      );
      const rejected = await connection.runAndReadAll('SELECT count(*) FROM batch WHERE NOT holds');
      return {
        accepted: Number(copied.getRows()[0]![0]),
        rejected: Number(rejected.getRows()[0]![0]),
        fileBytes: statSync(output).size,
      };
    },
    close() {
      connection.closeSync();
      rmSync(directory, { recursive: true, force: true });
    },
  };
}

/** The values as lines, decoded straight into one buffer. */
function decodeLines(batch: BenchBatch): Buffer {
  const { records } = batch.event as { readonly records: Readonly<Record<string, readonly LambdaRecord[]>> };
  const lines = Buffer.allocUnsafe(batch.valueBytes + batch.records);
  let at = 0;
  for (const list of Object.values(records)) {
    for (const { value } of list) {
      at += lines.write(value, at, 'base64');
      lines[at++] = NEWLINE;
    }
  }
  return lines.subarray(0, at);
}
