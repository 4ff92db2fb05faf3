// Single values in and out of column batches: the row-at-a-time side of columns.ts for quarantine rows, rewrites of a few rows,
// audits and tests. The landing path of accepted rows does not come through here.
import { type CellValue, type Column, type ColumnSet, childStructOf, isPresent, type Layout, layoutOf, type Slot } from './columns.ts';
import { decimalOf, type StructType } from './contract/types.ts';
import { assertInvariant } from './errors.ts';

/** Builds the columns of `struct` from rows of cells, each row in field order. Cost: one pass; all bytes copied once. */
export function buildColumns(struct: StructType, rows: readonly (readonly CellValue[])[]): ColumnSet {
  const bytes = new ByteSink();
  const set = buildSet(layoutOf(struct), rows, bytes);
  return withBytes(set, bytes.finish());
}

/** The value of one slot in one row; null when it is not there. */
export function readCell(set: ColumnSet, layout: Layout, position: { readonly slot: number; readonly row: number }): CellValue {
  const { slot, row } = position;
  if (!isPresent(set, slot, row)) return null;
  const plan = layout.slots[slot]!;
  const column = set.columns[slot]!;
  switch (column.kind) {
    case 'bool':
      return column.v[row] === 1;
    case 'i32':
    case 'f64':
      return column.v[row]!;
    case 'i64':
      return column.v[row]!;
    case 'view':
      return readView(set.bytes, plan, { start: column.start[row]!, length: column.length[row]! });
    case 'struct':
      return structSlots(layout, plan).map((child) => readCell(set, layout, { slot: child, row }));
    case 'list':
    case 'map':
      return readEntries(column, plan, row);
  }
}

/** A whole row in field order. */
export function readRow(set: ColumnSet, layout: Layout, row: number): CellValue[] {
  return layout.top.map((slot) => readCell(set, layout, { slot, row }));
}

/** Slots of a struct's direct members. */
export function structSlots(layout: Layout, plan: Slot): number[] {
  const own: number[] = [];
  for (let slot = plan.slot + 1; slot < plan.end; slot = layout.slots[slot]!.end) own.push(slot);
  return own;
}

function readEntries(column: Extract<Column, { kind: 'list' | 'map' }>, plan: Slot, row: number): CellValue {
  const layout = plan.child!;
  const first = column.start[row]!;
  const rows = Array.from({ length: column.length[row]! }, (_, i) => readRow(column.child, layout, first + i));
  if (column.kind === 'list') return rows.map((cells) => cells[0]!);
  return rows.map((cells) => [cells[0]!, cells[1]!] as const);
}

function readView(bytes: Buffer, plan: Slot, span: { readonly start: number; readonly length: number }): CellValue {
  const slice = bytes.subarray(span.start, span.start + span.length);
  if (plan.field.type === 'string') return slice.toString('utf8');
  if (decimalOf(plan.field.type)) return BigInt.asIntN(128, BigInt(`0x${slice.toString('hex')}`));
  return new Uint8Array(slice);
}

interface View {
  readonly start: number;
  readonly length: number;
}

/** Names, rules and messages come with every row: of texts up to this length so many are remembered. */
const SHARED_LENGTH_MAX = 256;
const SHARED_TEXTS_MAX = 1024;

class ByteSink {
  readonly #texts = new Map<string, View>();
  #buffer = Buffer.allocUnsafe(4096);
  #used = 0;

  add(bytes: Uint8Array): number {
    if (this.#used + bytes.length > this.#buffer.length) {
      const grown = Buffer.allocUnsafe(Math.max(this.#buffer.length * 2, this.#used + bytes.length));
      this.#buffer.copy(grown, 0, 0, this.#used);
      this.#buffer = grown;
    }
    const at = this.#used;
    this.#buffer.set(bytes, at);
    this.#used += bytes.length;
    return at;
  }

  /** A text as UTF-8; short ones that come again are not written again. */
  addText(text: string): View {
    const known = this.#texts.get(text);
    if (known) return known;
    const encoded = Buffer.from(text, 'utf8');
    const view = { start: this.add(encoded), length: encoded.length };
    if (text.length <= SHARED_LENGTH_MAX && this.#texts.size < SHARED_TEXTS_MAX) this.#texts.set(text, view);
    return view;
  }

  finish(): Buffer {
    const spare = Buffer.alloc(64);
    this.add(spare);
    return this.#buffer.subarray(0, this.#used);
  }
}

function buildSet(layout: Layout, rows: readonly (readonly CellValue[])[], bytes: ByteSink): ColumnSet {
  const count = rows.length;
  const present = Array.from({ length: Math.max(1, Math.ceil(layout.slots.length / 32)) }, () => new Uint32Array(count));
  const columns: Column[] = new Array(layout.slots.length);
  layout.top.forEach((slot, i) => {
    buildSlot(
      { layout, present, columns, bytes },
      layout.slots[slot]!,
      rows.map((row) => row[i] ?? null),
    );
  });
  return { rows: count, present, columns, bytes: EMPTY };
}

const EMPTY = Buffer.alloc(0);

interface Building {
  readonly layout: Layout;
  readonly present: Uint32Array[];
  readonly columns: Column[];
  readonly bytes: ByteSink;
}

function buildSlot(building: Building, plan: Slot, cells: readonly CellValue[]): void {
  const { slot } = plan;
  cells.forEach((cell, row) => {
    if (cell !== null) building.present[slot >> 5]![row]! |= 1 << (slot & 31);
  });
  building.columns[slot] = makeColumn(building, plan, cells);
  if (plan.kind !== 'struct') return;
  structSlots(building.layout, plan).forEach((child, i) => {
    buildSlot(
      building,
      building.layout.slots[child]!,
      cells.map((cell) => (cell === null ? null : ((cell as readonly CellValue[])[i] ?? null))),
    );
  });
}

function makeColumn(building: Building, plan: Slot, cells: readonly CellValue[]): Column {
  switch (plan.kind) {
    case 'struct':
      return { kind: 'struct' };
    case 'bool':
      return { kind: 'bool', v: Uint8Array.from(cells, (cell) => (cell === true ? 1 : 0)) };
    case 'i32':
      return { kind: 'i32', v: Int32Array.from(cells, (cell) => Number(cell ?? 0)) };
    case 'f64':
      return {
        kind: 'f64',
        v: Float64Array.from(cells, (cell) => (plan.field.type === 'float' ? Math.fround(Number(cell ?? 0)) : Number(cell ?? 0))),
      };
    case 'i64':
      return { kind: 'i64', v: BigInt64Array.from(cells, (cell) => (cell === null ? 0n : BigInt(cell as bigint | number))) };
    case 'view':
      return makeView(building.bytes, plan, cells);
    case 'list':
    case 'map':
      return makeEntries(building.bytes, plan, cells);
  }
}

function makeView(bytes: ByteSink, plan: Slot, cells: readonly CellValue[]): Column {
  const start = new Uint32Array(cells.length);
  const length = new Uint32Array(cells.length);
  cells.forEach((cell, row) => {
    if (cell === null) return;
    const view = typeof cell === 'string' ? bytes.addText(cell) : addBytes(bytes, viewBytes(plan, cell));
    start[row] = view.start;
    length[row] = view.length;
  });
  return { kind: 'view', start, length };
}

function addBytes(sink: ByteSink, bytes: Uint8Array): View {
  return { start: sink.add(bytes), length: bytes.length };
}

function viewBytes(plan: Slot, cell: Exclude<CellValue, string>): Uint8Array {
  if (cell instanceof Uint8Array) return cell;
  assertInvariant(typeof cell === 'bigint' && decimalOf(plan.field.type), `a ${typeof cell} is no cell of ${plan.field.name}`);
  return Buffer.from(BigInt.asUintN(128, cell).toString(16).padStart(32, '0'), 'hex');
}

function makeEntries(bytes: ByteSink, plan: Slot, cells: readonly CellValue[]): Column {
  const start = new Uint32Array(cells.length);
  const length = new Uint32Array(cells.length);
  const rows: (readonly CellValue[])[] = [];
  cells.forEach((cell, row) => {
    const entries = (cell ?? []) as readonly CellValue[];
    start[row] = rows.length;
    length[row] = entries.length;
    for (const entry of entries) rows.push(plan.kind === 'list' ? [entry] : (entry as readonly [CellValue, CellValue]));
  });
  assertInvariant(childStructOf(plan.field.type) && plan.child, `${plan.field.name} is a list or a map`);
  return { kind: plan.kind as 'list' | 'map', start, length, child: buildSet(plan.child, rows, bytes) };
}

function withBytes(set: ColumnSet, bytes: Buffer): ColumnSet {
  const columns = set.columns.map((column) =>
    column.kind === 'list' || column.kind === 'map' ? { ...column, child: withBytes(column.child, bytes) } : column,
  );
  return { ...set, columns, bytes };
}
