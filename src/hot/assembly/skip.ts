// A whole value that nobody reads: its grammar, its nesting, repeated keys in it. No value is made. Keys are learnt by depth, so objects
// of a kind are walked through by comparing the keys that followed each other before.
import { DEPTH_MAX, KEY_LENGTH, KEY_SEEN } from '../layout.ts';
import { FIRST_BYTES } from '../layout-keys.ts';
import { dropKeys, firsts, followerAt, keyTop, learnKey, nameEnd, nextSerial, noteKey, STRANGER } from './keys.ts';
import { scanNumber } from './number.ts';
import { expectColon, hasEscape, pastSpace, scanString, skipSpace, skipWord, specials } from './scan.ts';

/** Open objects and arrays. */
export let depth: u32 = 0;

export function setDepth(value: u32): void {
  depth = value;
}

/** Enters an object or array; false when it is nested too deep. @inline */
export function enter(): bool {
  return <i32>++depth <= DEPTH_MAX;
}

/** @inline */
export function leave(): void {
  depth--;
}

/** `p` is at the first byte of a value; returns the position behind it. */
export function skipValue(p: usize): usize {
  const c: u32 = load<u8>(p);
  if (c === 0x22) return skipText(p);
  if (c - 0x30 < 10) return skipDigits(p);
  if (c === 0x7b) return skipObject(p);
  if (c === 0x5b) return skipArray(p);
  if (c === 0x74 || c === 0x66 || c === 0x6e) return skipWord(p);
  return scanNumber(p);
}

/** A string of up to 16 bytes without escapes at once, others as a whole. @inline */
function skipText(p: usize): usize {
  const special = specials(v128.load(p + 1));
  const end = p + 1 + <usize>ctz(special);
  return special !== 0 && load<u8>(end) === 0x22 ? end + 1 : scanString(p + 1);
}

/** A number of up to 15 digits and nothing else at once, others as a whole. @inline */
function skipDigits(p: usize): usize {
  const digits = i8x16.lt_u(i8x16.sub(v128.load(p), i8x16.splat(0x30)), i8x16.splat(10));
  const count = ctz(~(<u32>i8x16.bitmask(digits)));
  const behind: u32 = load<u8>(p + count);
  const isWhole = count < 16 && behind !== 0x2e && (behind | 0x20) !== 0x65 && (count === 1 || load<u8>(p) !== 0x30);
  return isWhole ? p + count : scanNumber(p);
}

function skipObject(p: usize): usize {
  if (!enter()) return 0;
  const base = keyTop;
  const own = nextSerial();
  let previous = firsts + <usize>depth * FIRST_BYTES;
  p = pastSpace(p + 1);
  if (load<u8>(p) !== 0x7d) {
    for (;;) {
      let key = followerAt(previous, p);
      if (key !== 0) {
        p = pastSpace(p + load<u32>(key, KEY_LENGTH) + 3);
        previous = key;
      } else {
        key = learnKey(depth, previous, p, base);
        if (key === 0) return 0;
        p = expectColon(nameEnd);
        if (p === 0) return 0;
        if (key !== STRANGER) previous = key;
      }
      if (load<u32>(key, KEY_SEEN) === own) return 0;
      store<u32>(key, own, KEY_SEEN);
      const c: u32 = load<u8>(p);
      if (c === 0x22) p = skipText(p);
      else if (c - 0x30 < 10) p = skipDigits(p);
      else p = skipValue(p);
      if (p === 0) return 0;
      p = pastSpace(p);
      const next: u32 = load<u8>(p);
      if (next === 0x7d) break;
      if (next !== 0x2c) return 0;
      p = pastSpace(p + 1);
    }
  }
  dropKeys(base);
  leave();
  return p + 1;
}

/** The name of a map's entry at `p`, noted as one of the object whose keys begin at `base`. A name with escapes is the plain path's to compare. */
export function scanKey(p: usize, base: usize): usize {
  if (load<u8>(p) !== 0x22) return 0;
  const end = scanString(p + 1);
  if (end === 0 || hasEscape) return 0;
  return noteKey(p + 1, <u32>(end - p - 2), base) ? end : 0;
}

function skipArray(p: usize): usize {
  if (!enter()) return 0;
  p = skipSpace(p + 1);
  if (load<u8>(p) !== 0x5d) {
    for (;;) {
      p = skipValue(p);
      if (p === 0) return 0;
      p = pastSpace(p);
      const c: u32 = load<u8>(p);
      if (c === 0x5d) break;
      if (c !== 0x2c) return 0;
      p = pastSpace(p + 1);
    }
  }
  leave();
  return p + 1;
}
