// Member names: known ones are found in the node's table, unknown ones are kept while their object is open to find a repeated one.
import { KEY_ENTRY_BYTES, KEY_HASH, KEY_LENGTH, KEY_TEXT, KEYS_MASK, KEYS_SLOTS, UNKNOWN_KEYS_MAX } from '../layout.ts';
import { H_KEY_STACK, H_KEY_STACK_END } from '../layout-header.ts';
import { hashBytes, isSameText } from './scan.ts';

/** Unknown keys of the open objects; those of the innermost are at the top. */
export let keyTop: usize = 0;
let keyEnd: usize = 0;

export function startKeys(header: usize): void {
  keyTop = load<u32>(header, H_KEY_STACK);
  keyEnd = load<u32>(header, H_KEY_STACK_END);
}

/** Forgets the keys noted since `top`. */
export function dropKeys(top: usize): void {
  keyTop = top;
}

/** Is `"name":` of the key at `p`? */
export function isKeyAt(key: usize, p: usize): bool {
  return isSameText(p, key + KEY_TEXT, load<u32>(key, KEY_LENGTH) + 3);
}

/** The known key with this text, 0 for none. */
export function findKey(table: usize, start: usize, length: u32): usize {
  const hash = hashBytes(start, length);
  const mask = load<u32>(table, KEYS_MASK);
  let at = hash & mask;
  while (true) {
    const key: usize = load<u32>(table + ((<usize>at) << 2), KEYS_SLOTS);
    if (key === 0) return 0;
    const isLike = load<u32>(key, KEY_HASH) === hash && load<u32>(key, KEY_LENGTH) === length;
    if (isLike && isSameText(start, key + KEY_TEXT + 1, length)) return key;
    at = (at + 1) & mask;
  }
}

/** Notes an unknown key of the object whose keys begin at `base`; false when it is repeated or there are too many to tell. */
export function noteKey(start: usize, length: u32, base: usize): bool {
  const hash = hashBytes(start, length);
  for (let at = base; at < keyTop; at += KEY_ENTRY_BYTES) {
    if (load<u32>(at, 8) === hash && load<u32>(at, 4) === length && isSameText(load<u32>(at), start, length)) return false;
  }
  if (<i32>(keyTop - base) >= UNKNOWN_KEYS_MAX * KEY_ENTRY_BYTES || keyTop + KEY_ENTRY_BYTES > keyEnd) return false;
  store<u32>(keyTop, <u32>start);
  store<u32>(keyTop, length, 4);
  store<u32>(keyTop, hash, 8);
  keyTop += KEY_ENTRY_BYTES;
  return true;
}
