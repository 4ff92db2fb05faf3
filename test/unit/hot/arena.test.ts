import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { compileKernels } from '../../../scripts/compile-kernels.mjs';
import { InvariantError } from '../../../src/errors.ts';
import { ArenaFullError, alloc, allocHigh, freeBytes, makeArena, mark, reset } from '../../../src/hot/memory.ts';
import { assertAddress, isCanaryIntact, PAGE_BYTES } from '../../../src/hot/module.ts';
import { holdArena, releaseArena, takeArena } from '../../../src/hot/pool.ts';

const ROOT = join(import.meta.dirname, '../../..');

describe('the compiled kernels', () => {
  it('are what their sources compile to, byte for byte', async () => {
    const committed = readFileSync(join(ROOT, 'src/hot/firn-hot.wasm'));
    expect((await compileKernels(ROOT)).equals(committed)).toBe(true);
    // Seconds of a quiet core, many times that on a busy one.
  }, 240_000);

  it('are refused an address that is none', () => {
    const { memory } = makeArena(1);
    for (const address of [Number.NaN, 0, PAGE_BYTES - 1, 1.5 + PAGE_BYTES, memory.buffer.byteLength + 1]) {
      expect(() => assertAddress(memory, address, 'the program')).toThrow(InvariantError);
    }
    expect(() => assertAddress(memory, PAGE_BYTES, 'the program')).not.toThrow();
  });
});

describe('an arena', () => {
  it('hands out aligned, disjoint memory from both ends and takes back what follows a mark', () => {
    const arena = makeArena(4096);
    const first = alloc(arena, 3, 1);
    const second = alloc(arena, 8, 64);
    expect(second % 64).toBe(0);
    expect(second).toBeGreaterThanOrEqual(first + 3);
    const at = mark(arena);
    alloc(arena, 100, 8);
    const high = allocHigh(arena, 100);
    expect(high).toBeGreaterThanOrEqual(arena.low);
    reset(arena, at);
    expect(alloc(arena, 1, 1)).toBe(second + 8);
  });

  it('says that it is full instead of handing out what it does not have', () => {
    const arena = makeArena(4096);
    expect(() => alloc(arena, freeBytes(arena) + 1, 1)).toThrow(ArenaFullError);
    alloc(arena, freeBytes(arena), 1);
    expect(() => allocHigh(arena, 1)).toThrow(ArenaFullError);
  });

  it('is used again once released, unless its canary was touched', () => {
    const arena = takeArena(1024);
    alloc(arena, 512, 4);
    releaseArena(arena);
    const again = takeArena(1024);
    expect(again).toBe(arena);
    expect(freeBytes(again)).toBeGreaterThanOrEqual(1024);
    again.bytes[8] = 1;
    expect(isCanaryIntact(again.memory)).toBe(false);
    holdArena(again);
    releaseArena(again);
    expect(takeArena(1024)).not.toBe(arena);
    releaseArena(again);
    expect(takeArena(1024)).not.toBe(arena);
    expect(() => releaseArena(again)).toThrow(InvariantError);
  });
});
