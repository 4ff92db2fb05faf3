// What the rows of a contract's tables say of its ledger: by table the offsets of every row of a live file, deleted or not (a deleted row
// had landed, too), and timestamps to remember of each topic partition; and how they are added to what is left of the ledger. Reads
// only; memory is proportional to ranges.
import { LIMITS } from '../contract/limits.ts';
import { currentSchema } from '../iceberg/evolve.ts';
import { tableNameMapping } from '../iceberg/name-mapping.ts';
import { planScan } from '../iceberg/scan.ts';
import type { TableMetadata } from '../iceberg/types.ts';
import { isQuarantineTable } from '../ledger/descriptor-codec.ts';
import type { SourceRanges } from '../ledger/entries.ts';
import { countOffsets, intersectRanges, type Ranges, subtractRanges, unionRanges } from '../ledger/ranges.ts';
import { joinSpans, rememberTimestamps, type TimeSpan } from '../ledger/remember.ts';
import { type LedgerState, type PartitionState, partitionOf, sourceOf } from '../ledger/state.ts';
import type { Ports } from '../ports.ts';
import { loadDataFile } from './load-data-file.ts';
import { OffsetCollector, OffsetMap, placeKey } from './offset-map.ts';
import { type RowPosition, readPositions } from './row-positions.ts';

export interface TableRows {
  readonly offsets: OffsetMap;
  readonly rowsWithoutPosition: number;
  /** Per source and partition: of every file its first and last row. */
  readonly remembered: ReadonlyMap<string, PartitionState['remembered']>;
  /** Of the same keys the smallest and largest timestamp of all rows. */
  readonly spans: ReadonlyMap<string, TimeSpan>;
}

/** Of a topic partition's rows in one file. */
interface FileEnds {
  first: RowPosition;
  last: RowPosition;
  minMs: number;
  maxMs: number;
}

/** Cost: every live file of the table, only its technical columns decoded. */
export async function readTableRows(ports: Ports, metadata: TableMetadata): Promise<TableRows> {
  const offsets = new OffsetMap();
  const remembered = new Map<string, PartitionState['remembered']>();
  const spans = new Map<string, TimeSpan>();
  const nameMapping = tableNameMapping(metadata);
  let rowsWithoutPosition = 0;
  for (const { file } of await planScan({ metadata, files: ports.files })) {
    const collector = new OffsetCollector();
    const ends = new Map<string, FileEnds>();
    const visit = (position: RowPosition | undefined): void => {
      if (!position) {
        rowsWithoutPosition++;
        return;
      }
      collector.add(position);
      const key = placeKey(position);
      const { timestampMs } = position;
      const known = ends.get(key);
      if (!known) {
        ends.set(key, { first: position, last: position, minMs: timestampMs, maxMs: timestampMs });
        return;
      }
      known.minMs = Math.min(known.minMs, timestampMs);
      known.maxMs = Math.max(known.maxMs, timestampMs);
      if (position.offset < known.first.offset) known.first = position;
      else if (position.offset > known.last.offset) known.last = position;
    };
    await readPositions(await loadDataFile(ports.files, file), currentSchema(metadata), visit, nameMapping ? { nameMapping } : {});
    for (const one of collector.finish().offsets) offsets.add(one);
    for (const [key, { first, last, minMs, maxMs }] of ends) {
      spans.set(key, joinSpans(spans.get(key), [minMs, maxMs])!);
      const edges = [first, last].map(({ offset, timestampMs }) => [offset, timestampMs] as const);
      remembered.set(key, rememberTimestamps(remembered.get(key) ?? [], edges, LIMITS.rememberedTimestampsMax));
    }
  }
  return { offsets, rowsWithoutPosition, remembered, spans };
}

export interface RowTally {
  readonly rows: number;
  readonly twice: number;
}

/** Rows that nothing left of the ledger covers take their class from the table they are in. */
export function addRows(
  state: LedgerState,
  tables: readonly { readonly table: string; readonly rows: TableRows }[],
  nowMs: number,
): RowTally {
  let rows = 0;
  let twice = 0;
  const seen = new OffsetMap();
  for (const { table, rows: held } of tables) {
    for (const one of held.offsets) {
      twice += countOffsets(one.ranges) - countOffsets(subtractRanges(one.ranges, seen.find(one)));
      seen.add(one);
      const [remembered, spanMs] = [held.remembered.get(placeKey(one)) ?? [], held.spans.get(placeKey(one))];
      rows += addOffsets(state, { table, one, nowMs, remembered, spanMs });
    }
  }
  return { rows, twice };
}

function addOffsets(
  state: LedgerState,
  given: {
    readonly table: string;
    readonly one: SourceRanges;
    readonly nowMs: number;
    readonly remembered: readonly (readonly [number, number])[];
    readonly spanMs: TimeSpan | undefined;
  },
): number {
  const { table, one, nowMs } = given;
  const partition = partitionOf(sourceOf(state, one.sourceId, one.sourceId.split('/').at(-2) ?? ''), one);
  partition.remembered = rememberTimestamps(partition.remembered, given.remembered, LIMITS.rememberedTimestampsMax);
  partition.spanMs = joinSpans(partition.spanMs, given.spanMs);
  if (!isQuarantineTable(table)) followRedrive(partition, table, one.ranges);
  const fresh = subtractRanges(one.ranges, partition.covered);
  if (fresh.length === 0) return 0;
  if (isQuarantineTable(table)) partition.quarantined = unionRanges(partition.quarantined, fresh);
  else partition.accepted.set(table, unionRanges(partition.accepted.get(table) ?? [], fresh));
  partition.covered = unionRanges(partition.covered, fresh);
  partition.start = Math.min(partition.start, fresh[0]![0]);
  partition.lastAtMs = nowMs;
  return countOffsets(fresh);
}

/** A row in its table that counts as quarantined was redriven by an entry that is gone: as quarantined it would be redriven again. */
function followRedrive(partition: PartitionState, table: string, held: Ranges): void {
  const moved = intersectRanges(held, partition.quarantined);
  if (moved.length === 0) return;
  partition.quarantined = subtractRanges(partition.quarantined, moved);
  partition.accepted.set(table, unionRanges(partition.accepted.get(table) ?? [], moved));
}
