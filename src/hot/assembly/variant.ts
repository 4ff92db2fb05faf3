// `firn.variants`: which variant a message is of. It is read as the variant of the one before; as soon as all conditions' values were
// seen the variant is settled, and if it is another one the reading starts again as that. What takes more than comparing bytes and
// integers is left to the plain path.
import {
  CONDITION_BYTES,
  CONDITION_POSITION,
  CONDITION_VALUE_COUNT,
  CONDITION_VALUES,
  VALUE_BYTES,
  VALUE_FALSE,
  VALUE_INTEGER,
  VALUE_KIND,
  VALUE_LENGTH,
  VALUE_NULL,
  VALUE_NUMBER,
  VALUE_STRING,
  VALUE_TEXT,
  VALUE_TRUE,
  VARIANT_BYTES,
  VARIANT_CONDITION_COUNT,
  VARIANT_CONDITIONS,
} from '../layout.ts';
import { H_CONDITION_COUNT, H_CONDITIONS, H_VARIANT_COUNT, H_VARIANTS } from '../layout-header.ts';
import { countDigits, integer, numberOf, scaleInteger, scanNumber } from './number.ts';
import { hasEscape, isNull, isSameText, scanString, skipWord } from './scan.ts';

/** Not settled yet; the plain path settles it; none holds. */
export const UNSETTLED: i32 = -2;
export const UNKNOWN: i32 = -3;

/** The variant the message is of, once it is settled. */
export let settled: i32 = UNSETTLED;
/** The variant it is being read as. */
export let current: u32 = 0;

let header: usize = 0;
let conditions: u32 = 0;
/** Up to eight bytes of the value that settled a message as the variant it was read as, and of what is behind it; a mask of 0 is none. */
let known: u64 = 0;
let knownMask: u64 = 0;
let knownVariant: u32 = 0;

/** Once a call, with the batch's memory. */
export function openVariants(from: usize): void {
  header = from;
  conditions = load<u32>(from, H_CONDITION_COUNT);
  knownMask = 0;
}

/** Once a message. */
export function startVariant(): void {
  settled = UNSETTLED;
  if (conditions === 0) return;
  const positions: usize = load<u32>(header, H_CONDITIONS);
  for (let i: u32 = 0; i < conditions; i++) store<u32>(positions + ((<usize>i) << 2), 0);
}

export function setCurrent(variant: u32): void {
  current = variant;
}

/** After a condition's value was seen: false when the message turns out to be of another variant. */
export function isStillVariant(): bool {
  const positions: usize = load<u32>(header, H_CONDITIONS);
  for (let i: u32 = 0; i < conditions; i++) if (load<u32>(positions + ((<usize>i) << 2)) === 0) return true;
  settleVariant();
  return settled === <i32>current;
}

/** Is the value at `p`, which all conditions look at, the one that settled a message before? Then it settles this one alike. */
export function isKnownVariant(p: usize): bool {
  if (knownMask === 0 || knownVariant !== current || (load<u64>(p) & knownMask) !== known) return false;
  settled = current;
  return true;
}

/** Remembers the value at [p, end) if it is short enough; what is behind it ends it, so that `2` is no beginning of `25`. */
export function learnVariant(p: usize, end: usize): void {
  const size = <u32>(end - p) + 1;
  if (settled !== <i32>current || size > 8) return;
  knownMask = u64.MAX_VALUE >> ((8 - size) << 3);
  known = load<u64>(p) & knownMask;
  knownVariant = current;
}

/** The first variant whose conditions hold; −1 for none. */
export function settleVariant(): void {
  const count = load<u32>(header, H_VARIANT_COUNT);
  let variant: usize = load<u32>(header, H_VARIANTS);
  for (let i: u32 = 0; i < count; i++, variant += VARIANT_BYTES) {
    const holds = holdsAll(variant);
    if (holds === 0) continue;
    settled = holds === 1 ? <i32>i : UNKNOWN;
    return;
  }
  settled = -1;
}

/** 1: all conditions hold; 0: one does not; 2: not known here. */
function holdsAll(variant: usize): u32 {
  const count = load<u32>(variant, VARIANT_CONDITION_COUNT);
  let condition: usize = load<u32>(variant, VARIANT_CONDITIONS);
  for (let i: u32 = 0; i < count; i++, condition += CONDITION_BYTES) {
    const at: usize = load<u32>(load<u32>(condition, CONDITION_POSITION));
    const values = load<u32>(condition, CONDITION_VALUE_COUNT);
    let value: usize = load<u32>(condition, CONDITION_VALUES);
    let holds: u32 = 0;
    for (let j: u32 = 0; j < values && holds === 0; j++, value += VALUE_BYTES) holds = isValue(at, value);
    if (holds !== 1) return holds;
  }
  return 1;
}

/** null in a condition holds for a null and for a missing value. */
function isValue(at: usize, value: usize): u32 {
  const kind = load<u32>(value, VALUE_KIND);
  if (at === 0) return u32(kind === VALUE_NULL);
  const c: u32 = load<u8>(at);
  if (kind === VALUE_NULL) return u32(c === 0x6e && isNull(at));
  if (kind === VALUE_TRUE) return u32(c === 0x74 && skipWord(at) !== 0);
  if (kind === VALUE_FALSE) return u32(c === 0x66 && skipWord(at) !== 0);
  if (kind === VALUE_STRING) return c === 0x22 ? isText(at, value) : 0;
  if (c !== 0x2d && c - 0x30 > 9) return 0;
  if (kind !== VALUE_NUMBER) return 2;
  const word = load<u64>(at);
  const count = countDigits(word);
  const behind: u32 = load<u8>(at + count);
  if (count - 1 < 7 && behind !== 0x2e && (behind | 0x20) !== 0x65)
    return u32(<i64>numberOf(word, count) === load<i64>(value, VALUE_INTEGER));
  if (scanNumber(at) === 0) return 2;
  // A number with a fraction is no integer; one of more digits than fit is the plain path's to compare.
  return scaleInteger(0) ? u32(integer === load<i64>(value, VALUE_INTEGER)) : 2;
}

function isText(at: usize, value: usize): u32 {
  const end = scanString(at + 1);
  if (end === 0 || hasEscape) return 2;
  const length = load<u32>(value, VALUE_LENGTH);
  return u32(<u32>(end - at - 2) === length && isSameText(at + 1, load<u32>(value, VALUE_TEXT), length));
}
