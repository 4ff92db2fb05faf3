// What a process does while it starts changes what it takes, not what it makes.
import { describe, expect, it } from 'vitest';
import { buildColumns } from '../../../src/column-cells.ts';
import type { StructType } from '../../../src/contract/types.ts';
import { arenaOf } from '../../../src/hot/memory.ts';
import { takeArena } from '../../../src/hot/pool.ts';
import { primeEncoder } from '../../../src/jobs/prime-encoder.ts';
import { encodeParquet } from '../../../src/parquet/encode.ts';

const STRUCT: StructType = {
  type: 'struct',
  fields: [
    { id: 1, name: 's', required: true, type: 'string' },
    { id: 2, name: 'n', required: false, type: 'long' },
  ],
};

describe('a process that has primed its encoder', () => {
  it('writes the bytes that it wrote before', () => {
    const rows = Array.from({ length: 900 }, (_, row) => [`v${row % 40}`, row % 3 === 0 ? null : BigInt(row)]);
    const columns = buildColumns(STRUCT, rows);
    const before = encodeParquet({ schema: STRUCT, columns }).bytes;
    primeEncoder();
    expect(encodeParquet({ schema: STRUCT, columns }).bytes.equals(before)).toBe(true);
  });

  it('has an arena that is free for the first batch', () => {
    primeEncoder();
    const arena = takeArena(64 * 1024);
    expect(arena.holders).toBe(1);
    // It was used: of memory that is new every byte is 0.
    expect(arenaOf(arena.buffer)).toBe(arena);
    expect(arena.bytes.subarray(arena.low, arena.high).some((byte) => byte !== 0)).toBe(true);
  });
});
