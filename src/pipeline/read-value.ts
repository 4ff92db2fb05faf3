// Values of a message into cells, guided by the read plan: which reader takes a value, and what happens to a value nobody takes.
// Positions in, positions out; FAULT ends the message.

import { storeView } from './builders.ts';
import { type Cell, OP, STATE } from './cells.ts';
import { readList, readMap } from './read-entries.ts';
import { readObject } from './read-object.ts';
import type { Capture, ReadNode } from './read-plan.ts';
import { acceptCell, failSurrogate, failType, readNumber, readText } from './read-scalar.ts';
import { closeScope, openScope, type Reader } from './reader.ts';
import { enter, FALSE, FAULT, fault, NULL, skipSpace, skipWord, TRUE } from './scan.ts';
import { skipValue } from './skip-value.ts';
import { enterUnread, leaveUnread, passUnread } from './unread.ts';

/** Reads the value at `p` for everyone who wants it. */
export function readNode(reader: Reader, node: ReadNode, p: number): number {
  const end = node.cell === undefined ? readUnbound(reader, node, p) : readCell(reader, node, node.cell, p);
  if (end >= 0 && node.captures !== undefined && !notePosition(reader, node.captures, p)) return FAULT;
  return end;
}

function notePosition(reader: Reader, captures: readonly Capture[], p: number): boolean {
  let hasCondition = false;
  for (const capture of captures) {
    if (capture.kind === 'deferred') capture.deferred.starts[capture.path] = p;
    else {
      reader.conditionAt[capture.condition] = p;
      hasCondition = true;
    }
  }
  return !hasCondition || reader.onCondition(reader);
}

function readCell(reader: Reader, node: ReadNode, cell: Cell, p: number): number {
  const { d } = reader;
  const c = d.scan.bytes[p]!;
  if (c === 0x6e) {
    cell.state = STATE.null;
    return skipWord(d.scan, p, NULL);
  }
  const { op } = cell;
  if (op === OP.jsonText) return readJsonText(reader, node, cell, p);
  if (c === 0x22) return op >= OP.struct ? refuse(reader, node, cell, p, 'string') : readText(d, cell, p);
  if (c === 0x7b) {
    if (op === OP.struct) return readStruct(reader, node, cell, p);
    return op === OP.map ? readMap(reader, node, cell, p) : refuse(reader, node, cell, p, 'object');
  }
  if (c === 0x5b) return op === OP.list ? readList(reader, node, cell, p) : refuse(reader, node, cell, p, 'array');
  if (c === 0x74 || c === 0x66) return op === OP.boolean ? readBoolean(reader, cell, p) : refuse(reader, node, cell, p, 'boolean');
  return op >= OP.struct ? refuse(reader, node, cell, p, 'number') : readNumber(d, cell, p);
}

/** A value of a kind the cell never takes: its grammar is still checked, and others may read parts of it. */
function refuse(reader: Reader, node: ReadNode, cell: Cell, p: number, got: string): number {
  const end = readUnbound(reader, node, p);
  if (end >= 0) failType(reader.d, cell, got);
  return end;
}

function readBoolean(reader: Reader, cell: Cell, p: number): number {
  const { scan } = reader.d;
  const isTrue = scan.bytes[p] === 0x74;
  const end = skipWord(scan, p, isTrue ? TRUE : FALSE);
  if (end < 0) return FAULT;
  cell.column.bool[cell.set.row] = isTrue ? 1 : 0;
  acceptCell(reader.d, cell);
  return end;
}

/** The text as sent, whatever its kind. */
function readJsonText(reader: Reader, node: ReadNode, cell: Cell, p: number): number {
  const { d } = reader;
  const before = d.scan.loneSurrogates;
  const end = readUnbound(reader, node, p);
  if (end < 0) return FAULT;
  if (d.scan.loneSurrogates !== before) {
    failSurrogate(d, cell);
    return end;
  }
  storeView(cell.column, cell.set.row, p, end - p);
  acceptCell(d, cell);
  return end;
}

function readStruct(reader: Reader, node: ReadNode, cell: Cell, p: number): number {
  const scope = reader.plan.scopes.get(cell)!;
  acceptCell(reader.d, cell);
  openScope(scope);
  const end = readObject(reader, node, p);
  return end < 0 ? FAULT : closeScope(reader, scope, end);
}

/** A value that no cell takes as a whole. */
export function readUnbound(reader: Reader, node: ReadNode, p: number): number {
  const c = reader.d.scan.bytes[p]!;
  if (c === 0x7b && node.keys !== undefined) return readObject(reader, node, p);
  if (c === 0x7b && node.value !== undefined) return readMap(reader, node, undefined, p);
  if (c === 0x5b && node.element !== undefined) return readElements(reader, node.element, p);
  return skipValue(reader.d.scan, p);
}

/** Does the contract read only parts of the value at `p`? Then what is unread in it goes under its name. */
export function isPartly(node: ReadNode, c: number): boolean {
  if (!node.tracksUnread) return false;
  return c === 0x7b ? node.keys !== undefined || node.value !== undefined : c === 0x5b && node.element !== undefined;
}

/** An element of a list, with the bookkeeping of unread members. */
export function readElement(reader: Reader, node: ReadNode, p: number): number {
  const { unread, scan } = reader.d;
  const c = scan.bytes[p]!;
  if (!isPartly(node, c)) {
    passUnread(unread);
    return readNode(reader, node, p);
  }
  enterUnread(unread, { isArray: c === 0x5b, nameStart: -1, nameEnd: -1 });
  const end = readNode(reader, node, p);
  leaveUnread(unread);
  return end;
}

function readElements(reader: Reader, element: ReadNode, p: number): number {
  const { scan } = reader.d;
  const b = scan.bytes;
  p = enter(scan, p);
  if (p < 0) return FAULT;
  p = skipSpace(b, p);
  if (b[p] !== 0x5d) {
    for (;;) {
      p = readElement(reader, element, p);
      if (p < 0) return FAULT;
      p = skipSpace(b, p);
      if (b[p] === 0x5d) break;
      if (b[p] !== 0x2c) return fault(scan, p);
      p = skipSpace(b, p + 1);
    }
  }
  scan.depth--;
  return p + 1;
}
