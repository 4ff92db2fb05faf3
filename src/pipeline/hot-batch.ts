// One batch for the decoding kernels: an arena with the messages, the builders, the program and, last, the aux area, whose high end the
// builders may grow into. The plain path works on the same memory: its builders' typed arrays and its work buffer are views of it.
//
//   low ─► messages · positions · builders · image (header, program) · room for unread members · aux ─►   ◄─ grown builders ◄─ high
import { type KafkaRecords, NULL_POSITION } from '../decode/records.ts';
import * as H from '../hot/layout-header.ts';
import { type Arena, ArenaFullError, alloc, allocHigh, arenaOf, freeBytes } from '../hot/memory.ts';
import { batchBytes, holdArena, learnBatch, releaseArena, takeArena } from '../hot/pool.ts';
import { type ColumnMemory, memoryOver, resetSet, type SetBuilder } from './builders.ts';
import { wordsOf } from './hot-cells.ts';
import { columnAddress, setHeader, wordAddress } from './hot-header.ts';
import { placeImage } from './hot-image.ts';
import type { HotProgram } from './hot-program.ts';
import type { Parts } from './parts.ts';

export interface HotBatch {
  readonly arena: Arena;
  /** All of the memory as words, and as doubles. */
  readonly words: Uint32Array;
  readonly doubles: Float64Array;
  /** Address of the image, which begins with the header. */
  readonly header: number;
  /** Position of the records' first byte. */
  readonly shift: number;
  readonly rowRecord: Uint32Array;
  readonly eventTimeMs: Float64Array;
  /** Address of the positions that the kernels read, NULL_POSITION for values that are not theirs to read. */
  readonly valueStart: Uint32Array;
}

export interface HotSizes {
  /** Rows expected in each child set, by set. */
  readonly rows: Map<SetBuilder, number>;
  /** Bytes of aux per byte of message. */
  auxFactor: number;
}

/** Opens a batch. Throws ArenaFullError when its memory cannot be had. */
export function openHotBatch(parts: Parts, program: HotProgram, records: KafkaRecords, sizes: HotSizes): HotBatch {
  const longest = longestValue(records);
  // An entry of a list or map takes two bytes of a message at least: what a larger batch needed says nothing of a small one.
  const entriesMax = records.bytes.length >>> 1;
  const rowsOf = (set: SetBuilder) => (set === parts.set ? records.count : Math.min(sizes.rows.get(set) ?? records.count, entriesMax)) + 16;
  const builders = program.order.reduce((sum, set) => sum + (rowsOf(set) + 64) * rowBytes(set) + 64 * set.columns.length * 2, 0);
  const fixed = records.count * POSITION_BYTES + builders + program.image.top + longest * 2;
  // Behind the aux area the encoder works: a column at a time, about as much as the messages.
  const open = fixed + Math.ceil(records.bytes.length * (sizes.auxFactor + 1)) + records.count * 64 + SPARE_BYTES;
  const place = arenaFor(records, open);
  try {
    return placeBatch(parts, program, records, { ...place, rowsOf, longest });
  } catch (error) {
    releaseArena(place.arena);
    throw error;
  }
}

function placeBatch(
  parts: Parts,
  program: HotProgram,
  records: KafkaRecords,
  at: Pick<HotBatch, 'arena' | 'shift'> & { readonly rowsOf: (set: SetBuilder) => number; readonly longest: number },
): HotBatch {
  const { arena, shift, rowsOf, longest } = at;
  const memory = arenaMemory(arena, parts);
  parts.d.scan.bytes = arena.bytes;
  parts.d.auxEnd = () => arena.high;
  resetSet(parts.set, rowsOf(parts.set), memory.low, rowsOf);
  const header = alloc(arena, program.image.top, 64);
  const words = new Uint32Array(arena.buffer, 0, arena.buffer.byteLength >> 2);
  placeImage(program.image, words, header);
  const { low } = memory;
  const batch: HotBatch = {
    arena,
    words,
    doubles: new Float64Array(arena.buffer, 0, arena.buffer.byteLength >> 3),
    header,
    shift,
    rowRecord: low.u32(records.count),
    eventTimeMs: low.f64(records.count),
    valueStart: low.u32(records.count),
  };
  placeRecords(batch, low, records);
  placeUnread(batch, program, parts, longest);
  for (const set of program.order) switchMemory(set, memory.high);
  parts.d.auxTop = arena.low;
  return batch;
}

/** The arena the records lie in, if it has room for the rest; else another, with a copy of their bytes. */
function arenaFor({ bytes }: KafkaRecords, sizeBytes: number): Pick<HotBatch, 'arena' | 'shift'> {
  const own = arenaOf(bytes.buffer);
  learnBatch(bytes.length, bytes.length + sizeBytes);
  if (own && freeBytes(own) >= sizeBytes) {
    holdArena(own);
    return { arena: own, shift: bytes.byteOffset };
  }
  const arena = takeArena(Math.max(bytes.length + sizeBytes, batchBytes(bytes.length)));
  const shift = alloc(arena, bytes.length, 64);
  arena.bytes.set(bytes, shift);
  return { arena, shift };
}

/** Bytes per record for positions, sources, offsets, timestamps and results. */
const POSITION_BYTES = 4 + 4 + 2 + 4 + 8 + 8 + 4 + 8;
const SPARE_BYTES = 1024 * 1024;

function longestValue({ count, valueStart, valueEnd }: KafkaRecords): number {
  let longest = 0;
  for (let i = 0; i < count; i++) if (valueStart[i] !== NULL_POSITION) longest = Math.max(longest, valueEnd[i]! - valueStart[i]!);
  return longest;
}

const KIND_BYTES = { view: 8, list: 8, map: 8, i32: 4, i64: 8, f64: 8, bool: 1, struct: 0 } as const;

/** Bytes of one row of a set, without its children. */
function rowBytes(set: SetBuilder): number {
  return set.columns.reduce((sum, { kind }) => sum + KIND_BYTES[kind], wordsOf(set) * 4);
}

/** Builders begin at the low end; what outgrows its estimate moves to the high end, never into the aux area. */
function arenaMemory(arena: Arena, parts: Parts): { readonly low: ColumnMemory; readonly high: ColumnMemory } {
  const takeHigh = (bytes: number) => {
    arena.low = Math.max(arena.low, parts.d.auxTop + SPARE_ROW_BYTES);
    return allocHigh(arena, bytes);
  };
  return { low: memoryOver(arena.buffer, (bytes) => alloc(arena, bytes, 64)), high: memoryOver(arena.buffer, takeHigh) };
}

/** Wide stores of the kernels behind the aux area. */
const SPARE_ROW_BYTES = 64;

function switchMemory(set: SetBuilder, memory: ColumnMemory): void {
  set.memory = memory;
}

function placeRecords(batch: HotBatch, memory: ColumnMemory, records: KafkaRecords): void {
  const { shift, valueStart } = batch;
  const { count } = records;
  const valueEnd = memory.u32(count);
  for (let i = 0; i < count; i++) {
    const start = records.valueStart[i]!;
    valueStart[i] = start === NULL_POSITION ? NULL_POSITION : start + shift;
    valueEnd[i] = records.valueEnd[i]! + shift;
  }
  const source = new Uint16Array(batch.arena.buffer, alloc(batch.arena, count * 2, 64), count);
  source.set(records.source.subarray(0, count));
  const partition = memory.i32(count);
  partition.set(records.topicPartition.subarray(0, count));
  const offset = memory.f64(count);
  offset.set(records.kafkaOffset.subarray(0, count));
  const timestamp = memory.f64(count);
  timestamp.set(records.timestampMs.subarray(0, count));
  setHeader(batch, H.H_VALUE_START, valueStart.byteOffset);
  setHeader(batch, H.H_VALUE_END, valueEnd.byteOffset);
  setHeader(batch, H.H_SOURCE, source.byteOffset);
  setHeader(batch, H.H_PARTITION, partition.byteOffset);
  setHeader(batch, H.H_OFFSET, offset.byteOffset);
  setHeader(batch, H.H_TIMESTAMP, timestamp.byteOffset);
  setHeader(batch, H.H_SOURCE_TEXTS, alloc(batch.arena, records.sources.length * 16, 64));
  setHeader(batch, H.H_ROW_RECORD, batch.rowRecord.byteOffset);
  setHeader(batch, H.H_EVENT_TIME_MS, batch.eventTimeMs.byteOffset);
}

const UNDECLARED = { ignore: H.UNDECLARED_IGNORE, capture: H.UNDECLARED_CAPTURE, quarantine: H.UNDECLARED_QUARANTINE } as const;

/** Room for the unread members of one message: its own bytes, and names of containers and nulls between them. */
function placeUnread(batch: HotBatch, program: HotProgram, parts: Parts, longest: number): void {
  const { undeclared: slot } = program.technical;
  const captures = program.undeclared === 'capture' && slot !== undefined;
  setHeader(batch, H.H_UNDECLARED, captures || program.undeclared !== 'capture' ? UNDECLARED[program.undeclared] : H.UNDECLARED_IGNORE);
  if (!captures) return;
  const size = longest * 2;
  const at = alloc(batch.arena, size + UNREAD_SPARE_BYTES, 16);
  setHeader(batch, H.H_UNREAD_TEXT, at);
  setHeader(batch, H.H_UNREAD_END, at + size);
  setHeader(batch, H.H_COL_UNDECLARED, columnAddress(batch, program, parts.set, slot));
  setHeader(batch, H.H_WORD_UNDECLARED, wordAddress(batch, program, parts.set, slot));
  setHeader(batch, H.H_BIT_UNDECLARED, 1 << (slot & 31));
}

/** The kernels copy text in steps of 16 bytes. */
const UNREAD_SPARE_BYTES = 16;

/**
 * The batch is complete: its memory ends behind aux, what follows is free for the encoder. Remembers what the next should expect. Throws
 * ArenaFullError when nothing is left behind aux for wide loads.
 */
export function closeHotBatch({ rows }: HotSizes, program: HotProgram, parts: Parts, { arena }: HotBatch): void {
  for (const set of program.order.slice(1)) rows.set(set, Math.ceil(set.row * 1.25));
  arena.low = Math.max(arena.low, parts.d.auxTop + SPARE_ROW_BYTES);
  if (freeBytes(arena) < 0) throw new ArenaFullError('the batch fills its arena to the end');
}
