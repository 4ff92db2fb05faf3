// What stands in for `node:zlib` where the simulation only wants bytes back: zstd that stores its input as it is. The simulation is
// about the protocol; the codecs have their own tests.
export { brotliCompressSync, brotliDecompressSync, constants, gunzipSync, gzipSync } from 'node:zlib';

export function zstdCompressSync(bytes: Uint8Array): Buffer {
  return Buffer.from(bytes);
}

export function zstdDecompressSync(bytes: Uint8Array): Buffer {
  return Buffer.from(bytes);
}
