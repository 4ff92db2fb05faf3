// One object of a message: known keys lead to who reads their values, unknown members are checked and noted, a repeated key leaves the
// record to the plain path. The loop holds the reader of plain text; every other value is one call away.
import {
  KEY_CELL,
  KEY_KIND,
  KEY_LENGTH,
  KEY_NODE,
  KEY_SEEN,
  KIND_NODE,
  KIND_SCALAR,
  KIND_TEXT,
  NODE_FLAGS,
  NODE_KEYS,
  NODE_TRACKS_UNREAD,
} from '../layout.ts';
import { dropKeys, findKey, followerAt, keyTop, nameEnd, nextSerial, STRANGER } from './keys.ts';
import { readKind, readPlainText } from './quick.ts';
import { expectColon, pastSpace } from './scan.ts';
import { enter, leave, skipValue } from './skip.ts';
import { noteUnread } from './unread.ts';
import { isWanted, readMember } from './value.ts';

/** `p` is at the opening brace. Returns the position behind the closing one. */
export function readObject(node: usize, p: usize): usize {
  if (!enter()) return 0;
  const base = keyTop;
  const own = nextSerial();
  let previous: usize = load<u32>(node, NODE_KEYS);
  p = pastSpace(p + 1);
  if (load<u8>(p) !== 0x7d) {
    for (;;) {
      const name = p;
      let end: usize;
      let key = followerAt(previous, p);
      if (key !== 0) {
        end = p + load<u32>(key, KEY_LENGTH) + 2;
        p = pastSpace(end + 1);
        previous = key;
      } else {
        key = findKey(load<u32>(node, NODE_KEYS), previous, p, base);
        if (key === 0) return 0;
        end = nameEnd;
        p = expectColon(end);
        if (p === 0) return 0;
        if (key !== STRANGER) previous = key;
      }
      if (load<u32>(key, KEY_SEEN) === own) return 0;
      store<u32>(key, own, KEY_SEEN);
      const isText = load<u32>(key, KEY_KIND) === KIND_TEXT && load<u8>(p) === 0x22;
      p = isText ? readPlainText(load<u32>(key, KEY_CELL), p) : readValue(node, key, p, name, end);
      if (p === 0) return 0;
      p = pastSpace(p);
      const c: u32 = load<u8>(p);
      if (c === 0x7d) break;
      if (c !== 0x2c) return 0;
      p = pastSpace(p + 1);
    }
  }
  dropKeys(base);
  leave();
  return p + 1;
}

function readValue(parent: usize, key: usize, p: usize, name: usize, end: usize): usize {
  const kind: i32 = load<u32>(key, KEY_KIND);
  const cell: usize = load<u32>(key, KEY_CELL);
  if (kind >= KIND_SCALAR) return readKind(kind, cell, p);
  if (kind === KIND_NODE) {
    const node: usize = load<u32>(key, KEY_NODE);
    if (isWanted(node, p)) return readMember(node, p, name, end);
  }
  return readUnknown(parent, p, name, end);
}

/** A value nobody reads. */
function readUnknown(parent: usize, p: usize, name: usize, end: usize): usize {
  const behind = skipValue(p);
  if (behind !== 0 && (load<u32>(parent, NODE_FLAGS) & NODE_TRACKS_UNREAD) !== 0) noteUnread(name, end, p, behind);
  return behind;
}
