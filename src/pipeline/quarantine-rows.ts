// Rejected records → rows of the quarantine table (DESIGN §5.5): position, key, value and headers as they came, all reasons.
// Upholds promise 1: nothing of a rejected record is lost. A topic may send nothing but rejected records, so rows are written into columns
// at once, and a text that many rows share (rule, message, source …) is there once. Records that lie in an arena stay where they are and
// the columns are made beside them, for the encoder's kernels; any other records' raw bytes are copied once.
import { type ColumnSet, layoutOf } from '../columns.ts';
import { QUARANTINE_STRUCT } from '../contract/names.ts';
import { type KafkaRecords, NULL_POSITION } from '../decode/records.ts';
import { type Arena, ArenaFullError, alloc, arenaOf, mark, reset } from '../hot/memory.ts';
import {
  beginRow,
  finishSet,
  HEAP_MEMORY,
  makeSetBuilder,
  memoryOver,
  resetSet,
  type SetBuilder,
  storeSafe,
  storeView,
} from './builders.ts';
import { setPresent, storeMicros } from './technical.ts';
import type { BatchResult, QuarantinedRecord } from './types.ts';

export interface QuarantineOptions {
  readonly contractName: string;
  readonly quarantinedAtMs: number;
}

/**
 * One row per quarantined record of the result, in its order. Cost: one pass over the rejected records. Columns of records in an arena are to
 * be read no longer than those records.
 */
export function quarantineColumns(
  records: KafkaRecords,
  { quarantined }: Pick<BatchResult, 'quarantined'>,
  options: QuarantineOptions,
): ColumnSet {
  const arena = arenaOf(records.bytes.buffer);
  return (arena?.isSound && inArena(arena, records, quarantined, options)) || onHeap(records, quarantined, options);
}

/** Undefined where the arena has no room. */
function inArena(
  arena: Arena,
  records: KafkaRecords,
  quarantined: readonly QuarantinedRecord[],
  options: QuarantineOptions,
): ColumnSet | undefined {
  const before = mark(arena);
  try {
    const memory = memoryOver(arena.buffer, (size) => alloc(arena, size, 64));
    const set = openRows(records, quarantined, memory);
    writeRows({ records, set, arena, bytes: arena.bytes, used: 0, texts: new Map() }, quarantined, options);
    return finishSet(set, arena.bytes);
  } catch (error) {
    if (!(error instanceof ArenaFullError)) throw error;
    reset(arena, before);
    return undefined;
  }
}

function onHeap(records: KafkaRecords, quarantined: readonly QuarantinedRecord[], options: QuarantineOptions): ColumnSet {
  const set = openRows(records, quarantined, HEAP_MEMORY);
  const bytes = Buffer.allocUnsafe(bytesOf(records, quarantined));
  const writing: Writing = { records, set, arena: undefined, bytes, used: 0, texts: new Map() };
  writeRows(writing, quarantined, options);
  take(writing, SPARE_BYTES);
  writing.bytes.fill(0, writing.used - SPARE_BYTES, writing.used);
  return finishSet(set, writing.bytes.subarray(0, writing.used));
}

function openRows({ headers }: KafkaRecords, quarantined: readonly QuarantinedRecord[], memory: typeof HEAP_MEMORY): SetBuilder {
  const set = makeSetBuilder(QUARANTINE_STRUCT);
  const entries = { headers: 0, reasons: 0 };
  for (const { record, reasons } of quarantined) {
    entries.headers += headers[record]?.length ?? 0;
    entries.reasons += reasons.length;
  }
  resetSet(set, quarantined.length, memory, (child) => (child === set.columns[SLOTS.headers]!.child ? entries.headers : entries.reasons));
  return set;
}

function writeRows(writing: Writing, quarantined: readonly QuarantinedRecord[], options: QuarantineOptions): void {
  const { records, set } = writing;
  const { keyStart, keyEnd, valueStart, valueEnd } = records;
  for (const each of quarantined) {
    const { record } = each;
    beginRow(set);
    writePosition(writing, record);
    writeSpan(writing, { slot: SLOTS.key, start: keyStart[record]!, end: keyEnd[record]! });
    writeSpan(writing, { slot: SLOTS.value, start: valueStart[record]!, end: valueEnd[record]! });
    writeHeaders(writing, record);
    writeReasons(writing, each);
    writeText(writing, set, { slot: SLOTS.contract, text: options.contractName });
    writeMicros(set, SLOTS.quarantinedAt, options.quarantinedAtMs);
    set.row++;
  }
}

interface Writing {
  readonly records: KafkaRecords;
  readonly set: SetBuilder;
  /** Where the records lie, if in one. */
  readonly arena: Arena | undefined;
  /** All of the arena, or the bytes of the columns. */
  bytes: Buffer;
  /** Of bytes on the heap. */
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
  storeSafe(set.columns[SLOTS.offset]!, set.row, records.kafkaOffset[record]!);
  setPresent(set, SLOTS.offset);
  writeMicros(set, SLOTS.timestamp, records.timestampMs[record]!);
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

function writeMicros(set: SetBuilder, slot: number, ms: number): void {
  storeMicros(set.columns[slot]!, set.row, ms);
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

/** A part of the records' bytes: where it lies in an arena already, else a copy. */
function writeSpan(writing: Writing, { slot, start, end }: { readonly slot: number; readonly start: number; readonly end: number }): void {
  const { records, set, arena } = writing;
  if (start === NULL_POSITION) return;
  if (!arena) writeBytes(writing, set, { slot, bytes: records.bytes.subarray(start, end) });
  else {
    storeView(set.columns[slot]!, set.row, records.bytes.byteOffset + start, end - start);
    setPresent(set, slot);
  }
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
  if (writing.arena) return alloc(writing.arena, size, 1);
  const start = writing.used;
  writing.used += size;
  if (writing.used > writing.bytes.length) {
    const grown = Buffer.allocUnsafe(Math.max(writing.bytes.length * 2, writing.used));
    writing.bytes.copy(grown, 0, 0, start);
    writing.bytes = grown;
  }
  return start;
}
