// What the rows of a contract's tables say of its ledger: by table the offsets of every row of a live file, deleted or not (a deleted row
// had landed, too), and timestamps to remember of each topic partition. Reads only; memory is proportional to ranges.
import { LIMITS } from '../contract/limits.ts';
import { currentSchema } from '../iceberg/evolve.ts';
import { tableNameMapping } from '../iceberg/name-mapping.ts';
import { planScan } from '../iceberg/scan.ts';
import type { TableMetadata } from '../iceberg/types.ts';
import { rememberTimestamps } from '../ledger/remember.ts';
import type { PartitionState } from '../ledger/state.ts';
import type { Ports } from '../ports.ts';
import { loadDataFile } from './load-data-file.ts';
import { OffsetCollector, OffsetMap } from './offset-map.ts';
import { type RowPosition, readPositions } from './row-positions.ts';

export interface TableRows {
  readonly offsets: OffsetMap;
  readonly rowsWithoutPosition: number;
  /** Per source and partition: of every file its first and last row. */
  readonly remembered: ReadonlyMap<string, PartitionState['remembered']>;
}

/** The key of a topic partition in `remembered`. */
export function placeKey(at: { readonly sourceId: string; readonly partition: number }): string {
  return `${at.partition} ${at.sourceId}`;
}

/** Cost: every live file of the table, only its technical columns decoded. */
export async function readTableRows(ports: Ports, metadata: TableMetadata): Promise<TableRows> {
  const offsets = new OffsetMap();
  const remembered = new Map<string, PartitionState['remembered']>();
  const nameMapping = tableNameMapping(metadata);
  let rowsWithoutPosition = 0;
  for (const { file } of await planScan({ metadata, files: ports.files })) {
    const collector = new OffsetCollector();
    const ends = new Map<string, { first: RowPosition; last: RowPosition }>();
    const visit = (position: RowPosition | undefined): void => {
      if (!position) {
        rowsWithoutPosition++;
        return;
      }
      collector.add(position);
      const key = placeKey(position);
      const known = ends.get(key);
      if (!known) ends.set(key, { first: position, last: position });
      else if (position.offset < known.first.offset) known.first = position;
      else if (position.offset > known.last.offset) known.last = position;
    };
    await readPositions(await loadDataFile(ports.files, file), currentSchema(metadata), visit, nameMapping ? { nameMapping } : {});
    for (const one of collector.finish().offsets) offsets.add(one);
    for (const [key, { first, last }] of ends) {
      const edges = [first, last].map(({ offset, timestampMs }) => [offset, timestampMs] as const);
      remembered.set(key, rememberTimestamps(remembered.get(key) ?? [], edges, LIMITS.rememberedTimestampsMax));
    }
  }
  return { offsets, rowsWithoutPosition, remembered };
}
