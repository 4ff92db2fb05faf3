// From rows to definition and repetition levels ("record shredding"), column by column, without row objects.
// A walk carries ENTRIES: one per row of the current row space, plus one for every place where an enclosing list is empty or
// something enclosing is null. An entry that has ended keeps its definition level and has no row any more.
//   optional step   present → definition + 1; absent → the entry ends
//   list, map step  n elements → n entries with definition + 1, the first with the entry's repetition level, the others with the
//                   list's own; no elements → the entry ends
// So a null struct, a null list, an empty list and a null element differ in the definition level at which they end.
// Source: parquet-format README, "Nested Encoding".
import type { ColumnSet } from '../columns.ts';
import { assertInvariant } from '../errors.ts';
import { ENDED, type Entries } from './kernel-gather.ts';
import { type KernelPlace, type NumberedValues, plainKernels } from './kernels.ts';
import type { SchemaPlan, ShredNode } from './schema-plan.ts';

/** One column of some rows: levels per entry, and the rows (of the column's own row space) that have a value, in order. */
export interface ShreddedLeaf {
  readonly entries: number;
  /** Undefined when every entry has its value: all are at the maximum. */
  readonly definition: Uint8Array | undefined;
  /** Undefined when the maximum repetition level is 0. */
  readonly repetition: Uint8Array | undefined;
  readonly rows: Uint32Array;
  /** Do the rows follow each other without gaps? False also where nobody has looked. */
  readonly isRange: boolean;
  readonly set: ColumnSet;
  readonly slot: number;
  /** Its distinct strings, where they were numbered ahead. */
  readonly numbered?: NumberedValues | undefined;
}

interface Repeated extends Entries {
  readonly repetition: Uint8Array | undefined;
}

/** Shreds the given rows and hands each leaf to `visit` in file order; only one leaf's entries live at a time. */
export function shredRows(
  plan: SchemaPlan,
  source: {
    readonly set: ColumnSet;
    readonly rows: Uint32Array;
    readonly place?: KernelPlace;
    /** By slot. */
    readonly numbered?: ReadonlyMap<number, NumberedValues>;
  },
  visit: (leaf: number, shredded: ShreddedLeaf) => void,
): void {
  const { set, rows, place = plainKernels(), numbered = new Map() } = source;
  const walk: Walk = { plan, visit, place, numbered };
  const { isRange } = place.kernels.spanOfRows(rows);
  const everywhere = set.present.map((words) => place.kernels.bitsOfAll(words, rows));
  const isFull = (slot: number) => hasBit(everywhere, slot);
  const start = place.room.mark();
  const isNested = plan.nodes.some(({ kind }) => kind !== 'leaf');
  const definition = place.room.u8(isNested ? rows.length : 0).fill(0);
  const entries: Repeated = { row: rows, definition, repetition: undefined };
  for (const node of plan.nodes) {
    const to = place.room.mark();
    if (node.kind === 'leaf') {
      const shredded = shredTop(node, { set, rows, place, isRange, isFull: isFull(node.slot) });
      visit(node.leaf, { ...shredded, numbered: numbered.get(node.slot) });
    } else shredNode(walk, node, { set, entries, depth: 0 });
    place.room.reset(to);
  }
  place.room.reset(start);
}

function hasBit(words: readonly number[], slot: number): boolean {
  return ((words[slot >> 5]! >>> (slot & 31)) & 1) === 1;
}

/** A column of the top level, where levels are presence bits. */
function shredTop(
  node: Extract<ShredNode, { kind: 'leaf' }>,
  source: {
    readonly set: ColumnSet;
    readonly rows: Uint32Array;
    readonly place: KernelPlace;
    readonly isRange: boolean;
    readonly isFull: boolean;
  },
): ShreddedLeaf {
  const { set, rows, place } = source;
  const { slot } = node;
  if (source.isFull) {
    return { entries: rows.length, definition: undefined, repetition: undefined, rows, isRange: source.isRange, set, slot };
  }
  assertInvariant(!node.required, 'a required field is present in every row');
  const definition = place.room.u8(rows.length);
  const there = place.room.u32(rows.length);
  const count = place.kernels.levels({ words: set.present[slot >> 5]!, bit: slot & 31 }, rows, { definition, there });
  return { entries: rows.length, definition, repetition: undefined, rows: there.subarray(0, count), isRange: false, set, slot };
}

interface Walk {
  readonly plan: SchemaPlan;
  readonly place: KernelPlace;
  /** Of the top row space. */
  readonly numbered: ReadonlyMap<number, NumberedValues>;
  readonly visit: (leaf: number, shredded: ShreddedLeaf) => void;
}

interface Place {
  readonly set: ColumnSet;
  readonly entries: Repeated;
  /** Lists and maps above. */
  readonly depth: number;
}

/** What the node takes of the room is given back when it and all below it are done. */
function shredNode(walk: Walk, node: ShredNode, place: Place): void {
  const { room } = walk.place;
  const to = room.mark();
  shredInner(walk, node, place);
  room.reset(to);
}

function shredInner(walk: Walk, node: ShredNode, place: Place): void {
  const { set, depth } = place;
  const entries = node.required ? requirePresent(place, node.slot) : stepOptional(walk, place, node.slot);
  if (node.kind === 'leaf') {
    const leaf = walk.plan.leaves[node.leaf]!;
    const rows = rowsOf(entries.row, walk.place);
    walk.visit(node.leaf, {
      entries: entries.row.length,
      definition: rows.length === entries.row.length ? undefined : entries.definition,
      repetition: leaf.maxRepetition > 0 ? entries.repetition : undefined,
      rows,
      isRange: false,
      set,
      slot: node.slot,
      numbered: depth === 0 ? walk.numbered.get(node.slot) : undefined,
    });
    return;
  }
  if (node.kind === 'struct') {
    for (const child of node.children) shredNode(walk, child, { set, entries, depth });
    return;
  }
  const column = set.columns[node.slot]!;
  assertInvariant(column.kind === 'list' || column.kind === 'map', 'a repeated field has a list or map column');
  const inner = stepRepeated(entries, column, { depth: depth + 1, place: walk.place });
  for (const child of node.children) shredNode(walk, child, { set: column.child, entries: inner, depth: depth + 1 });
}

function stepOptional({ place: { kernels, room } }: Walk, { set, entries }: Place, slot: number): Repeated {
  const count = entries.row.length;
  const next = { row: room.u32(count), definition: room.u8(count), repetition: entries.repetition };
  kernels.step({ words: set.present[slot >> 5]!, bit: slot & 31 }, entries, next);
  return next;
}

function requirePresent(place: Place, slot: number): Repeated {
  const { row } = place.entries;
  const words = place.set.present[slot >> 5]!;
  const bit = slot & 31;
  for (let i = 0; i < row.length; i++) {
    const at = row[i]!;
    if (at !== ENDED) assertInvariant(((words[at]! >>> bit) & 1) === 1, 'a required field is present in every row');
  }
  return place.entries;
}

function stepRepeated(
  entries: Repeated,
  column: { readonly start: Uint32Array; readonly length: Uint32Array },
  how: { readonly depth: number; readonly place: KernelPlace },
): Repeated {
  const { kernels, room } = how.place;
  const { start, length } = column;
  const total = kernels.elements(entries.row, length);
  const next = { row: room.u32(total), definition: room.u8(total), repetition: room.u8(total) };
  kernels.repeat(entries, { start, length, depth: how.depth }, next);
  return next;
}

function rowsOf(row: Uint32Array, { kernels, room }: KernelPlace): Uint32Array {
  const rows = room.u32(row.length);
  return rows.subarray(0, kernels.there(row, rows));
}
