// Members of a message that the contract does not name, gathered in the order they come into one JSON object with their raw
// texts (CONTRACT.md, `firn.undeclared`). Members of a partly read object go under its name; in a list of objects, elements with
// nothing unread are `null`, so positions keep. Containers are opened only when the first unread member in them appears.
// Upholds promise 9: nothing is dropped without being counted.

interface Level {
  isArray: boolean;
  isOpen: boolean;
  /** Raw name with its quotes; nameStart −1 for elements of a list. */
  nameStart: number;
  nameEnd: number;
  /** Members or elements written. */
  written: number;
  /** Elements passed, the current one included. */
  elements: number;
}

export interface Unread {
  /** Unread members of the record. */
  count: number;
  /** Off while a value is read a second time. */
  isOn: boolean;
  /** Should the text be gathered, or members only be counted? */
  keepsText: boolean;
  text: Buffer;
  top: number;
  depth: number;
  readonly levels: Level[];
}

export function makeUnread(): Unread {
  return { count: 0, isOn: true, keepsText: false, text: Buffer.allocUnsafe(1024), top: 0, depth: 0, levels: [makeLevel()] };
}

function makeLevel(): Level {
  return { isArray: false, isOpen: false, nameStart: -1, nameEnd: -1, written: 0, elements: 0 };
}

export function startUnread(u: Unread): void {
  u.count = 0;
  u.isOn = true;
  u.top = 0;
  u.depth = 0;
  const root = u.levels[0]!;
  root.isOpen = false;
  root.written = 0;
}

/** Goes into a container that is only partly read; −1 as `nameStart` for an element of a list. */
export function enterUnread(
  u: Unread,
  container: { readonly isArray: boolean; readonly nameStart: number; readonly nameEnd: number },
): void {
  const parent = u.levels[u.depth]!;
  if (parent.isArray) parent.elements++;
  const level = (u.levels[++u.depth] ??= makeLevel());
  level.isArray = container.isArray;
  level.isOpen = false;
  level.nameStart = container.nameStart;
  level.nameEnd = container.nameEnd;
  level.written = 0;
  level.elements = 0;
}

/** Passes an element of a list that is no container. */
export function passUnread(u: Unread): void {
  u.levels[u.depth]!.elements++;
}

export function leaveUnread(u: Unread): void {
  const level = u.levels[u.depth--]!;
  if (!level.isOpen) return;
  if (level.isArray) fillNulls(u, level, level.elements);
  put(u, level.isArray ? CLOSE_ARRAY : CLOSE_OBJECT);
}

/** Notes an unread member: raw key (with quotes) and raw value. */
export function noteUnread(
  u: Unread,
  bytes: Buffer,
  member: { readonly keyStart: number; readonly keyEnd: number; readonly valueStart: number; readonly valueEnd: number },
): void {
  if (!u.isOn) return;
  u.count++;
  if (!u.keepsText) return;
  open(u, u.depth, bytes);
  const level = u.levels[u.depth]!;
  if (level.written++ > 0) put(u, COMMA);
  putRaw(u, bytes, member.keyStart, member.keyEnd);
  put(u, COLON);
  putRaw(u, bytes, member.valueStart, member.valueEnd);
}

/** The gathered text of the record; empty when nothing is unread. */
export function finishUnread(u: Unread): Buffer {
  if (u.levels[0]!.isOpen) {
    u.levels[0]!.isOpen = false;
    put(u, CLOSE_OBJECT);
  }
  return u.text.subarray(0, u.top);
}

const CLOSE_OBJECT = Buffer.from('}');
const CLOSE_ARRAY = Buffer.from(']');
const OPEN_OBJECT = Buffer.from('{');
const OPEN_ARRAY = Buffer.from('[');
const COMMA = Buffer.from(',');
const COLON = Buffer.from(':');
const NULL_TEXT = Buffer.from('null');

function open(u: Unread, depth: number, bytes: Buffer): void {
  const level = u.levels[depth]!;
  if (level.isOpen) return;
  level.isOpen = true;
  if (depth > 0) {
    open(u, depth - 1, bytes);
    const parent = u.levels[depth - 1]!;
    if (parent.isArray) fillNulls(u, parent, parent.elements - 1);
    if (parent.written++ > 0) put(u, COMMA);
    if (level.nameStart >= 0) {
      putRaw(u, bytes, level.nameStart, level.nameEnd);
      put(u, COLON);
    }
  }
  put(u, level.isArray ? OPEN_ARRAY : OPEN_OBJECT);
}

function fillNulls(u: Unread, level: Level, count: number): void {
  while (level.written < count) {
    if (level.written++ > 0) put(u, COMMA);
    putRaw(u, NULL_TEXT, 0, NULL_TEXT.length);
  }
}

function put(u: Unread, text: Buffer): void {
  putRaw(u, text, 0, text.length);
}

function putRaw(u: Unread, from: Buffer, start: number, end: number): void {
  const size = end - start;
  if (u.top + size > u.text.length) {
    const grown = Buffer.allocUnsafe(Math.max(u.text.length * 2, u.top + size));
    u.text.copy(grown, 0, 0, u.top);
    u.text = grown;
  }
  from.copy(u.text, u.top, start, end);
  u.top += size;
}
