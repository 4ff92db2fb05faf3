// MurmurHash3, x86 variant, 32 bits, seed 0: the hash of the bucket transform. Source: Iceberg specification, Appendix B.

const C1 = 0xcc9e2d51;
const C2 = 0x1b873593;

/** Signed 32-bit hash of `bytes[start, end)`. */
export function murmur3(bytes: Uint8Array, start = 0, end: number = bytes.length): number {
  let h = 0;
  let at = start;
  for (; at + 4 <= end; at += 4) {
    h = mixBlock(h, bytes[at]! | (bytes[at + 1]! << 8) | (bytes[at + 2]! << 16) | (bytes[at + 3]! << 24));
  }
  let tail = 0;
  for (let i = end - 1; i >= at; i -= 1) tail = (tail << 8) | bytes[i]!;
  if (at < end) h ^= mixKey(tail);
  return finish(h ^ (end - start));
}

/** Hash of a 64-bit integer given as its two 32-bit halves: 8 bytes little-endian. */
export function murmur3Long(low: number, high: number): number {
  return finish(mixBlock(mixBlock(0, low), high) ^ 8);
}

function mixKey(k: number): number {
  k = Math.imul(k, C1);
  return Math.imul((k << 15) | (k >>> 17), C2);
}

function mixBlock(h: number, k: number): number {
  h ^= mixKey(k);
  h = (h << 13) | (h >>> 19);
  return (Math.imul(h, 5) + 0xe6546b64) | 0;
}

function finish(h: number): number {
  h = Math.imul(h ^ (h >>> 16), 0x85ebca6b);
  h = Math.imul(h ^ (h >>> 13), 0xc2b2ae35);
  return h ^ (h >>> 16);
}
