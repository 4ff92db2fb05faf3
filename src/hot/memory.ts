// Arenas: one WebAssembly memory for everything of a land batch. Positions in `bytes` are addresses of the kernels. An arena is
// filled from both ends: `alloc` takes from the low end upwards and is undone by `reset` to a mark; `allocHigh` takes from the high
// end downwards, for builders that outgrow their estimate while the low end is open. Memory is sized before a batch and never grows
// while one is open, because growing detaches every view of it (promise 10). Pages that nobody touches cost nothing.
import { LIMITS } from '../contract/limits.ts';
import { assertInvariant } from '../errors.ts';
import { type HostFunctions, type HotExports, hotModule, instantiate, PAGE_BYTES } from './module.ts';
import { WASM, type WasmMemory, type WasmModule } from './webassembly.ts';

export interface Arena {
  readonly memory: WasmMemory;
  readonly buffer: ArrayBuffer;
  /** All of the memory: index = address. */
  readonly bytes: Buffer<ArrayBuffer>;
  readonly kernels: HotExports;
  /** Functions the kernels call; set by who opens a batch. */
  readonly host: Record<string, (...numbers: number[]) => number>;
  /** First free address, and the first one taken at the high end. */
  low: number;
  high: number;
  /** False once its kernels trapped or wrote where nothing is to be written: it is not used for another batch. */
  isSound: boolean;
  /** Who uses it: it is free for the next batch once all have released it (pool.ts). */
  holders: number;
}

export type Alignment = 1 | 4 | 8 | 16 | 64;

/** Thrown when an arena has no room; the batch then goes another way, so nothing is lost. Never leaves the pipeline. */
export class ArenaFullError extends Error {
  override readonly name = 'ArenaFullError';
}

/**
 * A memory of at least `sizeBytes` free bytes with its own instance of the kernels. `module`: another build, for tests. Throws
 * ArenaFullError when it would be larger than allowed, or the system does not give it.
 */
export function makeArena(sizeBytes: number, module: WasmModule = hotModule()): Arena {
  const memory = makeMemory(RESERVED_PAGES + Math.ceil(sizeBytes / PAGE_BYTES));
  const host: Arena['host'] = {};
  const kernels = instantiate(module, memory, forwarding(module, host));
  const buffer = memory.buffer;
  const arena: Arena = {
    memory,
    buffer,
    bytes: Buffer.from(buffer),
    kernels,
    host,
    low: 0,
    high: buffer.byteLength,
    isSound: true,
    holders: 0,
  };
  resetArena(arena);
  known.set(buffer, arena);
  return arena;
}

function makeMemory(pages: number): WasmMemory {
  if (pages * PAGE_BYTES > LIMITS.arenaBytesMax) throw new ArenaFullError('the batch needs a larger arena than there may be');
  try {
    return new WASM.Memory({ initial: pages });
  } catch (cause) {
    if (!(cause instanceof RangeError)) throw cause;
    throw new ArenaFullError('the system has no memory for the arena', { cause });
  }
}

const known = new WeakMap<ArrayBufferLike, Arena>();

/** The arena whose memory this is. */
export function arenaOf(buffer: ArrayBufferLike): Arena | undefined {
  return known.get(buffer);
}

/** The canary page and the module's own tables, spare bytes included. */
const RESERVED_PAGES = 4;
/** Wide loads may read this far behind what they are asked for. */
const SPARE_BYTES = 64;

/** Imports are fixed when an instance is made; what they do is the batch's. */
function forwarding(module: WasmModule, host: Arena['host']): HostFunctions {
  const names = WASM.Module.imports(module).flatMap(({ module: from, name }) => (from === 'host' ? [name] : []));
  return Object.fromEntries(names.map((name) => [name, (...numbers: number[]) => host[name]!(...numbers)]));
}

/** Takes `size` bytes at the low end. Throws ArenaFullError when they are not there. */
export function alloc(arena: Arena, size: number, align: Alignment): number {
  assertInvariant(Number.isInteger(size) && size >= 0, 'a size is a whole number of bytes');
  const at = Math.ceil(arena.low / align) * align;
  if (at + size > arena.high) throw new ArenaFullError('the arena has no room');
  arena.low = at + size;
  return at;
}

/** Takes `size` bytes at the high end, aligned to 64. Throws ArenaFullError when they are not there. */
export function allocHigh(arena: Arena, size: number): number {
  assertInvariant(Number.isInteger(size) && size >= 0, 'a size is a whole number of bytes');
  const at = Math.floor((arena.high - size) / 64) * 64;
  if (at < arena.low) throw new ArenaFullError('the arena has no room');
  arena.high = at;
  return at;
}

/** Position to `reset` to. */
export function mark(arena: Arena): number {
  return arena.low;
}

/** Gives back everything taken at the low end since the mark. */
export function reset(arena: Arena, to: number): void {
  assertInvariant(to >= arena.kernels.heapBase() && to <= arena.low, 'an arena is reset to a mark of its own');
  arena.low = to;
}

/** Gives back everything: the arena is as new but for the content of its bytes. */
export function resetArena(arena: Arena): void {
  arena.low = Math.ceil(arena.kernels.heapBase() / 64) * 64;
  arena.high = arena.buffer.byteLength - SPARE_BYTES;
}

/** Bytes free between both ends. */
export function freeBytes(arena: Arena): number {
  return arena.high - arena.low;
}
