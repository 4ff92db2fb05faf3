// Column sets of one schema put behind each other, so that rows of several files are sorted and written together. Values of views are
// copied into one memory and their places moved on; lists and maps are joined with their row spaces.
import type { Column, ColumnSet } from '../../columns.ts';
import { assertInvariant } from '../../errors.ts';

/** All rows of all sets, in order. Cost: one copy of everything. */
export function joinColumns(sets: readonly ColumnSet[]): ColumnSet {
  const [first, ...rest] = sets;
  assertInvariant(first, 'there are columns to join');
  if (rest.length === 0) return first;
  const places: number[] = [];
  let size = 0;
  for (const { bytes } of sets) {
    places.push(size);
    size += bytes.length;
  }
  // A place in the memory of a set is 32 bits.
  assertInvariant(size < 2 ** 32, 'joined columns lie within 4 GiB');
  return joinSets(
    sets.map((set, i) => ({ set, place: places[i]! })),
    Buffer.concat(sets.map(({ bytes }) => bytes)),
  );
}

/** Bytes that a set's values take in memory, without what its typed arrays have to spare. */
export function sizeOfColumns(set: ColumnSet): number {
  return (
    set.bytes.length + set.present.length * set.rows * 4 + set.columns.reduce((sum, column) => sum + sizeOfColumn(column, set.rows), 0)
  );
}

interface Part {
  readonly set: ColumnSet;
  /** Where the memory of the set begins in the joined one. */
  readonly place: number;
}

function joinSets(parts: readonly Part[], bytes: Buffer): ColumnSet {
  const rows = parts.reduce((sum, { set }) => sum + set.rows, 0);
  const { present, columns } = parts[0]!.set;
  return {
    rows,
    bytes,
    present: present.map((_, word) => {
      const joined = new Uint32Array(rows);
      fill(
        parts,
        (set) => set.present[word]!,
        (source, at) => joined.set(source as Uint32Array, at),
      );
      return joined;
    }),
    columns: columns.map((_, slot) => joinColumn(parts, { slot, rows, bytes })),
  };
}

interface Joined {
  readonly slot: number;
  readonly rows: number;
  readonly bytes: Buffer;
}

function joinColumn(parts: readonly Part[], joined: Joined): Column {
  const { slot, rows } = joined;
  const { kind } = parts[0]!.set.columns[slot]!;
  const of = <K extends Column['kind']>(set: ColumnSet, wanted: K): Extract<Column, { kind: K }> => {
    const column = set.columns[slot]!;
    assertInvariant(column.kind === wanted, 'joined columns are of one kind');
    return column as Extract<Column, { kind: K }>;
  };
  switch (kind) {
    case 'struct':
      return { kind };
    case 'bool':
      return { kind, v: filled(parts, new Uint8Array(rows), (set) => of(set, 'bool').v) };
    case 'i32':
      return { kind, v: filled(parts, new Int32Array(rows), (set) => of(set, 'i32').v) };
    case 'i64':
      return { kind, v: filled(parts, new BigInt64Array(rows), (set) => of(set, 'i64').v) };
    case 'f64':
      return { kind, v: filled(parts, new Float64Array(rows), (set) => of(set, 'f64').v) };
    case 'view': {
      const moves = parts.map(({ place }) => place);
      const start = moved(parts, { rows, moves }, (set) => of(set, 'view').start);
      return { kind, start, length: filled(parts, new Uint32Array(rows), (set) => of(set, 'view').length) };
    }
    case 'list':
    case 'map': {
      const nested = (set: ColumnSet) => set.columns[slot] as Extract<Column, { kind: 'list' | 'map' }>;
      const children = parts.map(({ set, place }) => ({ set: nested(set).child, place }));
      const moves: number[] = [];
      let childRows = 0;
      for (const { set } of children) {
        moves.push(childRows);
        childRows += set.rows;
      }
      const start = moved(parts, { rows, moves }, (set) => nested(set).start);
      const length = filled(parts, new Uint32Array(rows), (set) => nested(set).length);
      return { kind, start, length, child: joinSets(children, joined.bytes) };
    }
  }
}

type Values = Uint8Array | Int32Array | Uint32Array | BigInt64Array | Float64Array;

/** Hands each set's values, cut to its rows, to `put` with the row they begin at. */
function fill(parts: readonly Part[], of: (set: ColumnSet) => Values, put: (source: Values, at: number, part: number) => void): void {
  let at = 0;
  for (const [i, { set }] of parts.entries()) {
    put(of(set).subarray(0, set.rows), at, i);
    at += set.rows;
  }
}

function filled<T extends Values>(parts: readonly Part[], to: T, of: (set: ColumnSet) => T): T {
  fill(parts, of, (source, at) => (to as { set(values: Values, at: number): void }).set(source, at));
  return to;
}

/** Places moved on by what lies before each set. Those of absent values are undefined and wrap around without harm. */
function moved(
  parts: readonly Part[],
  { rows, moves }: { readonly rows: number; readonly moves: readonly number[] },
  of: (set: ColumnSet) => Uint32Array,
): Uint32Array {
  const to = new Uint32Array(rows);
  fill(parts, of, (source, at, part) => {
    const move = moves[part]!;
    for (let row = 0; row < source.length; row++) to[at + row] = (source as Uint32Array)[row]! + move;
  });
  return to;
}

function sizeOfColumn(column: Column, rows: number): number {
  switch (column.kind) {
    case 'struct':
      return 0;
    case 'bool':
      return rows;
    case 'i32':
      return rows * 4;
    case 'i64':
    case 'f64':
    case 'view':
      return rows * 8;
    case 'list':
    case 'map':
      // The memory of views is the outermost set's.
      return rows * 8 + sizeOfColumns({ ...column.child, bytes: Buffer.alloc(0) });
  }
}
