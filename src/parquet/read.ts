// Parquet file → column batch, for files of any writer. Columns are found by field id; only the columns of the wanted schema are
// decoded, so a schema of a few fields is the fast path for keys. 64-bit values stay exact. A wrong, truncated or hostile file throws
// InputRefusedError in time and memory bounded by LIMITS (promise 10).
//   footer (checked) → resolve fields → decode the needed leaves → assemble row spaces → one memory for all views
import { type ColumnSet, type Layout, layoutOf } from '../columns.ts';
import { LIMITS } from '../contract/limits.ts';
import type { StructType } from '../contract/types.ts';
import { assertInvariant } from '../errors.ts';
import { assembleSet, withBytes } from './assemble.ts';
import { Arena } from './dense.ts';
import { mapNames } from './map-names.ts';
import { type FileFooter, readFooter } from './read-footer.ts';
import { type LeafData, readLeaf } from './read-leaf.ts';
import { expectFile } from './refuse.ts';
import { neededLeaves, resolveColumns } from './resolve.ts';
import type { MappedField } from './types.ts';

export interface ReadOptions {
  /** Only these row groups, by their place in the file: for files larger than memory. */
  readonly rowGroups?: readonly number[];
  /** Finds the columns of a file without field ids. */
  readonly nameMapping?: readonly MappedField[];
}

/** Reads all rows of a file, or those of some row groups, as columns of `schema`. */
export async function readColumns(bytes: Uint8Array, schema: StructType, options: ReadOptions = {}): Promise<ColumnSet> {
  const file = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const whole = mapNames(readFooter(bytes), options.nameMapping);
  const footer = options.rowGroups ? pickRowGroups(whole, options.rowGroups) : whole;
  const layout = layoutOf(schema);
  const nodes = resolveColumns(layout, footer);
  const needed = [...neededLeaves(nodes)].sort((a, b) => a - b);
  expectMemory(footer, layout, needed);
  const arena = new Arena(LIMITS.parquetDecodedBytesMax);
  const leaves = new Map<number, LeafData>();
  const source = { file, footer, arena, budget: { leftBytes: LIMITS.parquetDecodedBytesMax } };
  for (const leaf of needed) leaves.set(leaf, readLeaf(source, leaf));
  const set = assembleSet({ leaves, arena }, nodes, { layout, rows: footer.rows, depth: 0, rowDefinition: 0 });
  return withBytes(set, arena.finish());
}

function pickRowGroups(footer: FileFooter, picks: readonly number[]): FileFooter {
  const rowGroups = picks.map((pick) => {
    const group = footer.rowGroups[pick];
    assertInvariant(group, 'a row group to read is one of the file');
    return group;
  });
  return { ...footer, rowGroups, rows: rowGroups.reduce((sum, group) => sum + group.rows, 0) };
}

/** Bytes per entry while it is read: two levels, the dense value, the value in its row (both at most 8), the row number. */
const ENTRY_BYTES = 22;

/** The counts of the footer decide how much is allocated, so they are held against the limit first. */
function expectMemory(footer: FileFooter, layout: Layout, leaves: readonly number[]): void {
  let entries = footer.rows * layout.slots.length;
  for (const group of footer.rowGroups) for (const leaf of leaves) entries += group.chunks[leaf]!.entries;
  const bytes = entries * ENTRY_BYTES;
  expectFile(bytes <= LIMITS.parquetDecodedBytesMax, `its columns take ${bytes} bytes, at most ${LIMITS.parquetDecodedBytesMax} are read`);
}
