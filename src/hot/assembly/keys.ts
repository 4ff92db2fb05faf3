// Member names. The key that followed last time is compared first, with its quotes and colon, 16 bytes at once. Known keys are found in
// their node's table; others are learnt, so that next time they are as quick; those that cannot be learnt (too long, too many) are noted
// while their object is open, to find a repeated one.
import { KEY_HASH, KEY_LENGTH, KEY_MASK, KEY_NEXT, KEY_OTHER, KEY_OWNER, KEY_SEEN, KEY_TEXT, KEYS_MASK, KEYS_SLOTS } from '../layout.ts';
import { H_FIRSTS, H_KEY_STACK, H_KEY_STACK_END, H_LEARNT } from '../layout-header.ts';
import {
  KEY_ENTRY_BYTES,
  LEARNT_BYTES,
  LEARNT_COUNT,
  LEARNT_ENTRY_BYTES,
  LEARNT_KEYS_MAX,
  LEARNT_SLOTS,
  LEARNT_SLOTS_MAX,
  LEARNT_TEXT_MAX,
  UNKNOWN_KEYS_MAX,
} from '../layout-keys.ts';
import { hasEscape, hashBytes, isSameText, scanString } from './scan.ts';

/** Unknown keys of the open objects; those of the innermost are at the top. */
export let keyTop: usize = 0;
let keyBase: usize = 0;
let keyEnd: usize = 0;
let learnt: usize = 0;
/** Keys that come first in objects without a plan, by depth. */
export let firsts: usize = 0;

/** End of the name that `findKey` or `learnKey` read. */
export let nameEnd: usize = 0;

/** Stands for every key that is only noted. */
export const STRANGER: usize = memory.data(64, 16);

let serial: u32 = 0;

/** A number for an object, to find a repeated key in it. */
export function nextSerial(): u32 {
  return ++serial;
}

/** Once a call, with the batch's memory. */
export function openKeys(header: usize): void {
  keyBase = load<u32>(header, H_KEY_STACK);
  keyEnd = load<u32>(header, H_KEY_STACK_END);
  learnt = load<u32>(header, H_LEARNT);
  firsts = load<u32>(header, H_FIRSTS);
}

/** Once a message. @inline */
export function startKeys(): void {
  keyTop = keyBase;
}

/** Forgets the keys noted since `top`. */
export function dropKeys(top: usize): void {
  keyTop = top;
}

/** Is `"name":` of the key at `p`? @inline */
function isKeyAt(key: usize, p: usize): bool {
  const differing = v128.and(v128.xor(v128.load(p), v128.load(key, KEY_TEXT)), v128.load(key, KEY_MASK));
  if (v128.any_true(differing)) return false;
  const length = load<u32>(key, KEY_LENGTH);
  return length <= 13 || isSameText(p + 16, key + KEY_TEXT + 16, length - 13);
}

/** The key at `p`, if it is one that followed `previous` before; else 0. @inline */
export function followerAt(previous: usize, p: usize): usize {
  const next: usize = load<u32>(previous, KEY_NEXT);
  if (next !== 0 && isKeyAt(next, p)) return next;
  return otherFollower(previous, p);
}

function otherFollower(previous: usize, p: usize): usize {
  const other: usize = load<u32>(previous, KEY_OTHER);
  if (other === 0 || !isKeyAt(other, p)) return 0;
  store<u32>(previous, load<u32>(previous, KEY_NEXT), KEY_OTHER);
  store<u32>(previous, <u32>other, KEY_NEXT);
  return other;
}

/** The key whose name is at `p`, known to the table, learnt or noted; 0 leaves the record to the plain path (an escape, a repeated key …). */
export function findKey(table: usize, previous: usize, p: usize, base: usize): usize {
  if (!scanName(p)) return 0;
  const length = <u32>(nameEnd - p - 2);
  const hash = hashBytes(p + 1, length);
  const mask = load<u32>(table, KEYS_MASK);
  let at = hash & mask;
  while (true) {
    const key: usize = load<u32>(table + ((<usize>at) << 2), KEYS_SLOTS);
    if (key === 0) return findLearnt(<u32>table, previous, p, hash, base);
    const isLike = load<u32>(key, KEY_HASH) === hash && load<u32>(key, KEY_LENGTH) === length;
    if (isLike && isSameText(p + 1, key + KEY_TEXT + 1, length)) return follow(previous, key);
    at = (at + 1) & mask;
  }
}

/** The same in an object without a plan, `depth` deep: no two open objects are equally deep, so a key is repeated when it was seen in its own. */
export function learnKey(depth: u32, previous: usize, p: usize, base: usize): usize {
  if (!scanName(p)) return 0;
  return findLearnt(depth, previous, p, hashBytes(p + 1, <u32>(nameEnd - p - 2)), base);
}

/** A name with escapes is the plain path's to compare. */
function scanName(p: usize): bool {
  if (load<u8>(p) !== 0x22) return false;
  nameEnd = scanString(p + 1);
  return nameEnd !== 0 && !hasEscape;
}

/** `key` is expected behind `previous` from now on. */
function follow(previous: usize, key: usize): usize {
  if (load<u32>(previous, KEY_NEXT) === 0) store<u32>(previous, <u32>key, KEY_NEXT);
  else store<u32>(previous, <u32>key, KEY_OTHER);
  return key;
}

function findLearnt(owner: u32, previous: usize, p: usize, hash: u32, base: usize): usize {
  const length = <u32>(nameEnd - p - 2);
  let at = (hash ^ (owner * 0x9e3779b1)) & (LEARNT_SLOTS_MAX - 1);
  while (true) {
    const slot = learnt + LEARNT_SLOTS + ((<usize>at) << 2);
    const key: usize = load<u32>(slot);
    if (key === 0) {
      const made = makeKey(slot, owner, p, length, hash);
      if (made !== 0) return follow(previous, made);
      return noteKey(p + 1, length, base) ? STRANGER : 0;
    }
    const isLike = load<u32>(key, KEY_HASH) === hash && load<u32>(key, KEY_OWNER) === owner && load<u32>(key, KEY_LENGTH) === length;
    if (isLike && isSameText(p + 1, key + KEY_TEXT + 1, length)) return follow(previous, key);
    at = (at + 1) & (LEARNT_SLOTS_MAX - 1);
  }
}

/** A learnt key; 0 when it is too long, or there are too many. */
function makeKey(slot: usize, owner: u32, p: usize, length: u32, hash: u32): usize {
  const count = load<u32>(learnt, LEARNT_COUNT);
  if (<i32>length > LEARNT_TEXT_MAX || <i32>count >= LEARNT_KEYS_MAX) return 0;
  const key = learnt + LEARNT_BYTES - LEARNT_KEYS_MAX * LEARNT_ENTRY_BYTES + <usize>count * LEARNT_ENTRY_BYTES;
  store<u32>(learnt, count + 1, LEARNT_COUNT);
  store<u32>(key, length, KEY_LENGTH);
  store<u32>(key, hash, KEY_HASH);
  store<u32>(key, owner, KEY_OWNER);
  memory.copy(key + KEY_TEXT, p, length + 2);
  store<u8>(key + length + 2, 0x3a, KEY_TEXT);
  memory.fill(key + KEY_MASK, 0xff, min<u32>(16, length + 3));
  store<u32>(slot, <u32>key);
  return key;
}

/** Notes a key of the object whose keys begin at `base`; false when it is repeated or there are too many to tell. */
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
  store<u32>(STRANGER, 0, KEY_SEEN);
  return true;
}
