// Column index and offset index of a chunk: bounds, null counts and places of its pages, so that readers skip pages.
// Source: parquet-format, PageIndex.md; parquet.thrift, ColumnIndex and OffsetIndex.
import { type Bound, boundAt } from './bounds.ts';
import type { EncodedChunk } from './chunk.ts';
import { compareAt, type Extremes } from './extremes.ts';
import { PHYSICAL } from './physical.ts';
import { ThriftWriter } from './thrift.ts';

const BOUNDARY_ORDER = { unordered: 0, ascending: 1, descending: 2 } as const;

const NO_BOUND = new Uint8Array(0);

export interface Bounds {
  readonly min: Bound;
  readonly max: Bound;
}

/** Bounds of every page; undefined where it has none. */
export function pageBounds({ leaf, values, pages }: EncodedChunk): (Bounds | undefined)[] {
  return pages.map(({ extremes }) =>
    hasBounds(extremes)
      ? {
          min: boundAt(leaf, values, { position: extremes.min, side: 'min' }),
          max: boundAt(leaf, values, { position: extremes.max, side: 'max' }),
        }
      : undefined,
  );
}

/** Indexes are made one after the other and kept as copies. */
const writer = new ThriftWriter();

/** The column index (void when the next index is made), or undefined where a page has values but no bounds: then it must not be written. `bounds`: of its pages. */
export function encodeColumnIndex(chunk: EncodedChunk, bounds: readonly (Bounds | undefined)[]): Buffer | undefined {
  const { pages } = chunk;
  const isNullPage = pages.map((page) => page.nulls === page.span.entries.to - page.span.entries.from);
  if (pages.some((_page, i) => !isNullPage[i] && !bounds[i])) return undefined;
  const bytesOf = (side: 'min' | 'max') => bounds.map((bound) => bound?.[side].bytes ?? NO_BOUND);
  const thrift = writer.restart();
  thrift.boolList(1, isNullPage);
  thrift.binaryList(2, bytesOf('min'));
  thrift.binaryList(3, bytesOf('max'));
  thrift.i32(4, boundaryOrder(chunk));
  thrift.i64List(
    5,
    pages.map((page) => page.nulls),
  );
  const sizes = pages.map((page) => page.sizes);
  if (sizes[0]?.repetition) {
    thrift.i64List(
      6,
      sizes.flatMap((size) => size.repetition!),
    );
  }
  if (sizes[0]?.definition) {
    thrift.i64List(
      7,
      sizes.flatMap((size) => size.definition!),
    );
  }
  if (isFloat(chunk)) {
    thrift.i64List(
      8,
      pages.map((page) => page.extremes.nanCount),
    );
  }
  return thrift.finish();
}

/** The offset index (void when the next index is made); `chunkOffset` is where the chunk begins in the file. */
export function encodeOffsetIndex(chunk: EncodedChunk, chunkOffset: number): Buffer {
  const thrift = writer.restart();
  thrift.structList(1, chunk.pages, (page) => {
    thrift.i64(1, chunkOffset + page.offset);
    thrift.i32(2, page.storedBytes);
    thrift.i64(3, page.span.firstRow);
  });
  const sizes = chunk.pages.map((page) => page.sizes.byteArrayBytes);
  if (sizes[0] !== undefined) thrift.i64List(2, sizes as number[]);
  return thrift.finish();
}

/**
 * May Parquet statistics carry these bounds? Not beside NaN: engines that sort NaN above all numbers (Spark, DuckDB) but do not
 * know nan_count would skip rows that `x > 1` or `x = NaN` selects. Source: parquet.thrift, ColumnOrder: bounds "when present".
 */
export function hasBounds(extremes: Extremes): boolean {
  return extremes.min >= 0 && extremes.nanCount === 0;
}

/** Does the column have NaN to count? */
export function isFloat(chunk: EncodedChunk): boolean {
  const { physical } = chunk.leaf.physical;
  return physical === PHYSICAL.float || physical === PHYSICAL.double;
}

/** Exact bounds in order stay in order when cut: cutting and incrementing are monotonic for bounds of one length limit. */
function boundaryOrder(chunk: EncodedChunk): number {
  const bounded = chunk.pages.filter((page) => page.extremes.min >= 0).map((page) => page.extremes);
  let isAscending = true;
  let isDescending = true;
  for (let i = 1; i < bounded.length; i++) {
    for (const side of ['min', 'max'] as const) {
      const step = compareAt(chunk.values, { a: bounded[i]![side], b: bounded[i - 1]![side] }, chunk.leaf.physical.order);
      if (step < 0) isAscending = false;
      if (step > 0) isDescending = false;
    }
  }
  if (isAscending) return BOUNDARY_ORDER.ascending;
  return isDescending ? BOUNDARY_ORDER.descending : BOUNDARY_ORDER.unordered;
}
