// Arrays into list cells, objects into map cells: the entries are rows of the child set, contiguous per list because a list is
// complete before the next one of its column begins.
import { beginRow, restoreRows, type SetBuilder, saveRows } from './builders.ts';
import { type Cell, OP, STATE } from './cells.ts';
import { distinctElements } from './distinct.ts';
import type { ReadNode } from './read-plan.ts';
import { acceptCell, failSurrogate, failType, readKeyText } from './read-scalar.ts';
import { isPartly, readElement, readNode } from './read-value.ts';
import { type Reader, settleAbsent } from './reader.ts';
import { openKeys } from './repeated-keys.ts';
import { enter, expectColon, FAULT, fault, noteKey, scanKey, skipSpace } from './scan.ts';
import { enterUnread, leaveUnread } from './unread.ts';

/** `p` is at the opening bracket. */
export function readList(reader: Reader, node: ReadNode, cell: Cell, p: number): number {
  const { scan } = reader.d;
  const child = cell.column.child!;
  const element = cell.children[0]!;
  const open = openEntries(cell, child);
  p = enter(scan, p);
  if (p < 0) return FAULT;
  p = skipSpace(scan.bytes, p);
  if (scan.bytes[p] !== 0x5d) {
    for (;;) {
      beginRow(child);
      element.state = STATE.missing;
      p = readElement(reader, node.element!, p);
      if (p < 0) return FAULT;
      settle(reader, element);
      child.row++;
      p = skipSpace(scan.bytes, p);
      if (scan.bytes[p] === 0x5d) break;
      if (scan.bytes[p] !== 0x2c) return fault(scan, p);
      p = skipSpace(scan.bytes, p + 1);
    }
  }
  scan.depth--;
  closeEntries(reader, cell, open);
  return p + 1;
}

/** `p` is at the opening brace. Without a cell (a map that another column has taken) the values are only walked through. */
export function readMap(reader: Reader, node: ReadNode, cell: Cell | undefined, p: number): number {
  const { scan } = reader.d;
  const open = cell && openEntries(cell, cell.column.child!);
  p = enter(scan, p);
  if (p < 0) return FAULT;
  const base = openKeys(scan.keys, scan.depth);
  p = skipSpace(scan.bytes, p);
  if (scan.bytes[p] !== 0x7d) {
    for (;;) {
      p = readEntry(reader, node, { cell, p, base });
      if (p < 0) return FAULT;
      p = skipSpace(scan.bytes, p);
      if (scan.bytes[p] === 0x7d) break;
      if (scan.bytes[p] !== 0x2c) return fault(scan, p);
      p = skipSpace(scan.bytes, p + 1);
    }
  }
  scan.keys.top = base;
  scan.depth--;
  if (cell && open) closeEntries(reader, cell, open);
  return p + 1;
}

function readEntry(
  reader: Reader,
  node: ReadNode,
  at: { readonly cell: Cell | undefined; readonly p: number; readonly base: number },
): number {
  const { d } = reader;
  const { scan } = d;
  const { cell, p, base } = at;
  if (scan.bytes[p] !== 0x22) return fault(scan, p);
  const before = scan.loneSurrogates;
  const end = scanKey(scan, p + 1);
  if (end < 0) return FAULT;
  noteKey(scan, p + 1, end - 1, base);
  const { hasEscape } = scan;
  const [key, value] = cell?.children ?? [];
  if (cell && key && value) {
    beginRow(cell.column.child!);
    key.state = STATE.missing;
    value.state = STATE.missing;
    if (scan.loneSurrogates !== before) failSurrogate(d, key);
    else readKeyText(d, key, { start: p + 1, end: end - 1, hasEscape });
  }
  const from = expectColon(scan, end);
  const valueEnd = from < 0 ? FAULT : readMapValue(reader, node.value!, { nameStart: p, nameEnd: end, from });
  if (valueEnd < 0) return FAULT;
  if (cell && key && value) {
    settle(reader, key);
    settle(reader, value);
    cell.column.child!.row++;
  }
  return valueEnd;
}

function readMapValue(
  reader: Reader,
  node: ReadNode,
  at: { readonly nameStart: number; readonly nameEnd: number; readonly from: number },
): number {
  const { unread, scan } = reader.d;
  const c = scan.bytes[at.from]!;
  if (!isPartly(node, c)) return readNode(reader, node, at.from);
  enterUnread(unread, { isArray: c === 0x5b, nameStart: at.nameStart, nameEnd: at.nameEnd });
  const end = readNode(reader, node, at.from);
  leaveUnread(unread);
  return end;
}

function settle(reader: Reader, cell: Cell): void {
  if (cell.state !== STATE.present && cell.state !== STATE.failed) settleAbsent(reader.d, cell);
}

interface OpenEntries {
  readonly first: number;
  /** Row of the list's own set. */
  readonly row: number;
  /** Rows of all sets below, for cells whose value may be taken back. */
  readonly saved: readonly number[] | undefined;
}

function openEntries(cell: Cell, child: SetBuilder): OpenEntries {
  const mayVanish = cell.op === OP.map || cell.constraints.some(({ check }) => check.action === 'null-field');
  return { first: child.row, row: cell.set.row, saved: mayVanish ? saveRows(child) : undefined };
}

function closeEntries(reader: Reader, cell: Cell, open: OpenEntries): void {
  const { d } = reader;
  const { column, set } = cell;
  const child = column.child!;
  column.start[set.row] = open.first;
  column.length[set.row] = child.row - open.first;
  // Keys that were distinct as sent may be equal once cleaned or read as numbers.
  if (cell.op === OP.map && !distinctKeys(cell, d.scan.bytes)) failType(d, cell, 'equal keys');
  else acceptCell(d, cell);
  if (cell.state === STATE.nulled && open.saved) restoreRows(child, open.saved);
}

function distinctKeys(cell: Cell, bytes: Buffer): boolean {
  const key = cell.children[0]!;
  const isAsSent = key.op === OP.string && key.clean.steps.length === 0;
  return isAsSent || distinctElements(cell.column, bytes, { row: cell.set.row, ignoresNulls: true });
}
