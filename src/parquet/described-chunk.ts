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
  const bound = (side: 'min' | 'max') => (hasBounds(extremes) ? boundAt(leaf, values, { position: extremes[side], side }) : undefined);
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
    columnIndex: encodeColumnIndex(chunk),
    offsetIndex: encodeOffsetIndex(chunk, offset),
    bloom: chunk.bloom,
    stats: chunkStats(chunk),
  };
}
