// Walks a Thrift compact structure before anything parses it, so that the parser runs in time and memory bounded by the bytes:
// integers of at most ten bytes, lists and binaries no longer than what is left, nesting limited.
// Source: Apache Thrift, "Thrift Compact protocol encoding".
import { LIMITS } from '../contract/limits.ts';
import { expectFile, refuse } from './refuse.ts';

/** Where the structure that begins at `from` ends; refuses one that is broken or reaches beyond `to`. */
export function endOfThrift(bytes: Uint8Array, span: { readonly from: number; readonly to: number }): number {
  const cursor: Cursor = { bytes, at: span.from, to: span.to };
  skipStruct(cursor, 0);
  return cursor.at;
}

interface Cursor {
  readonly bytes: Uint8Array;
  at: number;
  readonly to: number;
}

function skipStruct(cursor: Cursor, depth: number): void {
  expectFile(depth < LIMITS.parquetDepthMax, 'its metadata nests too deep');
  for (;;) {
    const header = nextByte(cursor);
    const type = header & 0x0f;
    if (type === 0) return;
    if (header >> 4 === 0) skipVarint(cursor);
    // Booleans of fields are in the header.
    if (type > 2) skipValue(cursor, type, depth);
  }
}

function skipValue(cursor: Cursor, type: number, depth: number): void {
  switch (type) {
    case 1:
    case 2:
    case 3:
      skipBytes(cursor, 1);
      return;
    case 4:
    case 5:
    case 6:
      skipVarint(cursor);
      return;
    case 7:
      skipBytes(cursor, 8);
      return;
    case 8:
      skipBytes(cursor, skipVarint(cursor));
      return;
    case 9:
      skipList(cursor, depth);
      return;
    case 12:
      skipStruct(cursor, depth + 1);
      return;
    default:
      refuse(`its metadata has a field of the unknown Thrift type ${type}`);
  }
}

function skipList(cursor: Cursor, depth: number): void {
  const header = nextByte(cursor);
  const count = header >> 4 === 15 ? skipVarint(cursor) : header >> 4;
  // Every element takes at least one byte.
  expectFile(count <= cursor.to - cursor.at, 'a list of its metadata is longer than the metadata');
  for (let i = 0; i < count; i++) skipValue(cursor, header & 0x0f, depth + 1);
}

/** The value as far as 53 bits hold it; larger ones are larger than any length. */
function skipVarint(cursor: Cursor): number {
  let value = 0;
  for (let i = 0; i < 10; i++) {
    const byte = nextByte(cursor);
    value += (byte & 0x7f) * 2 ** (7 * i);
    if (byte < 0x80) return value;
  }
  refuse('an integer of its metadata is too long');
}

function skipBytes(cursor: Cursor, count: number): void {
  expectFile(count <= cursor.to - cursor.at, 'its metadata ends early');
  cursor.at += count;
}

function nextByte(cursor: Cursor): number {
  expectFile(cursor.at < cursor.to, 'its metadata ends early');
  return cursor.bytes[cursor.at++]!;
}
