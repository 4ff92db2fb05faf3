// Growable column builders: the writing side of columns.ts. One SetBuilder per row space, one ColumnBuilder per slot. A row is
// written in place at `row` and counts only once `row` moves on, so a rejected record is rolled back by not moving (and by
// resetting the rows of child sets to their marks). Typed arrays are handed over at the end, never copied.
import { type Column, type ColumnSet, type Layout, layoutOf } from '../columns.ts';
import type { StructType } from '../contract/types.ts';

export interface ColumnBuilder {
  readonly kind: Column['kind'];
  /** view, list, map */
  start: Uint32Array;
  length: Uint32Array;
  i32: Int32Array;
  i64: BigInt64Array;
  /** The memory of i64 as pairs (low, high): every platform Node runs on is little-endian. */
  lohi: Int32Array;
  f64: Float64Array;
  bool: Uint8Array;
  readonly child: SetBuilder | undefined;
}

/** Where the typed arrays of builders come from. What it hands out may hold anything; it throws ArenaFullError when it has no more. */
export interface ColumnMemory {
  u32(length: number): Uint32Array;
  i32(length: number): Int32Array;
  i64(length: number): BigInt64Array;
  f64(length: number): Float64Array;
  u8(length: number): Uint8Array;
}

/** Fresh memory of the engine's heap. */
export const HEAP_MEMORY: ColumnMemory = {
  u32: (length) => new Uint32Array(length),
  i32: (length) => new Int32Array(length),
  i64: (length) => new BigInt64Array(length),
  f64: (length) => new Float64Array(length),
  u8: (length) => new Uint8Array(length),
};

/** Memory of a buffer; `take` gives the position of so many bytes of it. */
export function memoryOver(buffer: ArrayBuffer, take: (bytes: number) => number): ColumnMemory {
  return {
    u32: (length) => new Uint32Array(buffer, take(length * 4), length),
    i32: (length) => new Int32Array(buffer, take(length * 4), length),
    i64: (length) => new BigInt64Array(buffer, take(length * 8), length),
    f64: (length) => new Float64Array(buffer, take(length * 8), length),
    u8: (length) => new Uint8Array(buffer, take(length), length),
  };
}

export interface SetBuilder {
  readonly layout: Layout;
  memory: ColumnMemory;
  /** Rows complete; the row being written has this index. */
  row: number;
  /** Value of `row` when the record began. */
  mark: number;
  capacity: number;
  present: Uint32Array[];
  readonly columns: readonly ColumnBuilder[];
  /** Sets of the lists and maps of this row space. */
  readonly children: readonly SetBuilder[];
}

const CAPACITY_MIN = 16;

export function makeSetBuilder(struct: StructType): SetBuilder {
  return fromLayout(layoutOf(struct));
}

function fromLayout(layout: Layout): SetBuilder {
  const columns = layout.slots.map((slot): ColumnBuilder => {
    const child = slot.child ? fromLayout(slot.child) : undefined;
    return { kind: slot.kind, ...NO_MEMORY, child };
  });
  const children = columns.flatMap((column) => column.child ?? []);
  return { layout, memory: HEAP_MEMORY, row: 0, mark: 0, capacity: 0, present: [], columns, children };
}

const NO_MEMORY = {
  start: new Uint32Array(0),
  length: new Uint32Array(0),
  i32: new Int32Array(0),
  i64: new BigInt64Array(0),
  lohi: new Int32Array(0),
  f64: new Float64Array(0),
  bool: new Uint8Array(0),
};

/** A set and all sets below it. */
export function allSets(set: SetBuilder): SetBuilder[] {
  return [set, ...set.children.flatMap(allSets)];
}

/** Memory for `capacity` rows; child sets begin with what `childCapacity` says and grow. */
export function resetSet(
  set: SetBuilder,
  capacity: number,
  memory: ColumnMemory = HEAP_MEMORY,
  childCapacity: (child: SetBuilder) => number = () => CAPACITY_MIN,
): void {
  set.memory = memory;
  set.row = 0;
  set.mark = 0;
  set.capacity = 0;
  set.present = Array.from({ length: Math.max(1, Math.ceil(set.layout.slots.length / 32)) }, () => NO_MEMORY.start);
  for (const column of set.columns) Object.assign(column, NO_MEMORY);
  growTo(set, Math.max(capacity, CAPACITY_MIN));
  for (const child of set.children) resetSet(child, childCapacity(child), memory, childCapacity);
}

/** Makes room for the row at `row` and empties its presence. */
export function beginRow(set: SetBuilder): void {
  const { row } = set;
  if (row >= set.capacity) growTo(set, Math.max(CAPACITY_MIN, set.capacity * 2));
  const { present } = set;
  for (let word = 0; word < present.length; word++) present[word]![row] = 0;
}

function growTo(set: SetBuilder, capacity: number): void {
  const { memory } = set;
  set.present = set.present.map((words) => copied(memory.u32(capacity), words));
  for (const column of set.columns) growColumn(column, capacity, memory);
  set.capacity = capacity;
}

function growColumn(column: ColumnBuilder, capacity: number, memory: ColumnMemory): void {
  switch (column.kind) {
    case 'view':
    case 'list':
    case 'map':
      column.start = copied(memory.u32(capacity), column.start);
      column.length = copied(memory.u32(capacity), column.length);
      return;
    case 'i32':
      column.i32 = copied(memory.i32(capacity), column.i32);
      return;
    case 'i64':
      column.i64 = memory.i64(capacity);
      column.lohi = copied(new Int32Array(column.i64.buffer, column.i64.byteOffset, capacity * 2), column.lohi);
      return;
    case 'f64':
      column.f64 = copied(memory.f64(capacity), column.f64);
      return;
    case 'bool':
      column.bool = copied(memory.u8(capacity), column.bool);
      return;
    case 'struct':
      return;
  }
}

function copied<T extends { set(from: T): void }>(to: T, from: T): T {
  to.set(from);
  return to;
}

/** Remembers where the record begins in every set; `restoreMarks` goes back there. */
export function setMarks(sets: readonly SetBuilder[]): void {
  for (const set of sets) set.mark = set.row;
}

export function restoreMarks(sets: readonly SetBuilder[]): void {
  for (const set of sets) set.row = set.mark;
}

/** Rows of every set below, to undo a single list or map. */
export function saveRows(set: SetBuilder): number[] {
  return allSets(set).map(({ row }) => row);
}

export function restoreRows(set: SetBuilder, rows: readonly number[]): void {
  allSets(set).forEach((each, i) => {
    each.row = rows[i]!;
  });
}

/** Stores an integer of at most 53 bits. */
export function storeSafe(column: ColumnBuilder, row: number, value: number): void {
  const high = Math.floor(value / 4294967296);
  column.lohi[row * 2] = value - high * 4294967296;
  column.lohi[row * 2 + 1] = high;
}

/** The integer as a double: exact up to 53 bits, the nearest above. */
export function loadNumber(column: ColumnBuilder, row: number): number {
  return column.lohi[row * 2 + 1]! * 4294967296 + (column.lohi[row * 2]! >>> 0);
}

export function storeView(column: ColumnBuilder, row: number, start: number, length: number): void {
  column.start[row] = start;
  column.length[row] = length;
}

/** Hands the rows over; all views point into `bytes`. */
export function finishSet(set: SetBuilder, bytes: Buffer): ColumnSet {
  return { rows: set.row, present: set.present, columns: set.columns.map((column) => finishColumn(column, bytes)), bytes };
}

function finishColumn(column: ColumnBuilder, bytes: Buffer): Column {
  switch (column.kind) {
    case 'view':
      return { kind: 'view', start: column.start, length: column.length };
    case 'i32':
      return { kind: 'i32', v: column.i32 };
    case 'i64':
      return { kind: 'i64', v: column.i64 };
    case 'f64':
      return { kind: 'f64', v: column.f64 };
    case 'bool':
      return { kind: 'bool', v: column.bool };
    case 'struct':
      return { kind: 'struct' };
    case 'list':
    case 'map':
      return { kind: column.kind, start: column.start, length: column.length, child: finishSet(column.child!, bytes) };
  }
}
