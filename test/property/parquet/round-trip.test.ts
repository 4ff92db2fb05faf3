import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { buildColumns, readRow } from '../../../src/column-cells.ts';
import { layoutOf } from '../../../src/columns.ts';
import type { StructType } from '../../../src/contract/types.ts';
import { encodeParquet } from '../../../src/parquet/encode.ts';
import { readColumns } from '../../../src/parquet/read.ts';
import { readFooter } from '../../../src/parquet/read-footer.ts';
import { type Batch, batchArbitrary } from './arbitraries.ts';
import { comparable, leafEntries, naiveStats } from './naive.ts';

function encodeBatch(batch: Batch, rowGroupRowsMax?: number) {
  return encodeParquet({
    schema: batch.struct,
    columns: buildColumns(batch.struct, batch.rows),
    order: Uint32Array.from(batch.order),
    ...(rowGroupRowsMax === undefined ? {} : { rowGroupRowsMax }),
  });
}

async function readRows(bytes: Buffer, schema: StructType): Promise<unknown[]> {
  const set = await readColumns(bytes, schema);
  const layout = layoutOf(schema);
  return Array.from({ length: set.rows }, (_, row) => readRow(set, layout, row).map(comparable));
}

const RUNS = { numRuns: 250 };

describe('any schema and any rows', () => {
  it('what is encoded in an order reads back as the same cells in that order', async () => {
    await fc.assert(
      fc.asyncProperty(batchArbitrary, fc.integer({ min: 1, max: 40 }), async (batch, rowGroupRowsMax) => {
        const file = encodeBatch(batch, rowGroupRowsMax);
        const wanted = batch.order.map((row) => batch.rows[row]!.map(comparable));
        expect(await readRows(file.bytes, batch.struct)).toEqual(wanted);
        expect(file.recordCount).toBe(batch.order.length);
        expect(file.splitOffsets).toHaveLength(Math.ceil(batch.order.length / rowGroupRowsMax));
      }),
      RUNS,
    );
  });

  it('statistics equal those counted value by value, whatever the row groups', () => {
    fc.assert(
      fc.property(batchArbitrary, fc.integer({ min: 1, max: 40 }), (batch, rowGroupRowsMax) => {
        const file = encodeBatch(batch, rowGroupRowsMax);
        const rows = batch.order.map((row) => batch.rows[row]!);
        const naive = leafEntries(batch.struct, rows);
        for (const { columnSizeBytes, ...stats } of file.stats) {
          expect(columnSizeBytes > 0).toBe(rows.length > 0);
          if (rows.length === 0) continue;
          const wanted = naiveStats(stats.fieldId, naive.get(stats.fieldId)!);
          expect(comparableStats(stats)).toEqual(comparableStats(wanted));
        }
        expect(file.stats.length >= naive.size).toBe(true);
      }),
      RUNS,
    );
  });

  it('the footer counts what the statistics count', () => {
    fc.assert(
      fc.property(batchArbitrary, (batch) => {
        const file = encodeBatch(batch);
        const footer = readFooter(file.bytes);
        expect(footer.rows).toBe(batch.order.length);
        expect(footer.rowGroups.map((group) => group.offset)).toEqual(file.splitOffsets);
        file.stats.forEach((stats, leaf) => {
          const chunks = footer.rowGroups.map((group) => group.chunks[leaf]!);
          const total = (count: (chunk: (typeof chunks)[number]) => number) => chunks.reduce((sum, chunk) => sum + count(chunk), 0);
          expect(footer.leaves[leaf]!.element.field_id).toBe(stats.fieldId);
          expect(total((chunk) => chunk.entries)).toBe(stats.valueCount);
          expect(total((chunk) => chunk.nullCount!)).toBe(stats.nullCount);
          expect(total((chunk) => chunk.sizeBytes)).toBe(stats.columnSizeBytes);
        });
      }),
      { numRuns: 100 },
    );
  });

  it('a schema of some of the fields reads the same cells as the whole one', async () => {
    await fc.assert(
      fc.asyncProperty(batchArbitrary, fc.infiniteStream(fc.boolean()), async (batch, keeps) => {
        const file = encodeBatch(batch);
        const kept = batch.struct.fields.flatMap((field, i) => (keeps.next().value ? [{ field, i }] : []));
        const part: StructType = { type: 'struct', fields: kept.map(({ field }) => field) };
        const wanted = batch.order.map((row) => kept.map(({ i }) => comparable(batch.rows[row]![i]!)));
        expect(await readRows(file.bytes, part)).toEqual(wanted);
      }),
      { numRuns: 100 },
    );
  });
});

function comparableStats(stats: { readonly min?: unknown; readonly max?: unknown }): unknown {
  return { ...stats, min: comparable((stats.min ?? null) as never), max: comparable((stats.max ?? null) as never) };
}
