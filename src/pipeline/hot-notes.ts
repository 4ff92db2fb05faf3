// A record that the kernels read to its end and did not settle: its row lies in the builders, and what is wrong with it is noted
// (hot/assembly/notes.ts). It is judged where it lies, in the order in which it was read: each noted value is read once more by the plain
// path's reader of such a value, each scope that lacks something by the plain path's check; rules over rows, event time and filter are
// judged as for any row. So reasons and their order are the plain path's, and the message is not read a second time.
import * as L from '../hot/layout.ts';
import * as H from '../hot/layout-header.ts';
import { storeView } from './builders.ts';
import { type Cell, OP, STATE, type State } from './cells.ts';
import { addFailure, type Decoder } from './decoder.ts';
import type { HotBatch } from './hot-batch.ts';
import type { HotProgram } from './hot-program.ts';
import type { Batch, Parts } from './parts.ts';
import { processRead, processRecord } from './process-record.ts';
import { acceptCell, failType, readNumber, readText } from './read-scalar.ts';
import { startRecord } from './scan.ts';

/** Judges the record that the kernels stopped at: from its notes, or as the plain path does. Call with the batch taken back. */
export function processStopped(parts: Parts, program: HotProgram, hot: HotBatch, batch: Batch, record: number): void {
  const { words, header } = hot;
  const end = words[(header + H.H_NOTES_TOP) >> 2]!;
  if (end === 0) {
    processRecord(parts, batch, record);
    return;
  }
  const { d } = parts;
  for (const set of program.order) set.mark = words[(header + program.sets.get(set)! + L.SET_MARK) >> 2]!;
  startRecord(d.scan, batch.records.valueEnd[record]! + batch.shift);
  processRead(parts, batch, record, {
    auxMark: words[(header + H.H_NOTED_AUX) >> 2]!,
    read: () => {
      d.missing = words[(header + H.H_NOTED_MISSING) >> 2]!;
      d.nulls = words[(header + H.H_NOTED_NULLS) >> 2]!;
      d.unread.count = words[(header + H.H_NOTED_UNREAD) >> 2]!;
      return readNotes(d, program, hot, end);
    },
  });
}

/** False when a value turns out other than its note says: the plain path then reads the record from its beginning. */
function readNotes(d: Decoder, program: HotProgram, { words, header }: HotBatch, end: number): boolean {
  const noted: Cell[] = [];
  const nulls: Cell[] = [];
  for (let at = words[(header + H.H_NOTES) >> 2]! >> 2; at < end >> 2; at += H.NOTE_BYTES >> 2) {
    const id = words[at + (H.NOTE_ID >> 2)]!;
    switch (words[at]) {
      case H.NOTE_NULL:
        nulls.push(program.cells[id]!);
        break;
      case H.NOTE_SCOPE:
        failLacking(d, program.scopes[id]!.cells, { noted, nulls });
        break;
      default: {
        const cell = program.cells[id]!;
        noted.push(cell);
        const state = readValue(d, cell, words[at + (H.NOTE_START >> 2)]!, words[at + (H.NOTE_END >> 2)]!);
        if (!isSettled(cell, state)) return false;
      }
    }
  }
  return true;
}

/** A value made null takes back a list's entries, and lacks in its scope: both are told in the reading alone. */
function isSettled({ op, required }: Cell, state: State): boolean {
  return state === STATE.present || state === STATE.failed || (state === STATE.nulled && !required && op < OP.struct);
}

/** Required cells without a value, but those that have failed by themselves. */
function failLacking(d: Decoder, cells: readonly Cell[], seen: { readonly noted: readonly Cell[]; readonly nulls: readonly Cell[] }): void {
  for (const cell of cells) {
    const { required, set } = cell;
    if (!required || (set.present[cell.word]![set.row]! & cell.bit) !== 0 || seen.noted.includes(cell)) continue;
    addFailure(d, required, `expected a value, got ${seen.nulls.includes(cell) ? 'null' : 'nothing'}`);
  }
}

/** What pipeline/read-value.ts does with a value once its end is known. Gives the state the cell is left in. */
function readValue(d: Decoder, cell: Cell, start: number, end: number): State {
  const { set, op, column } = cell;
  const words = set.present[cell.word]!;
  words[set.row] = words[set.row]! & ~cell.bit;
  cell.state = STATE.missing;
  const c = d.scan.bytes[start]!;
  const kind = KINDS.get(c) ?? 'number';
  if (op === OP.jsonText) {
    storeView(column, set.row, start, end - start);
    acceptCell(d, cell);
  } else if (kind === CONTAINERS.get(op) || (kind === 'boolean' && op === OP.boolean)) acceptCell(d, cell);
  else if (op >= OP.struct || kind === 'boolean' || kind === 'object' || kind === 'array') failType(d, cell, kind);
  else if (kind === 'string') readText(d, cell, start);
  else readNumber(d, cell, start);
  return cell.state;
}

/** By the first byte of a value. */
const KINDS: ReadonlyMap<number, string> = new Map([
  [0x22, 'string'],
  [0x7b, 'object'],
  [0x5b, 'array'],
  [0x74, 'boolean'],
  [0x66, 'boolean'],
]);

/** Values of these kinds are in the builders already: only a constraint of theirs is noted. */
const CONTAINERS: ReadonlyMap<number, string> = new Map([
  [OP.struct, 'object'],
  [OP.map, 'object'],
  [OP.list, 'array'],
]);
