// The run-length / bit-packed hybrid of levels and dictionary ids. Eight equal values and more become an RLE run, the rest is bit-packed
// in groups of eight; only the last group is padded. Source: parquet-format, Encodings.md "Run Length Encoding / Bit-Packing Hybrid".
import { assertInvariant } from '../errors.ts';
import { writeVarint } from './varint.ts';

/** Widest id written: the packing register holds a value and up to seven bits before it. */
const WIDTH_MAX = 24;

/** Bits needed for values up to `max`. */
export function widthOf(max: number): number {
  return 32 - Math.clz32(max);
}

/** Most bytes `writeHybrid` needs for `count` values: worst are alternating runs of eight, each with its own header. */
export function hybridBytesMax(count: number, width: number): number {
  return Math.ceil(count / 8) * (width + 5) + 16;
}

/** Writes values[from..to) at `at` and gives the end. Kernel: no allocation, no state. */
export function writeHybrid(
  values: Uint8Array | Uint32Array,
  range: { readonly from: number; readonly to: number; readonly width: number },
  target: { readonly out: Buffer; readonly at: number },
): number {
  const { from, to, width } = range;
  const { out } = target;
  assertInvariant(width > 0 && width <= WIDTH_MAX, 'a level or dictionary id has 1 to 24 bits');
  let at = target.at;
  // Literals begin at `literal`, always a whole number of groups before `i`.
  let literal = from;
  let i = from;
  while (i < to) {
    const value = values[i]!;
    const last = Math.min(i + 8, to);
    let end = i + 1;
    while (end < last && values[end] === value) end++;
    if (end < last || (end - i < 8 && literal < i)) {
      i = last;
      continue;
    }
    while (end < to && values[end] === value) end++;
    at = writePacked(values, { from: literal, to: i, width }, { out, at });
    at = writeRun({ value, count: end - i, width }, { out, at });
    literal = end;
    i = end;
  }
  return writePacked(values, { from: literal, to, width }, { out, at });
}

/** One run: levels of a page that are all the same need no array. */
export function writeRun(
  run: { readonly value: number; readonly count: number; readonly width: number },
  target: { readonly out: Buffer; readonly at: number },
): number {
  let at = writeVarint(run.count * 2, target);
  for (let bits = 0; bits < run.width; bits += 8) target.out[at++] = (run.value >>> bits) & 0xff;
  return at;
}

function writePacked(
  values: Uint8Array | Uint32Array,
  range: { readonly from: number; readonly to: number; readonly width: number },
  target: { readonly out: Buffer; readonly at: number },
): number {
  const { from, to, width } = range;
  if (from === to) return target.at;
  const { out } = target;
  const groups = Math.ceil((to - from) / 8);
  let at = writeVarint(groups * 2 + 1, target);
  const end = at + groups * width;
  let register = 0;
  let bits = 0;
  if (width <= 16) {
    for (let i = from; i < to; i++) {
      register |= values[i]! << bits;
      bits += width;
      if (bits >= 16) {
        out[at] = register;
        out[at + 1] = register >>> 8;
        at += 2;
        register >>>= 16;
        bits -= 16;
      }
    }
  } else {
    for (let i = from; i < to; i++) {
      register |= values[i]! << bits;
      bits += width;
      while (bits >= 8) {
        out[at++] = register;
        register >>>= 8;
        bits -= 8;
      }
    }
  }
  for (; bits > 0; bits -= 8) {
    out[at++] = register;
    register >>>= 8;
  }
  if (at < end) out.fill(0, at, end);
  return end;
}
