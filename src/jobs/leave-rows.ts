// Takes the rows at some offsets out of a table, for an entry that moves or erases them: each live data file that holds one is written
// again without it, others' deletes applied, and files that hold none are not touched. Worked out from the metadata at hand in
// every attempt of a commit, so rows that others deleted or compacted meanwhile are seen as they are. Rows that stay keep their lineage
// (version 3). One file is in memory at a time.
import { InputRefusedError } from '../errors.ts';
import { planScan, type ScanTask } from '../iceberg/scan.ts';
import type { DataFile, TableMetadata } from '../iceberg/types.ts';
import type { ParkReason, SourceRanges } from '../ledger/entries.ts';
import { containsOffset } from '../ledger/ranges.ts';
import { mayHoldOffsets } from './known-tables.ts';
import { type MaterialiseContext, targetOf } from './materialise-files.ts';
import { OffsetMap } from './offset-map.ts';
import { newDeletesReader } from './read-deletes.ts';
import { readTask } from './read-task.ts';
import { fillLineage, withLineage } from './row-lineage.ts';
import { visitPositions } from './row-positions.ts';
import { writeRows } from './write-rows.ts';

export type LeftRows =
  | {
      readonly kind: 'rows';
      /** Live data files that go, and those that hold the rest of their rows. */
      readonly remove: readonly DataFile[];
      readonly add: readonly DataFile[];
    }
  | { readonly kind: 'park'; readonly reason: ParkReason; readonly message: string };

/** Cost: one scan of the metadata; one read of each file whose offsets may overlap, one write of each that is changed. */
export async function leaveRows(context: MaterialiseContext, metadata: TableMetadata, leave: readonly SourceRanges[]): Promise<LeftRows> {
  if (leave.length === 0) return { kind: 'rows', remove: [], add: [] };
  const wanted = OffsetMap.of(leave);
  const target = targetOf(metadata);
  const offsetId = target.schema.fields.find(({ name }) => name === 'kafka_offset')?.id;
  if (offsetId === undefined) return { kind: 'park', reason: 'file-unreadable', message: 'the table has lost its column kafka_offset' };
  const deletes = newDeletesReader(context.ports.files, metadata);
  const hasLineage = metadata['format-version'] >= 3;
  const struct = hasLineage ? withLineage(target.struct) : target.struct;
  const remove: DataFile[] = [];
  const add: DataFile[] = [];
  try {
    for (const task of await planScan({ metadata, files: context.ports.files })) {
      if (!mayHoldOffsets(task.file, offsetId, leave)) continue;
      const { columns, rows } = await readTask({ files: context.ports.files, metadata, task, struct, schema: target.struct, deletes });
      const leaving = new Set<number>();
      visitPositions(columns, target.struct, (position, row) => {
        if (position && containsOffset(wanted.find(position), position.offset)) leaving.add(row);
      });
      const kept = rows.filter((row) => !leaving.has(row));
      if (kept.length === rows.length) continue;
      remove.push(task.file);
      const moved = hasLineage ? fillLineage(columns, struct, task) : columns;
      add.push(...(await rewrite(context, { task, target: { ...target, struct }, columns: moved, kept })));
    }
  } catch (error) {
    if (!(error instanceof InputRefusedError)) throw error;
    return { kind: 'park', reason: 'file-unreadable', message: `rows cannot be taken out: ${error.message}` };
  }
  return { kind: 'rows', remove, add };
}

/** The rest of a file, none where no row is left; the same rest is written once for all attempts of a commit. */
async function rewrite(
  context: MaterialiseContext,
  given: {
    readonly task: ScanTask;
    readonly target: ReturnType<typeof targetOf>;
    readonly columns: Parameters<typeof writeRows>[2]['columns'];
    readonly kept: Uint32Array;
  },
): Promise<readonly DataFile[]> {
  const { task, target, columns, kept } = given;
  const key = `rest ${task.file.filePath} ${target.schema['schema-id']} ${target.spec['spec-id']} ${kept.join(',')}`;
  const known = context.made.get(key);
  if (known) return known;
  const written = await writeRows(context.ports, target, { columns, order: kept, nameFile: context.nameFile });
  const files = written.map(({ file }) => file);
  context.made.set(key, files);
  return files;
}
