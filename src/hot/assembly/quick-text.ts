// The readers of short text in ASCII: of text that is clean already, and of one of a set of texts. Another text goes to the general reader (value.ts).
import {
  CELL_CONSTRAINTS,
  CELL_POINTS_MAX,
  CELL_POINTS_MIN,
  CELL_TIDY,
  CHECK_TABLE,
  TIDY_LOWER,
  TIDY_SPACE_AROUND,
  TIDY_UPPER,
} from '../layout.ts';
import { isOneOf, markPresent, storeView } from './accept.ts';
import { specials } from './scan.ts';
import { lettersOf } from './text.ts';
import { readScalar } from './value.ts';

/** Text of up to 15 characters of ASCII that cleaning leaves as it is. */
export function readTidyText(cell: usize, p: usize): usize {
  const end = storeTidyText(cell, p);
  return end !== 0 ? end : readScalar(cell, p);
}

/** The same, of a cell whose constraints are lengths alone; 0 for any other text, of which nothing is stored. */
export function storeTidyText(cell: usize, p: usize): usize {
  const start = p + 1;
  const v = v128.load(start);
  const special = specials(v);
  const length: u32 = ctz(special);
  // No text, or one of none or of more than 15 characters.
  if (load<u8>(p) !== 0x22 || length - 1 > 14 || load<u8>(start + length) !== 0x22) return 0;
  const flags = load<u32>(cell, CELL_TIDY);
  let others: u32 = i8x16.bitmask(v);
  if ((flags & TIDY_UPPER) !== 0) others |= i8x16.bitmask(lettersOf(v, 0x41));
  if ((flags & TIDY_LOWER) !== 0) others |= i8x16.bitmask(lettersOf(v, 0x61));
  const isSpaced = (flags & TIDY_SPACE_AROUND) !== 0 && (load<u8>(start) === 0x20 || load<u8>(p + length) === 0x20);
  const isWithin = length >= load<u32>(cell, CELL_POINTS_MIN) && length <= load<u32>(cell, CELL_POINTS_MAX);
  if (isSpaced || !isWithin || (others & ((1 << length) - 1)) !== 0) return 0;
  storeView(cell, start, length);
  markPresent(cell);
  return start + length + 1;
}

/** One of a set of texts, of up to 31 characters of ASCII. */
export function readChoice(cell: usize, p: usize): usize {
  const start = p + 1;
  let v = v128.load(start);
  let special = specials(v);
  let high: u32 = i8x16.bitmask(v);
  let end = start;
  if (special === 0) {
    if (high !== 0) return readScalar(cell, p);
    end += 16;
    v = v128.load(end);
    special = specials(v);
    high = i8x16.bitmask(v);
  }
  end += ctz(special);
  const isPlain = special !== 0 && (high & (special ^ (special - 1))) === 0 && load<u8>(p) === 0x22 && load<u8>(end) === 0x22;
  const length = <u32>(end - start);
  const isWithin = length >= load<u32>(cell, CELL_POINTS_MIN) && length <= load<u32>(cell, CELL_POINTS_MAX);
  if (!isPlain || !isWithin || !isOneOf(load<u32>(load<u32>(cell, CELL_CONSTRAINTS), CHECK_TABLE), start, length))
    return readScalar(cell, p);
  storeView(cell, start, length);
  markPresent(cell);
  return end + 1;
}
