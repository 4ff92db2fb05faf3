// The keys seen so far in every open object of a message, to find a repeated one. Keys are compared after unescaping. Small
// objects compare hash, then bytes, against a stack of positions; from KEYS_LINEAR_MAX keys or the first escaped key on, an
// object's keys become a Set of strings, whose hashing is seeded: no sender can make a message slow by choice of keys.
import { unescapeToString } from './unescape.ts';

export interface KeySets {
  /** Keys of all open objects; those of the innermost are at the top. */
  top: number;
  start: Uint32Array;
  end: Uint32Array;
  hash: Int32Array;
  /** By depth: the keys of an object that has many of them, or escaped ones. */
  readonly sets: (Set<string> | undefined)[];
  depth: number;
}

const KEYS_LINEAR_MAX = 24;

export function makeKeySets(): KeySets {
  return { top: 0, start: new Uint32Array(256), end: new Uint32Array(256), hash: new Int32Array(256), sets: [], depth: 0 };
}

/** Begins an object at `depth`; returns the base to pass to addKey, and to restore as `top` at its end. */
export function openKeys(keys: KeySets, depth: number): number {
  keys.sets[depth] = undefined;
  return keys.top;
}

interface KeySource {
  readonly bytes: Buffer;
  readonly hasEscape: boolean;
  readonly keyHash: number;
  readonly depth: number;
}

/** Adds a key of the object at `source.depth`; false when the object has it already. */
export function addKey(keys: KeySets, source: KeySource, start: number, end: number, base: number): boolean {
  const set = keys.sets[source.depth];
  if (set) return addToSet(set, source, start, end);
  const { top } = keys;
  if (source.hasEscape || top - base >= KEYS_LINEAR_MAX) {
    const made = new Set<string>();
    for (let i = base; i < top; i++) made.add(source.bytes.toString('utf8', keys.start[i]!, keys.end[i]!));
    keys.sets[source.depth] = made;
    return addToSet(made, source, start, end);
  }
  const { keyHash } = source;
  for (let i = base; i < top; i++) {
    if (keys.hash[i] === keyHash && isSameText(source.bytes, keys.start[i]!, keys.end[i]!, start, end)) return false;
  }
  if (top === keys.start.length) grow(keys);
  keys.start[top] = start;
  keys.end[top] = end;
  keys.hash[top] = keyHash;
  keys.top = top + 1;
  return true;
}

function addToSet(set: Set<string>, source: KeySource, start: number, end: number): boolean {
  const key = source.hasEscape ? unescapeToString(source.bytes, start, end) : source.bytes.toString('utf8', start, end);
  if (set.has(key)) return false;
  set.add(key);
  return true;
}

function isSameText(bytes: Uint8Array, start: number, end: number, otherStart: number, otherEnd: number): boolean {
  if (end - start !== otherEnd - otherStart) return false;
  for (let i = start, j = otherStart; i < end; i++, j++) if (bytes[i] !== bytes[j]) return false;
  return true;
}

function grow(keys: KeySets): void {
  const size = keys.start.length * 2;
  const start = new Uint32Array(size);
  const end = new Uint32Array(size);
  const hash = new Int32Array(size);
  start.set(keys.start);
  end.set(keys.end);
  hash.set(keys.hash);
  keys.start = start;
  keys.end = end;
  keys.hash = hash;
}
