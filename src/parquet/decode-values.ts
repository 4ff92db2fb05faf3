// Values of a page, in any encoding a writer may use, appended to a column's dense values in their physical type. Byte arrays become
// views of page bytes kept in one arena: nothing is copied per value. Every length is checked against the bytes that are there.
// Source: parquet-format, Encodings.md.
import { decodeDeltaLengths, decodeDeltas, decodePrefixed } from './decode-delta.ts';
import type { Arena, DecodeTarget, DenseValues, Views } from './dense.ts';
import { readHybrid } from './hybrid-decode.ts';
import { expectFile, refuse } from './refuse.ts';

export interface DecodeContext {
  readonly arena: Arena;
  readonly dictionary: { readonly values: DenseValues; readonly count: number } | undefined;
}

/** Decodes `count` values of a page body into `into` from position `at`. */
export function decodeValues(encoding: string, body: Buffer, context: DecodeContext, target: DecodeTarget): void {
  if (target.count === 0) return;
  switch (encoding) {
    case 'PLAIN':
      decodePlain(body, context.arena, target);
      return;
    case 'RLE_DICTIONARY':
    case 'PLAIN_DICTIONARY':
      decodeIds(body, context, target);
      return;
    case 'RLE':
      decodeBooleans(body, target);
      return;
    case 'DELTA_BINARY_PACKED':
      decodeDeltas(body, target);
      return;
    case 'DELTA_LENGTH_BYTE_ARRAY':
      decodeDeltaLengths(body, context.arena, target);
      return;
    case 'DELTA_BYTE_ARRAY':
      decodePrefixed(body, context.arena, target);
      return;
    case 'BYTE_STREAM_SPLIT':
      decodeStreams(body, context.arena, target);
      return;
    default:
      refuse(`the encoding ${encoding.slice(0, 30)} is not read`);
  }
}

function decodePlain(body: Buffer, arena: Arena, target: DecodeTarget): void {
  const { into, at, count } = target;
  switch (into.kind) {
    case 'BOOLEAN':
      expectFile(body.length * 8 >= count, 'a page of booleans ends early');
      for (let i = 0; i < count; i++) into.v[at + i] = (body[i >> 3]! >>> (i & 7)) & 1;
      return;
    case 'INT32':
    case 'INT64':
    case 'FLOAT':
    case 'DOUBLE': {
      const size = into.v.BYTES_PER_ELEMENT;
      expectFile(body.length >= count * size, 'a page of numbers ends early');
      new Uint8Array(into.v.buffer, into.v.byteOffset + at * size, count * size).set(body.subarray(0, count * size));
      return;
    }
    case 'FIXED_LEN_BYTE_ARRAY': {
      expectFile(body.length >= count * into.width, 'a page of fixed values ends early');
      const base = arena.add(body.subarray(0, count * into.width));
      for (let i = 0; i < count; i++) into.start[at + i] = base + i * into.width;
      into.length.fill(into.width, at, at + count);
      return;
    }
    case 'BYTE_ARRAY':
      plainByteArrays(body, arena, { ...target, into });
  }
}

function plainByteArrays(body: Buffer, arena: Arena, target: { readonly into: Views; readonly at: number; readonly count: number }): void {
  const { into, at, count } = target;
  const base = arena.add(body);
  let position = 0;
  for (let i = 0; i < count; i++) {
    expectFile(position + 4 <= body.length, 'a page of byte arrays ends early');
    const length = body.readUInt32LE(position);
    position += 4;
    expectFile(length <= body.length - position, 'a byte array is longer than its page');
    into.start[at + i] = base + position;
    into.length[at + i] = length;
    position += length;
  }
}

function decodeIds(body: Buffer, context: DecodeContext, target: DecodeTarget): void {
  const { dictionary } = context;
  expectFile(dictionary && dictionary.count > 0, 'a page refers to a dictionary that is not there');
  expectFile(body.length > 0, 'a page of dictionary ids is empty');
  const ids = new Uint32Array(target.count);
  const width = body[0]!;
  if (width > 0) {
    readHybrid({ bytes: body, from: 1, to: body.length, width }, { out: ids, at: 0, count: target.count, max: dictionary.count - 1 });
  }
  const { into, at } = target;
  const from = dictionary.values;
  if ('start' in into && 'start' in from) {
    for (let i = 0; i < ids.length; i++) {
      into.start[at + i] = from.start[ids[i]!]!;
      into.length[at + i] = from.length[ids[i]!]!;
    }
  } else if (into.kind === 'INT64' && from.kind === 'INT64') {
    for (let i = 0; i < ids.length; i++) into.v[at + i] = from.v[ids[i]!]!;
  } else if ('v' in into && 'v' in from && into.kind !== 'INT64' && from.kind !== 'INT64') {
    for (let i = 0; i < ids.length; i++) into.v[at + i] = from.v[ids[i]!]!;
  }
}

function decodeBooleans(body: Buffer, target: DecodeTarget): void {
  const { into, at, count } = target;
  expectFile(into.kind === 'BOOLEAN' && body.length >= 4, 'only booleans are run-length encoded');
  const length = body.readUInt32LE(0);
  expectFile(length <= body.length - 4, 'a page of booleans ends early');
  readHybrid({ bytes: body, from: 4, to: 4 + length, width: 1 }, { out: into.v, at, count, max: 1 });
}

/** BYTE_STREAM_SPLIT: the first bytes of all values, then the second ones, and so on. */
function decodeStreams(body: Buffer, arena: Arena, target: DecodeTarget): void {
  const { into, count } = target;
  const width = 'v' in into ? into.v.BYTES_PER_ELEMENT : into.width;
  expectFile(width > 0 && into.kind !== 'BOOLEAN' && body.length >= count * width, 'a page of split streams ends early');
  const joined = Buffer.allocUnsafe(count * width);
  for (let i = 0; i < count; i++) for (let b = 0; b < width; b++) joined[i * width + b] = body[b * count + i]!;
  decodePlain(joined, arena, target);
}
