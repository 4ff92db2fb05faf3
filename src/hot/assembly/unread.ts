// Members of a message that the contract does not name, gathered into one JSON object with their raw texts, as pipeline/unread.ts does
// it: members of a partly read object under its name, lists of objects with `null` for elements that have none.
import { LEVEL_BYTES, LEVEL_ELEMENTS, LEVEL_IS_LIST, LEVEL_IS_OPEN, LEVEL_NAME, LEVEL_NAME_END, LEVEL_WRITTEN } from '../layout.ts';
import { H_LEVELS, H_UNDECLARED, H_UNREAD_END, H_UNREAD_TEXT, UNDECLARED_CAPTURE } from '../layout-header.ts';
import { copyText } from './text.ts';

/** Unread members of the record. */
export let unreadCount: u32 = 0;
/** Start and end of the gathered text. */
export let unreadText: usize = 0;
export let unreadTop: usize = 0;

let end: usize = 0;
let level: usize = 0;
let root: usize = 0;
let keepsText: bool = false;
/** Off while a value is read a second time. */
let isOn: bool = true;
/** The text had no room; the record is then not settled. */
let isFull: bool = false;

/** Once a call, with the batch's memory. */
export function openUnread(header: usize): void {
  keepsText = load<u32>(header, H_UNDECLARED) === UNDECLARED_CAPTURE;
  unreadText = load<u32>(header, H_UNREAD_TEXT);
  end = load<u32>(header, H_UNREAD_END);
  root = load<u32>(header, H_LEVELS);
}

/** Once a message. The outermost level is an object without a name from the beginning; only kept text opens it. */
export function startUnread(): void {
  unreadCount = 0;
  isOn = true;
  level = root;
  if (!keepsText) return;
  isFull = false;
  unreadTop = unreadText;
  resetLevel(0, 0, 0);
}

function resetLevel(isList: u32, name: usize, nameEnd: usize): void {
  store<u32>(level, isList, LEVEL_IS_LIST);
  store<u32>(level, 0, LEVEL_IS_OPEN);
  store<u32>(level, <u32>name, LEVEL_NAME);
  store<u32>(level, <u32>nameEnd, LEVEL_NAME_END);
  store<u32>(level, 0, LEVEL_WRITTEN);
  store<u32>(level, 0, LEVEL_ELEMENTS);
}

/** Switches noting; returns what it was. */
export function switchUnread(on: bool): bool {
  const before = isOn;
  isOn = on;
  return before;
}

/** Goes into a container that is only partly read; 0 as `name` for an element of a list. */
export function enterUnread(isList: u32, name: usize, nameEnd: usize): void {
  if (!keepsText) return;
  passIfList();
  level += LEVEL_BYTES;
  resetLevel(isList, name, nameEnd);
}

function passIfList(): void {
  if (load<u32>(level, LEVEL_IS_LIST) !== 0) passUnread();
}

/** Passes an element of a list that is no container. */
export function passUnread(): void {
  if (!keepsText) return;
  store<u32>(level, load<u32>(level, LEVEL_ELEMENTS) + 1, LEVEL_ELEMENTS);
}

export function leaveUnread(): void {
  if (!keepsText) return;
  const left = level;
  level -= LEVEL_BYTES;
  if (load<u32>(left, LEVEL_IS_OPEN) === 0) return;
  const isList = load<u32>(left, LEVEL_IS_LIST) !== 0;
  if (isList) fillNulls(left, load<u32>(left, LEVEL_ELEMENTS));
  putByte(isList ? 0x5d : 0x7d);
}

/** Notes an unread member: raw name with its quotes, raw value. */
export function noteUnread(key: usize, keyEnd: usize, value: usize, valueEnd: usize): void {
  if (!isOn) return;
  unreadCount++;
  if (!keepsText) return;
  open(level);
  separate(level);
  put(key, keyEnd);
  putByte(0x3a);
  put(value, valueEnd);
}

/** Completes the text; false when it had no room. */
export function finishUnread(): bool {
  if (load<u32>(root, LEVEL_IS_OPEN) !== 0) putByte(0x7d);
  return !isFull;
}

function open(at: usize): void {
  if (load<u32>(at, LEVEL_IS_OPEN) !== 0) return;
  store<u32>(at, 1, LEVEL_IS_OPEN);
  if (at !== root) {
    const parent = at - LEVEL_BYTES;
    open(parent);
    if (load<u32>(parent, LEVEL_IS_LIST) !== 0) fillNulls(parent, load<u32>(parent, LEVEL_ELEMENTS) - 1);
    separate(parent);
    const name: usize = load<u32>(at, LEVEL_NAME);
    if (name !== 0) {
      put(name, load<u32>(at, LEVEL_NAME_END));
      putByte(0x3a);
    }
  }
  putByte(load<u32>(at, LEVEL_IS_LIST) !== 0 ? 0x5b : 0x7b);
}

/** A comma before every member but the first. */
function separate(at: usize): void {
  const written = load<u32>(at, LEVEL_WRITTEN);
  if (written > 0) putByte(0x2c);
  store<u32>(at, written + 1, LEVEL_WRITTEN);
}

function fillNulls(at: usize, count: u32): void {
  while (load<u32>(at, LEVEL_WRITTEN) < count && !isFull) {
    separate(at);
    if (unreadTop + 4 > end) isFull = true;
    else {
      store<u32>(unreadTop, 0x6c6c756e);
      unreadTop += 4;
    }
  }
}

function putByte(c: u32): void {
  if (unreadTop >= end) isFull = true;
  else store<u8>(unreadTop++, <u8>c);
}

function put(from: usize, to: usize): void {
  const size = to - from;
  if (unreadTop + size > end) {
    isFull = true;
    return;
  }
  copyText(unreadTop, from, <u32>size);
  unreadTop += size;
}
