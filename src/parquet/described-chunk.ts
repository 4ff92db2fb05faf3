// What stays of a column chunk once its bytes are written: its record in the footer, its indexes, its Bloom filter, its statistics.
import { type Bound, boundAt } from './bounds.ts';
import type { EncodedChunk } from './chunk.ts';
import type { ChunkRecord } from './footer.ts';
import { chunkStats } from './leaf-stats.ts';
import { type Bounds, encodeColumnIndex, encodeOffsetIndex, hasBounds, isFloat, pageBounds } from './page-index.ts';
import { addSizes } from './size-statistics.ts';
import type { LeafStats } from './types.ts';

export interface WrittenChunk {
  readonly record: ChunkRecord;
  readonly columnIndex: Buffer | undefined;
  readonly offsetIndex: Buffer;
  readonly bloom: Buffer | undefined;
  readonly stats: LeafStats;
}

/** Describes a chunk that begins at `offset` of the file; `keep` copies what is kept. */
export function describeChunk(chunk: EncodedChunk, offset: number, keep: Keep): WrittenChunk {
  const { leaf, extremes } = chunk;
  const bounds = pageBounds(chunk);
  const chunkBounds = hasBounds(extremes) ? boundsOfChunk(chunk, bounds) : undefined;
  const columnIndex = encodeColumnIndex(chunk, bounds);
  const keptColumnIndex = columnIndex && keep(columnIndex);
  const record: ChunkRecord = {
    leaf,
    codec: chunk.codec,
    entries: chunk.entries,
    nulls: chunk.nulls,
    nanCount: isFloat(chunk) ? extremes.nanCount : undefined,
    min: chunkBounds && kept(chunkBounds.min, keep),
    max: chunkBounds && kept(chunkBounds.max, keep),
    rawBytes: chunk.rawBytes,
    storedBytes: chunk.storedBytes,
    dictionaryBytes: chunk.dictionaryBytes,
    encoding: chunk.encoding,
    pageVersion: chunk.pageVersion,
    pageCount: chunk.pages.length,
    sizes: addSizes(chunk.pages.map((page) => page.sizes)),
    offset,
  };
  return {
    record,
    columnIndex: keptColumnIndex,
    offsetIndex: keep(encodeOffsetIndex(chunk, offset)),
    bloom: chunk.bloom,
    stats: chunkStats(chunk),
  };
}

function boundsOfChunk({ leaf, values, extremes, pages }: EncodedChunk, bounds: readonly (Bounds | undefined)[]): Bounds {
  const [only] = bounds;
  if (pages.length === 1 && only) return only;
  return {
    min: boundAt(leaf, values, { position: extremes.min, side: 'min' }),
    max: boundAt(leaf, values, { position: extremes.max, side: 'max' }),
  };
}

function kept({ bytes, isExact }: Bound, keep: Keep): Bound {
  return { bytes: keep(bytes), isExact };
}

/** Copies bytes into memory of the file's own: what is kept until it ends must not keep the batch or a pool of small buffers. */
export type Keep = (bytes: Uint8Array) => Buffer;

const KEPT_SLAB_BYTES = 4096;

/** Copies into slabs, because a memory of its own costs more than such a piece is long. */
export function keeper(): Keep {
  let slab = Buffer.alloc(0);
  let used = 0;
  return (bytes) => {
    if (used + bytes.length > slab.length) {
      slab = Buffer.allocUnsafeSlow(Math.max(KEPT_SLAB_BYTES, bytes.length));
      used = 0;
    }
    slab.set(bytes, used);
    used += bytes.length;
    return slab.subarray(used - bytes.length, used);
  };
}
