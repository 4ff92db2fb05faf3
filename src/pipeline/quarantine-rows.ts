// Rejected records → rows of the quarantine table (DESIGN §5.5): position, key, value and headers as they came, all reasons.
// Upholds promise 1: nothing of a rejected record is lost. A topic may send nothing but rejected records, so rows are written into
// columns at once: raw bytes are copied once, and a text that many rows share (rule, message, source …) is there once.
import { type ColumnSet, layoutOf } from '../columns.ts';
import { QUARANTINE_STRUCT } from '../contract/names.ts';
import { type KafkaRecords, NULL_POSITION } from '../decode/records.ts';
import { beginRow, finishSet, makeSetBuilder, resetSet, type SetBuilder, storeView } from './builders.ts';
import { setPresent } from './technical.ts';
import type { BatchResult, QuarantinedRecord } from './types.ts';

export interface QuarantineOptions {
  readonly contractName: string;
  readonly quarantinedAtMs: number;
}

/** One row per quarantined record of the result, in its order. Cost: one pass over the rejected records; their bytes copied once. */
export function quarantineColumns(
  records: KafkaRecords,
  { quarantined }: Pick<BatchResult, 'quarantined'>,
  options: QuarantineOptions,
): ColumnSet {
  const set = makeSetBuilder(QUARANTINE_STRUCT);
  resetSet(set, quarantined.length);
  const writing: Writing = { records, set, bytes: Buffer.allocUnsafe(bytesOf(records, quarantined)), used: 0, texts: new Map() };
  const atMicros = BigInt(options.quarantinedAtMs) * 1000n;
  for (const each of quarantined) {
    beginRow(set);
    writePosition(writing, each.record);
    writeBytes(writing, set, { slot: SLOTS.key, bytes: spanOf(records, records.keyStart[each.record]!, records.keyEnd[each.record]!) });
    writeBytes(writing, set, {
      slot: SLOTS.value,
      bytes: spanOf(records, records.valueStart[each.record]!, records.valueEnd[each.record]!),
    });
    writeHeaders(writing, each.record);
    writeReasons(writing, each);
    writeText(writing, set, { slot: SLOTS.contract, text: options.contractName });
    writeLong(set, SLOTS.quarantinedAt, atMicros);
    set.row++;
  }
  take(writing, SPARE_BYTES);
  writing.bytes.fill(0, writing.used - SPARE_BYTES, writing.used);
  return finishSet(set, writing.bytes.subarray(0, writing.used));
}

interface Writing {
  readonly records: KafkaRecords;
  readonly set: SetBuilder;
  bytes: Buffer;
  used: number;
  /** Where a text is that was written before. */
  readonly texts: Map<string, { readonly start: number; readonly length: number }>;
}

/** Wide loads may read this far behind the last byte. */
const SPARE_BYTES = 64;
const TEXT_BYTES_EXPECTED = 4096;

const NAMES = layoutOf(QUARANTINE_STRUCT).slots.map(({ field }) => field.name);
const SLOTS = {
  source: NAMES.indexOf('source_id'),
  topic: NAMES.indexOf('kafka_topic'),
  partition: NAMES.indexOf('kafka_partition'),
  offset: NAMES.indexOf('kafka_offset'),
  timestamp: NAMES.indexOf('kafka_timestamp'),
  key: NAMES.indexOf('key'),
  value: NAMES.indexOf('value'),
  headers: NAMES.indexOf('headers'),
  reasons: NAMES.indexOf('reasons'),
  contract: NAMES.indexOf('contract'),
  quarantinedAt: NAMES.indexOf('quarantined_at'),
} as const;

/** Slots of a list's entry: the struct, then its members in order. */
const ENTRY = 0;
const FIRST_MEMBER = 1;

/** What the raw bytes and a few texts take; more is made room for. */
function bytesOf({ keyStart, keyEnd, valueStart, valueEnd }: KafkaRecords, quarantined: readonly QuarantinedRecord[]): number {
  let size = SPARE_BYTES + TEXT_BYTES_EXPECTED;
  for (const { record } of quarantined) {
    if (keyStart[record] !== NULL_POSITION) size += keyEnd[record]! - keyStart[record]!;
    if (valueStart[record] !== NULL_POSITION) size += valueEnd[record]! - valueStart[record]!;
  }
  return size;
}

function writePosition(writing: Writing, record: number): void {
  const { records, set } = writing;
  const { id, topic } = records.sources[records.source[record]!]!;
  writeText(writing, set, { slot: SLOTS.source, text: id });
  writeText(writing, set, { slot: SLOTS.topic, text: topic });
  set.columns[SLOTS.partition]!.i32[set.row] = records.topicPartition[record]!;
  setPresent(set, SLOTS.partition);
  writeLong(set, SLOTS.offset, BigInt(records.kafkaOffset[record]!));
  writeLong(set, SLOTS.timestamp, BigInt(records.timestampMs[record]!) * 1000n);
}

/** No headers is an empty list, as in Kafka; some readers cannot tell a null list of structs from it. */
function writeHeaders(writing: Writing, record: number): void {
  const headers = writing.records.headers[record] ?? [];
  const child = openList(writing.set, SLOTS.headers, headers.length);
  for (const { name, value } of headers) {
    beginEntry(child);
    writeText(writing, child, { slot: FIRST_MEMBER, text: name });
    writeBytes(writing, child, { slot: FIRST_MEMBER + 1, bytes: value });
    child.row++;
  }
}

function writeReasons(writing: Writing, { reasons }: QuarantinedRecord): void {
  const child = openList(writing.set, SLOTS.reasons, reasons.length);
  for (const { rule, field, message } of reasons) {
    beginEntry(child);
    writeText(writing, child, { slot: FIRST_MEMBER, text: rule });
    writeText(writing, child, { slot: FIRST_MEMBER + 1, text: field });
    writeText(writing, child, { slot: FIRST_MEMBER + 2, text: message });
    child.row++;
  }
}

function openList(set: SetBuilder, slot: number, entries: number): SetBuilder {
  const column = set.columns[slot]!;
  storeView(column, set.row, column.child!.row, entries);
  setPresent(set, slot);
  return column.child!;
}

function beginEntry(child: SetBuilder): void {
  beginRow(child);
  setPresent(child, ENTRY);
}

function writeLong(set: SetBuilder, slot: number, value: bigint): void {
  set.columns[slot]!.i64[set.row] = value;
  setPresent(set, slot);
}

function writeText(writing: Writing, set: SetBuilder, { slot, text }: { readonly slot: number; readonly text: string }): void {
  let span = writing.texts.get(text);
  if (!span) {
    const length = Buffer.byteLength(text);
    span = { start: take(writing, length), length };
    writing.bytes.write(text, span.start, length, 'utf8');
    writing.texts.set(text, span);
  }
  storeView(set.columns[slot]!, set.row, span.start, span.length);
  setPresent(set, slot);
}

/** null leaves the value out. */
function writeBytes(
  writing: Writing,
  set: SetBuilder,
  { slot, bytes }: { readonly slot: number; readonly bytes: Uint8Array | null },
): void {
  if (bytes === null) return;
  const start = take(writing, bytes.length);
  writing.bytes.set(bytes, start);
  storeView(set.columns[slot]!, set.row, start, bytes.length);
  setPresent(set, slot);
}

/** So many bytes more. */
function take(writing: Writing, size: number): number {
  const start = writing.used;
  writing.used += size;
  if (writing.used > writing.bytes.length) {
    const grown = Buffer.allocUnsafe(Math.max(writing.bytes.length * 2, writing.used));
    writing.bytes.copy(grown, 0, 0, start);
    writing.bytes = grown;
  }
  return start;
}

function spanOf({ bytes }: KafkaRecords, start: number, end: number): Uint8Array | null {
  return start === NULL_POSITION ? null : bytes.subarray(start, end);
}
