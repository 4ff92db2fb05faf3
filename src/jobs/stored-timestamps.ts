// Timestamps of stored rows at offsets that a delivery would drop (DESIGN §5.2), read file by file: first files of entries at hand and of
// the entry being built, which name their offsets; then those of the tables, first of those in which the ledger places the offsets (a
// redrive may not be applied yet), and of each first the files in whose bounds the delivery's own timestamps lie, as the row of a
// duplicate is there; at last those of older entries that a stopped table has not applied. Reading ends when nothing is open, when a timestamp differs, or after so many files, fewer of them in vain.
import { LIMITS } from '../contract/limits.ts';
import type { StructType } from '../contract/types.ts';
import type { DataFile } from '../iceberg/types.ts';
import type { DecidedDescriptor, DecidedFile, SourceRanges } from '../ledger/entries.ts';
import { containsOffset, countOffsets, intersectRanges, type Ranges, rangesOfOffsets, subtractRanges } from '../ledger/ranges.ts';
import type { LedgerState } from '../ledger/state.ts';
import type { OpenRanges } from '../ledger/trim.ts';
import type { StagedFile } from '../ledger/types.ts';
import type { ReadOptions } from '../parquet/read.ts';
import type { Ports } from '../ports.ts';
import { writtenSchema } from './file-schema.ts';
import { type KnownTables, legible, mayHoldOffsets, mayHoldTime } from './known-tables.ts';
import { type LoadedLedger, loadEntry } from './load-ledger.ts';
import { OffsetMap } from './offset-map.ts';
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
  readonly open: readonly OpenRanges[];
  /** What the delivery itself tells of them. */
  readonly delivered: Timestamps;
}

interface StoredFile {
  readonly path: string;
  /** It names its offsets; of others only bounds are known. */
  readonly isSure: boolean;
  mayHold(open: readonly SourceRanges[]): boolean;
  schema(): Promise<StructType | undefined>;
  readonly options: ReadOptions;
}

export async function collectStored(request: StoredRequest, question: StoredQuestion): Promise<Timestamps> {
  const told: Timestamps = new Map();
  const seen = new Set<string>();
  let open = question.open;
  let misses = 0;
  for await (const file of storedFiles(request, question)) {
    if (seen.has(file.path) || !file.mayHold(open)) continue;
    seen.add(file.path);
    const found = await readTimestamps(request.ports, {
      path: file.path,
      schema: await file.schema(),
      wanted: open,
      options: file.options,
    });
    addTimestamps(told, found);
    if (differs(found, question.delivered)) return told;
    if (found.size === 0 && !file.isSure) misses++;
    open = stillOpen(open, found);
    if (misses >= LIMITS.evidenceMissesMax || seen.size >= LIMITS.evidenceFilesMax) open = open.filter(({ isCompared }) => !isCompared);
    if (open.length === 0 || misses >= LIMITS.evidenceMissesAloneMax) return told;
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
      return { ...one, ranges: subtractRanges(one.ranges, rangesOfOffsets(Float64Array.from(timestamps.keys()).sort())), isCompared: true };
    })
    .filter(({ ranges }) => ranges.length > 0);
}

async function* storedFiles(request: StoredRequest, question: StoredQuestion): AsyncGenerator<StoredFile> {
  const atHand = [...request.ledger.entries.values()].flatMap((entry) => (entry.kind === 'land' ? entry.descriptors : []));
  yield* namedFiles(request, [...atHand, ...request.decided]);
  const tables = [...request.work.tables.keys()];
  const wanted = OffsetMap.of(question.open);
  const placed = tables.filter((table) => [...wanted.and(placedIn(request.work, table))].length > 0);
  for (const table of new Set([...placed, ...tables])) yield* tableFiles(request, table, question);
  const waiting = new Set([...request.work.tables.values()].flatMap(({ pending }) => pending));
  const older = [...waiting].filter((n) => !request.ledger.entries.has(n)).sort((a, b) => b - a);
  for (const n of older.slice(0, LIMITS.evidenceEntriesMax)) {
    const entry = await loadEntry(request, request.ledger, n);
    if (entry?.kind === 'land') yield* namedFiles(request, entry.descriptors);
  }
}

function* namedFiles({ tables }: StoredRequest, descriptors: readonly DecidedDescriptor[]): Generator<StoredFile> {
  for (const { table, files } of descriptors.flatMap((one) => one.tables)) {
    for (const file of files) {
      const mayHold = (open: readonly SourceRanges[]): boolean => holdsAny(file, open);
      yield { path: file.path, isSure: true, mayHold, schema: () => tables.schema(table), options: {} };
    }
  }
}

/** The offsets that a file names. */
export function holdsAny(file: StagedFile | DecidedFile, wanted: readonly SourceRanges[]): boolean {
  return file.offsets.some((held) =>
    wanted.some(
      (one) =>
        one.sourceId === held.sourceId && one.partition === held.partition && countOffsets(intersectRanges(held.ranges, one.ranges)) > 0,
    ),
  );
}

async function* tableFiles(request: StoredRequest, table: string, { open, delivered }: StoredQuestion): AsyncGenerator<StoredFile> {
  const removed = OffsetMap.of(Object.values(request.work.tables.get(table)!.removed).flat());
  const here = [...OffsetMap.of(open).minus(removed)];
  if (here.length === 0) return;
  const scan = await request.tables.scan(table);
  if (!scan) return;
  const { offsetId, timestampId, schema, options } = scan;
  const times = here.map((one) => ({ ranges: [one], span: spanOf(delivered.get(placeKey(one)), one.ranges) }));
  const isNear = (file: DataFile): boolean =>
    times.some(({ ranges, span }) => mayHoldOffsets(file, offsetId, ranges) && mayHoldTime(file, timestampId, span));
  const near = scan.files.filter(isNear);
  const far = scan.files.filter((file) => !isNear(file) && mayHoldOffsets(file, offsetId, here));
  for (const file of [...near, ...far]) {
    const mayHold = (now: readonly SourceRanges[]): boolean => mayHoldOffsets(file, offsetId, [...OffsetMap.of(now).minus(removed)]);
    yield { path: file.filePath, isSure: false, mayHold, schema: async () => schema, options };
  }
}

/** Smallest and largest timestamp told of the offsets, in milliseconds; undefined where none was. */
function spanOf(timestamps: ReadonlyMap<number, number> | undefined, ranges: Ranges): readonly [number, number] | undefined {
  let [least, most] = [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY];
  for (const [offset, ms] of timestamps ?? [])
    if (containsOffset(ranges, offset)) [least, most] = [Math.min(least, ms), Math.max(most, ms)];
  return least <= most ? [least, most] : undefined;
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
  const wanted = new Map<string, Ranges>(given.wanted.map((one) => [placeKey(one), one.ranges]));
  await legible(() =>
    readPositions(
      bytes,
      given.schema ?? writtenSchema(bytes),
      (position) => {
        if (!position) return;
        const key = placeKey(position);
        if (!containsOffset(wanted.get(key) ?? [], position.offset)) return;
        const timestamps = found.get(key) ?? new Map<number, number>();
        timestamps.set(position.offset, position.timestampMs);
        found.set(key, timestamps);
      },
      given.options,
    ),
  );
  return found;
}

export function placeKey({ sourceId, partition }: { readonly sourceId: string; readonly partition: number }): string {
  return `${partition} ${sourceId}`;
}
