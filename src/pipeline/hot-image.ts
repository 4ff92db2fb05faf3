// The growing image of a program for the decoding kernels: words at offsets, and which of them are addresses. It is made once per
// pipeline and copied into an arena per batch, where the addresses get the place of the image added.
import { KEY_MASK, KEY_TEXT } from '../hot/layout.ts';

export interface Image {
  words: Uint32Array;
  /** Bytes taken. */
  top: number;
  /** Word indexes of addresses. */
  readonly links: number[];
}

export function makeImage(headerBytes: number): Image {
  return { words: new Uint32Array(1024), top: headerBytes, links: [] };
}

/** Takes `size` zeroed bytes; their offset, a multiple of 16. */
export function take(image: Image, size: number): number {
  const at = Math.ceil(image.top / 16) * 16;
  image.top = at + size;
  if (image.top > image.words.byteLength) {
    const grown = new Uint32Array(Math.max(image.words.length * 2, Math.ceil(image.top / 4)));
    grown.set(image.words);
    image.words = grown;
  }
  return at;
}

export function put(image: Image, at: number, value: number): void {
  image.words[at >> 2] = value;
}

/** Puts an address: the offset `to` within the image; 0 stays 0, which is none. */
export function link(image: Image, at: number, to: number): void {
  put(image, at, to);
  if (to !== 0) image.links.push(at >> 2);
}

export function putLong(image: Image, at: number, value: bigint): void {
  put(image, at, Number(BigInt.asUintN(32, value)));
  put(image, at + 4, Number(BigInt.asUintN(32, value >> 32n)));
}

export function putDouble(image: Image, at: number, value: number): void {
  new DataView(image.words.buffer).setFloat64(at, value, true);
}

/** Bytes with 16 zeros behind them, for wide loads. */
export function putBytes(image: Image, bytes: Uint8Array): number {
  const at = take(image, bytes.length + 16);
  new Uint8Array(image.words.buffer).set(bytes, at);
  return at;
}

/** A key's text as it stands in a message, behind the fields of a key. */
export function putKeyText(image: Image, name: Uint8Array): number {
  const at = take(image, KEY_TEXT + name.length + 3 + 16);
  const bytes = new Uint8Array(image.words.buffer);
  bytes.fill(0xff, at + KEY_MASK, at + KEY_MASK + Math.min(16, name.length + 3));
  bytes[at + KEY_TEXT] = 0x22;
  bytes.set(name, at + KEY_TEXT + 1);
  bytes.set([0x22, 0x3a], at + KEY_TEXT + 1 + name.length);
  return at;
}

/** The same as hashBytes in hot/assembly/scan.ts. */
export function hashBytes(bytes: Uint8Array): number {
  const padded = Buffer.alloc(Math.max(8, Math.ceil(bytes.length / 8) * 8));
  padded.set(bytes);
  let hash = BigInt(bytes.length);
  for (let at = 0; at < padded.length; at += 8) {
    const mixed = BigInt.asUintN(64, (hash ^ padded.readBigUInt64LE(at)) * 0x1e3779b97f4a7dn);
    hash = mixed ^ (mixed >> 32n);
  }
  return Number(BigInt.asUintN(32, hash));
}

/** The image in an arena's memory from byte `at` on, a multiple of 16. */
export function placeImage(image: Image, memory: Uint32Array, at: number): void {
  const first = at >> 2;
  memory.set(image.words.subarray(0, Math.ceil(image.top / 4)), first);
  for (const word of image.links) memory[first + word] = memory[first + word]! + at;
}
