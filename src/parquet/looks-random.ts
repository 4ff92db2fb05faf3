// Are bytes spread so evenly that an entropy coder finds nothing in them? Asked of pages whose values do not repeat in longer pieces (packed
// ids, UUIDs): what a compressor would find there, it would find in single bytes. A sample is enough; the answer costs a few microseconds,
// trying to compress in vain twenty and more.

const SAMPLE_BYTES = 1024;
/** Pairs of equal bytes, in even ones: 256 values give 1 / 256; at 1.25 of that nothing is left that a page would be a tenth smaller for. */
const EQUAL_PAIRS_MAX = (SAMPLE_BYTES * (SAMPLE_BYTES - 1) * 1.25) / 256;

/** False for what is too short to tell. */
export function looksRandom(bytes: Uint8Array): boolean {
  if (bytes.length < SAMPLE_BYTES) return false;
  const counts = new Uint16Array(256);
  const step = Math.floor(bytes.length / SAMPLE_BYTES);
  // An odd step, so that every byte of values of an even width is looked at.
  const stride = step % 2 === 0 ? step - 1 : step;
  let pairs = 0;
  for (let i = 0; i < SAMPLE_BYTES; i++) pairs += 2 * counts[bytes[i * stride]!]!++;
  return pairs <= EQUAL_PAIRS_MAX;
}
