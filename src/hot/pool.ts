// Arenas that are free again, for the next batch of this process. Whoever takes one owns it until it is released; one that is never
// released is collected with its results, and the next batch gets fresh memory. Bounded in number and in bytes (promise 10).
import { LIMITS } from '../contract/limits.ts';
import { type Arena, freeBytes, makeArena, resetArena } from './memory.ts';
import { isCanaryIntact } from './module.ts';

const free: Arena[] = [];

/** An arena with at least `sizeBytes` free bytes: a released one if any is large enough. */
export function takeArena(sizeBytes: number): Arena {
  const at = free.findIndex((arena) => freeBytes(arena) >= sizeBytes);
  if (at >= 0) return free.splice(at, 1)[0]!;
  return makeArena(sizeBytes);
}

/** Gives an arena back; everything in it is void from here on. One that was damaged, or is too large to keep, is dropped. */
export function releaseArena(arena: Arena): void {
  if (free.includes(arena) || !isCanaryIntact(arena.memory) || arena.buffer.byteLength > LIMITS.arenaKeptBytesMax) return;
  resetArena(arena);
  if (free.length === LIMITS.arenasKeptMax) dropSmallest();
  free.push(arena);
}

function dropSmallest(): void {
  let smallest = 0;
  for (const [i, arena] of free.entries()) if (arena.buffer.byteLength < free[smallest]!.buffer.byteLength) smallest = i;
  free.splice(smallest, 1);
}
