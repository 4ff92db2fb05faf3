// Column batches: the hand-over between pipeline, Parquet and Iceberg, so that no row objects exist on the landing path.
// Imports only the type model. Upholds promise 10 (memory is one arena of known size).
//
// A ColumnSet holds the rows of one struct type. Every field of the struct, and every field of structs nested in it, owns a
// SLOT: slots are numbered in pre-order over the struct (a struct field takes a slot, then its children do). A list or map
// takes one slot in its parent and opens a child ColumnSet with its own row space: the child of a list is the struct
// {element}, the child of a map is the struct {key, value}. `layoutOf` computes the slots; every producer and consumer uses it.
//
//   schema  a: long, b: struct<c: string, d: list<struct<e: int>>>
//   slots   0 a      1 b     2 b.c     3 b.d  ──► child set:  0 element (struct)  1 element.e
//
// Presence: bit (slot & 31) of `present[slot >> 5][row]` is 1 when the value is there. A child of a null struct is not present.
// A value slot without its bit is undefined and must not be read.
//
// Physical kinds by Iceberg type:
//   bool  boolean                                   Uint8Array 0/1
//   i32   int, date (days since 1970-01-01)         Int32Array
//   i64   long, time (µs), timestamp[tz] (µs), timestamp[tz]_ns (ns), decimal(p ≤ 18) (unscaled)   BigInt64Array (lohi: the same memory as Int32 halves)
//   f64   float (already rounded to single), double Float64Array
//   view  string, binary (any length); uuid (16 bytes); fixed[n] (n bytes); decimal(p > 18) (16 bytes, big-endian two's complement)
//   struct (presence only) · list, map (start, length into the child set)
import { type CellValue, decimalOf, type IcebergType, type NestedField, type StructType } from './contract/types.ts';

export type Column =
  | { readonly kind: 'view'; readonly start: Uint32Array; readonly length: Uint32Array }
  | { readonly kind: 'i32'; readonly v: Int32Array }
  | { readonly kind: 'i64'; readonly v: BigInt64Array }
  | { readonly kind: 'f64'; readonly v: Float64Array }
  | { readonly kind: 'bool'; readonly v: Uint8Array }
  | { readonly kind: 'struct' }
  | { readonly kind: 'list' | 'map'; readonly start: Uint32Array; readonly length: Uint32Array; readonly child: ColumnSet };

/** Rows of one struct type. Typed arrays may be longer than `rows`; entries past `rows` are undefined. */
export interface ColumnSet {
  readonly rows: number;
  /** present[slot >> 5][row] */
  readonly present: readonly Uint32Array[];
  /** columns[slot] */
  readonly columns: readonly Column[];
  /** The memory all views of this set (and its children) point into. */
  readonly bytes: Buffer;
}

/** Row order to encode: a permutation or a subset of 0..rows-1. */
export interface Selection {
  readonly order: Uint32Array;
}

export interface Slot {
  readonly slot: number;
  readonly field: NestedField;
  /** Slot of the enclosing struct within the same row space, -1 at the top. */
  readonly parent: number;
  readonly kind: Column['kind'];
  /** Layout of the child row space for lists and maps. */
  readonly child?: Layout;
  /** First slot after this field and its nested struct fields. */
  readonly end: number;
}

/** Slots of a struct type in pre-order. */
export interface Layout {
  readonly struct: StructType;
  readonly slots: readonly Slot[];
  /** Slots of the struct's own fields, in field order. */
  readonly top: readonly number[];
}

/** Physical kind of a type. */
export function kindOf(type: IcebergType): Column['kind'] {
  if (typeof type !== 'string') return type.type;
  switch (type) {
    case 'boolean':
      return 'bool';
    case 'int':
    case 'date':
      return 'i32';
    case 'long':
    case 'time':
    case 'timestamp':
    case 'timestamptz':
    case 'timestamp_ns':
    case 'timestamptz_ns':
      return 'i64';
    case 'float':
    case 'double':
      return 'f64';
    default: {
      const decimal = decimalOf(type);
      return decimal && decimal.precision <= 18 ? 'i64' : 'view';
    }
  }
}

/** The struct whose rows are the elements of a list (field `element`) or the entries of a map (fields `key`, `value`). */
export function childStructOf(type: IcebergType): StructType | undefined {
  if (typeof type === 'string' || type.type === 'struct') return undefined;
  if (type.type === 'list') {
    return {
      type: 'struct',
      fields: [{ id: type['element-id'], name: 'element', required: type['element-required'], type: type.element }],
    };
  }
  return {
    type: 'struct',
    fields: [
      { id: type['key-id'], name: 'key', required: true, type: type.key },
      { id: type['value-id'], name: 'value', required: type['value-required'], type: type.value },
    ],
  };
}

/** Numbers the slots of a struct type; deterministic, so producer and consumer agree by computing it from the same schema. */
export function layoutOf(struct: StructType): Layout {
  let layout = layouts.get(struct);
  if (!layout) layouts.set(struct, (layout = makeLayout(struct)));
  return layout;
}

const layouts = new WeakMap<StructType, Layout>();

function makeLayout(struct: StructType): Layout {
  const slots: Slot[] = [];
  const visit = (fields: readonly NestedField[], parent: number): number[] => {
    const own: number[] = [];
    for (const field of fields) {
      const slot = slots.length;
      own.push(slot);
      const kind = kindOf(field.type);
      const childStruct = childStructOf(field.type);
      const made: { -readonly [K in keyof Slot]: Slot[K] } = { slot, field, parent, kind, end: slot + 1 };
      slots.push(made);
      if (childStruct) made.child = layoutOf(childStruct);
      if (typeof field.type !== 'string' && field.type.type === 'struct') visit(field.type.fields, slot);
      made.end = slots.length;
    }
    return own;
  };
  const top = visit(struct.fields, -1);
  return { struct, slots, top };
}

/** Is the value of `slot` there in `row`? */
export function isPresent(set: ColumnSet, slot: number, row: number): boolean {
  return ((set.present[slot >> 5]![row]! >>> (slot & 31)) & 1) === 1;
}

export type { CellValue };

/** The rows of a set in their order, where nobody asked for others. */
export function allRows({ rows }: Pick<ColumnSet, 'rows'>): Uint32Array {
  const all = new Uint32Array(rows);
  for (let row = 0; row < rows; row++) all[row] = row;
  return all;
}
