// One object of a message: known keys lead to their nodes, unknown members are checked and noted, a repeated key leaves the record to
// the plain path. The key that followed last time is compared first, with its quotes and colon, 16 bytes at once.
import {
  KEY_IS_PLAIN,
  KEY_LENGTH,
  KEY_NEXT,
  KEY_NODE,
  KEY_SEEN,
  NODE_CELL,
  NODE_FLAGS,
  NODE_IS_SCALAR,
  NODE_IS_TEXT,
  NODE_KEYS,
  NODE_TRACKS_UNREAD,
} from '../layout.ts';
import { dropKeys, findKey, isKeyAt, keyTop, noteKey } from './keys.ts';
import { readPlainText } from './scalar.ts';
import { expectColon, hasEscape, scanString, skipSpace } from './scan.ts';
import { enter, leave, skipValue } from './skip.ts';
import { noteUnread } from './unread.ts';
import { isWanted, readMember, readScalar } from './value.ts';

/** Distinguishes objects, to find a repeated known key. */
let serial: u32 = 0;

/** `p` is at the opening brace. Returns the position behind the closing one. */
export function readObject(node: usize, p: usize): usize {
  if (!enter()) return 0;
  const base = keyTop;
  const own = ++serial;
  let previous: usize = load<u32>(node, NODE_KEYS);
  p = skipSpace(p + 1);
  if (load<u8>(p) !== 0x7d) {
    for (;;) {
      let key: usize = load<u32>(previous, KEY_NEXT);
      let nameEnd: usize;
      const name = p;
      if (key !== 0 && isKeyAt(key, p)) {
        nameEnd = p + load<u32>(key, KEY_LENGTH) + 2;
        p = nameEnd + 1;
        if (load<u8>(p) <= 0x20) p = skipSpace(p);
      } else {
        nameEnd = scanName(p);
        if (nameEnd === 0) return 0;
        key = findKey(load<u32>(node, NODE_KEYS), p + 1, <u32>(nameEnd - p - 2));
        if (key !== 0) {
          if (load<u32>(key, KEY_IS_PLAIN) !== 0) store<u32>(previous, <u32>key, KEY_NEXT);
        } else if (!noteKey(p + 1, <u32>(nameEnd - p - 2), base)) return 0;
        p = expectColon(nameEnd);
        if (p === 0) return 0;
      }
      if (key !== 0) {
        if (load<u32>(key, KEY_SEEN) === own) return 0;
        store<u32>(key, own, KEY_SEEN);
        previous = key;
      }
      p = key !== 0 ? readKnown(node, load<u32>(key, KEY_NODE), p, name, nameEnd) : readUnknown(node, p, name, nameEnd);
      if (p === 0) return 0;
      if (load<u8>(p) <= 0x20) p = skipSpace(p);
      const c: u32 = load<u8>(p);
      if (c === 0x7d) break;
      if (c !== 0x2c) return 0;
      p++;
      if (load<u8>(p) <= 0x20) p = skipSpace(p);
    }
  }
  dropKeys(base);
  leave();
  return p + 1;
}

/** The name at `p`; one with escapes is the plain path's to compare. */
function scanName(p: usize): usize {
  if (load<u8>(p) !== 0x22) return 0;
  const end = scanString(p + 1);
  return hasEscape ? 0 : end;
}

function readKnown(parent: usize, node: usize, p: usize, name: usize, nameEnd: usize): usize {
  const flags = load<u32>(node, NODE_FLAGS);
  if ((flags & NODE_IS_SCALAR) !== 0) {
    const cell: usize = load<u32>(node, NODE_CELL);
    return (flags & NODE_IS_TEXT) !== 0 && load<u8>(p) === 0x22 ? readPlainText(cell, p) : readScalar(cell, p);
  }
  return isWanted(node, p) ? readMember(node, p, name, nameEnd) : readUnknown(parent, p, name, nameEnd);
}

/** A value nobody reads. */
function readUnknown(parent: usize, p: usize, name: usize, nameEnd: usize): usize {
  const end = skipValue(p);
  if (end !== 0 && (load<u32>(parent, NODE_FLAGS) & NODE_TRACKS_UNREAD) !== 0) noteUnread(name, nameEnd, p, end);
  return end;
}
