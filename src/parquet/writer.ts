// A Parquet file written piece by piece, without row objects: batches of columns in, parts of the file out in order. Upholds promise 6
// (every engine reads it with its defaults) and promise 10: beside the batch, memory is one column chunk, one page, and what footer and
// indexes say of the chunks written; the parts are the caller's to keep or to pass on.
//   per row group: shred (levels) → per leaf: gather in row order → dictionary or not → pages → compression → sink
//   at the end: Bloom filters, column indexes, offset indexes, footer
// Source: parquet-format README and parquet.thrift; Iceberg specification, appendix A.
import { allRows, type ColumnSet } from '../columns.ts';
import { LIMITS } from '../contract/limits.ts';
import type { StructType } from '../contract/types.ts';
import { assertInvariant } from '../errors.ts';
import { type ChunkContext, encodeChunk } from './chunk.ts';
import { describeChunk, keeper, type WrittenChunk } from './described-chunk.ts';
import { type FileParts, fileParts } from './file-parts.ts';
import { encodeFooter, type FilePlace, type PlacedRowGroup } from './footer.ts';
import type { KernelPlace } from './kernels.ts';
import { mergeLeafStats } from './leaf-stats.ts';
import { learnDistinct, numberAhead } from './number-ahead.ts';
import { type OpenKernels, openKernels, unguarded } from './open-kernels.ts';
import { PARQUET_DEFAULTS, type ParquetOptions } from './options.ts';
import { splitRowGroups } from './row-groups.ts';
import { planSchema, type SchemaPlan } from './schema-plan.ts';
import { shredRows } from './shred.ts';
import type { EncodedFile } from './types.ts';

const MAGIC = Buffer.from('PAR1', 'latin1');

export interface WriterRequest {
  /** The file's schema with the ids to write as Parquet field ids. */
  readonly schema: StructType;
  readonly metadata?: Readonly<Record<string, string>>;
  readonly options?: ParquetOptions;
  readonly rowGroupRowsMax?: number;
  /** Left out: those that suit where the columns lie. */
  readonly kernels?: KernelPlace;
  /** Gets the parts of the file in order; each is its own memory. */
  readonly sink: (part: Buffer) => void;
}

/** A file being written; a class because it has a lifetime. Deterministic: the same calls give the same bytes. */
export class ParquetWriter {
  readonly #request: WriterRequest;
  readonly #options: ParquetOptions;
  readonly #plan: SchemaPlan;
  readonly #groups: { readonly rows: number; readonly offset: number; readonly chunks: readonly WrittenChunk[] }[] = [];
  readonly #keep = keeper();
  readonly #parts: FileParts;
  #size = 0;
  #rows = 0;

  constructor(request: WriterRequest) {
    this.#request = request;
    this.#options = request.options ?? PARQUET_DEFAULTS;
    this.#parts = fileParts(request.sink);
    this.#plan = planSchema(request.schema);
    assertInvariant(this.#plan.leaves.length > 0, 'a Parquet file has at least one column');
    this.#append(MAGIC);
  }

  /** Writes rows of a batch as one row group or more; nothing of the batch is kept. */
  add(columns: ColumnSet, order?: Uint32Array): void {
    const asked = order ?? allRows(columns);
    const rowsMax = this.#request.rowGroupRowsMax ?? LIMITS.parquetRowGroupRowsMax;
    const { release, guard, ...place } = this.#kernelsFor(columns, asked.length);
    const addRows = () => {
      const rows = place.room.u32(asked.length);
      rows.set(asked);
      assertInvariant(asked.length === 0 || place.kernels.spanOfRows(rows).last < columns.rows, 'a row to encode is a row of the batch');
      const bytesMax = this.#options.rowGroupBytes;
      for (const group of splitRowGroups({ columns, rows, rowsMax, bytesMax, kernels: place.kernels })) {
        this.#addGroup(columns, group, { ...place, options: this.#options });
      }
    };
    try {
      guard(addRows);
    } finally {
      release();
    }
  }

  /** Ends the file. */
  close(): Omit<EncodedFile, 'bytes' | 'kernelsFailed'> & { readonly sizeBytes: number } {
    const footer = encodeFooter({
      plan: this.#plan,
      rows: this.#rows,
      rowGroups: this.#writeTail(),
      metadata: this.#request.metadata ?? {},
    });
    const tail = Buffer.allocUnsafe(4);
    tail.writeUInt32LE(footer.length);
    for (const part of [footer, tail, MAGIC]) this.#append(part);
    this.#parts.flush();
    return {
      sizeBytes: this.#size,
      recordCount: this.#rows,
      stats: this.#plan.leaves.map((leaf, i) =>
        mergeLeafStats(
          leaf,
          this.#groups.map((group) => group.chunks[i]!.stats),
        ),
      ),
      splitOffsets: this.#groups.map((group) => group.offset),
    };
  }

  #kernelsFor(columns: ColumnSet, rows: number): OpenKernels {
    const { kernels } = this.#request;
    return kernels ? unguarded(kernels) : openKernels(columns, rows);
  }

  #append(part: Buffer): FilePlace {
    const offset = this.#size;
    this.#parts.put(part);
    this.#size += part.length;
    return { offset, length: part.length };
  }

  #addGroup(columns: ColumnSet, rows: Uint32Array, context: ChunkContext): void {
    const offset = this.#size;
    const chunks: WrittenChunk[] = [];
    const { room } = context;
    const start = room.mark();
    const numbered = numberAhead(this.#plan, { set: columns, rows, place: context, bytesMax: context.options.dictionaryBytes });
    shredRows(this.#plan, { set: columns, rows, place: context, numbered }, (index, shredded) => {
      assertInvariant(index === chunks.length, 'columns are written in the order of the schema');
      const chunkOffset = this.#size;
      const to = room.mark();
      const chunk = encodeChunk(context, { leaf: this.#plan.leaves[index]!, shredded }, (part) => this.#append(part));
      assertInvariant(chunk.storedBytes === this.#size - chunkOffset, 'a chunk is as long as its pages');
      learnDistinct(chunk);
      chunks.push(describeChunk(chunk, chunkOffset, this.#keep));
      room.reset(to);
    });
    room.reset(start);
    assertInvariant(chunks.length === this.#plan.leaves.length, 'a row group has every column');
    this.#groups.push({ rows: rows.length, offset, chunks });
    this.#rows += rows.length;
  }

  /** All Bloom filters, all column indexes, all offset indexes: a reader fetches each kind with one request. Source: PageIndex.md. */
  #writeTail(): PlacedRowGroup[] {
    const place = (pick: (chunk: WrittenChunk) => Buffer | undefined) =>
      this.#groups.map((group) =>
        group.chunks.map((chunk) => {
          const bytes = pick(chunk);
          return bytes && this.#append(bytes);
        }),
      );
    const blooms = place((chunk) => chunk.bloom);
    const columnIndexes = place((chunk) => chunk.columnIndex);
    const offsetIndexes = place((chunk) => chunk.offsetIndex);
    return this.#groups.map((group, g) => ({
      rows: group.rows,
      offset: group.offset,
      chunks: group.chunks.map((chunk, c) => ({
        record: chunk.record,
        bloom: blooms[g]![c],
        columnIndex: columnIndexes[g]![c],
        offsetIndex: offsetIndexes[g]![c]!,
      })),
    }));
  }
}
