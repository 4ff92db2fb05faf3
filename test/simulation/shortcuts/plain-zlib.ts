// What stands in for `node:zlib` where the simulation only wants bytes back: zstd and deflate that store their input as it is. The
// simulation is about the protocol; the codecs have their own tests. A frame that somebody else has made is unpacked as ever.
import { zstdDecompressSync as unpacked } from 'node:zlib';

export { brotliCompressSync, brotliDecompressSync, constants, crc32, gunzipSync, gzipSync } from 'node:zlib';

/** As it begins in the file. Source: RFC 8878, "Zstandard Frames". */
const FRAME = 0xfd2fb528;

const stored = (bytes: Uint8Array): Buffer => Buffer.from(bytes);
/** A view: nobody writes into what was unpacked. */
const taken = (bytes: Uint8Array): Buffer => Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
const unframed = (bytes: Uint8Array): Buffer => {
  const view = taken(bytes);
  return view.length >= 4 && view.readUInt32LE(0) === FRAME ? unpacked(view) : view;
};

export { stored as deflateRawSync, stored as zstdCompressSync, taken as inflateRawSync, unframed as zstdDecompressSync };
