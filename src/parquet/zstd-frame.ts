// A zstd frame of bytes that are not worth compressing: header and raw blocks. Every reader takes it for what it is, a frame like any
// other, so that a chunk may have compressed and uncompressed pages under one codec. Source: RFC 8878, "Zstandard Frames", "Blocks".

const MAGIC = 0xfd2fb528;
/** The window is the content: the header has a content size and no window. */
const SINGLE_SEGMENT = 0x20;
/** Content sizes from 256 take two bytes that count from there; larger ones four. */
const SIZE_2_BYTES = 0x40;
const SIZE_4_BYTES = 0x80;
const SIZE_2_FROM = 256;
const SIZE_4_FROM = 65_536 + SIZE_2_FROM;
const BLOCK_BYTES_MAX = 128 * 1024;
const BLOCK_HEADER_BYTES = 3;
const HEADER_BYTES_MAX = 9;

/** The bytes as a frame; shares no memory with them. */
export function rawFrame(raw: Buffer): Buffer {
  const blocks = Math.max(1, Math.ceil(raw.length / BLOCK_BYTES_MAX));
  const frame = Buffer.allocUnsafe(HEADER_BYTES_MAX + blocks * BLOCK_HEADER_BYTES + raw.length);
  let at = writeHeader(frame, raw.length);
  for (let block = 0; block < blocks; block++) {
    const from = block * BLOCK_BYTES_MAX;
    const size = Math.min(BLOCK_BYTES_MAX, raw.length - from);
    const isLast = block === blocks - 1 ? 1 : 0;
    at = frame.writeUIntLE((size << 3) | isLast, at, BLOCK_HEADER_BYTES);
    at += raw.copy(frame, at, from, from + size);
  }
  return frame.subarray(0, at);
}

function writeHeader(frame: Buffer, size: number): number {
  const at = frame.writeUInt32LE(MAGIC, 0);
  if (size < SIZE_2_FROM) return frame.writeUInt8(size, frame.writeUInt8(SINGLE_SEGMENT, at));
  if (size < SIZE_4_FROM) return frame.writeUInt16LE(size - SIZE_2_FROM, frame.writeUInt8(SINGLE_SEGMENT | SIZE_2_BYTES, at));
  return frame.writeUInt32LE(size, frame.writeUInt8(SINGLE_SEGMENT | SIZE_4_BYTES, at));
}
