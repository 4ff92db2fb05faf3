// 64-bit roaring bitmaps in the portable format: a count, then per upper 32 bits a key and a 32-bit bitmap. Written with each
// container in its smallest form; read guardedly, everything checked before it is used and memory bounded before it is taken.
// Source: Roaring bitmap format specification, "Extension for 64-bit implementations" and "General layout".
//
//   count u64 | { key u32 | cookie | key and cardinality of each container | offsets | containers }*      all little-endian
import { LIMITS } from '../contract/limits.ts';
import { assertInvariant, InputRefusedError } from '../errors.ts';
import {
  ARRAY_POSITIONS_MAX,
  BITS_WORDS,
  CONTAINER_SPAN,
  countBits,
  lowsOf,
  type PositionContainer,
  type PositionSet,
  positionSet,
  sizeOf,
} from './roaring.ts';

const COOKIE_PLAIN = 12_346;
const COOKIE_RUNS = 12_347;
/** With run containers, offsets are left out below this many containers. */
const OFFSETS_FROM = 4;
const BITS_BYTES = BITS_WORDS * 4;
/** Upper 32 bits of the largest safe integer. */
const UPPER_MAX = 2 ** 21 - 1;

/** The portable bytes of a set. */
export function encodePositions(set: PositionSet): Buffer {
  const uppers = new Map<number, (readonly [number, PositionContainer])[]>();
  for (const [key, container] of set.containers) {
    const upper = Math.floor(key / CONTAINER_SPAN);
    const list = uppers.get(upper) ?? [];
    list.push([key % CONTAINER_SPAN, container]);
    uppers.set(upper, list);
  }
  const parts: Buffer[] = [Buffer.alloc(8)];
  parts[0]!.writeUInt32LE(uppers.size);
  for (const [upper, containers] of uppers) parts.push(numbers(4, [upper]), ...bitmapParts(containers));
  return Buffer.concat(parts);
}

/**
 * The set of portable bytes. `cardinality` is what the writer states; another number, anything out of order, beyond the end or left
 * over throws InputRefusedError. Memory: at most LIMITS.deletionVectorDecodedBytesMax.
 */
export function decodePositions(bytes: Uint8Array, cardinality: number): PositionSet {
  const source: Source = { bytes: Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length), at: 0, budget: DECODED_MAX };
  const count = take(source, 8, 'count of bitmaps').readBigUInt64LE();
  if (count > BigInt(bytes.length)) throw refused(`${count} bitmaps in ${bytes.length} bytes`);
  const containers: (readonly [number, PositionContainer])[] = [];
  let last = -1;
  for (let i = 0; i < Number(count); i += 1) {
    const upper = take(source, 4, 'key').readUInt32LE();
    if (upper <= last || upper > UPPER_MAX) throw refused(`bitmap key ${upper} after ${last}`);
    last = upper;
    for (const [key, container] of readBitmap(source)) containers.push([upper * CONTAINER_SPAN + key, container]);
  }
  if (source.at !== bytes.length) throw refused(`${bytes.length - source.at} bytes are left after the last bitmap`);
  const set = positionSet(containers);
  if (set.cardinality !== cardinality) throw refused(`${set.cardinality} positions, stated are ${cardinality}`);
  return set;
}

const DECODED_MAX = LIMITS.deletionVectorDecodedBytesMax;

/** A 32-bit bitmap: header, offsets, containers. */
function bitmapParts(containers: readonly (readonly [number, PositionContainer])[]): Buffer[] {
  const count = containers.length;
  const bodies = containers.map(([, container]) => bodyOf(container));
  const hasRuns = bodies.some((body) => body.isRun);
  const header: Buffer[] = [];
  if (hasRuns) {
    const flags = Buffer.alloc(Math.ceil(count / 8));
    for (const [i, body] of bodies.entries()) if (body.isRun) flags[i >> 3]! |= 1 << (i & 7);
    header.push(numbers(2, [COOKIE_RUNS, count - 1]), flags);
  } else header.push(numbers(4, [COOKIE_PLAIN, count]));
  header.push(
    numbers(
      2,
      containers.flatMap(([key, container]) => [key, sizeOf(container) - 1]),
    ),
  );
  if (!hasRuns || count >= OFFSETS_FROM) {
    let offset = header.reduce((sum, part) => sum + part.length, 0) + 4 * count;
    const offsets = bodies.map((body) => {
      offset += body.bytes.length;
      return offset - body.bytes.length;
    });
    header.push(numbers(4, offsets));
  }
  return [...header, ...bodies.map((body) => body.bytes)];
}

interface Body {
  readonly isRun: boolean;
  readonly bytes: Buffer;
}

/** The smallest of the three forms. */
function bodyOf(container: PositionContainer): Body {
  const runs = runsOf(container);
  const plainBytes = container.kind === 'array' ? 2 * container.values.length : BITS_BYTES;
  if (2 + 2 * runs.length < plainBytes) return { isRun: true, bytes: numbers(2, [runs.length / 2, ...runs]) };
  if (container.kind === 'array') return { isRun: false, bytes: numbers(2, container.values) };
  return { isRun: false, bytes: numbers(4, container.words) };
}

/** Start and length − 1 of each run of positions, in one list. */
function runsOf(container: PositionContainer): number[] {
  const runs: number[] = [];
  let end = -2;
  for (const low of lowsOf(container)) {
    if (low === end + 1) runs[runs.length - 1]! += 1;
    else runs.push(low, 0);
    end = low;
  }
  return runs;
}

interface Source {
  readonly bytes: Buffer;
  at: number;
  /** Bytes of memory the containers may still take. */
  budget: number;
}

function readBitmap(source: Source): (readonly [number, PositionContainer])[] {
  const cookie = take(source, 4, 'cookie').readUInt32LE();
  const hasRuns = (cookie & 0xffff) === COOKIE_RUNS;
  if (!hasRuns && cookie !== COOKIE_PLAIN) throw refused(`cookie ${cookie}`);
  const count = hasRuns ? (cookie >>> 16) + 1 : take(source, 4, 'count of containers').readUInt32LE();
  if (count > CONTAINER_SPAN) throw refused(`${count} containers in one bitmap`);
  const flags = hasRuns ? take(source, Math.ceil(count / 8), 'run flags') : undefined;
  const heads = take(source, 4 * count, 'container keys');
  if (!hasRuns || count >= OFFSETS_FROM) take(source, 4 * count, 'container offsets');
  let last = -1;
  return Array.from({ length: count }, (_, i) => {
    const key = heads.readUInt16LE(4 * i);
    if (key <= last) throw refused(`container key ${key} after ${last}`);
    last = key;
    const isRun = flags !== undefined && ((flags[i >> 3]! >>> (i & 7)) & 1) === 1;
    return [key, readContainer(source, { isRun, cardinality: heads.readUInt16LE(4 * i + 2) + 1 })] as const;
  });
}

function readContainer(source: Source, head: { readonly isRun: boolean; readonly cardinality: number }): PositionContainer {
  const { cardinality, isRun } = head;
  const isArray = cardinality <= ARRAY_POSITIONS_MAX;
  source.budget -= isArray ? 2 * cardinality : BITS_BYTES;
  if (source.budget < 0) throw refused(`more than ${DECODED_MAX} bytes of positions (deletionVectorDecodedBytesMax)`);
  if (isRun) return readRuns(source, cardinality);
  if (isArray) {
    const bytes = take(source, 2 * cardinality, 'array container');
    const values = Uint16Array.from({ length: cardinality }, (_, i) => bytes.readUInt16LE(2 * i));
    if (values.some((low, i) => i > 0 && values[i - 1]! >= low)) throw refused('positions of an array container are not ascending');
    return { kind: 'array', values };
  }
  const bytes = take(source, BITS_BYTES, 'bitset container');
  const words = Uint32Array.from({ length: BITS_WORDS }, (_, i) => bytes.readUInt32LE(4 * i));
  const found = words.reduce((sum, word) => sum + countBits(word), 0);
  if (found !== cardinality) throw refused(`a bitset container of ${found} positions states ${cardinality}`);
  return { kind: 'bits', words, cardinality };
}

function readRuns(source: Source, cardinality: number): PositionContainer {
  const count = take(source, 2, 'count of runs').readUInt16LE();
  const runs = take(source, 4 * count, 'runs');
  const spans = Array.from({ length: count }, (_, i) => ({ start: runs.readUInt16LE(4 * i), more: runs.readUInt16LE(4 * i + 2) }));
  let end = -1;
  let found = 0;
  for (const { start, more } of spans) {
    if (start <= end || start + more >= CONTAINER_SPAN) throw refused('runs of a container overlap or leave it');
    end = start + more;
    found += more + 1;
  }
  if (found !== cardinality) throw refused(`a run container of ${found} positions states ${cardinality}`);
  if (cardinality <= ARRAY_POSITIONS_MAX) {
    const values = new Uint16Array(cardinality);
    let at = 0;
    for (const { start, more } of spans) for (let low = start; low <= start + more; low += 1) values[at++] = low;
    return { kind: 'array', values };
  }
  const words = new Uint32Array(BITS_WORDS);
  for (const { start, more } of spans) for (let low = start; low <= start + more; low += 1) words[low >>> 5]! |= 1 << (low & 31);
  return { kind: 'bits', words, cardinality };
}

function take(source: Source, length: number, what: string): Buffer {
  if (length > source.bytes.length - source.at) throw refused(`${what}: ${length} bytes wanted, ${source.bytes.length - source.at} left`);
  source.at += length;
  return source.bytes.subarray(source.at - length, source.at);
}

/** Little-endian integers of two or four bytes. */
function numbers(width: 2 | 4, values: ArrayLike<number>): Buffer {
  const bytes = Buffer.allocUnsafe(width * values.length);
  for (let i = 0; i < values.length; i += 1) {
    const value = values[i]!;
    assertInvariant(value >= 0 && value < 2 ** (8 * width), 'a number of a bitmap fits its width');
    if (width === 2) bytes.writeUInt16LE(value, 2 * i);
    else bytes.writeUInt32LE(value, 4 * i);
  }
  return bytes;
}

function refused(problem: string): InputRefusedError {
  return new InputRefusedError(`roaring bitmap cannot be read: ${problem}; the file is damaged or not a deletion vector`, {
    code: 'roaring-malformed',
  });
}
