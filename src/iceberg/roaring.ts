// A set of row positions as a roaring bitmap: per 65,536 positions either a sorted array (few) or a bit set (many), so that memory
// is at most two bytes per position and at most one bit per row. In memory only; roaring-format.ts has the bytes. Positions are
// safe integers: a file of 2^53 rows does not exist. Source: Roaring bitmap format specification, "Containers".
import { assertInvariant } from '../errors.ts';

/** Positions of one key (position ÷ 65,536): the low 16 bits, ascending, or one bit for each. */
export type PositionContainer =
  | { readonly kind: 'array'; readonly values: Uint16Array }
  | { readonly kind: 'bits'; readonly words: Uint32Array; readonly cardinality: number };

/** Containers by key, in ascending order of the key; none is empty. */
export interface PositionSet {
  readonly containers: ReadonlyMap<number, PositionContainer>;
  readonly cardinality: number;
}

export const CONTAINER_SPAN = 65_536;
/** Beyond this many positions the bit set is the smaller form. */
export const ARRAY_POSITIONS_MAX = 4_096;
export const BITS_WORDS = CONTAINER_SPAN / 32;

/** The set of the given positions, in any order, repeated or not. */
export function positionSetOf(positions: Iterable<number>): PositionSet {
  const lows = new Map<number, number[]>();
  for (const position of positions) {
    assertInvariant(Number.isSafeInteger(position) && position >= 0, 'a row position is a whole number from 0');
    const key = Math.floor(position / CONTAINER_SPAN);
    const list = lows.get(key);
    if (list) list.push(position % CONTAINER_SPAN);
    else lows.set(key, [position % CONTAINER_SPAN]);
  }
  const keys = Array.from(lows.keys()).sort((a, b) => a - b);
  return positionSet(keys.map((key) => [key, containerOf(lows.get(key)!)] as const));
}

/** A set of containers given in ascending order of their keys. */
export function positionSet(containers: Iterable<readonly [key: number, container: PositionContainer]>): PositionSet {
  const map = new Map(containers);
  let cardinality = 0;
  for (const container of map.values()) cardinality += sizeOf(container);
  return { containers: map, cardinality };
}

/** Is the position in the set? */
export function hasPosition(set: PositionSet, position: number): boolean {
  const container = set.containers.get(Math.floor(position / CONTAINER_SPAN));
  if (!container) return false;
  const low = position % CONTAINER_SPAN;
  if (container.kind === 'bits') return ((container.words[low >>> 5]! >>> (low & 31)) & 1) === 1;
  let [from, to] = [0, container.values.length];
  while (from < to) {
    const middle = (from + to) >>> 1;
    if (container.values[middle]! < low) from = middle + 1;
    else to = middle;
  }
  return container.values[from] === low;
}

/** All positions in ascending order. */
export function* positionsOf(set: PositionSet): Generator<number> {
  for (const [key, container] of set.containers) {
    for (const low of lowsOf(container)) yield key * CONTAINER_SPAN + low;
  }
}

/** Positions of either set. */
export function unionPositions(a: PositionSet, b: PositionSet): PositionSet {
  const keys = Array.from(new Set([...a.containers.keys(), ...b.containers.keys()])).sort((one, other) => one - other);
  return positionSet(
    keys.map((key) => {
      const [left, right] = [a.containers.get(key), b.containers.get(key)];
      return [key, left && right ? unionContainers(left, right) : (left ?? right)!] as const;
    }),
  );
}

/** Number of positions in a container. */
export function sizeOf(container: PositionContainer): number {
  return container.kind === 'array' ? container.values.length : container.cardinality;
}

/** The low 16 bits of a container's positions, ascending. */
export function* lowsOf(container: PositionContainer): Generator<number> {
  if (container.kind === 'array') {
    yield* container.values;
    return;
  }
  for (let word = 0; word < BITS_WORDS; word += 1) {
    for (let bits = container.words[word]!; bits !== 0; bits &= bits - 1) yield word * 32 + 31 - Math.clz32(bits & -bits);
  }
}

/** Number of one-bits of a word. */
export function countBits(word: number): number {
  let bits = word - ((word >>> 1) & 0x5555_5555);
  bits = (bits & 0x3333_3333) + ((bits >>> 2) & 0x3333_3333);
  return Math.imul((bits + (bits >>> 4)) & 0x0f0f_0f0f, 0x0101_0101) >>> 24;
}

function containerOf(lows: readonly number[]): PositionContainer {
  if (lows.length > ARRAY_POSITIONS_MAX) {
    const words = new Uint32Array(BITS_WORDS);
    for (const low of lows) words[low >>> 5]! |= 1 << (low & 31);
    return normalised(words);
  }
  const sorted = Uint16Array.from(lows).sort();
  return { kind: 'array', values: sorted.filter((low, i) => i === 0 || sorted[i - 1] !== low) };
}

function unionContainers(a: PositionContainer, b: PositionContainer): PositionContainer {
  if (a.kind === 'array' && b.kind === 'array') return containerOf([...a.values, ...b.values]);
  const words = new Uint32Array(BITS_WORDS);
  for (const container of [a, b]) {
    if (container.kind === 'bits') for (let word = 0; word < BITS_WORDS; word += 1) words[word]! |= container.words[word]!;
    else for (const low of container.values) words[low >>> 5]! |= 1 << (low & 31);
  }
  return normalised(words);
}

/** The form a bit set belongs in by its number of positions. */
function normalised(words: Uint32Array): PositionContainer {
  const cardinality = words.reduce((sum, word) => sum + countBits(word), 0);
  const bits: PositionContainer = { kind: 'bits', words, cardinality };
  return cardinality > ARRAY_POSITIONS_MAX ? bits : { kind: 'array', values: Uint16Array.from(lowsOf(bits)) };
}
