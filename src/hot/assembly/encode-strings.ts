// Copies byte strings to a page and finds their extremes in the same pass: what src/parquet/kernel-strings.ts does. Loads and stores are
// 16 bytes wide and reach up to 15 bytes past a value: behind every batch's bytes and every page there are 64 spare ones.

/** Values from..to, each after its length when `prefixed`; positions of the extremes go to `extremes` (min, max; -1 for none). Gives the end. */
export function encodeCopyStrings(
  bytes: usize,
  start: usize,
  length: usize,
  from: u32,
  to: u32,
  prefixed: u32,
  out: usize,
  extremes: usize,
): usize {
  let at = out;
  let least: i32 = -1;
  let most: i32 = -1;
  let leastHead: u64 = 0;
  let mostHead: u64 = 0;
  for (let i = from; i < to; i++) {
    const source = bytes + load<u32>(start + ((<usize>i) << 2));
    const size = load<u32>(length + ((<usize>i) << 2));
    if (prefixed) {
      store<u32>(at, size);
      at += 4;
    }
    const head = headOf(source, size);
    if (least < 0) {
      least = most = <i32>i;
      leastHead = mostHead = head;
    } else if (head <= leastHead && (head < leastHead || compareAt(bytes, start, length, i, least) < 0)) {
      least = <i32>i;
      leastHead = head;
    } else if (head >= mostHead && (head > mostHead || compareAt(bytes, start, length, i, most) > 0)) {
      most = <i32>i;
      mostHead = head;
    }
    for (let done: u32 = 0; done < size; done += 16) v128.store(at + done, v128.load(source + done));
    at += size;
  }
  store<i32>(extremes, least);
  store<i32>(extremes, most, 4);
  return at;
}

/** The first eight bytes as a number that orders as they do; missing bytes are 0, so equal heads decide nothing. */
function headOf(at: usize, size: u32): u64 {
  const head = bswap<u64>(load<u64>(at));
  if (size >= 8) return head;
  return size === 0 ? 0 : head & (~(<u64>0) << (64 - (size << 3)));
}

/** Sign of value a − value b by unsigned order; a prefix comes first. */
function compareAt(bytes: usize, start: usize, length: usize, a: u32, b: u32): i32 {
  const atA = bytes + load<u32>(start + ((<usize>a) << 2));
  const atB = bytes + load<u32>(start + ((<usize>b) << 2));
  const sizeA = load<u32>(length + ((<usize>a) << 2));
  const sizeB = load<u32>(length + ((<usize>b) << 2));
  const size = min<u32>(sizeA, sizeB);
  let i: u32 = 0;
  for (; i + 8 <= size; i += 8) {
    const wordA = load<u64>(atA + i);
    const wordB = load<u64>(atB + i);
    if (wordA !== wordB) return bswap<u64>(wordA) < bswap<u64>(wordB) ? -1 : 1;
  }
  for (; i < size; i++) {
    const difference = <i32>load<u8>(atA + i) - <i32>load<u8>(atB + i);
    if (difference !== 0) return difference;
  }
  return sizeA < sizeB ? -1 : sizeA > sizeB ? 1 : 0;
}
