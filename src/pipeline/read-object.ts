// One object of a message: known keys lead to their nodes, unknown members are checked and noted, a repeated key is found in
// either. Keys are compared as bytes; the key that followed last time is tried first (key-table.ts).
import { reserve } from './decoder.ts';
import { findKey, type KeyTable, type KnownKey } from './key-table.ts';
import type { ReadNode } from './read-plan.ts';
import { isPartly, readNode } from './read-value.ts';
import type { Reader } from './reader.ts';
import { openKeys } from './repeated-keys.ts';
import { enter, expectColon, FAULT, fault, hashOf, noteKey, scanKey, skipSpace } from './scan.ts';
import { skipValue } from './skip-value.ts';
import { unescapeBytes } from './unescape.ts';
import { enterUnread, leaveUnread, noteUnread } from './unread.ts';

/** `p` is at the opening brace. Returns the position behind the closing one, or FAULT. */
export function readObject(reader: Reader, node: ReadNode, p: number): number {
  const { scan } = reader.d;
  let b: Uint8Array = scan.bytes;
  const keys = node.keys!;
  p = enter(scan, p);
  if (p < 0) return FAULT;
  const base = openKeys(scan.keys, scan.depth);
  const serial = ++reader.d.serial;
  let previous = keys.head;
  if (b[p]! <= 0x20) p = skipSpace(b, p);
  if (b[p] !== 0x7d) {
    for (;;) {
      if (b[p] !== 0x22) return fault(scan, p);
      const guess = previous.next;
      let key: KnownKey | undefined;
      let end: number;
      if (guess !== undefined && b[p + 1 + guess.length] === 0x22 && startsWith(b, p + 1, guess.bytes)) {
        key = guess;
        end = p + guess.length + 2;
      } else {
        end = scanKey(scan, p + 1);
        if (end < 0) return FAULT;
        key = scan.hasEscape ? findEscaped(reader, keys, p + 1, end - 1) : findKey(keys, b, p + 1, end - 1, scan.keyHash);
        if (key === undefined) noteKey(scan, p + 1, end - 1, base);
        else if (key.isPlain) previous.next = key;
      }
      const keyStart = p;
      p = b[end] === 0x3a && b[end + 1]! > 0x20 ? end + 1 : expectColon(scan, end);
      if (p < 0) return FAULT;
      reader.d.keyStart = keyStart;
      reader.d.keyEnd = end;
      if (key === undefined) p = readUnknown(reader, node, p);
      else {
        previous = key;
        if (key.seen === serial) p = readRepeated(reader, keyStart, p);
        else {
          key.seen = serial;
          p = readMember(reader, key.node, p);
        }
      }
      if (p < 0) return FAULT;
      // Reading may have moved the work buffer; what is in front of aux is the same in both.
      b = scan.bytes;
      if (b[p]! <= 0x20) p = skipSpace(b, p);
      if (b[p] === 0x7d) break;
      if (b[p] !== 0x2c) return fault(scan, p);
      p++;
      if (b[p]! <= 0x20) p = skipSpace(b, p);
    }
  }
  scan.keys.top = base;
  scan.depth--;
  return p + 1;
}

function startsWith(b: Uint8Array, p: number, text: Uint8Array): boolean {
  for (let i = 0; i < text.length; i++) if (b[p + i] !== text[i]) return false;
  return true;
}

/** A key with escapes is looked up by what it says; the bytes are needed only here, so aux is not advanced. */
function findEscaped(reader: Reader, keys: KeyTable, start: number, end: number): KnownKey | undefined {
  const { d } = reader;
  reserve(d, end - start);
  const { bytes } = d.scan;
  const top = unescapeBytes(bytes, start, end, d.auxTop);
  return findKey(keys, bytes, d.auxTop, top, hashOf(bytes, d.auxTop, top));
}

/** A value nobody reads; its key is the one read last. */
function readUnknown(reader: Reader, node: ReadNode, p: number): number {
  const { d } = reader;
  const end = skipValue(d.scan, p);
  if (end >= 0 && node.tracksUnread) {
    noteUnread(d.unread, d.scan.bytes, { keyStart: d.keyStart, keyEnd: d.keyEnd, valueStart: p, valueEnd: end });
  }
  return end;
}

/** The first occurrence counts; this one is checked for its grammar only. */
function readRepeated(reader: Reader, keyStart: number, p: number): number {
  const { scan } = reader.d;
  if (scan.repeatedKeyAt < 0) scan.repeatedKeyAt = keyStart;
  return skipValue(scan, p);
}

function readMember(reader: Reader, node: ReadNode, p: number): number {
  const { d } = reader;
  const c = d.scan.bytes[p]!;
  // Only a step on the way to others, and no object: nobody reads it.
  if (!node.isRead && c !== 0x7b && c !== 0x6e) return readUnknown(reader, node, p);
  if (!isPartly(node, c)) return readNode(reader, node, p);
  enterUnread(d.unread, { isArray: c === 0x5b, nameStart: d.keyStart, nameEnd: d.keyEnd });
  const end = readNode(reader, node, p);
  leaveUnread(d.unread);
  return end;
}
