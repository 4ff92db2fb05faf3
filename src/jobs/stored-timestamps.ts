// Timestamps of stored rows at offsets that a delivery would drop (DESIGN §5.2), read file by file: first files of entries at hand and of
// the entry being built, which name their offsets; then those of the tables in which the ledger places them, the files in whose bounds
// the delivery's own timestamps lie before the others, as the row of a duplicate is there; at last those of older entries that a stopped
// table has not applied. Reading ends when nothing is open, when a timestamp differs, or after so many files, fewer of them in vain.
import { LIMITS } from '../contract/limits.ts';
import type { StructType } from '../contract/types.ts';
import { InputRefusedError } from '../errors.ts';
import { identifierOf, loadTable } from '../iceberg/load-table.ts';
import { tableNameMapping } from '../iceberg/name-mapping.ts';
import { planScan } from '../iceberg/scan.ts';
import type { DataFile, TableMetadata } from '../iceberg/types.ts';
import type { DecidedDescriptor, DecidedFile, SourceRanges } from '../ledger/entries.ts';
import { containsOffset, countOffsets, intersectRanges, type Ranges, rangesOfOffsets, subtractRanges } from '../ledger/ranges.ts';
import type { LedgerState } from '../ledger/state.ts';
import type { OpenRanges } from '../ledger/trim.ts';
import type { StagedFile } from '../ledger/types.ts';
import type { ReadOptions } from '../parquet/read.ts';
import type { Ports } from '../ports.ts';
import { writtenSchema } from './file-schema.ts';
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
  for (const table of request.work.tables.keys()) yield* tableFiles(request, table, question);
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
  const held = placedIn(request.work, table).minus(removed);
  const here = [...OffsetMap.of(open).and(held)].filter(({ ranges }) => ranges.length > 0);
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
    const mayHold = (now: readonly SourceRanges[]): boolean => mayHoldOffsets(file, offsetId, [...OffsetMap.of(now).and(held)]);
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

type Bounds = Pick<DataFile, 'lowerBounds' | 'upperBounds'>;

/** Do the bounds of the file's offset column leave room for one of the ranges? Little-endian longs: Iceberg, "Binary single-value serialization". */
export function mayHoldOffsets(file: Partial<Bounds>, offsetId: number, wanted: readonly SourceRanges[]): boolean {
  const lower = longOf(file.lowerBounds?.get(offsetId)) ?? 0;
  const upper = longOf(file.upperBounds?.get(offsetId)) ?? Number.MAX_SAFE_INTEGER;
  return wanted.some(({ ranges }) => intersectRanges(ranges, [[lower, upper + 1]]).length > 0);
}

/** Bounds of a timestamp column are microseconds. */
function mayHoldTime(file: Partial<Bounds>, timestampId: number, span: readonly [number, number] | undefined): boolean {
  if (!span) return true;
  const lower = longOf(file.lowerBounds?.get(timestampId)) ?? Number.NEGATIVE_INFINITY;
  const upper = longOf(file.upperBounds?.get(timestampId)) ?? Number.POSITIVE_INFINITY;
  return lower <= span[1] * 1000 && span[0] * 1000 <= upper;
}

function longOf(bytes: Uint8Array | undefined): number | undefined {
  return bytes?.length === 8 ? Number(Buffer.from(bytes).readBigInt64LE()) : undefined;
}

interface TableScan {
  readonly schema: StructType;
  readonly offsetId: number;
  readonly timestampId: number;
  readonly files: readonly DataFile[];
  /** How the columns of files without field ids are found: files of other writers, never our own. */
  readonly options: ReadOptions;
}

/** Tables as they were when first asked for: a decision loads and plans each once. */
export class KnownTables {
  readonly #ports: Ports;
  readonly #metadata = new Map<string, TableMetadata | undefined>();
  readonly #scans = new Map<string, TableScan | undefined>();

  constructor(ports: Ports) {
    this.#ports = ports;
  }

  /** The current schema; undefined where the catalog does not know the table. */
  async schema(table: string): Promise<StructType | undefined> {
    const metadata = await this.#load(table);
    return metadata?.schemas.find((one) => one['schema-id'] === metadata['current-schema-id']);
  }

  /** Undefined where nothing of it can be read by offset. */
  async scan(table: string): Promise<TableScan | undefined> {
    if (!this.#scans.has(table)) this.#scans.set(table, await this.#plan(table));
    return this.#scans.get(table);
  }

  async #load(table: string): Promise<TableMetadata | undefined> {
    if (!this.#metadata.has(table)) {
      this.#metadata.set(table, (await legible(() => loadTable(this.#ports, identifierOf(table))))?.metadata);
    }
    return this.#metadata.get(table);
  }

  async #plan(table: string): Promise<TableScan | undefined> {
    const metadata = await this.#load(table);
    const schema = await this.schema(table);
    const idOf = (column: string): number | undefined => schema?.fields.find(({ name }) => name === column)?.id;
    const [offsetId, timestampId] = [idOf('kafka_offset'), idOf('kafka_timestamp')];
    if (!metadata || !schema || offsetId === undefined || timestampId === undefined) return undefined;
    const nameMapping = await legible(() => tableNameMapping(metadata));
    const tasks = (await legible(() => planScan({ metadata, files: this.#ports.files }))) ?? [];
    return { schema, offsetId, timestampId, files: tasks.map(({ file }) => file), options: nameMapping ? { nameMapping } : {} };
  }
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

/**
 * What cannot be read is no evidence, and never an error: one broken file or table must not keep the sources of a contract from
 * being decided (promise 4). Where nothing is left to compare the source is parked.
 */
async function legible<T>(read: () => T | Promise<T>): Promise<T | undefined> {
  try {
    return await read();
  } catch (error) {
    if (error instanceof InputRefusedError) return undefined;
    throw error;
  }
}
