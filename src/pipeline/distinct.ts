// Are the elements of a list, or the keys of a map, all different? Values are compared by what they are, not by how they were
// written: 1.0 and 1 in a list of integers are the same element.
import type { Layout } from '../columns.ts';
import type { ColumnBuilder, SetBuilder } from './builders.ts';

/** True when no two elements in `row` of a list (no two keys of a map) are equal. Nulls are equal to each other, or left out. */
export function distinctElements(
  column: ColumnBuilder,
  bytes: Buffer,
  at: { readonly row: number; readonly ignoresNulls: boolean },
): boolean {
  const set = column.child!;
  const first = column.start[at.row]!;
  const end = first + column.length[at.row]!;
  const seen = new Set<string>();
  for (let i = first; i < end; i++) {
    const key = keyOf(set, set.layout.top[0]!, bytes, i);
    if (key === NULL_KEY && at.ignoresNulls) continue;
    if (seen.has(key)) return false;
    seen.add(key);
  }
  return true;
}

const NULL_KEY = 'n';

/** A text that two cells share exactly when they are equal. */
function keyOf(set: SetBuilder, slot: number, bytes: Buffer, row: number): string {
  if (((set.present[slot >> 5]![row]! >>> (slot & 31)) & 1) === 0) return NULL_KEY;
  const column = set.columns[slot]!;
  switch (column.kind) {
    case 'bool':
      return `${column.bool[row]}`;
    case 'i32':
      return `${column.i32[row]}`;
    case 'i64':
      return `${column.i64[row]}`;
    case 'f64':
      return `${column.f64[row]! + 0 === 0 ? 0 : column.f64[row]}`;
    case 'view': {
      const text = bytes.toString('latin1', column.start[row]!, column.start[row]! + column.length[row]!);
      return `${text.length}:${text}`;
    }
    case 'struct':
      return `{${membersOf(set.layout, slot)
        .map((member) => keyOf(set, member, bytes, row))
        .join(',')}}`;
    case 'list':
    case 'map':
      return entriesKey(column, bytes, row);
  }
}

/** Entries of a map are equal whatever their order. */
function entriesKey(column: ColumnBuilder, bytes: Buffer, row: number): string {
  const child = column.child!;
  const first = column.start[row]!;
  const keys = Array.from({ length: column.length[row]! }, (_, i) =>
    child.layout.top.map((top) => keyOf(child, top, bytes, first + i)).join('='),
  );
  if (column.kind === 'map') keys.sort();
  return `[${keys.join(',')}]`;
}

function membersOf(layout: Layout, slot: number): number[] {
  const members: number[] = [];
  for (let at = slot + 1; at < layout.slots[slot]!.end; at = layout.slots[at]!.end) members.push(at);
  return members;
}
