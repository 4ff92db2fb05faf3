// Checks a whole value that nobody reads: grammar, nesting, repeated keys, lone surrogates; no value is made of it.
import { openKeys } from './repeated-keys.ts';
import {
  enter,
  expectColon,
  FALSE,
  FAULT,
  fault,
  NULL,
  noteKey,
  type Scan,
  scanKey,
  scanString,
  skipSpace,
  skipWord,
  TRUE,
} from './scan.ts';
import { scanNumber } from './scan-number.ts';

/** `p` is at the first byte of a value; checks all of it. */
export function skipValue(s: Scan, p: number): number {
  switch (s.bytes[p]!) {
    case 0x22:
      return scanString(s, p + 1);
    case 0x7b:
      return skipObject(s, p);
    case 0x5b:
      return skipArray(s, p);
    case 0x74:
      return skipWord(s, p, TRUE);
    case 0x66:
      return skipWord(s, p, FALSE);
    case 0x6e:
      return skipWord(s, p, NULL);
    default:
      return scanNumber(s, p);
  }
}

function skipObject(s: Scan, p: number): number {
  const b = s.bytes;
  p = enter(s, p);
  if (p < 0) return FAULT;
  const base = openKeys(s.keys, s.depth);
  p = skipSpace(b, p);
  if (b[p] !== 0x7d) {
    for (;;) {
      p = skipMember(s, p, base);
      if (p < 0) return FAULT;
      if (b[p] === 0x7d) break;
      if (b[p] !== 0x2c) return fault(s, p);
      p = skipSpace(b, p + 1);
    }
  }
  s.keys.top = base;
  s.depth--;
  return p + 1;
}

function skipMember(s: Scan, p: number, base: number): number {
  if (s.bytes[p] !== 0x22) return fault(s, p);
  const end = scanKey(s, p + 1);
  if (end < 0) return FAULT;
  noteKey(s, p + 1, end - 1, base);
  p = expectColon(s, end);
  if (p < 0) return FAULT;
  p = skipValue(s, p);
  return p < 0 ? FAULT : skipSpace(s.bytes, p);
}

function skipArray(s: Scan, p: number): number {
  const b = s.bytes;
  p = enter(s, p);
  if (p < 0) return FAULT;
  p = skipSpace(b, p);
  if (b[p] !== 0x5d) {
    for (;;) {
      p = skipValue(s, p);
      if (p < 0) return FAULT;
      p = skipSpace(b, p);
      if (b[p] === 0x5d) break;
      if (b[p] !== 0x2c) return fault(s, p);
      p = skipSpace(b, p + 1);
    }
  }
  s.depth--;
  return p + 1;
}
