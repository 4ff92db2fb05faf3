// XXH64 with seed 0, the hash of Parquet's Bloom filters, over halves of 32 bits: 64-bit products from 16-bit limbs, no bigints.
// Source: the xxHash specification, "XXH64 algorithm description"; parquet-format, BloomFilter.md "The hash function".

/** Hashes bytes[from, from + size) into `out`: low half, high half. */
export function xxHash64(bytes: Uint8Array, span: { readonly from: number; readonly size: number }, out: Uint32Array): void {
  const { from, size } = span;
  const end = from + size;
  let at = from;
  const h = new Uint32Array(2);
  if (size >= 32) {
    const lanes = [lane(P1, P2), lane(P2), lane(), negate(P1)];
    for (; at + 32 <= end; at += 32) {
      for (let i = 0; i < 4; i++) round(lanes[i]!, word(bytes, at + 8 * i), word(bytes, at + 8 * i + 4));
    }
    for (const [i, bits] of [1, 7, 12, 18].entries()) {
      const turned = lanes[i]!.slice();
      rotate(turned, bits);
      add(h, turned[0]!, turned[1]!);
    }
    for (const each of lanes) {
      const mixed = new Uint32Array(2);
      round(mixed, each[0]!, each[1]!);
      xor(h, mixed[0]!, mixed[1]!);
      multiply(h, P1);
      add(h, P4[0], P4[1]);
    }
  } else {
    h.set(P5);
  }
  add(h, size, 0);
  finish(h, bytes, { at, end });
  out.set(h);
}

type Half = readonly [low: number, high: number];

const P1: Half = [0x85ebca87, 0x9e3779b1];
const P2: Half = [0x27d4eb4f, 0xc2b2ae3d];
const P3: Half = [0x9e3779f9, 0x165667b1];
const P4: Half = [0xc2b2ae63, 0x85ebca77];
const P5: Half = [0x165667c5, 0x27d4eb2f];

/** The bytes after the last stripe of 32, then the avalanche. */
function finish(h: Uint32Array, bytes: Uint8Array, rest: { readonly at: number; readonly end: number }): void {
  let { at } = rest;
  const { end } = rest;
  const mixed = new Uint32Array(2);
  for (; at + 8 <= end; at += 8) {
    mixed.fill(0);
    round(mixed, word(bytes, at), word(bytes, at + 4));
    xor(h, mixed[0]!, mixed[1]!);
    rotate(h, 27);
    multiply(h, P1);
    add(h, P4[0], P4[1]);
  }
  if (at + 4 <= end) {
    mixed[0] = word(bytes, at);
    mixed[1] = 0;
    multiply(mixed, P1);
    xor(h, mixed[0]!, mixed[1]!);
    rotate(h, 23);
    multiply(h, P2);
    add(h, P3[0], P3[1]);
    at += 4;
  }
  for (; at < end; at++) {
    mixed[0] = bytes[at]!;
    mixed[1] = 0;
    multiply(mixed, P5);
    xor(h, mixed[0]!, mixed[1]!);
    rotate(h, 11);
    multiply(h, P1);
  }
  xor(h, h[1]! >>> 1, 0);
  multiply(h, P2);
  xor(h, (h[0]! >>> 29) | (h[1]! << 3), h[1]! >>> 29);
  multiply(h, P3);
  xor(h, h[1]!, 0);
}

function lane(...terms: readonly Half[]): Uint32Array {
  const sum = new Uint32Array(2);
  for (const term of terms) add(sum, term[0], term[1]);
  return sum;
}

function negate(value: Half): Uint32Array {
  const low = -value[0] >>> 0;
  return Uint32Array.of(low, ~value[1] + (low === 0 ? 1 : 0));
}

/** acc = rotl(acc + input × P2, 31) × P1 */
function round(acc: Uint32Array, low: number, high: number): void {
  const product = Uint32Array.of(low, high);
  multiply(product, P2);
  add(acc, product[0]!, product[1]!);
  rotate(acc, 31);
  multiply(acc, P1);
}

function word(bytes: Uint8Array, at: number): number {
  return (bytes[at]! | (bytes[at + 1]! << 8) | (bytes[at + 2]! << 16) | (bytes[at + 3]! << 24)) >>> 0;
}

function add(h: Uint32Array, low: number, high: number): void {
  const sum = h[0]! + (low >>> 0);
  h[0] = sum;
  h[1] = h[1]! + high + (sum >= 2 ** 32 ? 1 : 0);
}

function xor(h: Uint32Array, low: number, high: number): void {
  h[0]! ^= low;
  h[1]! ^= high;
}

/** For 1 to 31 bits. */
function rotate(h: Uint32Array, bits: number): void {
  const low = h[0]!;
  const high = h[1]!;
  h[0] = (low << bits) | (high >>> (32 - bits));
  h[1] = (high << bits) | (low >>> (32 - bits));
}

function multiply(h: Uint32Array, by: Half): void {
  const low = h[0]!;
  const a0 = low & 0xffff;
  const a1 = low >>> 16;
  const b0 = by[0] & 0xffff;
  const b1 = by[0] >>> 16;
  const p00 = a0 * b0;
  const mid = a0 * b1 + (p00 >>> 16);
  const mid2 = a1 * b0 + (mid & 0xffff);
  const carry = a1 * b1 + (mid >>> 16) + (mid2 >>> 16);
  const high = carry + Math.imul(h[1]!, by[0]) + Math.imul(low, by[1]);
  h[0] = (mid2 << 16) | (p00 & 0xffff);
  h[1] = high;
}
