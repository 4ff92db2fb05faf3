// The distinct strings of several columns numbered in one pass over the rows, by the kernel (hot/assembly/encode-dictionary-rows.ts): where
// its tables lie in the arena. Columns are taken as long as there is room beside what the encoder works in.
import { dictionarySlots, encodeRoomBytes } from '../hot/encode-kernels.ts';
import {
  DICT_BIT,
  DICT_BLOCK,
  DICT_BLOCK_BYTES,
  DICT_BYTES,
  DICT_COUNT,
  DICT_DISTINCT,
  DICT_FIRST,
  DICT_HASHES,
  DICT_IDS,
  DICT_KEYS,
  DICT_LENGTH,
  DICT_NO_ROOM,
  DICT_PREFIX,
  DICT_PRESENT,
  DICT_ROOM,
  DICT_SLOTS,
  DICT_START,
} from '../hot/layout-dictionary.ts';
import { type Arena, alloc, freeBytes } from '../hot/memory.ts';
import { type ArenaArrays, arraysOf } from './arena-arrays.ts';
import type { KernelPlace, NumberedValues, StringColumn } from './kernels.ts';

/** A string's length before it, in a page. */
const LENGTH_BYTES = 4;

type NumberStrings = NonNullable<KernelPlace['numberStrings']>;

/** `numberStrings` over an arena. */
export function hotNumberStrings(arena: Arena): NumberStrings {
  const { isIn, at } = arraysOf(arena);
  return (columns, { bytes, rows }, { bytesMax, probeValues, probeDistinctMax }) => {
    if (!isIn(bytes, rows) || !columns.every(({ start, length, presence }) => isIn(start, length, presence.words))) return undefined;
    const taken = fitting(arena, columns, rows.length);
    if (taken.length === 0) return undefined;
    const table = new Uint32Array(arena.buffer, alloc(arena, DICT_BYTES * taken.length, 16), (DICT_BYTES / 4) * taken.length);
    const numbered = taken.map((column, i) => openColumn(arena, table.subarray((i * DICT_BYTES) / 4), { column, rows, at }));
    arena.kernels.encodeDictRows(
      table.byteOffset,
      taken.length,
      bytes.byteOffset,
      at(rows),
      rows.length,
      bytesMax,
      probeValues,
      probeDistinctMax,
    );
    return columns.map((_, i) => {
      if (i >= taken.length) return undefined;
      const distinct = table[(i * DICT_BYTES + DICT_DISTINCT) / 4]! | 0;
      const { ids, first } = numbered[i]!;
      const count = table[(i * DICT_BYTES + DICT_COUNT) / 4]!;
      return distinct === DICT_NO_ROOM ? undefined : { ids: ids.subarray(0, count), first, distinct };
    });
  };
}

/** Ids and first appearances; then the kernel's own: hashes, keys, slots, keys of a block. */
function columnBytes(room: number, rows: number): number {
  return 4 * rows + 4 * room + 4 * room + 16 * room + 4 * dictionarySlots(room) + DICT_BLOCK_BYTES + 6 * 16;
}

/** As many of the columns, from the first on, as there is memory for. */
function fitting(arena: Arena, columns: readonly StringColumn[], rows: number): readonly StringColumn[] {
  let left = freeBytes(arena) - encodeRoomBytes(rows) - (DICT_BYTES * columns.length + 64);
  const full = columns.findIndex(({ room }) => {
    left -= columnBytes(room, rows);
    return left < 0;
  });
  return full < 0 ? columns : columns.slice(0, full);
}

/** Fills a column's entry of the table. */
function openColumn(
  arena: Arena,
  entry: Uint32Array,
  of: { readonly column: StringColumn; readonly rows: Uint32Array; readonly at: ArenaArrays['at'] },
): Omit<NumberedValues, 'distinct'> {
  const { column, rows, at } = of;
  const { room } = column;
  const ids = new Uint32Array(arena.buffer, alloc(arena, 4 * rows.length, 16), rows.length);
  const first = new Uint32Array(arena.buffer, alloc(arena, 4 * room, 16), room);
  entry.fill(0, 0, DICT_BYTES / 4);
  entry[DICT_START / 4] = at(column.start);
  entry[DICT_LENGTH / 4] = at(column.length);
  entry[DICT_PRESENT / 4] = at(column.presence.words);
  entry[DICT_BIT / 4] = column.presence.bit;
  entry[DICT_IDS / 4] = ids.byteOffset;
  entry[DICT_FIRST / 4] = first.byteOffset;
  entry[DICT_HASHES / 4] = alloc(arena, 4 * room, 16);
  entry[DICT_KEYS / 4] = alloc(arena, 16 * room, 16);
  entry[DICT_SLOTS / 4] = alloc(arena, 4 * dictionarySlots(room), 16);
  entry[DICT_ROOM / 4] = room;
  entry[DICT_PREFIX / 4] = LENGTH_BYTES;
  entry[DICT_BLOCK / 4] = alloc(arena, DICT_BLOCK_BYTES, 16);
  return { ids, first };
}
