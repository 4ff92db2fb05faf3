// Mutations of an input: of its bytes (bits, interesting integers in every encoding of our formats, splices, cuts) and of its JSON
// (values of other types, keys gone, doubled and renamed, integers at the edges). Several at once, chosen by the seed.
import { mutateJson } from './mutate-json.ts';
import type { Random } from './random.ts';
import { type FuzzTarget, frame, unframe } from './types.ts';

/** Longer inputs cost time and find nothing that shorter ones do not. */
export const INPUT_BYTES_MAX = 64 * 1024;

const INTERESTING = [0, 1, 2, 7, 8, 127, 128, 255, 256, 32_767, 65_535, 2 ** 31 - 1, 2 ** 31, 2 ** 32 - 1, -1, -2, -128, -(2 ** 31)];
const INTERESTING_LONG = [...INTERESTING.map(BigInt), 2n ** 53n, 2n ** 53n - 1n, 2n ** 63n - 1n, -(2n ** 63n), 2n ** 40n];

/** A mutation of `input`; `other` is another input of the corpus to splice with. */
export function mutateInput(target: FuzzTarget, input: Uint8Array, other: Uint8Array, random: Random): Uint8Array {
  const mutated = mutateByShape(target, input, other, random);
  return mutated.length > INPUT_BYTES_MAX ? mutated.subarray(0, INPUT_BYTES_MAX) : mutated;
}

function mutateByShape(target: FuzzTarget, input: Uint8Array, other: Uint8Array, random: Random): Uint8Array {
  if (target.shape === 'bytes') return mutateBytes(input, other, random);
  if (target.shape === 'json') return random.chance(12) ? mutateBytes(input, other, random) : mutateText(input, other, random);
  const framed = unframe(input);
  if (!framed || random.chance(20)) return mutateBytes(input, other, random);
  const rest = unframe(other);
  const head = random.chance(2) ? mutateJson(framed.head, rest?.head ?? framed.head, random) : framed.head;
  const body = random.chance(3) ? framed.body : mutateBytes(framed.body, rest?.body ?? framed.body, random);
  return frame(head ?? null, body);
}

function mutateText(input: Uint8Array, other: Uint8Array, random: Random): Uint8Array {
  const [mine, theirs] = [parse(input), parse(other)];
  if (mine === undefined) return mutateBytes(input, other, random);
  return Buffer.from(JSON.stringify(mutateJson(mine, theirs ?? mine, random)) ?? 'null');
}

function parse(bytes: Uint8Array): unknown {
  try {
    return JSON.parse(Buffer.from(bytes).toString('utf8')) as unknown;
  } catch {
    return undefined;
  }
}

function mutateBytes(input: Uint8Array, other: Uint8Array, random: Random): Buffer {
  let bytes = Buffer.from(input);
  const times = 1 + random.below(random.chance(4) ? 12 : 3);
  for (let i = 0; i < times; i++) bytes = random.pick(BYTE_MUTATIONS)(bytes, random, other);
  return bytes;
}

type ByteMutation = (bytes: Buffer, random: Random, other: Uint8Array) => Buffer<ArrayBuffer>;

const BYTE_MUTATIONS: readonly ByteMutation[] = [
  (bytes, random) => overwrite(bytes, random, Buffer.of((bytes[random.below(bytes.length)] ?? 0) ^ (1 << random.below(8)))),
  (bytes, random) => overwrite(bytes, random, Buffer.of(random.below(256))),
  (bytes, random) => overwrite(bytes, random, integerBytes(random)),
  (bytes, random) => splice(bytes, random.below(bytes.length + 1), 0, integerBytes(random)),
  (bytes, random) => splice(bytes, random.below(bytes.length + 1), random.below(16) + 1, Buffer.alloc(0)),
  (bytes, random) => splice(bytes, random.below(bytes.length + 1), 0, Buffer.alloc(1 + random.below(24), random.below(256))),
  (bytes, random) => splice(bytes, random.below(bytes.length + 1), 0, chunkOf(bytes, random)),
  (bytes, random) => overwrite(bytes, random, chunkOf(bytes, random)),
  (bytes, random, other) => splice(bytes, random.below(bytes.length + 1), random.below(32), chunkOf(other, random)),
  (bytes, random, other) =>
    Buffer.concat([bytes.subarray(0, random.below(bytes.length + 1)), other.subarray(random.below(other.length + 1))]),
  (bytes, random) => (random.chance(4) ? Buffer.from(bytes.subarray(0, random.below(bytes.length + 1))) : addToByte(bytes, random)),
  addToByte,
];

function addToByte(bytes: Buffer, random: Random): Buffer<ArrayBuffer> {
  const copy = Buffer.from(bytes);
  if (copy.length > 0) {
    const at = random.below(copy.length);
    copy[at] = copy[at]! + random.below(9) - 4;
  }
  return copy;
}

function overwrite(bytes: Buffer, random: Random, by: Uint8Array): Buffer<ArrayBuffer> {
  return splice(bytes, random.below(bytes.length + 1), by.length, by);
}

function splice(bytes: Buffer, at: number, gone: number, by: Uint8Array): Buffer<ArrayBuffer> {
  return Buffer.concat([bytes.subarray(0, at), by, bytes.subarray(Math.min(bytes.length, at + gone))]);
}

function chunkOf(bytes: Uint8Array, random: Random): Buffer<ArrayBuffer> {
  const from = random.below(bytes.length + 1);
  return Buffer.from(bytes.subarray(from, from + 1 + random.below(random.chance(5) ? 512 : 24)));
}

/** An interesting integer as fixed-width little or big endian, or as a varint, zig-zagged or not. */
function integerBytes(random: Random): Buffer {
  const value = random.pick(INTERESTING_LONG) + (random.chance(3) ? BigInt(random.below(9) - 4) : 0n);
  const fixed = Buffer.alloc(8);
  switch (random.below(5)) {
    case 0:
      fixed.writeBigInt64LE(BigInt.asIntN(64, value));
      return fixed.subarray(0, random.pick([1, 2, 4, 8]));
    case 1:
      fixed.writeBigInt64BE(BigInt.asIntN(64, value));
      return fixed.subarray(random.pick([0, 4, 6]));
    case 2:
      return varint(BigInt.asUintN(64, value));
    case 3:
      return varint(BigInt.asUintN(random.pick([32, 64]), (value << 1n) ^ (value >> 63n)));
    default:
      return Buffer.from(String(value));
  }
}

function varint(value: bigint): Buffer {
  const bytes: number[] = [];
  for (; value > 0x7fn; value >>= 7n) bytes.push(Number(value & 0x7fn) | 0x80);
  return Buffer.of(...bytes, Number(value));
}
