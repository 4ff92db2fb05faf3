// The regular Kafka event, decoded in one pass without an object per record: every field as documented, one run of records per topic and
// partition with ascending offsets, no value beyond the limit. Anything else gives `undefined` and goes the general way (record-json.ts,
// pack-records.ts), which says what is wrong, orders, and leaves out what came twice; of a regular event both make the same records.
import { LIMITS } from '../contract/limits.ts';
import { WASM } from '../hot/webassembly.ts';
import { type RecordContext, recordHeaders, TIMESTAMP_MS_MAX } from './record-json.ts';
import { type KafkaRecords, NULL_POSITION, newRecordColumns, type RecordHeader, type RecordSource } from './records.ts';
import { closeTexts, dropTexts, isText, openTexts, putKey, putValue, type Texts } from './regular-texts.ts';

type Fields = Readonly<Record<string, unknown>>;

interface Reading {
  readonly context: RecordContext;
  readonly columns: ReturnType<typeof newRecordColumns>;
  readonly sources: RecordSource[];
  readonly headers: (readonly RecordHeader[] | undefined)[];
  readonly texts: Texts;
  /** Topics and partitions met, and the one at hand with its last offset. */
  readonly runs: Set<string>;
  topic: string;
  partition: number;
  last: number;
}

/** The records of the lists in their order; undefined when the general way has to look at them, because the kernel `failed` or otherwise. */
export function decodeRegular(
  lists: readonly (readonly unknown[])[],
  context: RecordContext & { readonly inArena: boolean },
): KafkaRecords | 'failed' | undefined {
  const count = lists.reduce((sum, list) => sum + list.length, 0);
  if (count > LIMITS.landBatchRecordsMax) return undefined;
  const texts = openTexts(lists, count, context.inArena);
  if (!texts) return undefined;
  try {
    const records = readLists({ lists, count, context, texts });
    if (!records) dropTexts(texts);
    return records;
  } catch (error) {
    const hasTrapped = error instanceof WASM.RuntimeError;
    if (hasTrapped && texts.arena) texts.arena.isSound = false;
    dropTexts(texts);
    if (!hasTrapped) throw error;
    return 'failed';
  }
}

interface Given {
  readonly lists: readonly (readonly unknown[])[];
  readonly count: number;
  readonly context: RecordContext;
  readonly texts: Texts;
}

function readLists({ lists, count, context, texts }: Given): KafkaRecords | undefined {
  const columns = newRecordColumns(count);
  const headers = new Array<undefined>(count).fill(undefined);
  // NaN is no record's partition: the first record begins a run, whatever it says.
  const before = { topic: '', partition: Number.NaN, last: -1 };
  const reading: Reading = { context, columns, sources: [], headers, texts, runs: new Set(), ...before };
  let i = 0;
  for (const list of lists) for (let at = 0; at < list.length; at++) if (!readRecord(reading, list[at], i++)) return undefined;
  return { ...columns, ...closeTexts(texts), count, sources: reading.sources, headers: reading.headers };
}

/** One record into its place; false when it is not regular. */
function readRecord(reading: Reading, given: unknown, i: number): boolean {
  if (typeof given !== 'object' || given === null) return false;
  const record = given as Fields;
  const { columns, texts } = reading;
  const { topic, partition, offset, timestamp, timestampType } = record;
  // Told to be texts first, they are compared as such.
  if (typeof topic !== 'string' || typeof timestampType !== 'string') return false;
  if ((topic !== reading.topic || partition !== reading.partition) && !startRun(reading, topic, partition)) return false;
  if (!isWithin(offset, reading.last + 1, Number.MAX_SAFE_INTEGER) || !isWithin(timestamp, -1, TIMESTAMP_MS_MAX)) return false;
  const isCreateTime = timestampType === 'CREATE_TIME';
  if (!isCreateTime && timestampType !== 'LOG_APPEND_TIME') return false;
  reading.last = offset;
  columns.source[i] = reading.sources.length - 1;
  columns.topicPartition[i] = reading.partition;
  columns.kafkaOffset[i] = offset;
  columns.timestampMs[i] = timestamp;
  columns.timestampType[i] = isCreateTime ? 0 : 1;
  const { value, key, headers } = record;
  if (value === null || value === undefined) columns.valueStart[i] = columns.valueEnd[i] = NULL_POSITION;
  else {
    if (!isText(value)) return false;
    columns.valueStart[i] = texts.at;
    if (!putValue(texts, value)) return false;
    columns.valueEnd[i] = texts.at - 1;
  }
  if (key === null || key === undefined) columns.keyStart[i] = columns.keyEnd[i] = NULL_POSITION;
  else {
    if (!isText(key)) return false;
    columns.keyStart[i] = texts.at;
    if (!putKey(texts, key)) return false;
    columns.keyEnd[i] = texts.at - 1;
  }
  if (!Array.isArray(headers) || headers.length > 0) reading.headers[i] = headersOf(reading, headers, i);
  return true;
}

/** Another topic or partition than the record before: false when it came earlier, or is not of a source. */
function startRun(reading: Reading, topic: string, partition: unknown): boolean {
  if ((topic === '' || topic !== reading.topic) && !startSource(reading.sources, topic, reading.context)) return false;
  if (!isWithin(partition, 0, 0x7fff_ffff)) return false;
  const run = `${reading.sources.length}/${partition}`;
  if (reading.runs.has(run)) return false;
  reading.runs.add(run);
  Object.assign(reading, { topic, partition, last: -1 });
  return true;
}

/** The topic's source, unless nobody declared it or it was met before: records of one source lie together. */
function startSource(sources: RecordSource[], topic: string, { resolveSource }: RecordContext): boolean {
  const source = topic === '' ? undefined : resolveSource(topic);
  if (!source || sources.some(({ id }) => id === source.id)) return false;
  sources.push(source);
  return true;
}

function headersOf({ context }: Reading, headers: unknown, i: number): readonly RecordHeader[] | undefined {
  return recordHeaders(headers, { ...context, where: `${context.where}, record ${i}` });
}

function isWithin(value: unknown, min: number, max: number): value is number {
  return Number.isSafeInteger(value) && (value as number) >= min && (value as number) <= max;
}
