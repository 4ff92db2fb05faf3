// Arenas that are free again, for the next batch of this process. Whoever takes one owns it until it is released; one that is never
// released is collected with its results, and the next batch gets fresh memory. Bounded in number and in bytes (promise 10).
import { LIMITS } from '../contract/limits.ts';
import { assertInvariant } from '../errors.ts';
import { type Arena, ArenaFullError, freeBytes, makeArena, resetArena } from './memory.ts';
import { isCanaryIntact } from './module.ts';

const free: Arena[] = [];
/** Bytes a batch has needed per byte of its messages, the most so far. */
let needPerByte = 4;

/** An arena with at least `sizeBytes` free bytes, held once: a released one if any is large enough. Throws ArenaFullError. */
export function takeArena(sizeBytes: number): Arena {
  const at = free.findIndex((arena) => freeBytes(arena) >= sizeBytes);
  const arena = at >= 0 ? free.splice(at, 1)[0]! : makeArena(sizeBytes);
  arena.holders = 1;
  return arena;
}

/** Another user of an arena that is held already. */
export function holdArena(arena: Arena): void {
  assertInvariant(arena.holders > 0, 'a released arena is not held again');
  arena.holders++;
}

/**
 * Gives an arena back; when nobody holds it any more everything in it is void. One that was damaged, or is too large to keep, is
 * dropped.
 */
export function releaseArena(arena: Arena): void {
  assertInvariant(arena.holders > 0, 'an arena is released once by each who holds it');
  if (--arena.holders > 0) return;
  if (!arena.isSound || !isCanaryIntact(arena.memory) || arena.buffer.byteLength > LIMITS.arenaKeptBytesMax) return;
  resetArena(arena);
  if (free.length === LIMITS.arenasKeptMax) dropSmallest();
  free.push(arena);
}

/** Memory for a batch of so many bytes of messages, they included: what earlier batches of this process needed, within what is kept. */
export function batchBytes(messageBytes: number): number {
  const expected = Math.min(messageBytes * needPerByte, LIMITS.arenaKeptBytesMax / LIMITS.arenasKeptMax);
  return Math.max(messageBytes, expected) + BATCH_BYTES_MIN;
}

/** An arena for such a batch; undefined when there is none to be had: its records then lie in ordinary memory. */
export function takeBatchArena(messageBytes: number): Arena | undefined {
  try {
    return takeArena(batchBytes(messageBytes));
  } catch (error) {
    if (!(error instanceof ArenaFullError)) throw error;
    return undefined;
  }
}

/** Remembers what a batch needed. */
export function learnBatch(messageBytes: number, neededBytes: number): void {
  const perByte = Math.ceil((neededBytes - BATCH_BYTES_MIN) / Math.max(messageBytes, 1));
  needPerByte = Math.max(needPerByte, Math.min(perByte, LIMITS.arenaBytesPerByteMax));
}

const BATCH_BYTES_MIN = 4 * 1024 * 1024;

function dropSmallest(): void {
  let smallest = 0;
  for (const [i, arena] of free.entries()) if (arena.buffer.byteLength < free[smallest]!.buffer.byteLength) smallest = i;
  free.splice(smallest, 1);
}
