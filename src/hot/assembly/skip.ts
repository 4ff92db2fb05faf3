// A whole value that nobody reads: its grammar, its nesting, repeated keys in it. No value is made.
import { DEPTH_MAX } from '../layout.ts';
import { dropKeys, keyTop, noteKey } from './keys.ts';
import { scanNumber } from './number.ts';
import { expectColon, hasEscape, scanString, skipSpace, skipWord } from './scan.ts';

/** Open objects and arrays. */
export let depth: u32 = 0;

export function setDepth(value: u32): void {
  depth = value;
}

/** Enters an object or array; false when it is nested too deep. */
export function enter(): bool {
  return <i32>++depth <= DEPTH_MAX;
}

export function leave(): void {
  depth--;
}

/** `p` is at the first byte of a value; returns the position behind it. */
export function skipValue(p: usize): usize {
  const c: u32 = load<u8>(p);
  if (c === 0x22) return scanString(p + 1);
  if (c === 0x7b) return skipObject(p);
  if (c === 0x5b) return skipArray(p);
  if (c === 0x74 || c === 0x66 || c === 0x6e) return skipWord(p);
  return scanNumber(p);
}

function skipObject(p: usize): usize {
  if (!enter()) return 0;
  const base = keyTop;
  p = skipSpace(p + 1);
  if (load<u8>(p) !== 0x7d) {
    for (;;) {
      p = skipMember(p, base);
      if (p === 0) return 0;
      const c: u32 = load<u8>(p);
      if (c === 0x7d) break;
      if (c !== 0x2c) return 0;
      p = skipSpace(p + 1);
    }
  }
  dropKeys(base);
  leave();
  return p + 1;
}

function skipMember(p: usize, base: usize): usize {
  const end = scanKey(p, base);
  if (end === 0) return 0;
  p = expectColon(end);
  if (p === 0) return 0;
  p = skipValue(p);
  return p === 0 ? 0 : skipSpace(p);
}

/** The name at `p`, noted as one of the object whose keys begin at `base`. A name with escapes is the plain path's to compare. */
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
      p = skipSpace(p);
      const c: u32 = load<u8>(p);
      if (c === 0x5d) break;
      if (c !== 0x2c) return 0;
      p = skipSpace(p + 1);
    }
  }
  leave();
  return p + 1;
}
