// The batch of the Parquet benchmark: 21 flat columns of generated game events, as plain typed columns that every writer is then
// given in the form it likes best. Deterministic: the same rows of the same stream.
import { createReadStream } from 'node:fs';
import { createInterface } from 'node:readline';
import type { CellValue } from '../../src/columns.ts';
import type { StructType } from '../../src/contract/types.ts';
import { streamOf } from '../batches.ts';

export type ColumnType = 'string' | 'int' | 'long' | 'double' | 'timestamptz' | 'decimal(18,4)';

export interface BenchColumn {
  readonly name: string;
  readonly type: ColumnType;
  readonly required: boolean;
  /** Strings, numbers (int, double) or bigints (long, microseconds, unscaled decimal); null where there is none. */
  readonly cells: CellValue[];
}

export interface BenchBatch {
  readonly rows: number;
  readonly columns: readonly BenchColumn[];
  readonly struct: StructType;
}

interface GameEvent {
  readonly [key: string]: unknown;
}

interface Position {
  readonly partition: number;
  readonly offset: number;
  readonly timestamp: number;
}

type Read = (event: GameEvent, position: Position) => CellValue;

const text = (value: unknown): CellValue => (typeof value === 'string' ? value : null);
const number = (value: unknown): CellValue => (typeof value === 'number' ? value : null);
const whole = (value: unknown): CellValue => (Number.isSafeInteger(value) ? (value as number) : null);
const micros = (value: unknown): bigint => BigInt(typeof value === 'number' ? value : Date.parse(String(value))) * 1000n;
const inner = (value: unknown, key: string): unknown => (value as GameEvent | undefined)?.[key];

const COLUMNS: readonly { readonly name: string; readonly type: ColumnType; readonly optional?: true; readonly read: Read }[] = [
  { name: 'event_id', type: 'string', read: (event) => text(event['event_id']) },
  { name: 'event_name', type: 'string', read: (event) => text(event['event_name']) },
  { name: 'event_time', type: 'timestamptz', read: (event) => micros(event['event_time']) },
  { name: 'sent_at', type: 'timestamptz', read: (event) => micros(event['sent_at']) },
  { name: 'user_id', type: 'string', optional: true, read: (event) => text(event['user_id']) },
  { name: 'device_id', type: 'string', read: (event) => text(event['device_id']) },
  { name: 'session_id', type: 'string', read: (event) => text(event['session_id']) },
  { name: 'platform', type: 'string', optional: true, read: (event) => text(event['platform']) },
  { name: 'app_version', type: 'string', optional: true, read: (event) => text(event['app_version']) },
  { name: 'device_model', type: 'string', optional: true, read: (event) => text(event['device_model'] ?? inner(event['device'], 'model')) },
  { name: 'country', type: 'string', optional: true, read: (event) => text(event['country'] ?? inner(event['geo'], 'country')) },
  { name: 'level', type: 'int', optional: true, read: (event) => whole(event['level']) },
  { name: 'fps', type: 'double', optional: true, read: (event) => number(event['fps']) },
  { name: 'battery', type: 'double', optional: true, read: (event) => number(event['battery']) },
  {
    name: 'revenue',
    type: 'decimal(18,4)',
    optional: true,
    read: (event) => unscaled(event['revenue'] ?? inner(event['price'], 'amount')),
  },
  { name: 'currency', type: 'string', optional: true, read: (event) => text(event['currency'] ?? inner(event['price'], 'currency')) },
  { name: 'props', type: 'string', optional: true, read: (event) => (event['props'] ? JSON.stringify(event['props']) : null) },
  { name: 'kafka_partition', type: 'int', read: (_event, position) => position.partition },
  { name: 'kafka_offset', type: 'long', read: (_event, position) => BigInt(position.offset) },
  { name: 'kafka_timestamp', type: 'timestamptz', read: (_event, position) => BigInt(position.timestamp) * 1000n },
  { name: 'ingested_at', type: 'timestamptz', read: (_event, position) => BigInt(Math.ceil(position.timestamp / 60_000)) * 60_000_000n },
];

/** At most `rows` well-formed events of a generated stream in its order; small batches from its middle, where all client versions are about. */
export async function readBatch(rows: number): Promise<BenchBatch> {
  const columns = COLUMNS.map(({ name, type, optional }) => ({ name, type, required: !optional, cells: [] as CellValue[] }));
  const [records, first] = rows <= 100_000 ? [200_000, 60_000] : [1_000_000, 0];
  const lines = createInterface({ input: createReadStream(streamOf(records)), crlfDelay: Number.POSITIVE_INFINITY });
  let skip = first;
  let taken = 0;
  for await (const line of lines) {
    if (skip-- > 0) continue;
    const record = JSON.parse(line) as Position & { readonly value: string | null };
    const event = eventOf(record.value);
    if (!event) continue;
    COLUMNS.forEach((column, i) => {
      columns[i]!.cells.push(column.read(event, record));
    });
    if (++taken === rows) break;
  }
  lines.close();
  const fields = columns.map(({ name, type, required }, i) => ({ id: i + 1, name, required, type }));
  return { rows: taken, columns, struct: { type: 'struct', fields } };
}

/** A record with all required values, else undefined. */
function eventOf(value: string | null): GameEvent | undefined {
  if (!value) return undefined;
  try {
    const event = JSON.parse(Buffer.from(value, 'base64').toString('utf8')) as GameEvent | null;
    if (typeof event !== 'object' || event === null) return undefined;
    const isWhole = ['event_id', 'event_name', 'device_id', 'session_id'].every((key) => typeof event[key] === 'string');
    const hasTimes = ['event_time', 'sent_at'].every((key) =>
      Number.isFinite(typeof event[key] === 'number' ? event[key] : Date.parse(String(event[key]))),
    );
    return isWhole && hasTimes ? event : undefined;
  } catch {
    return undefined;
  }
}

function unscaled(value: unknown): CellValue {
  if (value === undefined || value === null) return null;
  return BigInt(Math.round(Number(value) * 10_000));
}
