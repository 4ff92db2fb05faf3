// Values of a message into cells, guided by the plan: which reader takes a value, and what happens to one that nobody takes. Positions
// in, positions out; 0 leaves the record to the plain path, which reads it by the same plan (pipeline/read-value.ts).
import {
  CAPTURE_ADDRESS,
  CAPTURE_BYTES,
  CAPTURE_IS_CONDITION,
  CELL_IS_REQUIRED,
  CELL_OP,
  KIND_UNKNOWN,
  NODE_CAPTURE_COUNT,
  NODE_CAPTURES,
  NODE_CELL,
  NODE_ELEMENT,
  NODE_FLAGS,
  NODE_IS_READ,
  NODE_KEYS,
  NODE_KIND,
  NODE_SCOPE,
  NODE_SETTLES,
  NODE_TRACKS_UNREAD,
  NODE_VALUE,
  OP_BOOLEAN,
  OP_JSON_TEXT,
  OP_LIST,
  OP_MAP,
  OP_STRUCT,
} from '../layout.ts';
import { acceptCell, acceptText, slotOf } from './accept.ts';
import { readElements, readList, readMap } from './entries.ts';
import { noteValue } from './notes.ts';
import { readObject } from './object.ts';
import { readKind } from './quick.ts';
import { countNull, readNumber, readText } from './scalar.ts';
import { isNull, skipWord } from './scan.ts';
import { closeScope, openScope } from './scope.ts';
import { skipValue } from './skip.ts';
import { setText } from './text.ts';
import { enterUnread, leaveUnread, passUnread } from './unread.ts';
import { isKnownVariant, isStillVariant, learnVariant } from './variant.ts';

/** A value that one scalar cell takes and nobody else wants. */
export function readScalar(cell: usize, p: usize): usize {
  const c: u32 = load<u8>(p);
  if (c === 0x22) return readText(cell, p);
  if (c === 0x2d || c - 0x30 < 10) return readNumber(cell, p);
  if (c === 0x6e && isNull(p)) {
    countNull(cell);
    return p + 4;
  }
  if (load<u32>(cell, CELL_OP) === OP_BOOLEAN && (c === 0x74 || c === 0x66)) return readBoolean(cell, p);
  return noteRefused(cell, p, skipValue(p));
}

/** Reads the value at `p` for everyone who wants it. */
export function readNode(node: usize, p: usize): usize {
  const cell: usize = load<u32>(node, NODE_CELL);
  const kind: u32 = load<u32>(node, NODE_KIND);
  const end = kind !== KIND_UNKNOWN ? readKind(kind, cell, p) : cell === 0 ? readUnbound(node, p) : readCell(node, cell, p);
  if (end !== 0 && load<u32>(node, NODE_CAPTURE_COUNT) !== 0 && !capture(node, p, end)) return 0;
  return end;
}

/** False when the message is of another variant than it is read as. */
function capture(node: usize, p: usize, end: usize): bool {
  if ((load<u32>(node, NODE_FLAGS) & NODE_SETTLES) === 0) return notePosition(node, p);
  if (isKnownVariant(p)) return true;
  if (!notePosition(node, p)) return false;
  learnVariant(p, end);
  return true;
}

function notePosition(node: usize, p: usize): bool {
  let hasCondition = false;
  const count = load<u32>(node, NODE_CAPTURE_COUNT);
  let capture: usize = load<u32>(node, NODE_CAPTURES);
  for (let i: u32 = 0; i < count; i++, capture += CAPTURE_BYTES) {
    store<u32>(load<u32>(capture, CAPTURE_ADDRESS), <u32>p);
    if (load<u32>(capture, CAPTURE_IS_CONDITION) !== 0) hasCondition = true;
  }
  return !hasCondition || isStillVariant();
}

function readCell(node: usize, cell: usize, p: usize): usize {
  const c: u32 = load<u8>(p);
  const op: i32 = load<u32>(cell, CELL_OP);
  if (c === 0x22 && op < OP_STRUCT && op !== OP_JSON_TEXT) return readText(cell, p);
  if (c === 0x6e) {
    if (!isNull(p)) return 0;
    countNull(cell);
    return p + 4;
  }
  if (op === OP_JSON_TEXT) return readJsonText(node, cell, p);
  if (c === 0x7b) {
    if (op === OP_STRUCT) return readStruct(node, cell, p);
    return op === OP_MAP ? readMap(node, cell, p) : noteRefused(cell, p, readUnbound(node, p));
  }
  if (c === 0x5b && op === OP_LIST) return readList(node, cell, p);
  if ((c === 0x74 || c === 0x66) && op === OP_BOOLEAN) return readBoolean(cell, p);
  if ((c === 0x2d || c - 0x30 < 10) && op < OP_STRUCT) return readNumber(cell, p);
  return noteRefused(cell, p, readUnbound(node, p));
}

/** A value of a kind the cell never takes, which was read as one of nobody. */
function noteRefused(cell: usize, p: usize, end: usize): usize {
  return end !== 0 && noteValue(cell, p, end) ? end : 0;
}

function readBoolean(cell: usize, p: usize): usize {
  const end = skipWord(p);
  if (end === 0) return 0;
  store<u8>(slotOf(cell, 0), load<u8>(p) === 0x74 ? 1 : 0);
  return acceptCell(cell) || noteValue(cell, p, end) ? end : 0;
}

/** The text as sent, whatever its kind. */
function readJsonText(node: usize, cell: usize, p: usize): usize {
  const end = readUnbound(node, p);
  if (end === 0) return 0;
  setText(p, <u32>(end - p), false);
  return (acceptText(cell, p, <u32>(end - p)) && acceptCell(cell)) || noteValue(cell, p, end) ? end : 0;
}

function readStruct(node: usize, cell: usize, p: usize): usize {
  const scope: usize = load<u32>(node, NODE_SCOPE);
  if (!acceptCell(cell)) return 0;
  openScope(scope);
  const end = readObject(node, p);
  return end !== 0 && closeScope(scope) ? end : 0;
}

/** A value that no cell takes as a whole. */
function readUnbound(node: usize, p: usize): usize {
  const c: u32 = load<u8>(p);
  if (c === 0x7b) {
    if (load<u32>(node, NODE_KEYS) !== 0) return readObject(node, p);
    if (load<u32>(node, NODE_VALUE) !== 0) return readMap(node, 0, p);
  } else if (c === 0x5b) {
    const element: usize = load<u32>(node, NODE_ELEMENT);
    if (element !== 0) return readElements(element, p);
  }
  return skipValue(p);
}

/** Does the contract read only parts of the value at `p`? Then what is unread in it goes under its name. */
export function isPartly(node: usize, p: usize): bool {
  if ((load<u32>(node, NODE_FLAGS) & NODE_TRACKS_UNREAD) === 0) return false;
  const c: u32 = load<u8>(p);
  if (c === 0x7b) return (load<u32>(node, NODE_KEYS) | load<u32>(node, NODE_VALUE)) !== 0;
  return c === 0x5b && load<u32>(node, NODE_ELEMENT) !== 0;
}

/** Does a column read the value at `p`, or one inside it? Else it is a member nobody names. */
export function isWanted(node: usize, p: usize): bool {
  const c: u32 = load<u8>(p);
  return (load<u32>(node, NODE_FLAGS) & NODE_IS_READ) !== 0 || c === 0x7b || c === 0x6e;
}

/** A member or map value whose name is at [name, nameEnd). */
export function readMember(node: usize, p: usize, name: usize, nameEnd: usize): usize {
  if (!isPartly(node, p)) return readNode(node, p);
  enterUnread(u32(load<u8>(p) === 0x5b), name, nameEnd);
  const end = readNode(node, p);
  leaveUnread();
  return end;
}

/** An element of a list. */
export function readElement(node: usize, p: usize): usize {
  if (isPartly(node, p)) return readMember(node, p, 0, 0);
  passUnread();
  return readNode(node, p);
}

export function isRequired(cell: usize): bool {
  return load<u32>(cell, CELL_IS_REQUIRED) !== 0;
}
