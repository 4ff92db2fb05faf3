// Snappy blocks, both ways: what Node's zlib lacks of the codecs in use. The compressor is the simple one of the format's own
// description: greedy matches of four bytes and more within 64 KiB, found by a hash table. The decompressor checks every length and
// offset against the bytes that are there. Source: google/snappy, format_description.txt.
import { expectFile } from './refuse.ts';
import { readVarint, writeVarint } from './varint.ts';

const HASH_BITS = 14;
const BLOCK_BYTES = 65_536;

/** Compresses a block of less than 4 GiB. */
export function snappyCompress(input: Buffer): Buffer {
  const out = Buffer.allocUnsafe(32 + input.length + Math.ceil(input.length / 6));
  let at = writeVarint(input.length, { out, at: 0 });
  const table = new Int32Array(1 << HASH_BITS);
  for (let from = 0; from < input.length; from += BLOCK_BYTES) {
    table.fill(-1);
    at = compressBlock({ input, from, to: Math.min(from + BLOCK_BYTES, input.length), table }, { out, at });
  }
  return Buffer.from(out.subarray(0, at));
}

function compressBlock(
  block: { readonly input: Buffer; readonly from: number; readonly to: number; readonly table: Int32Array },
  target: { readonly out: Buffer; readonly at: number },
): number {
  const { input, to, table } = block;
  const view = new DataView(input.buffer, input.byteOffset, input.length);
  const { out } = target;
  let { at } = target;
  let literal = block.from;
  let i = block.from;
  while (i + 4 <= to) {
    const word = view.getInt32(i, true);
    const slot = Math.imul(word, 0x1e35a7bd) >>> (32 - HASH_BITS);
    const candidate = table[slot]!;
    table[slot] = i;
    if (candidate < 0 || view.getInt32(candidate, true) !== word) {
      // The longer nothing matches, the larger the steps: incompressible bytes cost little.
      i += 1 + ((i - literal) >>> 5);
      continue;
    }
    let length = 4;
    while (i + length < to && input[candidate + length] === input[i + length]) length++;
    at = writeLiteral(input, { from: literal, to: i }, { out, at });
    at = writeCopy({ offset: i - candidate, length }, { out, at });
    i += length;
    literal = i;
  }
  return writeLiteral(input, { from: literal, to }, { out, at });
}

function writeLiteral(
  input: Buffer,
  span: { readonly from: number; readonly to: number },
  target: { readonly out: Buffer; readonly at: number },
): number {
  const length = span.to - span.from;
  if (length === 0) return target.at;
  const { out } = target;
  let { at } = target;
  const n = length - 1;
  if (n < 60) out[at++] = n << 2;
  else if (n < 256) {
    out[at++] = 60 << 2;
    out[at++] = n;
  } else {
    out[at++] = 61 << 2;
    out[at++] = n & 0xff;
    out[at++] = n >>> 8;
  }
  input.copy(out, at, span.from, span.to);
  return at + length;
}

/** Copies with a two-byte offset, at most 64 bytes each. */
function writeCopy(
  copy: { readonly offset: number; readonly length: number },
  target: { readonly out: Buffer; readonly at: number },
): number {
  const { out } = target;
  let { at } = target;
  for (let left = copy.length; left > 0; ) {
    const length = Math.min(left, 64);
    out[at++] = ((length - 1) << 2) | 2;
    out[at++] = copy.offset & 0xff;
    out[at++] = copy.offset >>> 8;
    left -= length;
  }
  return at;
}

/** Decompresses to exactly `size` bytes; refuses anything else. */
export function snappyDecompress(input: Buffer, size: number): Buffer {
  const header = readVarint(input, 0, input.length);
  expectFile(header.value === size, 'a snappy block says another size than its page');
  const out = Buffer.allocUnsafe(size);
  let from = header.end;
  let at = 0;
  while (from < input.length) {
    const tag = input[from++]!;
    if ((tag & 3) === 0) {
      const extra = Math.max(0, (tag >> 2) - 59);
      expectFile(from + extra <= input.length, 'a snappy block ends early');
      const length = 1 + (extra === 0 ? tag >> 2 : input.readUIntLE(from, extra));
      from += extra;
      expectFile(length <= input.length - from && length <= size - at, 'a snappy literal is longer than its block');
      input.copy(out, at, from, from + length);
      from += length;
      at += length;
      continue;
    }
    const bytes = (tag & 3) === 3 ? 4 : tag & 3;
    expectFile(from + bytes <= input.length, 'a snappy block ends early');
    const low = input.readUIntLE(from, bytes);
    from += bytes;
    const isShort = (tag & 3) === 1;
    const offset = isShort ? ((tag >> 5) << 8) | low : low;
    const length = isShort ? 4 + ((tag >> 2) & 7) : 1 + (tag >> 2);
    expectFile(offset > 0 && offset <= at && length <= size - at, 'a snappy copy reaches outside its block');
    copyWithin(out, { at, offset, length });
    at += length;
  }
  expectFile(at === size, 'a snappy block ends early');
  return out;
}

/** Copies earlier bytes, which may overlap their own copy: then they repeat. */
export function copyWithin(out: Buffer, copy: { readonly at: number; readonly offset: number; readonly length: number }): void {
  const { at, offset, length } = copy;
  if (offset >= length) out.copyWithin(at, at - offset, at - offset + length);
  else for (let i = 0; i < length; i++) out[at + i] = out[at + i - offset]!;
}
