// Everything known of the timestamps of records that landed under the older generations of a source, by topic partition: rows of the
// tables (deleted ones too, as long as a live file holds them), files of entries not applied yet, what the ledger remembers, and the
// bounds it kept of filtered records. What a new generation's records are compared with (src/ledger/match-generations.ts), and with the contents
// of rows those that an older one delivers late (src/ledger/match-contents.ts). Reads only.
import { currentSchema } from '../iceberg/evolve.ts';
import { identifierOf, loadTable } from '../iceberg/load-table.ts';
import { tableNameMapping } from '../iceberg/name-mapping.ts';
import { planScan } from '../iceberg/scan.ts';
import type { TableMetadata } from '../iceberg/types.ts';
import { type LandedContents, ROW, type RowContent } from '../ledger/match-contents.ts';
import type { InexactRun } from '../ledger/match-generations.ts';
import {
  containsOffset,
  intersectRanges,
  normalizeRanges,
  type Ranges,
  rangesOfOffsets,
  subtractRanges,
  unionRanges,
} from '../ledger/ranges.ts';
import { ALL_TIMES } from '../ledger/remember.ts';
import type { PartitionState, SourceState } from '../ledger/state.ts';
import type { ReadOptions } from '../parquet/read.ts';
import type { Uri } from '../ports.ts';
import { effectOf } from './entry-effect.ts';
import { loadDataFile } from './load-data-file.ts';
import { type LedgerRequest, type LoadedLedger, loadEntry } from './load-ledger.ts';
import { appliedOf } from './load-together.ts';
import { placeKey } from './offset-map.ts';
import { readContents } from './row-contents.ts';
import { type RowPosition, readPositions } from './row-positions.ts';
import { type FinishedLog, TimestampLog } from './timestamp-log.ts';

export interface LandedRequest extends LedgerRequest {
  readonly ledger: LoadedLedger;
  /** The older generations, oldest first. */
  readonly sources: readonly SourceState[];
  readonly partitions: ReadonlySet<number>;
  /** Is a row asked for that landed in this partition at this time, with its content? Without it no contents are read. */
  readonly isWanted?: (partition: number, timestampMs: number) => boolean;
}

/**
 * By partition. Cost: reads every live data file of the contract's tables once; only technical columns are decoded, and all columns of row
 * groups that hold a row whose content is asked for.
 */
export async function landedTimestamps(request: LandedRequest): Promise<ReadonlyMap<number, LandedContents>> {
  const logs = new Map<string, TimestampLog>();
  const take: Take = (position, content) => {
    if (position && isTold(request, position)) logOf(logs, position).add(position.offset, position.timestampMs, content);
  };
  for (const table of request.ledger.state.tables.keys()) await readTable(request, { table, take });
  return new Map([...request.partitions].map((partition) => [partition, joinGenerations(request.sources, partition, logs)]));
}

/** Is it a row of the generations and partitions at hand? */
function isTold({ sources, partitions }: LandedRequest, position: RowPosition): boolean {
  return partitions.has(position.partition) && sources.some(({ sourceId }) => sourceId === position.sourceId);
}

function logOf(logs: Map<string, TimestampLog>, at: { readonly sourceId: string; readonly partition: number }): TimestampLog {
  const key = placeKey(at);
  const known = logs.get(key) ?? new TimestampLog();
  logs.set(key, known);
  return known;
}

type Take = (position: RowPosition | undefined, content?: RowContent) => void;

async function readTable(request: LandedRequest, { table, take }: { readonly table: string; readonly take: Take }): Promise<void> {
  const { ports, isWanted } = request;
  const metadata = (await loadTable(ports, identifierOf(table)))?.metadata;
  if (!metadata) return;
  const schema = currentSchema(metadata);
  const readRows = async (bytes: Uint8Array, options: ReadOptions): Promise<void> => {
    if (!isWanted) return readPositions(bytes, schema, (position) => take(position), options);
    const isAsked = (at: RowPosition): boolean => isTold(request, at) && isWanted(at.partition, at.timestampMs);
    await readContents({ bytes, schema, table, isWanted: isAsked, options }, take);
  };
  const nameMapping = tableNameMapping(metadata);
  for (const { file } of await planScan({ metadata, files: ports.files })) {
    await readRows(await loadDataFile(ports.files, file), nameMapping ? { nameMapping } : {});
  }
  for (const path of await unappliedFiles(request, table, metadata)) {
    const bytes = await ports.files.read(path);
    if (bytes) await readRows(bytes, {});
  }
}

async function unappliedFiles(request: LandedRequest, table: string, metadata: TableMetadata): Promise<Uri[]> {
  const pending = request.ledger.state.tables.get(table)?.pending ?? [];
  const paths: Uri[] = [];
  for (const n of pending.filter((one) => one > (appliedOf(metadata) ?? 0))) {
    const entry = await loadEntry(request, request.ledger, n);
    if (entry) paths.push(...effectOf(entry, table).bring.flatMap((one) => one.table.files.map(({ path }) => path)));
  }
  return paths;
}

/** The generations behind one another: places of the second begin where the first ends, and so on. */
function joinGenerations(sources: readonly SourceState[], partition: number, logs: Map<string, TimestampLog>): LandedContents {
  const parts: FinishedLog[] = [];
  const inexact: InexactRun[] = [];
  const gaps: [number, number][] = [];
  let base = 0;
  for (const { sourceId, partitions } of sources) {
    const known = partitions.get(partition);
    const end = known?.covered.at(-1)?.[1] ?? 0;
    if (!known || end === 0) continue;
    const records = recordsOf(known);
    const log = logOf(logs, { sourceId, partition });
    for (const [offset, timestampMs] of known.remembered)
      log.add(offset, timestampMs, [containsOffset(known.filtered, offset) ? ROW.none : ROW.unknown, 0]);
    const exact = within(log.finish(), records);
    parts.push({ ...exact, offsets: exact.offsets.map((offset) => base + offset) });
    const untold = subtractRanges(records, rangesOfOffsets(exact.offsets));
    for (const run of boundsOf(known, untold)) inexact.push({ ...run, start: base + run.start, end: base + run.end });
    const open = subtractRanges([[0, end]], unionRanges(records, known.inherited));
    for (const [from, to] of open) gaps.push([base + from, base + to]);
    base += end;
  }
  const places = concat(parts.map(({ offsets }) => offsets));
  const timestampsMs = concat(parts.map((part) => part.timestampsMs));
  const [contents, contents2] = [concat(parts.map((part) => part.contents)), concat(parts.map((part) => part.contents2))];
  return { places, timestampsMs, contents, contents2, inexact, gaps };
}

/** Rows of other writers may stand at offsets that never landed. */
function within({ offsets, timestampsMs, contents, contents2 }: FinishedLog, records: Ranges): FinishedLog {
  const isRecord = Uint8Array.from(offsets, (offset) => (containsOffset(records, offset) ? 1 : 0));
  const kept = (column: Float64Array): Float64Array => column.filter((_, i) => isRecord[i] === 1);
  return { offsets: kept(offsets), timestampsMs: kept(timestampsMs), contents: kept(contents), contents2: kept(contents2) };
}

function concat(parts: readonly Float64Array[]): Float64Array {
  const all = new Float64Array(parts.reduce((sum, { length }) => sum + length, 0));
  let at = 0;
  for (const part of parts) {
    all.set(part, at);
    at += part.length;
  }
  return all;
}

/** Offsets of records that landed under this generation itself. */
function recordsOf({ accepted, quarantined, filtered }: PartitionState): Ranges {
  return [...accepted.values(), quarantined, filtered].reduce((all, ranges) => unionRanges(all, ranges), []);
}

/** Of offsets that were inherited, whose rows are under other generations, the bounds kept for them. */
export function inheritedBounds(known: PartitionState): InexactRun[] {
  return withRest(known, known.inherited, keptBounds(known, known.inherited));
}

/** Filtered offsets have the bounds kept for them; any other record is within the smallest and largest timestamp that ever landed. */
function boundsOf(known: PartitionState, untold: Ranges): InexactRun[] {
  return withRest(known, untold, keptBounds(known, intersectRanges(untold, known.filtered)));
}

function keptBounds({ filteredRuns }: PartitionState, wanted: Ranges): InexactRun[] {
  const found: InexactRun[] = [];
  let told = 0;
  for (const [start, end, minMs, maxMs] of filteredRuns) {
    const inRun = start < end ? intersectRanges([[Math.max(start, told), Math.max(end, told)]], wanted) : [];
    found.push(...inRun.map(([from, to]) => ({ start: from, end: to, minMs, maxMs, isKnown: true })));
    told = Math.max(told, end);
  }
  return found;
}

/** All of these offsets: those that have no bounds of their own are within those of the partition. */
function withRest({ spanMs }: PartitionState, wanted: Ranges, found: readonly InexactRun[]): InexactRun[] {
  const [minMs, maxMs] = spanMs ?? ALL_TIMES;
  const rest = subtractRanges(wanted, normalizeRanges(found.map(({ start, end }) => [start, end])));
  return [...found, ...rest.map(([start, end]) => ({ start, end, minMs, maxMs, isKnown: false }))].sort((a, b) => a.start - b.start);
}
