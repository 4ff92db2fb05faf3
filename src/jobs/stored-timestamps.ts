// Timestamps of stored rows at offsets that a delivery would drop (DESIGN §5.2), read file by file: first files of entries at hand and of
// the entry being built, which name their offsets; then those of the tables, first of those in which the ledger places the offsets (a
// redrive may not be applied yet), and of each first the files in whose bounds the delivery's own timestamps lie, as the row of a
// duplicate is there; at last those of older entries that a stopped table has not applied. Reading ends when nothing is open, when a
// timestamp differs, or after so many files, fewer of them in vain.
import { LIMITS } from '../contract/limits.ts';
import type { StructType } from '../contract/types.ts';
import type { DataFile } from '../iceberg/types.ts';
import type { DecidedDescriptor, DecidedTable, LedgerEntry, SourceRanges } from '../ledger/entries.ts';
import { containsOffset, intersectRanges, rangesOfUnordered, subtractRanges } from '../ledger/ranges.ts';
import { growSpan, type TimeSpan } from '../ledger/remember.ts';
import type { LedgerState } from '../ledger/state.ts';
import { keptOffsets, type OpenRanges } from '../ledger/trim.ts';
import type { Descriptor } from '../ledger/types.ts';
import type { ReadOptions } from '../parquet/read.ts';
import type { Ports } from '../ports.ts';
import { writtenSchema } from './file-schema.ts';
import { hasBounds, type KnownTables, legible, mayHoldPlace, mayHoldTime, type TableScan } from './known-tables.ts';
import { type LoadedLedger, loadEntry } from './load-ledger.ts';
import { OffsetMap, placeKey } from './offset-map.ts';
import { placedIn } from './placed-in.ts';
import { readPositions } from './row-positions.ts';

/** Exact timestamps by `placeKey` and offset. */
export type Timestamps = Map<string, Map<number, number>>;

export interface StoredRequest {
  readonly ports: Ports;
  readonly contractName: string;
  readonly ledger: LoadedLedger;
  /** The state to trim against: created entries and the descriptors decided so far in this one. */
  readonly work: LedgerState;
  readonly decided: readonly DecidedDescriptor[];
  readonly tables: KnownTables;
}

export interface StoredQuestion {
  readonly descriptor: Descriptor;
  readonly open: readonly OpenRanges[];
  /** What rows of the delivery tell of them. */
  readonly delivered: Timestamps;
}

interface StoredFile {
  readonly path: string;
  /** Which of the open offsets it holds, or may hold where only bounds are known. */
  among(open: OffsetMap): readonly SourceRanges[];
  schema(): Promise<StructType | undefined>;
  readonly options: ReadOptions;
}

export async function collectStored(request: StoredRequest, question: StoredQuestion): Promise<Timestamps> {
  const told: Timestamps = new Map();
  const seen = new Set<string>();
  let open = question.open;
  let asked = OffsetMap.of(open);
  let misses = 0;
  for await (const file of storedFiles(request, question)) {
    const wanted = seen.has(file.path) ? [] : file.among(asked);
    if (wanted.length === 0) continue;
    seen.add(file.path);
    const schema = await file.schema();
    const found = await readTimestamps(request.ports, { path: file.path, schema, wanted, options: file.options });
    addTimestamps(told, found);
    if (differs(found, question.delivered)) return told;
    if (found.size === 0) misses++;
    open = stillOpen(open, found);
    if (misses >= LIMITS.evidenceMissesMax) open = open.filter(({ isCompared }) => !isCompared);
    asked = OffsetMap.of(open);
    if (open.length === 0 || misses >= LIMITS.evidenceMissesAloneMax || seen.size >= LIMITS.evidenceFilesMax) return told;
  }
  return told;
}

export function addTimestamps(all: Timestamps, more: Timestamps): void {
  for (const [key, timestamps] of more) {
    const known = all.get(key);
    if (!known) all.set(key, timestamps);
    else for (const [offset, ms] of timestamps) known.set(offset, ms);
  }
}

function differs(found: Timestamps, delivered: Timestamps): boolean {
  return [...found].some(([key, timestamps]) => {
    const others = delivered.get(key);
    return others !== undefined && [...timestamps].some(([offset, ms]) => (others.get(offset) ?? ms) !== ms);
  });
}

function stillOpen(open: readonly OpenRanges[], found: Timestamps): OpenRanges[] {
  return open
    .map((one) => {
      const timestamps = found.get(placeKey(one));
      if (!timestamps) return one;
      return { ...one, ranges: subtractRanges(one.ranges, rangesOfUnordered(timestamps.keys())), isCompared: true };
    })
    .filter(({ ranges }) => ranges.length > 0);
}

async function* storedFiles(request: StoredRequest, question: StoredQuestion): AsyncGenerator<StoredFile> {
  const { ledger, work, decided } = request;
  const atHand = [...ledger.entries.values()].flatMap(tablesOf);
  yield* namedFiles(request, [...atHand, ...decided.flatMap((one) => one.tables)]);
  const asked = OffsetMap.of(question.open);
  const tables = [...work.tables.values()].map((one) => ({ ...one, held: placedIn(work, one.table) }));
  // Rows that a rule has removed from where the ledger places them: nothing is left to read.
  const gone = OffsetMap.of(tables.flatMap(({ held, removed }) => [...held.and(OffsetMap.of(Object.values(removed).flat()))]));
  const placed = tables.filter(({ held }) => [...asked.and(held)].length > 0);
  for (const { table } of new Set([...placed, ...tables])) yield* tableFiles(request, table, { ...question, gone });
  const waiting = new Set([...work.tables.values()].flatMap(({ pending }) => pending));
  const older = [...waiting].filter((n) => !ledger.entries.has(n)).sort((a, b) => b - a);
  for (const n of older.slice(0, LIMITS.evidenceEntriesMax)) {
    const entry = await loadEntry(request, ledger, n);
    if (entry) yield* namedFiles(request, tablesOf(entry));
  }
}

/** Tables that an entry brings files for: of a landing, and of a redrive or another plan that a table may not have applied yet. */
function tablesOf(entry: LedgerEntry): readonly DecidedTable[] {
  if (entry.kind === 'land') return entry.descriptors.flatMap(({ tables }) => tables);
  return 'tables' in entry ? entry.tables : [];
}

function* namedFiles({ tables }: StoredRequest, all: readonly DecidedTable[]): Generator<StoredFile> {
  for (const { table, files } of all) {
    for (const file of files) {
      // Rows that its entry did not keep prove nothing: they were taken for duplicates.
      const among = (open: OffsetMap) => [...OffsetMap.of(keptOffsets(file)).and(open)];
      yield { path: file.path, among, schema: () => tables.schema(table), options: {} };
    }
  }
}

async function* tableFiles(
  request: StoredRequest,
  table: string,
  question: StoredQuestion & { readonly gone: OffsetMap },
): AsyncGenerator<StoredFile> {
  const { gone } = question;
  const here = [...OffsetMap.of(question.open).minus(gone)];
  if (here.length === 0) return;
  const scan = await request.tables.scan(table);
  if (!scan) return;
  const times = here.map((one) => ({ one, span: spanOf(one, question) }));
  const ranked = scan.files.map((file) => ({ file, rank: rankOf(file, scan, times) })).filter(({ rank }) => rank !== undefined);
  for (const { file } of ranked.sort((a, b) => a.rank! - b.rank!)) {
    const among = (open: OffsetMap) => [...open.minus(gone)].filter((one) => mayHoldPlace(file, scan, one));
    yield { path: file.filePath, among, schema: async () => scan.schema, options: scan.options };
  }
}

type TimedRanges = { readonly one: SourceRanges; readonly span: TimeSpan | undefined };

/** Read first: a file in whose bounds a time of the delivery lies; last: one without bounds. Undefined where it holds none of the offsets. */
function rankOf(file: DataFile, scan: TableScan, times: readonly TimedRanges[]): number | undefined {
  const here = times.filter(({ one }) => mayHoldPlace(file, scan, one));
  if (here.length === 0) return undefined;
  if (!hasBounds(file, scan.offsetId)) return 2;
  return here.some(({ span }) => mayHoldTime(file, scan.timestampId, span)) ? 0 : 1;
}

/** Smallest and largest timestamp that the delivery tells of the offsets, in milliseconds; undefined where it tells none. */
function spanOf({ sourceId, partition, ranges }: SourceRanges, { delivered, descriptor }: StoredQuestion): TimeSpan | undefined {
  const source = descriptor.sources.find((one) => one.sourceId === sourceId);
  const { filteredTimestamps = [] } = source?.partitions.find((one) => one.partition === partition) ?? {};
  const exact = [...(delivered.get(placeKey({ sourceId, partition })) ?? [])];
  return growSpan(undefined, {
    edges: exact.filter(([offset]) => containsOffset(ranges, offset)),
    filteredTimestamps: filteredTimestamps.filter(([start, end]) => intersectRanges(ranges, [[start, end]]).length > 0),
  });
}

/** Timestamps that a file tells of the wanted offsets; a file that is gone or cannot be read tells none. */
export async function readTimestamps(
  ports: Ports,
  given: {
    readonly path: string;
    /** Undefined where the catalog does not know the table: a file of ours says itself under which schema it was written. */
    readonly schema: StructType | undefined;
    readonly wanted: readonly SourceRanges[];
    readonly options?: ReadOptions;
  },
): Promise<Timestamps> {
  const found: Timestamps = new Map();
  const bytes = await ports.files.read(given.path);
  if (!bytes) return found;
  const wanted = OffsetMap.of(given.wanted);
  await legible(() =>
    readPositions(
      bytes,
      given.schema ?? writtenSchema(bytes),
      (position) => {
        if (!position) return;
        if (!containsOffset(wanted.find(position), position.offset)) return;
        const key = placeKey(position);
        const timestamps = found.get(key) ?? new Map<number, number>();
        timestamps.set(position.offset, position.timestampMs);
        found.set(key, timestamps);
      },
      given.options,
    ),
  );
  return found;
}
