// The state of one pipeline while it reads a batch: the scan, the work buffer, the failures of the record at hand. The work
// buffer begins with the batch's own bytes, so views of unchanged text point at the message; behind them is the aux area for
// text that was unescaped or cleaned, decoded binaries and big decimals. A rejected record's aux bytes are taken back.
import { ArenaFullError } from '../hot/memory.ts';
import { type Check, type Failures, fail } from './checks.ts';
import { makeScan, type Scan } from './scan.ts';
import { makeUnread, type Unread } from './unread.ts';

export interface Decoder {
  /** `scan.bytes` is the work buffer. */
  readonly scan: Scan;
  auxTop: number;
  /** Where the work buffer ends for good, because others share its memory; undefined: it grows. */
  auxEnd: (() => number) | undefined;
  /** The text read last, after unescaping and cleaning. */
  textStart: number;
  textLength: number;
  textIsAscii: boolean;
  readonly failures: Failures;
  readonly unread: Unread;
  /** The member key read last, with its quotes. */
  keyStart: number;
  keyEnd: number;
  /** Distinguishes objects, to find a repeated known key. */
  serial: number;
  missing: number;
  nulls: number;
  /** The variant the message turned out to be of, when it is not the one being read; else −1. */
  otherVariant: number;
}

export function makeDecoder(): Decoder {
  return {
    scan: makeScan(),
    auxTop: 0,
    auxEnd: undefined,
    textStart: 0,
    textLength: 0,
    textIsAscii: true,
    failures: { failed: [], unreadable: new Set() },
    unread: makeUnread(),
    keyStart: 0,
    keyEnd: 0,
    serial: 0,
    missing: 0,
    nulls: 0,
    otherVariant: -1,
  };
}

/** Bytes kept free behind the aux area, for scanners that look ahead. */
const SPARE_BYTES = 64;

/** Begins a batch: the work buffer with the batch's bytes in front. */
export function startBatch(d: Decoder, bytes: Buffer, auxBytesExpected: number): void {
  const work = Buffer.allocUnsafeSlow(bytes.length + auxBytesExpected + SPARE_BYTES);
  work.set(bytes);
  d.scan.bytes = work;
  d.auxTop = bytes.length;
  d.auxEnd = undefined;
}

/** Makes room for `size` more bytes of aux; `scan.bytes` may be another buffer afterwards. Throws ArenaFullError where it must not. */
export function reserve(d: Decoder, size: number): void {
  const needed = d.auxTop + size + SPARE_BYTES;
  if (d.auxEnd !== undefined) {
    if (needed > d.auxEnd()) throw new ArenaFullError('the batch needs more room for texts than was set aside');
    return;
  }
  if (needed <= d.scan.bytes.length) return;
  const grown = Buffer.allocUnsafeSlow(Math.max(needed, Math.min(d.scan.bytes.length * 2, WORK_BYTES_MAX)));
  grown.set(d.scan.bytes.subarray(0, d.auxTop));
  d.scan.bytes = grown;
}

/** Views are 32-bit; allocation beyond this fails by itself and makes the record an internal error. */
const WORK_BYTES_MAX = 0xffff_ffff;

/** Appends text to aux and makes it the text read last. */
export function putText(d: Decoder, text: string): void {
  reserve(d, text.length * 3);
  d.textStart = d.auxTop;
  d.textLength = d.scan.bytes.write(text, d.auxTop, 'utf8');
  d.textIsAscii = d.textLength === text.length;
  d.auxTop += d.textLength;
}

/** The text read last, as a string. */
export function textOf(d: Decoder): string {
  return sliceText(d.scan.bytes, d.textStart, d.textStart + d.textLength, d.textIsAscii);
}

export function sliceText(bytes: Buffer, start: number, end: number, isAscii: boolean): string {
  return bytes.toString(isAscii ? 'latin1' : 'utf8', start, end);
}

/** A failure that leaves its place without a value. */
export function addFailure(d: Decoder, check: Check, message: string): void {
  fail(d.failures, check, message);
  if (check.rejects) d.failures.unreadable.add(check.root);
}
