// LZ4 blocks of other writers, decompression only: LZ4_RAW is one bare block; the older LZ4 is Hadoop's framing (sizes big endian before
// each block), for which some writers put a bare block. Every length and offset is checked against the bytes that are there.
// Source: parquet-format, Compression.md; lz4, doc/lz4_Block_format.md.
import { InputRefusedError } from '../errors.ts';
import { expectFile } from './refuse.ts';
import { copyWithin } from './snappy.ts';

/** One bare block to exactly `size` bytes. */
export function lz4Decompress(input: Buffer, size: number): Buffer {
  const out = Buffer.allocUnsafe(size);
  let from = 0;
  let at = 0;
  while (from < input.length) {
    const token = input[from++]!;
    const literal = readLength(input, from, token >> 4);
    from = literal.end;
    expectFile(literal.value <= input.length - from && literal.value <= size - at, 'an LZ4 literal is longer than its block');
    input.copy(out, at, from, from + literal.value);
    from += literal.value;
    at += literal.value;
    // The last sequence has literals only.
    if (from === input.length) break;
    expectFile(from + 2 <= input.length, 'an LZ4 block ends early');
    const offset = input.readUInt16LE(from);
    const match = readLength(input, from + 2, token & 15);
    from = match.end;
    const length = match.value + 4;
    expectFile(offset > 0 && offset <= at && length <= size - at, 'an LZ4 match reaches outside its block');
    copyWithin(out, { at, offset, length });
    at += length;
  }
  expectFile(at === size, 'an LZ4 block ends early');
  return out;
}

/** The codec `LZ4` of older writers. */
export function lz4HadoopDecompress(input: Buffer, size: number): Buffer {
  try {
    return readFrames(input, size);
  } catch (error) {
    if (!(error instanceof InputRefusedError)) throw error;
    return lz4Decompress(input, size);
  }
}

function readFrames(input: Buffer, size: number): Buffer {
  const parts: Buffer[] = [];
  let from = 0;
  let left = size;
  while (from < input.length) {
    expectFile(from + 8 <= input.length, 'an LZ4 frame ends early');
    const raw = input.readUInt32BE(from);
    const stored = input.readUInt32BE(from + 4);
    from += 8;
    expectFile(raw <= left && stored <= input.length - from, 'an LZ4 frame is longer than its page');
    parts.push(lz4Decompress(input.subarray(from, from + stored), raw));
    from += stored;
    left -= raw;
  }
  expectFile(left === 0, 'an LZ4 frame ends early');
  return Buffer.concat(parts);
}

function readLength(input: Buffer, from: number, nibble: number): { readonly value: number; readonly end: number } {
  let value = nibble;
  if (nibble < 15) return { value, end: from };
  for (;;) {
    expectFile(from < input.length, 'an LZ4 block ends early');
    const byte = input[from++]!;
    value += byte;
    if (byte < 255) return { value, end: from };
  }
}
