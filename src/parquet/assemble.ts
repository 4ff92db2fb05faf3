// From levels to columns: fills the slots of a row space from decoded leaves ("record assembly"), without row objects.
// In a row space below `depth` lists, an entry of a leaf begins a row when its repetition level is at most `depth` and its definition
// level reaches the space's own (`rowDefinition`: below that, the list it would be an element of is empty or null).
//   leaf    there at the highest definition level        struct  there from its own definition level
//   list    there from its own level; an entry at one level more begins an element when its repetition level is at most depth + 1
// Source: parquet-format README, "Nested Encoding".
import type { Column, ColumnSet, Layout } from '../columns.ts';
import { childStructOf } from '../columns.ts';
import { convertLeaf } from './convert-leaf.ts';
import { defaultColumn } from './default-column.ts';
import type { Arena } from './dense.ts';
import type { LeafData } from './read-leaf.ts';
import { expectFile, refuse } from './refuse.ts';
import type { ReadNode } from './resolve.ts';

export interface Space {
  readonly layout: Layout;
  readonly rows: number;
  readonly depth: number;
  readonly rowDefinition: number;
}

export interface Decoded {
  readonly leaves: ReadonlyMap<number, LeafData>;
  readonly arena: Arena;
}

const NO_BYTES = Buffer.alloc(0);

/** Fills a row space; the memory of the views is set by `withBytes` once the arena is complete. */
export function assembleSet(decoded: Decoded, nodes: readonly ReadNode[], space: Space): ColumnSet {
  const words = Math.max(1, Math.ceil(space.layout.slots.length / 32));
  const present = Array.from({ length: words }, () => new Uint32Array(space.rows));
  const columns: Column[] = new Array(space.layout.slots.length);
  for (const node of nodes) fillSlot({ decoded, present, columns, space }, node);
  checkPresence(space, present);
  return { rows: space.rows, present, columns, bytes: NO_BYTES };
}

/** The same columns over the finished memory. */
export function withBytes(set: ColumnSet, bytes: Buffer): ColumnSet {
  const columns = set.columns.map((column) =>
    column.kind === 'list' || column.kind === 'map' ? { ...column, child: withBytes(column.child, bytes) } : column,
  );
  return { ...set, columns, bytes };
}

interface Filling {
  readonly decoded: Decoded;
  readonly present: readonly Uint32Array[];
  readonly columns: Column[];
  readonly space: Space;
}

function fillSlot(filling: Filling, node: ReadNode): void {
  switch (node.kind) {
    case 'missing':
      fillMissing(filling, node.slot);
      return;
    case 'leaf':
      fillLeaf(filling, node);
      return;
    case 'struct':
      fillStruct(filling, node);
      for (const child of node.children) fillSlot(filling, child);
      return;
    case 'repeated':
      fillRepeated(filling, node);
      return;
  }
}

function leafOf(filling: Filling, leaf: number): LeafData {
  return filling.decoded.leaves.get(leaf) ?? refuse('a column it needs was not decoded');
}

/** An absent field and everything below it: null, or its initial default where the struct around it is there. */
function fillMissing(filling: Filling, slot: number): void {
  const { layout, rows } = filling.space;
  const plan = layout.slots[slot]!;
  for (let inner = slot; inner < plan.end; inner++) filling.columns[inner] = emptyColumn(layout, inner, rows);
  const value = plan.field['initial-default'] ?? null;
  if (value === null || typeof plan.field.type !== 'string') return;
  filling.columns[slot] = defaultColumn(plan.field, { rows, arena: filling.decoded.arena });
  const words = filling.present[slot >> 5]!;
  for (let row = 0; row < rows; row++) words[row]! |= 1 << (slot & 31);
}

function emptyColumn(layout: Layout, slot: number, rows: number): Column {
  const plan = layout.slots[slot]!;
  switch (plan.kind) {
    case 'struct':
      return { kind: 'struct' };
    case 'bool':
      return { kind: 'bool', v: new Uint8Array(rows) };
    case 'i32':
      return { kind: 'i32', v: new Int32Array(rows) };
    case 'i64':
      return { kind: 'i64', v: new BigInt64Array(rows) };
    case 'f64':
      return { kind: 'f64', v: new Float64Array(rows) };
    case 'view':
      return { kind: 'view', start: new Uint32Array(rows), length: new Uint32Array(rows) };
    case 'list':
    case 'map': {
      const child = plan.child!;
      const none: ColumnSet = {
        rows: 0,
        present: Array.from({ length: Math.max(1, Math.ceil(child.slots.length / 32)) }, () => new Uint32Array(0)),
        columns: child.slots.map((inner) => emptyColumn(child, inner.slot, 0)),
        bytes: NO_BYTES,
      };
      return { kind: plan.kind, start: new Uint32Array(rows), length: new Uint32Array(rows), child: none };
    }
  }
}

function fillLeaf(filling: Filling, node: Extract<ReadNode, { kind: 'leaf' }>): void {
  const { space } = filling;
  const data = leafOf(filling, node.leaf);
  const words = filling.present[node.slot >> 5]!;
  const bit = 1 << (node.slot & 31);
  const { definition, maxDefinition } = data;
  // Row of every value.
  const rowOf = new Uint32Array(data.count);
  let row = 0;
  let value = 0;
  for (let i = 0; i < data.entries; i++) {
    const level = definition ? definition[i]! : maxDefinition;
    if (level < space.rowDefinition) continue;
    expectFile(row < space.rows, 'its columns disagree about the number of rows or elements');
    if (level === maxDefinition) {
      words[row]! |= bit;
      rowOf[value++] = row;
    }
    row++;
  }
  expectFile(row === space.rows && value === data.count, 'its columns disagree about the number of rows or elements');
  const slot = space.layout.slots[node.slot]!;
  filling.columns[node.slot] = convertLeaf(data, {
    slot,
    conversion: node.conversion,
    rowOf,
    rows: space.rows,
    arena: filling.decoded.arena,
  });
}

function fillStruct(filling: Filling, node: Extract<ReadNode, { kind: 'struct' }>): void {
  const { space } = filling;
  const words = filling.present[node.slot >> 5]!;
  const rows = forEachRow(leafOf(filling, node.witness), space, (row, level) => {
    if (level >= node.definition) words[row]! |= 1 << (node.slot & 31);
  });
  expectFile(rows === space.rows, 'its columns disagree about the number of rows or elements');
  filling.columns[node.slot] = { kind: 'struct' };
}

function fillRepeated(filling: Filling, node: Extract<ReadNode, { kind: 'repeated' }>): void {
  const { space } = filling;
  const data = leafOf(filling, node.witness);
  const words = filling.present[node.slot >> 5]!;
  const start = new Uint32Array(space.rows);
  const length = new Uint32Array(space.rows);
  const elements = countElements(data, { space, definition: node.definition, start, length });
  const rows = forEachRow(data, space, (row, level) => {
    if (level >= node.definition) words[row]! |= 1 << (node.slot & 31);
  });
  expectFile(rows === space.rows, 'its columns disagree about the number of rows or elements');
  const slot = space.layout.slots[node.slot]!;
  const inner: Space = { layout: slot.child!, rows: elements, depth: space.depth + 1, rowDefinition: node.definition + 1 };
  const child = assembleSet(filling.decoded, node.children, inner);
  expectFile(childStructOf(slot.field.type), 'a repeated field is a list or a map');
  filling.columns[node.slot] = { kind: slot.kind as 'list' | 'map', start, length, child };
}

/** Calls `visit` for every row of the space that the leaf's entries begin; gives their number. */
function forEachRow(data: LeafData, space: Space, visit: (row: number, level: number) => void): number {
  const { definition, repetition, maxDefinition } = data;
  let row = 0;
  for (let i = 0; i < data.entries; i++) {
    const level = definition ? definition[i]! : maxDefinition;
    if (level < space.rowDefinition || (repetition && repetition[i]! > space.depth)) continue;
    expectFile(row < space.rows, 'its columns disagree about the number of rows or elements');
    visit(row++, level);
  }
  return row;
}

/** Fills where the elements of each row begin and how many there are; gives their number. */
function countElements(
  data: LeafData,
  list: { readonly space: Space; readonly definition: number; readonly start: Uint32Array; readonly length: Uint32Array },
): number {
  const { definition, repetition, maxDefinition } = data;
  const { space } = list;
  let row = -1;
  let elements = 0;
  for (let i = 0; i < data.entries; i++) {
    const level = definition ? definition[i]! : maxDefinition;
    if (level < space.rowDefinition) continue;
    const again = repetition ? repetition[i]! : 0;
    if (again <= space.depth) {
      row++;
      expectFile(row < space.rows, 'its columns disagree about the number of rows or elements');
      list.start[row] = elements;
    }
    if (level <= list.definition || again > space.depth + 1) continue;
    expectFile(row >= 0, 'an element stands before the first row');
    list.length[row]!++;
    elements++;
  }
  return elements;
}

/** Children of what is null are null; what is required is there wherever its struct is. */
function checkPresence(space: Space, present: readonly Uint32Array[]): void {
  for (const plan of space.layout.slots) {
    if (plan.parent < 0 && !plan.field.required) continue;
    const words = present[plan.slot >> 5]!;
    const bit = 1 << (plan.slot & 31);
    const outer = plan.parent < 0 ? undefined : present[plan.parent >> 5]!;
    const outerBit = 1 << (plan.parent & 31);
    for (let row = 0; row < space.rows; row++) {
      if (outer && (outer[row]! & outerBit) === 0) words[row]! &= ~bit;
      else if (plan.field.required) expectFile((words[row]! & bit) !== 0, `the required field ${plan.field.id} is null in row ${row}`);
    }
  }
}
