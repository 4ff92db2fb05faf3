// The regular Kafka event, decoded without an object per record: every field as documented, one run of records per topic and partition
// with ascending offsets, no value beyond the limit. Anything else gives `undefined` and goes the general way (record-json.ts,
// pack-records.ts), which says what is wrong, orders, and leaves out what came twice; of a regular event both make the same records.
import { LIMITS } from '../contract/limits.ts';
import { writeBase64 } from './base64-text.ts';
import { releaseRecords, roomFor, SPARE_BYTES } from './pack-records.ts';
import { base64Length, type RecordContext, recordHeaders, TIMESTAMP_MS_MAX } from './record-json.ts';
import { type KafkaRecords, NULL_POSITION, newRecordColumns, type RecordHeader, type RecordSource } from './records.ts';

type Fields = Readonly<Record<string, unknown>>;
type Columns = Omit<KafkaRecords, 'bytes' | 'count' | 'sources' | 'headers' | 'truncated'> & {
  readonly sources: RecordSource[];
  readonly headers: (readonly RecordHeader[] | undefined)[];
};

/** The records of the lists in their order; undefined when the general way has to look at them. */
export function decodeRegular(
  lists: readonly (readonly unknown[])[],
  context: RecordContext & { readonly inArena: boolean },
): KafkaRecords | undefined {
  const count = lists.reduce((sum, list) => sum + list.length, 0);
  if (count > LIMITS.landBatchRecordsMax) return undefined;
  const given = lists.flat() as readonly unknown[] as readonly (Fields | null)[];
  if (given.length !== count) return undefined;
  const columns = newColumns(count);
  const size = readFields(given, columns, context);
  // What follows reads strings alone: every value and key was looked at.
  if (size === undefined || size >= NULL_POSITION) return undefined;
  const { bytes, first } = roomFor(size, context.inArena);
  const records: KafkaRecords = { ...columns, bytes, count };
  const encoded = given as readonly unknown[] as readonly Encoded[];
  const behindValues = placeValues(encoded, { bytes, at: first, starts: columns.valueStart, ends: columns.valueEnd });
  const end = placeKeys(encoded, { bytes, at: behindValues, starts: columns.keyStart, ends: columns.keyEnd });
  if (end < 0) {
    if (context.inArena) releaseRecords(records);
    return undefined;
  }
  bytes.fill(0, end);
  return records;
}

function newColumns(count: number): Columns {
  return { ...newRecordColumns(count), sources: [], headers: new Array<undefined>(count).fill(undefined) };
}

/** Fills everything but positions: `valueEnd` and `keyEnd` hold lengths, NULL_POSITION for none. Gives the bytes needed in all. */
function readFields(given: readonly (Fields | null)[], columns: Columns, context: RecordContext): number | undefined {
  const runs = new Set<string>();
  let size = SPARE_BYTES;
  let [topic, partition, last]: [unknown, number, number] = [undefined, -1, -1];
  for (let i = 0; i < given.length; i++) {
    const record = given[i];
    if (typeof record !== 'object' || record === null) return undefined;
    if (record['topic'] !== topic || record['partition'] !== partition) {
      if (record['topic'] !== topic && !startSource(columns.sources, record['topic'], context)) return undefined;
      topic = record['topic'];
      if (!isWithin(record['partition'], 0, 0x7fff_ffff)) return undefined;
      partition = record['partition'];
      const run = `${columns.sources.length}/${partition}`;
      if (runs.has(run)) return undefined;
      runs.add(run);
      last = -1;
    }
    const { offset, timestamp, timestampType } = record;
    if (!isWithin(offset, last + 1, Number.MAX_SAFE_INTEGER) || !isWithin(timestamp, -1, TIMESTAMP_MS_MAX)) return undefined;
    const isCreateTime = timestampType === 'CREATE_TIME';
    if (!isCreateTime && timestampType !== 'LOG_APPEND_TIME') return undefined;
    last = offset;
    columns.source[i] = columns.sources.length - 1;
    columns.topicPartition[i] = partition;
    columns.kafkaOffset[i] = offset;
    columns.timestampMs[i] = timestamp;
    columns.timestampType[i] = isCreateTime ? 0 : 1;
    const value = lengthOf(record['value']);
    const key = lengthOf(record['key']);
    if (value === undefined || key === undefined) return undefined;
    columns.valueEnd[i] = value;
    columns.keyEnd[i] = key;
    size += (value === NULL_POSITION ? 0 : value) + 1 + (key === NULL_POSITION ? 0 : key);
    const { headers } = record;
    if (!Array.isArray(headers) || headers.length > 0)
      columns.headers[i] = recordHeaders(headers, { ...context, where: `${context.where}, record ${i}` });
  }
  return size;
}

/** The topic's source, unless nobody declared it or it was met before: records of one source lie together. */
function startSource(sources: RecordSource[], topic: unknown, { resolveSource }: RecordContext): boolean {
  const source = typeof topic === 'string' && topic !== '' ? resolveSource(topic) : undefined;
  if (!source || sources.some(({ id }) => id === source.id)) return false;
  sources.push(source);
  return true;
}

function isWithin(value: unknown, min: number, max: number): value is number {
  return Number.isSafeInteger(value) && (value as number) >= min && (value as number) <= max;
}

/** Bytes of base64 text; NULL_POSITION for null; undefined for what is neither, and for more than a record keeps. */
function lengthOf(text: unknown): number | undefined {
  if (text === null || text === undefined) return NULL_POSITION;
  if (typeof text !== 'string' || text.length % 4 !== 0) return undefined;
  const length = base64Length(text);
  return length > LIMITS.recordValueBytesMax ? undefined : length;
}

/** Where lengths say that there is a text. */
interface Encoded {
  readonly value: string;
  readonly key: string;
}

interface Place {
  readonly bytes: Buffer;
  readonly at: number;
  readonly starts: Uint32Array;
  /** Lengths before, ends after. */
  readonly ends: Uint32Array;
}

/** Decodes the values one behind the other, a 0 byte behind each. The position behind them; -1 for text that is no base64. */
function placeValues(given: readonly Encoded[], { bytes, at, starts, ends }: Place): number {
  for (let i = 0; i < given.length; i++) {
    const length = ends[i]!;
    if (length === NULL_POSITION) starts[i] = NULL_POSITION;
    else {
      if (!writeBase64(bytes, at, given[i]!.value, length)) return -1;
      starts[i] = at;
      at += length;
      ends[i] = at;
    }
    bytes[at++] = 0;
  }
  return at;
}

/** The same for keys, with nothing between them; -1 stays -1. */
function placeKeys(given: readonly Encoded[], { bytes, at, starts, ends }: Place): number {
  if (at < 0) return -1;
  for (let i = 0; i < given.length; i++) {
    const length = ends[i]!;
    if (length === NULL_POSITION) starts[i] = NULL_POSITION;
    else {
      if (!writeBase64(bytes, at, given[i]!.key, length)) return -1;
      starts[i] = at;
      at += length;
      ends[i] = at;
    }
  }
  return at;
}
