// What stands in for `node:zlib` where the simulation only wants bytes back: zstd and deflate that store their input as it is. The
// simulation is about the protocol; the codecs have their own tests.
export { brotliCompressSync, brotliDecompressSync, constants, crc32, gunzipSync, gzipSync } from 'node:zlib';

const stored = (bytes: Uint8Array): Buffer => Buffer.from(bytes);
/** A view: nobody writes into what was unpacked. */
const taken = (bytes: Uint8Array): Buffer => Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);

export { stored as deflateRawSync, stored as zstdCompressSync, taken as inflateRawSync, taken as zstdDecompressSync };
