// Hands a batch over to the kernels and takes it back: rows of every set, the top of the aux area, and where the builders' memory is.
import { assertInvariant } from '../errors.ts';
import * as L from '../hot/layout.ts';
import * as H from '../hot/layout-header.ts';
import type { ColumnBuilder, SetBuilder } from './builders.ts';
import type { HotBatch } from './hot-batch.ts';
import { setHeader } from './hot-header.ts';
import type { HotProgram } from './hot-program.ts';
import type { Parts } from './parts.ts';

/** Tells the kernels where every set stands and where its memory is; `auxTop` and the end of aux with it. */
export function handOver(batch: HotBatch, program: HotProgram, parts: Parts): void {
  const { words, header, arena } = batch;
  for (const set of program.order) {
    const at = (header + program.sets.get(set)!) >> 2;
    words[at + (L.SET_ROW >> 2)] = set.row;
    if (words[at + (L.SET_CAPACITY >> 2)] !== set.capacity) placeSet(batch, program, set);
  }
  setHeader(batch, H.H_AUX_TOP, parts.d.auxTop);
  setHeader(batch, H.H_AUX_END, arena.high);
}

function placeSet(batch: HotBatch, program: HotProgram, set: SetBuilder): void {
  const { words, header } = batch;
  const at = (header + program.sets.get(set)!) >> 2;
  words[at + (L.SET_CAPACITY >> 2)] = set.capacity;
  set.present.forEach((present, word) => {
    words[at + ((L.SET_PRESENT + word * L.WORD_BYTES + L.WORD_ADDRESS) >> 2)] = addressOf(batch, present);
  });
  for (const column of set.columns) placeColumn(batch, program, column);
}

function placeColumn(batch: HotBatch, program: HotProgram, column: ColumnBuilder): void {
  const { words, header } = batch;
  const values = valuesOf(column);
  if (!values) return;
  const at = (header + program.columns.get(column)!) >> 2;
  words[at + (L.COL_VALUES >> 2)] = addressOf(batch, values);
  if (values === column.start) words[at + (L.COL_LENGTHS >> 2)] = addressOf(batch, column.length);
}

function valuesOf(column: ColumnBuilder): Uint32Array | Int32Array | BigInt64Array | Float64Array | Uint8Array | undefined {
  switch (column.kind) {
    case 'view':
    case 'list':
    case 'map':
      return column.start;
    case 'i32':
      return column.i32;
    case 'i64':
      return column.i64;
    case 'f64':
      return column.f64;
    case 'bool':
      return column.bool;
    case 'struct':
      return undefined;
  }
}

/** Typed wrapper of every address handed out: it is of this arena, and none of the canary page. */
function addressOf({ arena, header }: HotBatch, view: { readonly buffer: ArrayBufferLike; readonly byteOffset: number }): number {
  assertInvariant(view.buffer === arena.buffer && view.byteOffset >= arena.kernels.heapBase() && header > 0, 'builders lie in the arena');
  return view.byteOffset;
}

/** Takes back where the kernels stand. */
export function takeBack(batch: HotBatch, program: HotProgram, parts: Parts): void {
  const { words, header } = batch;
  for (const set of program.order) set.row = words[(header + program.sets.get(set)! + L.SET_ROW) >> 2]!;
  parts.d.auxTop = words[(header + H.H_AUX_TOP) >> 2]!;
}
