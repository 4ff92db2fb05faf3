// Are bytes spread so evenly that an entropy coder finds little in them? Asked of pages whose values do not repeat in longer pieces (packed
// ids, UUIDs): what a compressor would find there, it would find in single bytes. A sample is enough; the answer costs a few microseconds,
// trying to compress ten and more, whatever the size.

const SAMPLE_BYTES = 1024;
/** Share of pairs of equal bytes, in even ones 1 / 256; at 1.25 of that nothing is left that a page would be a tenth smaller for. */
const EQUAL_PAIRS_MAX = 1.25 / 256;

/** False for what is too short to tell. */
export function looksRandom(bytes: Uint8Array): boolean {
  return bytes.length >= SAMPLE_BYTES && equalPairs(bytes) <= EQUAL_PAIRS_MAX;
}

/** Larger pages are always tried: what repeats in longer pieces after all is lost in small ones alone. */
const SMALL_BYTES_MAX = 8192;
/** A call of the compressor is not worth less. */
const SAVED_BYTES_MIN = 768;

/** Would a small page shrink by a few hundred bytes at most? By the collision entropy of its bytes, which is no more than their entropy. */
export function savesLittle(bytes: Uint8Array): boolean {
  if (bytes.length > SMALL_BYTES_MAX) return false;
  const bits = -Math.log2(equalPairs(bytes));
  return bytes.length * (1 - bits / 8) < SAVED_BYTES_MIN;
}

/** Is compressing the page likely in vain, whatever its size? What looks random saves little, so a small page is sampled once. */
export function isNotWorthIt(bytes: Uint8Array): boolean {
  return bytes.length > SMALL_BYTES_MAX ? looksRandom(bytes) : savesLittle(bytes);
}

/** Share of equal ones among the pairs of a sample of the bytes; 0 of less than two. */
function equalPairs(bytes: Uint8Array): number {
  const counts = new Uint16Array(256);
  const size = Math.min(bytes.length, SAMPLE_BYTES);
  if (size < 2) return 0;
  const step = Math.floor(bytes.length / size);
  // An odd step, so that every byte of values of an even width is looked at.
  const stride = step % 2 === 0 ? step - 1 : step;
  let pairs = 0;
  for (let i = 0; i < size; i++) pairs += 2 * counts[bytes[i * stride]!]!++;
  return pairs / (size * (size - 1));
}
