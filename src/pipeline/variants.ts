// `firn.variants`: which variant a message is of. A message is read as the variant of the one before; its conditions are captured
// on the way, and as soon as all were seen the variant is settled. If it is another one, the reading starts again as that: with
// the discriminator near the front, as senders have it, this costs a few bytes.
import type { VariantPlan } from '../contract/compiled.ts';
import { FALSE, NULL, type Scan, scanString, TRUE } from './scan.ts';
import { scanNumber } from './scan-number.ts';
import { isAt } from './text-set.ts';
import { unescapeToString } from './unescape.ts';

/** Index of the first variant whose conditions hold, given the position of each condition's value (−1: missing); −1 for none. */
export function settleVariant(scan: Scan, variants: readonly VariantPlan[], conditionAt: Float64Array): number {
  let first = 0;
  for (let index = 0; index < variants.length; index++) {
    const { when } = variants[index]!;
    if (holdsAll(scan, when, conditionAt, first)) return index;
    first += when.length;
  }
  return -1;
}

/** Do all conditions hold, their values' positions beginning at `first`? */
function holdsAll(scan: Scan, when: VariantPlan['when'], conditionAt: Float64Array, first: number): boolean {
  for (let i = 0; i < when.length; i++) {
    const { values } = when[i]!;
    let holds = false;
    for (let j = 0; j < values.length && !holds; j++) holds = isValue(scan, conditionAt[first + i]!, values[j]!);
    if (!holds) return false;
  }
  return true;
}

/** null in a condition holds for a null and for a missing value; numbers compare by value, `1.0` is `1`. */
function isValue(scan: Scan, at: number, value: string | number | boolean | null): boolean {
  if (at < 0) return value === null;
  const b = scan.bytes;
  switch (typeof value) {
    case 'object':
      return b[at] === 0x6e && isAt(b, at, at + 4, NULL);
    case 'boolean':
      return b[at] === (value ? 0x74 : 0x66) && isAt(b, at, at + (value ? 4 : 5), value ? TRUE : FALSE);
    case 'string':
      return b[at] === 0x22 && isText(scan, at, value);
    case 'number':
      return (b[at] === 0x2d || (b[at]! >= 0x30 && b[at]! <= 0x39)) && isNumber(scan, at, value);
  }
}

function isText(scan: Scan, at: number, value: string): boolean {
  const end = scanString(scan, at + 1);
  return unescapeToString(scan.bytes, at + 1, end - 1) === value;
}

function isNumber(scan: Scan, at: number, value: number): boolean {
  const end = scanNumber(scan, at);
  const { number } = scan;
  if (number.exponent === 0 && number.digits <= 15 && Number.isSafeInteger(value)) {
    return (number.isNegative ? -number.mantissa : number.mantissa) === value;
  }
  return canonicalNumber(scan.bytes.toString('latin1', at, end)) === canonicalNumber(String(value));
}

/** Digits without leading and trailing zeros, and the exponent that goes with them: equal for equal numbers, exactly. */
function canonicalNumber(text: string): string {
  const match = /^(-?)(\d+)(?:\.(\d+))?(?:[eE]([+-]?\d+))?$/.exec(text)!;
  const all = (match[2]! + (match[3] ?? '')).replace(/^0+/, '');
  const digits = all.replace(/0+$/, '');
  if (digits === '') return '0';
  const exponent = Number(match[4] ?? 0) - (match[3]?.length ?? 0) + (all.length - digits.length);
  return `${match[1]}${digits}e${exponent}`;
}
