// The encoder's kernels in WebAssembly give what those in TypeScript give: results, bytes, whole files.
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { buildColumns } from '../../../src/column-cells.ts';
import type { Column, ColumnSet } from '../../../src/columns.ts';
import type { StructType } from '../../../src/contract/types.ts';
import { type Arena, alloc, makeArena, mark, reset } from '../../../src/hot/memory.ts';
import { isCanaryIntact } from '../../../src/hot/module.ts';
import { encodeParquet } from '../../../src/parquet/encode.ts';
import { hotKernels } from '../../../src/parquet/hot-kernels.ts';
import { KERNELS, plainKernels } from '../../../src/parquet/kernels.ts';
import { openKernels } from '../../../src/parquet/open-kernels.ts';
import { PARQUET_DEFAULTS } from '../../../src/parquet/options.ts';
import { seededRandom } from '../../support/fuzz/random.ts';
import { findEncoderDifference } from '../../support/hot/encoder-differences.ts';
import { put } from '../../support/hot/encoder-inputs.ts';

const ARENA_BYTES = 4 * 1024 * 1024;

describe("the encoder's kernels in WebAssembly", () => {
  it('give the results and the bytes of those in TypeScript', () => {
    const arena = makeArena(ARENA_BYTES);
    const places = [hotKernels(arena), plainKernels()] as const;
    fc.assert(
      fc.property(fc.integer(), (seed) => {
        expect(findEncoderDifference(places, seed)).toBeUndefined();
      }),
      { numRuns: 400 },
    );
    expect(isCanaryIntact(arena.memory)).toBe(true);
  });

  it('go the way of TypeScript when their arena is full, with the same results', () => {
    const arena = makeArena(8192);
    const place = hotKernels(arena);
    alloc(arena, 7000, 1);
    fc.assert(
      fc.property(fc.integer(), (seed) => {
        expect(findEncoderDifference([place, plainKernels()], seed)).toBeUndefined();
      }),
      { numRuns: 100 },
    );
  });

  it('number an empty string as one wherever it lies, the first address included', () => {
    const arena = makeArena(ARENA_BYTES);
    const { numberStrings } = hotKernels(arena);
    const at = alloc(arena, 16, 16);
    arena.bytes.write('other', at, 'latin1');
    const words = (values: readonly number[]) =>
      put(new Uint32Array(arena.buffer, alloc(arena, values.length * 4, 4), values.length), values);
    const presence = { words: words([1, 1, 1]), bit: 0 };
    const column = { start: words([0, at, 0]), length: words([0, 5, 0]), presence, room: 8 };
    const batch = { bytes: arena.bytes, rows: words([0, 1, 2]) };
    const [numbered] = numberStrings!([column], batch, { bytesMax: 1000, probeValues: 100, probeDistinctMax: 50 })!;
    expect([numbered!.distinct, [...numbered!.ids], [...numbered!.first.subarray(0, 2)]]).toEqual([2, [0, 1, 0], [0, 1]]);
  });

  it('work on columns where a decoder left them, and give the arena back as it was', () => {
    const arena = makeArena(2 * ARENA_BYTES);
    fc.assert(
      fc.property(fc.integer(), (seed) => {
        const { struct, columns, order } = makeBatch(seed);
        const before = mark(arena);
        const moved = inArena(arena, columns);
        const [low, content] = [mark(arena), Buffer.from(arena.bytes.subarray(before, mark(arena)))];
        const theirs = encodeParquet({ schema: struct, columns, order, kernels: plainKernels() });
        // The second file knows which columns had a dictionary in the first.
        for (const ours of [1, 2].map(() => encodeParquet({ schema: struct, columns: moved, order }))) {
          expect(mark(arena)).toBe(low);
          expect(arena.bytes.subarray(before, low).equals(content)).toBe(true);
          expect(ours.bytes.equals(theirs.bytes)).toBe(true);
        }
        // Around the number of rows from which on the kernels are called.
        for (const few of [1, 7, 23, 24, 65].map((rows) => ({ schema: struct, order: order.subarray(0, rows), rowGroupRowsMax: 10 }))) {
          const ours = encodeParquet({ ...few, columns: moved });
          const theirs = encodeParquet({ ...few, columns, kernels: plainKernels() });
          expect([ours.bytes.equals(theirs.bytes), ours.stats, mark(arena)]).toEqual([true, theirs.stats, low]);
        }
        reset(arena, before);
      }),
      { numRuns: 6 },
    );
  });

  it.each([1, 2] as const)('write the same file, page version %i', (pageVersion) => {
    fc.assert(
      fc.property(fc.integer(), (seed) => {
        const { struct, columns, order } = makeBatch(seed);
        const { release, guard: _, ...hot } = openKernels(columns, columns.rows);
        expect(hot.kernels).not.toBe(KERNELS);
        const request = { schema: struct, columns, order, options: { ...PARQUET_DEFAULTS, pageVersion, pageBytes: 4096, pageRows: 900 } };
        const ours = encodeParquet({ ...request, kernels: hot });
        release();
        const theirs = encodeParquet({ ...request, kernels: plainKernels() });
        expect(ours.bytes.equals(theirs.bytes)).toBe(true);
        expect(ours.stats).toEqual(theirs.stats);
      }),
      { numRuns: 8 },
    );
  });
});

/** The same columns in an arena, as a decoder leaves them: positions of views are addresses. */
function inArena(arena: Arena, columns: ColumnSet): ColumnSet {
  const shift = alloc(arena, columns.bytes.length, 64);
  arena.bytes.set(columns.bytes, shift);
  const words = (from: Uint32Array): Uint32Array => {
    const into = new Uint32Array(arena.buffer, alloc(arena, from.byteLength, 64), from.length);
    into.set(from);
    return into;
  };
  const move = (set: ColumnSet): ColumnSet => ({
    ...set,
    bytes: arena.bytes,
    present: set.present.map(words),
    columns: set.columns.map((column): Column => {
      if (column.kind === 'view') return { ...column, start: words(column.start.map((at) => at + shift)), length: words(column.length) };
      if (column.kind === 'list' || column.kind === 'map') {
        return { ...column, start: words(column.start), length: words(column.length), child: move(column.child) };
      }
      if (column.kind !== 'i64') return column;
      const at = alloc(arena, column.v.byteLength, 64);
      const v = new BigInt64Array(arena.buffer, at, column.v.length);
      v.set(column.v);
      return { kind: 'i64', v };
    }),
  });
  return move(columns);
}

const FIELDS = [
  { name: 's', type: 'string' },
  { name: 'u', type: 'uuid' },
  { name: 'i', type: 'int' },
  { name: 'l', type: 'long' },
  { name: 'd', type: 'double' },
  { name: 'f', type: 'float' },
  { name: 'b', type: 'boolean' },
  { name: 'small', type: 'decimal(7,2)' },
  { name: 'large', type: 'decimal(30,3)' },
  { name: 't', type: 'timestamptz' },
] as const;

/** Rows enough that the batch is copied into an arena; some optional values missing. */
function makeBatch(seed: number) {
  const random = seededRandom(seed);
  const fields = FIELDS.map((field, i) => ({ id: i + 1, required: false, ...field }));
  const list = {
    id: 20,
    name: 'tags',
    required: false,
    type: { type: 'list', 'element-id': 21, 'element-required': true, element: 'string' },
  };
  const inner = [
    { id: 31, name: 'a', required: false, type: 'string' },
    { id: 32, name: 'b', required: true, type: 'string' },
  ] as const;
  const place: StructType['fields'][number] = { id: 30, name: 'place', required: false, type: { type: 'struct', fields: inner } };
  const struct: StructType = { type: 'struct', fields: [...fields, list as StructType['fields'][number], place] };
  const few = random.chance(2);
  const text = (): string => (few ? `v${random.below(9)}` : `${'값'.repeat(random.below(3))}${random.below(1_000_000)}`);
  const isFull = random.chance(2);
  const cell = (type: (typeof FIELDS)[number]['type']) => {
    if (type === 'string' && isFull) return text();
    if (random.chance(9)) return null;
    if (type === 'string') return text();
    if (type === 'uuid') return Uint8Array.from({ length: 16 }, () => random.below(few ? 2 : 256));
    if (type === 'boolean') return random.chance(2);
    if (type === 'float' || type === 'double') return random.pick([0, -0, Number.NaN, 1.5, random.below(1000) / 4]);
    if (type === 'int') return random.below(1000) - 500;
    return BigInt(random.below(9_999_999)) * (random.chance(2) ? 1n : -1n);
  };
  const count = 600 + random.below(1500);
  const rows = Array.from({ length: count }, () => [
    ...FIELDS.map(({ type }) => cell(type)),
    random.chance(4) ? null : Array.from({ length: random.below(4) }, text),
    random.chance(4) ? null : [random.chance(4) ? null : text(), text()],
  ]);
  const order = Uint32Array.from({ length: count }, (_, row) => row);
  if (random.chance(2)) order.reverse();
  return { struct, columns: buildColumns(struct, rows), order };
}
