// Which kernels a batch is encoded with, and what becomes of them when they fail. A trap, or a write into the canary page, ends the encoding
// at hand with KernelFailure and retires the arena. A whole file is then encoded once more with the TypeScript kernels (encode.ts), and so is
// every later file of that batch; who streams row groups fails, and its next attempt works in another arena.
import type { ColumnSet } from '../columns.ts';
import { encodeRoomBytes } from '../hot/encode-kernels.ts';
import { type Arena, ArenaFullError, alloc, arenaOf, mark, reset } from '../hot/memory.ts';
import { isCanaryIntact } from '../hot/module.ts';
import { releaseArena, takeArena } from '../hot/pool.ts';
import { WASM } from '../hot/webassembly.ts';
import { hotKernels, plainKernelsIn } from './hot-kernels.ts';
import { type KernelPlace, plainKernels } from './kernels.ts';
import { SPARE_BYTES } from './room.ts';

/** Thrown when the WebAssembly kernels fail in the midst of a file. */
export class KernelFailure extends Error {
  override readonly name = 'KernelFailure';
}

export type OpenKernels = KernelPlace & {
  /** Does the work that calls the kernels. Throws KernelFailure when they fail. */
  guard(work: () => void): void;
  release(): void;
};

/** Fewer rows of a larger batch than this are encoded sooner than the kernels are called for each column. */
const CALL_ROWS_MIN = 24;
/** Fewer rows than this are encoded sooner than a batch's bytes are copied. */
const COPY_ROWS_MIN = 512;
/** Larger batches of bytes are left where they are: a compaction streams row groups, and two copies of one are one too many. */
const COPY_BYTES_MAX = 64 * 1024 * 1024;

/** The kernels for `rows` of a batch; release them when its row groups are written. Without an arena to be had they are TypeScript's. */
export function openKernels(columns: ColumnSet, rows: number): OpenKernels {
  try {
    return openHot(columns, rows);
  } catch (error) {
    if (!(error instanceof ArenaFullError)) throw error;
    return unguarded(plainKernels());
  }
}

/** Kernels that are not opened for a batch. */
export function unguarded(place: KernelPlace): OpenKernels {
  return { ...place, guard: (work) => work(), release: () => {} };
}

function openHot(columns: ColumnSet, rows: number): OpenKernels {
  const own = arenaOf(columns.bytes.buffer);
  if (own && !own.isSound) return unguarded(plainKernels());
  if (own) {
    const at = mark(own);
    const place = rows < CALL_ROWS_MIN && rows * 2 < columns.rows ? plainKernelsIn(own) : hotKernels(own);
    return { ...place, guard: guardOver(own), release: () => reset(own, at) };
  }
  const { length } = columns.bytes;
  // Files of few rows of a large batch would copy all of it again and again.
  if (rows < COPY_ROWS_MIN || rows * 2 < columns.rows || length > COPY_BYTES_MAX) return unguarded(plainKernels());
  const arena = takeArena(length + 2 * SPARE_BYTES + encodeRoomBytes(rows));
  const at = alloc(arena, length + SPARE_BYTES, 64);
  arena.bytes.set(columns.bytes, at);
  const copy = arena.bytes.subarray(at, at + length);
  return {
    ...hotKernels(arena),
    place: (bytes) => (isSame(bytes, columns.bytes) ? copy : bytes),
    guard: guardOver(arena),
    release: () => releaseArena(arena),
  };
}

function guardOver(arena: Arena): OpenKernels['guard'] {
  return (work) => {
    try {
      work();
    } catch (error) {
      if (!(error instanceof WASM.RuntimeError)) throw error;
      arena.isSound = false;
      throw new KernelFailure('a kernel of the encoder trapped', { cause: error });
    }
    if (isCanaryIntact(arena.memory)) return;
    arena.isSound = false;
    throw new KernelFailure('a kernel of the encoder wrote into the canary page');
  };
}

/** The memory of nested rows is that of the batch, seen through a Buffer of its own. */
function isSame(a: Buffer, b: Buffer): boolean {
  return a.buffer === b.buffer && a.byteOffset === b.byteOffset && a.length === b.length;
}
