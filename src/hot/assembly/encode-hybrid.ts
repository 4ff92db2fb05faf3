// The run-length / bit-packed hybrid of levels (bytes) and dictionary ids (32-bit words): the bytes of src/parquet/hybrid.ts. Eight equal
// values and more become a run, the rest is bit-packed in groups of eight. Source: parquet-format, Encodings.md.

/** Levels from..to, one byte each; gives the end. */
export function encodeHybridBytes(values: usize, from: u32, to: u32, width: u32, out: usize): usize {
  return writeHybrid<u8>(values, from, to, width, out);
}

/** Ids from..to, one word each; gives the end. */
export function encodeHybridWords(values: usize, from: u32, to: u32, width: u32, out: usize): usize {
  return writeHybrid<u32>(values, from, to, width, out);
}

function valueAt<T>(values: usize, i: u32): u32 {
  return <u32>load<T>(values + <usize>i * sizeof<T>());
}

function writeHybrid<T>(values: usize, from: u32, to: u32, width: u32, out: usize): usize {
  let at = out;
  // Literals begin at `literal`, always a whole number of groups before `i`.
  let literal = from;
  let i = from;
  while (i < to) {
    const value = valueAt<T>(values, i);
    const last = min<u32>(i + 8, to);
    let end = i + 1;
    while (end < last && valueAt<T>(values, end) === value) end++;
    if (end < last || (end - i < 8 && literal < i)) {
      i = last;
      continue;
    }
    while (end < to && valueAt<T>(values, end) === value) end++;
    at = writePacked<T>(values, literal, i, width, at);
    at = writeRun(value, end - i, width, at);
    literal = end;
    i = end;
  }
  return writePacked<T>(values, literal, to, width, at);
}

function writeRun(value: u32, count: u32, width: u32, out: usize): usize {
  let at = writeVarint((<u64>count) << 1, out);
  for (let bits: u32 = 0; bits < width; bits += 8) store<u8>(at++, <u8>(value >> bits));
  return at;
}

function writePacked<T>(values: usize, from: u32, to: u32, width: u32, out: usize): usize {
  if (from === to) return out;
  const groups = (to - from + 7) >> 3;
  let at = writeVarint(((<u64>groups) << 1) | 1, out);
  const end = at + <usize>groups * width;
  let register: u64 = 0;
  let bits: u32 = 0;
  for (let i = from; i < to; i++) {
    register |= (<u64>valueAt<T>(values, i)) << bits;
    bits += width;
    if (bits >= 32) {
      store<u32>(at, <u32>register);
      at += 4;
      register >>= 32;
      bits -= 32;
    }
  }
  for (let left = <i32>bits; left > 0; left -= 8) {
    store<u8>(at++, <u8>register);
    register >>= 8;
  }
  memory.fill(at, 0, end - at);
  return end;
}

/** Little-endian base 128. */
export function writeVarint(value: u64, out: usize): usize {
  let at = out;
  while (value >= 0x80) {
    store<u8>(at++, <u8>value | 0x80);
    value >>= 7;
  }
  store<u8>(at++, <u8>value);
  return at;
}
