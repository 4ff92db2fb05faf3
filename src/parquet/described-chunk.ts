// What stays of a column chunk once its bytes are written: its record in the footer, its indexes, its Bloom filter, its statistics.
import { boundAt } from './bounds.ts';
import type { EncodedChunk } from './chunk.ts';
import type { ChunkRecord } from './footer.ts';
import { chunkStats } from './leaf-stats.ts';
import { encodeColumnIndex, encodeOffsetIndex, hasBounds, isFloat } from './page-index.ts';
import { addSizes } from './size-statistics.ts';
import type { LeafStats } from './types.ts';

export interface WrittenChunk {
  readonly record: ChunkRecord;
  readonly columnIndex: Buffer | undefined;
  readonly offsetIndex: Buffer;
  readonly bloom: Buffer | undefined;
  readonly stats: LeafStats;
}

/** Describes a chunk that begins at `offset` of the file. */
export function describeChunk(chunk: EncodedChunk, offset: number): WrittenChunk {
  const { leaf, values, extremes } = chunk;
  const bound = (side: 'min' | 'max') => {
    if (!hasBounds(extremes)) return undefined;
    const { bytes, isExact } = boundAt(leaf, values, { position: extremes[side], side });
    return { bytes: owned(bytes), isExact };
  };
  const columnIndex = encodeColumnIndex(chunk);
  const record: ChunkRecord = {
    leaf,
    codec: chunk.codec,
    entries: chunk.entries,
    nulls: chunk.nulls,
    nanCount: isFloat(chunk) ? extremes.nanCount : undefined,
    min: bound('min'),
    max: bound('max'),
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
    columnIndex: columnIndex && owned(columnIndex),
    offsetIndex: owned(encodeOffsetIndex(chunk, offset)),
    bloom: chunk.bloom,
    stats: chunkStats(chunk),
  };
}

/** A copy in memory of its own: what is kept until the file ends must not keep the batch or a pool of small buffers. */
function owned(bytes: Uint8Array): Buffer {
  return Buffer.from(new Uint8Array(bytes).buffer);
}
