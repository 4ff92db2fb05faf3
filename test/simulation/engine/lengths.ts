// Kinds of schedules and which seed is of which: known without the engine, so that those who hand out seeds need not load it.

export type Length = 'long' | 'brief';

/** Seeds up to here are long. */
export const LONG_UNTIL = 1_000_000;
/** Beyond, every so many is: a long one costs as much as five brief ones. */
const LONG_EVERY = 40;
/** Seeds whose brief schedules go on from the same world, which costs as much as some brief ones. */
export const BLOCK = 50;

export function lengthOf(seed: number): Length {
  return seed <= LONG_UNTIL || seed % LONG_EVERY === 0 ? 'long' : 'brief';
}

/** The block of a seed, from 0. */
export function blockOf(seed: number): number {
  return Math.floor((seed - 1) / BLOCK);
}
