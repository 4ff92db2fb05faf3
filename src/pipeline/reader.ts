// What reading one message needs: the decoder's state, the plan of the variant at hand, and where its conditions were seen.
// Shared by the mutually recursive readers of values, objects and entries.
import type { Cell } from './cells.ts';
import { STATE } from './cells.ts';
import { addFailure, type Decoder } from './decoder.ts';
import type { Deferred, ReadNode, ReadPlan, Scope } from './read-plan.ts';
import { FAULT } from './scan.ts';

export interface Reader {
  readonly d: Decoder;
  plan: ReadPlan;
  /** Position of each variant condition's value, −1 while not seen. */
  readonly conditionAt: Float64Array;
  /** Called when a condition's value was read; false ends the reading because the message is of another variant. */
  readonly onCondition: (reader: Reader) => boolean;
  /** Reads a value at a position again, for deferred cells. */
  readonly readNode: (reader: Reader, node: ReadNode, p: number) => number;
}

/** Forgets the states of a scope's cells, before its object is read. */
export function openScope(scope: Scope): void {
  const { cells, deferred } = scope;
  for (let i = 0; i < cells.length; i++) cells[i]!.state = STATE.missing;
  for (let i = 0; i < deferred.length; i++) {
    const { starts } = deferred[i]!;
    for (let path = 0; path < starts.length; path++) starts[path] = -1;
  }
}

/** Reads deferred cells and settles what is missing or null. Returns `p`, or FAULT. */
export function closeScope(reader: Reader, scope: Scope, p: number): number {
  const { deferred } = scope;
  for (let i = 0; i < deferred.length; i++) if (readDeferred(reader, deferred[i]!) < 0) return FAULT;
  const { d } = reader;
  const { cells } = scope;
  for (let i = 0; i < cells.length; i++) {
    const cell = cells[i]!;
    if (cell.state !== STATE.present && cell.state !== STATE.failed) settleAbsent(d, cell);
  }
  return p;
}

/** A cell without a value: counted by why, and a failure where one is required. */
export function settleAbsent(d: Decoder, cell: Cell): void {
  if (cell.state === STATE.missing) d.missing++;
  else if (cell.state === STATE.null) d.nulls++;
  const { required } = cell;
  if (!required) return;
  const got = cell.state === STATE.missing ? 'nothing' : cell.state === STATE.null ? 'null' : 'a value that another rule made null';
  addFailure(d, required, `expected a value, got ${got}`);
}

/** The first path that was there wins. The second reading notes nothing as unread: the first one did. */
function readDeferred(reader: Reader, { node, starts }: Deferred): number {
  let path = 0;
  while (path < starts.length && starts[path]! < 0) path++;
  if (path === starts.length) return 0;
  const { unread, scan } = reader.d;
  const { isOn } = unread;
  const { depth } = scan;
  unread.isOn = false;
  const end = reader.readNode(reader, node, starts[path]!);
  unread.isOn = isOn;
  scan.depth = depth;
  return end;
}
