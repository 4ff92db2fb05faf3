// Column batch → Parquet file, without row objects. Upholds promise 6 (every engine reads it with its defaults) and promise 10:
// memory is the batch, one column chunk and the finished bytes.
//   per row group: shred (levels) → per leaf: gather values in row order → dictionary or plain → pages → zstd → chunk
//   then column indexes, offset indexes, footer
// Format: one row group unless told otherwise, data pages V1, PLAIN and RLE_DICTIONARY, zstd 1, CRC on every page, page index, full
// statistics, field ids on every level. Source: parquet-format README and parquet.thrift; Iceberg specification, appendix A.
import { assertInvariant } from '../errors.ts';
import { boundAt } from './bounds.ts';
import { type EncodedChunk, encodeChunk } from './chunk.ts';
import { type ChunkRecord, encodeFooter, type FilePlace, type PlacedRowGroup } from './footer.ts';
import { chunkStats, mergeLeafStats } from './leaf-stats.ts';
import { encodeColumnIndex, encodeOffsetIndex, hasBounds, isFloat } from './page-index.ts';
import { planSchema, type SchemaPlan } from './schema-plan.ts';
import { shredRows } from './shred.ts';
import type { EncodedFile, EncodeRequest, LeafStats } from './types.ts';

const MAGIC = Buffer.from('PAR1', 'latin1');

/** Encodes the rows of a request as one Parquet file. Deterministic: the same request gives the same bytes. */
export function encodeParquet(request: EncodeRequest): EncodedFile {
  const plan = planSchema(request.schema);
  assertInvariant(plan.leaves.length > 0, 'a Parquet file has at least one column');
  const order = rowOrder(request);
  const rowsMax = request.rowGroupRowsMax ?? Math.max(1, order.length);
  assertInvariant(Number.isSafeInteger(rowsMax) && rowsMax > 0, 'a row group holds at least one row');
  const file: FileParts = { parts: [MAGIC], size: MAGIC.length };
  const groups: WrittenGroup[] = [];
  for (let from = 0; from < order.length; from += rowsMax) {
    groups.push(writeRowGroup(file, { plan, request, rows: order.subarray(from, from + rowsMax) }));
  }
  const footer = encodeFooter({ plan, rows: order.length, rowGroups: writePageIndex(file, groups), metadata: request.metadata ?? {} });
  const tail = Buffer.allocUnsafe(4);
  tail.writeUInt32LE(footer.length);
  for (const part of [footer, tail, MAGIC]) append(file, part);
  const bytes = Buffer.concat(file.parts as Buffer[]);
  assertInvariant(bytes.length === file.size, 'a file is as long as its parts');
  return {
    bytes,
    recordCount: order.length,
    stats: plan.leaves.map((leaf, i) =>
      mergeLeafStats(
        leaf,
        groups.map((group) => group.chunks[i]!.stats),
      ),
    ),
    splitOffsets: groups.map((group) => group.offset),
  };
}

interface FileParts {
  readonly parts: Buffer[];
  size: number;
}

interface WrittenChunk {
  readonly record: ChunkRecord;
  readonly columnIndex: Buffer | undefined;
  readonly offsetIndex: Buffer;
  readonly stats: LeafStats;
}

interface WrittenGroup {
  readonly rows: number;
  readonly offset: number;
  readonly chunks: readonly WrittenChunk[];
}

function append(file: FileParts, part: Buffer): FilePlace {
  const offset = file.size;
  file.parts.push(part);
  file.size += part.length;
  return { offset, length: part.length };
}

function rowOrder(request: EncodeRequest): Uint32Array {
  const { rows } = request.columns;
  if (!request.order) return Uint32Array.from({ length: rows }, (_, row) => row);
  for (const row of request.order) assertInvariant(row < rows, 'a row to encode is a row of the batch');
  return request.order;
}

function writeRowGroup(
  file: FileParts,
  group: { readonly plan: SchemaPlan; readonly request: EncodeRequest; readonly rows: Uint32Array },
): WrittenGroup {
  const { plan, rows } = group;
  const offset = file.size;
  const chunks: WrittenChunk[] = [];
  shredRows(plan, { set: group.request.columns, rows }, (leaf, shredded) => {
    assertInvariant(leaf === chunks.length, 'columns are written in the order of the schema');
    const chunk = encodeChunk(plan.leaves[leaf]!, shredded);
    chunks.push(describeChunk(chunk, file.size));
    for (const part of chunk.parts) append(file, part);
  });
  assertInvariant(chunks.length === plan.leaves.length, 'a row group has every column');
  const stored = chunks.reduce((sum, chunk) => sum + chunk.record.storedBytes, 0);
  assertInvariant(stored === file.size - offset, 'a row group is as long as its chunks');
  return { rows: rows.length, offset, chunks };
}

/** What stays of a chunk once its bytes are written. */
function describeChunk(chunk: EncodedChunk, offset: number): WrittenChunk {
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
    isDictionary: chunk.isDictionary,
    pageCount: chunk.pages.length,
    offset,
  };
  return { record, columnIndex: encodeColumnIndex(chunk), offsetIndex: encodeOffsetIndex(chunk, offset), stats: chunkStats(chunk) };
}

/** All column indexes, then all offset indexes: a reader fetches either kind with one request. Source: PageIndex.md. */
function writePageIndex(file: FileParts, groups: readonly WrittenGroup[]): PlacedRowGroup[] {
  const columnIndexes = groups.map((group) => group.chunks.map((chunk) => chunk.columnIndex && append(file, chunk.columnIndex)));
  return groups.map((group, g) => ({
    rows: group.rows,
    offset: group.offset,
    chunks: group.chunks.map((chunk, c) => ({
      record: chunk.record,
      columnIndex: columnIndexes[g]![c],
      offsetIndex: append(file, chunk.offsetIndex),
    })),
  }));
}
