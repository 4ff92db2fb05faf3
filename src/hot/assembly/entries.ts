// Arrays into list cells, objects into map cells: the entries are rows of the child set, contiguous per list because a list is complete
// before the next one of its column begins.
import { CELL_CHECKS_KEYS, CELL_CHILD_SET, CELL_FIRST, CELL_ID, CELL_SECOND, NODE_ELEMENT, NODE_VALUE, SET_ROW } from '../layout.ts';
import { acceptCell, isPresent, rowOf, storeView } from './accept.ts';
import { distinct } from './host.ts';
import { dropKeys, keyTop } from './keys.ts';
import { noteValue } from './notes.ts';
import { storeText } from './scalar.ts';
import { expectColon, isAscii, skipSpace } from './scan.ts';
import { beginRow, countAbsent } from './scope.ts';
import { enter, leave, scanKey } from './skip.ts';
import { setText } from './text.ts';
import { isRequired, readElement, readMember } from './value.ts';

/** `p` is at the opening bracket. */
export function readList(node: usize, cell: usize, p: usize): usize {
  const child: usize = load<u32>(cell, CELL_CHILD_SET);
  const element: usize = load<u32>(cell, CELL_FIRST);
  const elementNode: usize = load<u32>(node, NODE_ELEMENT);
  const start = p;
  const first = load<u32>(child, SET_ROW);
  if (!enter()) return 0;
  p = skipSpace(p + 1);
  if (load<u8>(p) !== 0x5d) {
    for (;;) {
      if (!beginRow(child)) return 0;
      p = readElement(elementNode, p);
      if (p === 0 || !settle(element)) return 0;
      store<u32>(child, load<u32>(child, SET_ROW) + 1, SET_ROW);
      p = skipSpace(p);
      const c: u32 = load<u8>(p);
      if (c === 0x5d) break;
      if (c !== 0x2c) return 0;
      p = skipSpace(p + 1);
    }
  }
  leave();
  return close(cell, first) && (acceptCell(cell) || noteValue(cell, start, p + 1)) ? p + 1 : 0;
}

/** An entry's cell without a value: counted, and not settled where one is required. */
function settle(cell: usize): bool {
  if (isPresent(cell)) return true;
  countAbsent();
  return !isRequired(cell);
}

/** False when a map's keys are equal as values. */
function close(cell: usize, first: u32): bool {
  storeView(cell, first, load<u32>(load<u32>(cell, CELL_CHILD_SET), SET_ROW) - first);
  return load<u32>(cell, CELL_CHECKS_KEYS) === 0 || distinct(load<u32>(cell, CELL_ID), rowOf(cell)) !== 0;
}

/** `p` is at the opening brace. Without a cell (a map that another column has taken) the values are only walked through. */
export function readMap(node: usize, cell: usize, p: usize): usize {
  const child: usize = cell === 0 ? 0 : load<u32>(cell, CELL_CHILD_SET);
  const first = cell === 0 ? 0 : load<u32>(child, SET_ROW);
  const start = p;
  if (!enter()) return 0;
  const base = keyTop;
  p = skipSpace(p + 1);
  if (load<u8>(p) !== 0x7d) {
    for (;;) {
      if (cell !== 0 && !beginRow(child)) return 0;
      p = readEntry(node, cell, p, base);
      if (p === 0) return 0;
      if (cell !== 0) store<u32>(child, load<u32>(child, SET_ROW) + 1, SET_ROW);
      p = skipSpace(p);
      const c: u32 = load<u8>(p);
      if (c === 0x7d) break;
      if (c !== 0x2c) return 0;
      p = skipSpace(p + 1);
    }
  }
  dropKeys(base);
  leave();
  if (cell === 0) return p + 1;
  return close(cell, first) && (acceptCell(cell) || noteValue(cell, start, p + 1)) ? p + 1 : 0;
}

function readEntry(node: usize, cell: usize, p: usize, base: usize): usize {
  const nameEnd = scanKey(p, base);
  if (nameEnd === 0) return 0;
  if (cell !== 0) {
    setText(p + 1, <u32>(nameEnd - p - 2), isAscii);
    if (!storeText(load<u32>(cell, CELL_FIRST))) return 0;
  }
  const from = expectColon(nameEnd);
  if (from === 0) return 0;
  const end = readMember(load<u32>(node, NODE_VALUE), from, p, nameEnd);
  if (end === 0 || cell === 0) return end;
  return settle(load<u32>(cell, CELL_FIRST)) && settle(load<u32>(cell, CELL_SECOND)) ? end : 0;
}

/** An array that no cell takes, of whose elements parts are read. */
export function readElements(element: usize, p: usize): usize {
  if (!enter()) return 0;
  p = skipSpace(p + 1);
  if (load<u8>(p) !== 0x5d) {
    for (;;) {
      p = readElement(element, p);
      if (p === 0) return 0;
      p = skipSpace(p);
      const c: u32 = load<u8>(p);
      if (c === 0x5d) break;
      if (c !== 0x2c) return 0;
      p = skipSpace(p + 1);
    }
  }
  leave();
  return p + 1;
}
