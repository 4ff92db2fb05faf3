// The usual way in JavaScript, for the flat contract: base64 → text → JSON.parse → checks written by hand → one array per column →
// hyparquet-writer with zstd 1. The same rules as the contract's; reasons are codes, rejected records are kept as they came.
import { constants, zstdCompressSync } from 'node:zlib';
import { parquetWriteBuffer } from 'hyparquet-writer';
import { EVENT_NAMES } from './events.ts';
import type { Made } from './paths.ts';
import type { BenchBatch } from './scenarios.ts';

const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/i;
const TIME = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d{1,9})?(Z|[+-]\d\d:\d\d)$/;
const NAMES: ReadonlySet<unknown> = new Set(EVENT_NAMES);
const LENGTHS: readonly (readonly [string, number])[] = [
  ['user_id', 64],
  ['device_id', 64],
  ['session_id', 64],
  ['platform', 16],
  ['app_version', 32],
  ['device_model', 64],
  ['os_version', 32],
  ['country', 32],
  ['language', 32],
];
const zstd = (input: Uint8Array) => zstdCompressSync(input, { params: { [constants.ZSTD_c_compressionLevel]: 1 } });

type Row = Readonly<Record<string, unknown>>;

interface LambdaRecord {
  readonly partition: number;
  readonly offset: number;
  readonly timestamp: number;
  readonly value: string;
}

/** One batch by rows. */
export function writeRowWise(batch: BenchBatch): Made {
  const { records } = batch.event as { readonly records: Readonly<Record<string, readonly LambdaRecord[]>> };
  const columns = newColumns();
  const rejected: { readonly record: LambdaRecord; readonly reason: string }[] = [];
  for (const list of Object.values(records)) {
    for (const record of list) {
      const row = parse(Buffer.from(record.value, 'base64').toString('utf8'));
      const reason = row ? reasonOf(row) : 'not-json';
      if (row && reason === undefined) addRow(columns, row, record);
      else rejected.push({ record, reason: reason! });
    }
  }
  const file = encode(columns);
  return { accepted: columns.sequence.length, rejected: rejected.length, fileBytes: file.byteLength };
}

function parse(text: string): Row | undefined {
  try {
    const row = JSON.parse(text) as Row | null;
    return typeof row === 'object' && row !== null && !Array.isArray(row) ? row : undefined;
  } catch {
    return undefined;
  }
}

/** The first rule that does not hold. */
function reasonOf(row: Row): string | undefined {
  if (typeof row['event_id'] !== 'string' || !UUID.test(row['event_id'])) return 'event_id';
  if (!NAMES.has(row['event_name'])) return 'event_name';
  if (typeof row['event_time'] !== 'string' || !TIME.test(row['event_time']) || !isInstant(row['event_time'])) return 'event_time';
  for (const [name, max] of LENGTHS) {
    const value = row[name];
    if (typeof value !== 'string' || value.length < 1 || (value.length > max && [...value].length > max)) return name;
  }
  if (!Number.isSafeInteger(row['sequence'])) return 'sequence';
  const level = row['level'];
  if (!Number.isInteger(level) || (level as number) < 0 || (level as number) > 0x7fff_ffff) return 'level';
  const revenue = row['revenue'];
  if (revenue !== undefined && revenue !== null && (typeof revenue !== 'number' || revenue < 0 || !hasFourDigits(revenue)))
    return 'revenue';
  const currency = row['currency'];
  if (currency !== undefined && currency !== null && (typeof currency !== 'string' || currency.length < 1 || currency.length > 3))
    return 'currency';
  return row['props'] === undefined ? 'props' : undefined;
}

/** Date.parse takes February 30th for March 2nd. */
function isInstant(text: string): boolean {
  const ms = Date.parse(text);
  return !Number.isNaN(ms) && (!text.endsWith('Z') || new Date(ms).toISOString().startsWith(text.slice(0, 10)));
}

function hasFourDigits(value: number): boolean {
  const unscaled = value * 10_000;
  return Math.abs(unscaled - Math.round(unscaled)) < 1e-6 && Math.abs(unscaled) < 1e18;
}

const TEXTS = ['event_id', 'event_name', ...LENGTHS.map(([name]) => name)];

function newColumns() {
  return {
    texts: TEXTS.map((): string[] => []),
    currency: [] as (string | null)[],
    props: [] as string[],
    time: [] as bigint[],
    sequence: [] as bigint[],
    level: [] as number[],
    revenue: [] as (bigint | null)[],
    partition: [] as number[],
    offset: [] as bigint[],
    timestamp: [] as bigint[],
  };
}

type Columns = ReturnType<typeof newColumns>;

function addRow(columns: Columns, row: Row, record: LambdaRecord): void {
  for (let i = 0; i < TEXTS.length; i++) columns.texts[i]!.push(row[TEXTS[i]!] as string);
  columns.currency.push((row['currency'] as string | undefined) ?? null);
  columns.props.push(JSON.stringify(row['props']));
  columns.time.push(BigInt(Date.parse(row['event_time'] as string)) * 1000n);
  columns.sequence.push(BigInt(row['sequence'] as number));
  columns.level.push(row['level'] as number);
  columns.revenue.push(row['revenue'] == null ? null : BigInt(Math.round((row['revenue'] as number) * 10_000)));
  columns.partition.push(record.partition);
  columns.offset.push(BigInt(record.offset));
  columns.timestamp.push(BigInt(record.timestamp) * 1000n);
}

const LONG = { type: 'INT64' };
const TIMESTAMP = { ...LONG, logical_type: { type: 'TIMESTAMP', isAdjustedToUTC: true, unit: 'MICROS' } };
const STRING = { type: 'BYTE_ARRAY', converted_type: 'UTF8' };

function encode(columns: Columns): ArrayBuffer {
  const texts = TEXTS.map((name, i) => ({ name, data: columns.texts[i]!, form: STRING }));
  const fields: readonly { readonly name: string; readonly data: unknown; readonly form: object; readonly optional?: true }[] = [
    ...texts,
    { name: 'event_time', data: BigInt64Array.from(columns.time), form: TIMESTAMP },
    { name: 'sequence', data: BigInt64Array.from(columns.sequence), form: LONG },
    { name: 'level', data: Int32Array.from(columns.level), form: { type: 'INT32' } },
    { name: 'revenue', data: columns.revenue, form: { ...LONG, converted_type: 'DECIMAL', precision: 18, scale: 4 }, optional: true },
    { name: 'currency', data: columns.currency, form: STRING, optional: true },
    { name: 'props', data: columns.props, form: STRING },
    { name: 'source_id', data: columns.partition.map(() => 'events/events/1'), form: STRING },
    { name: 'kafka_partition', data: Int32Array.from(columns.partition), form: { type: 'INT32' } },
    { name: 'kafka_offset', data: BigInt64Array.from(columns.offset), form: LONG },
    { name: 'kafka_timestamp', data: BigInt64Array.from(columns.timestamp), form: TIMESTAMP },
  ];
  const elements = fields.map(({ name, form, optional }, i) => ({
    name,
    ...form,
    field_id: i + 1,
    repetition_type: optional ? 'OPTIONAL' : 'REQUIRED',
  }));
  const request = {
    columnData: fields.map(({ name, data }) => ({ name, data })),
    schema: [{ name: 'table', num_children: fields.length }, ...elements],
    codec: 'ZSTD',
    compressors: { ZSTD: zstd },
    rowGroupSize: columns.sequence.length,
  };
  return parquetWriteBuffer(request as unknown as Parameters<typeof parquetWriteBuffer>[0]);
}
