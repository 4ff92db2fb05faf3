// Padded base64 (RFC 4648 §4) → bytes, in place: text is longer than what it says, so writing never catches up with reading. Sixteen digits
// make twelve bytes at once; a digit is looked up by its two halves (Muła and Lemire 2018, "Faster Base64 Encoding and Decoding using AVX2
// Instructions"). Anything but the 64 digits, and bits left over at the end, is the engine's to judge (decode/base64-text.ts).

/** What the text turned out to be; the same in hot/module.ts. */
const NO_TEXT: u32 = 0;
const ASCII: u32 = 1;
const OTHER: u32 = 2;

/**
 * Classes of digits by their upper half: `+` and `/`; decimals; letters that begin a row of the table at 1; those that end one at 10; none.
 * A lower half says for which classes it is no digit.
 */
// biome-ignore format: sixteen bytes a line
const TABLES: usize = memory.data<u8>([
  0x10, 0x10, 0x01, 0x02, 0x04, 0x08, 0x04, 0x08, 0x10, 0x10, 0x10, 0x10, 0x10, 0x10, 0x10, 0x10,
  0x15, 0x11, 0x11, 0x11, 0x11, 0x11, 0x11, 0x11, 0x11, 0x11, 0x13, 0x1a, 0x1b, 0x1b, 0x1b, 0x1a,
  // What is added to a digit to make its value, by the upper half; `/` goes one below the others of its row.
  0, 16, 19, 4, 191, 191, 185, 185, 0, 0, 0, 0, 0, 0, 0, 0,
  // Lower halves; `/`; the upper six bits of two values in a lane; two factors; the order of bytes. A load is cheaper than making a constant.
  0x0f, 0x0f, 0x0f, 0x0f, 0x0f, 0x0f, 0x0f, 0x0f, 0x0f, 0x0f, 0x0f, 0x0f, 0x0f, 0x0f, 0x0f, 0x0f,
  0x2f, 0x2f, 0x2f, 0x2f, 0x2f, 0x2f, 0x2f, 0x2f, 0x2f, 0x2f, 0x2f, 0x2f, 0x2f, 0x2f, 0x2f, 0x2f,
  0xc0, 0x0f, 0xc0, 0x0f, 0xc0, 0x0f, 0xc0, 0x0f, 0xc0, 0x0f, 0xc0, 0x0f, 0xc0, 0x0f, 0xc0, 0x0f,
  0x00, 0x10, 0x01, 0x00, 0x00, 0x10, 0x01, 0x00, 0x00, 0x10, 0x01, 0x00, 0x00, 0x10, 0x01, 0x00,
  2, 1, 0, 6, 5, 4, 10, 9, 8, 14, 13, 12, 255, 255, 255, 255,
], 16);

/**
 * The text of `length` characters at `at` (a multiple of four, above 0) becomes its `size` bytes, zeros behind them. Writes up to 16 bytes
 * behind the text. NO_TEXT leaves anything there.
 */
export function decodeBase64(at: usize, length: u32, size: u32): u32 {
  const end = at + length;
  // Digits of value zero take the place of padding, and of what follows in the last sixteen.
  const padding = (length >> 2) * 3 - size;
  v128.store(end - padding, i8x16.splat(0x41));
  const classes = v128.load(TABLES);
  const faults = v128.load(TABLES, 16);
  const shifts = v128.load(TABLES, 32);
  const lower = v128.load(TABLES, 48);
  const slash = v128.load(TABLES, 64);
  const six = v128.load(TABLES, 80);
  const factors = v128.load(TABLES, 96);
  const order = v128.load(TABLES, 112);
  let wrong = i8x16.splat(0);
  let all = i8x16.splat(0);
  let to = at;
  for (let p = at; p < end; p += 16, to += 12) {
    const v = v128.load(p);
    const upper = v128.and(i16x8.shr_u(v, 4), lower);
    wrong = v128.or(wrong, v128.and(i8x16.swizzle(classes, upper), i8x16.swizzle(faults, v128.and(v, lower))));
    const values = i8x16.add(v, i8x16.swizzle(shifts, i8x16.add(upper, i8x16.eq(v, slash))));
    // Two values of six bits each in a lane of 16, two of those in one of 32, whose lower three bytes are turned round.
    const twelve = v128.or(v128.and(i16x8.shl(values, 6), six), i16x8.shr_u(values, 8));
    const bits = i32x4.dot_i16x8_s(twelve, factors);
    const bytes = i8x16.swizzle(bits, order);
    v128.store(to, bytes);
    all = v128.or(all, bytes);
  }
  if (v128.any_true(wrong) || load<u8>(at + size) !== 0) return NO_TEXT;
  return i8x16.bitmask(all) === 0 ? ASCII : OTHER;
}
