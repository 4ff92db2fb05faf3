// Trims a descriptor, and where no remembered timestamp falls into the overlap reads rows for evidence (DESIGN §5.2: "checked
// against remembered timestamps, else stored rows"): first the delivery's own rows, then the rows that entries and tables hold
// at those offsets. Reading stops when nothing more is to be compared; deleted rows are evidence as good as live ones.
import { LIMITS } from '../contract/limits.ts';
import type { StructType } from '../contract/types.ts';
import { InputRefusedError } from '../errors.ts';
import { identifierOf, loadTable } from '../iceberg/load-table.ts';
import { tableNameMapping } from '../iceberg/name-mapping.ts';
import { planScan } from '../iceberg/scan.ts';
import type { DecidedDescriptor, DecidedFile, SourceRanges } from '../ledger/entries.ts';
import { containsOffset, countOffsets, intersectRanges, type Ranges, subtractRanges } from '../ledger/ranges.ts';
import { classedOf, deliveredOf, type LedgerState } from '../ledger/state.ts';
import { type TrimResult, trimDescriptor } from '../ledger/trim.ts';
import type { Descriptor, StagedFile } from '../ledger/types.ts';
import type { ReadOptions } from '../parquet/read.ts';
import type { Ports } from '../ports.ts';
import { hasArchived, restorePlaces } from './class-segments.ts';
import { writtenSchema } from './file-schema.ts';
import { type LoadedLedger, loadEntry } from './load-ledger.ts';
import { type RowPosition, readPositions } from './row-positions.ts';

export interface EvidenceRequest {
  readonly ports: Ports;
  readonly contractName: string;
  readonly ledger: LoadedLedger;
  /** The state to trim against: created entries and the descriptors decided so far in this one. */
  readonly work: LedgerState;
  readonly decided: readonly DecidedDescriptor[];
}

type Timestamps = Map<string, Map<number, number>>;

/** What the descriptor keeps, that it is covered, or that its source must be parked. */
export async function trimWithEvidence(
  request: EvidenceRequest,
  descriptor: Descriptor,
): Promise<Exclude<TrimResult, { kind: 'incomparable' }>> {
  const stopped = await restoreOverlaps(request, descriptor);
  if (stopped) return stopped;
  const first = trimDescriptor(request.work, descriptor);
  if (first.kind !== 'incomparable') return first;
  const schemas = new SchemaCache(request.ports);
  const [delivered, stored]: Timestamps[] = [new Map(), new Map()];
  const find = (sourceId: string, partition: number) => ({
    delivered: delivered!.get(keyOf(sourceId, partition)) ?? new Map<number, number>(),
    stored: stored!.get(keyOf(sourceId, partition)) ?? new Map<number, number>(),
  });
  for (const table of descriptor.tables) {
    const files = holding(table.files, first.overlaps);
    const schema = files.length > 0 ? await schemas.find(table.table) : undefined;
    for (const { path } of files) await collect(request.ports, { path, schema, overlaps: first.overlaps, into: delivered! });
  }
  let result = trimDescriptor(request.work, descriptor, { find, isComplete: false });
  if (result.kind !== 'incomparable') return result;
  const wanted = { overlaps: result.overlaps };
  for await (const _ of collectStored(request, { schemas, wanted, into: stored! })) {
    result = trimDescriptor(request.work, descriptor, { find, isComplete: false });
    if (result.kind !== 'incomparable') return result;
    wanted.overlaps = result.overlaps;
  }
  const last = trimDescriptor(request.work, descriptor, { find, isComplete: true });
  return last as Exclude<TrimResult, { kind: 'incomparable' }>;
}

/**
 * Old offsets delivered again are compared by their class, which may be in a segment: absent, declared, filtered or a row's. A segment that
 * is gone or garbled parks the source whose records it would tell from others', and nothing else (promise 4).
 */
async function restoreOverlaps(request: EvidenceRequest, { sources }: Descriptor): Promise<ParkVerdict | undefined> {
  for (const { sourceId, partitions } of sources) {
    const places = partitions
      .filter((classes) => {
        const known = request.work.sources.get(sourceId)?.partitions.get(classes.partition);
        if (!known || !hasArchived(known)) return false;
        const again = intersectRanges(deliveredOf(classes), known.covered);
        return again.length > 0 && countOffsets(subtractRanges(again, classedOf(known))) > 0;
      })
      .map(({ partition }) => ({ sourceId, partition }));
    try {
      await restorePlaces(request, request.work, places);
    } catch (error) {
      if (!(error instanceof InputRefusedError)) throw error;
      const message = `${sourceId} delivers old offsets of partition ${places[0]!.partition} again, and nothing tells what they were: ${error.message}`;
      return { kind: 'park', sourceId, reason: 'nothing-to-compare', message };
    }
  }
  return undefined;
}

type ParkVerdict = Extract<TrimResult, { kind: 'park' }>;

interface StoredRequest {
  readonly schemas: SchemaCache;
  /** What is still to be compared: fewer offsets after each file. */
  readonly wanted: { readonly overlaps: readonly SourceRanges[] };
  readonly into: Timestamps;
}

/**
 * Rows of entries at hand and of this entry's, then of the tables, then of older entries that a stopped table has not applied. Yields after
 * each file that told a timestamp.
 */
async function* collectStored(request: EvidenceRequest, given: StoredRequest): AsyncGenerator<void> {
  const atHand = [...request.ledger.entries.values()].flatMap((entry) => (entry.kind === 'land' ? entry.descriptors : []));
  yield* collectFromDescriptors(request.ports, { ...given, descriptors: [...atHand, ...request.decided] });
  for (const table of request.work.tables.keys()) yield* collectFromTable(request.ports, { ...given, table });
  const waiting = new Set([...request.work.tables.values()].flatMap(({ pending }) => pending));
  const older = [...waiting].filter((n) => !request.ledger.entries.has(n)).sort((a, b) => b - a);
  for (const n of older.slice(0, LIMITS.evidenceEntriesMax)) {
    const entry = await loadEntry(request, request.ledger, n);
    if (entry?.kind === 'land') yield* collectFromDescriptors(request.ports, { ...given, descriptors: entry.descriptors });
  }
}

async function* collectFromDescriptors(
  ports: Ports,
  given: StoredRequest & { readonly descriptors: readonly DecidedDescriptor[] },
): AsyncGenerator<void> {
  const { into, schemas, wanted } = given;
  for (const { table, files } of given.descriptors.flatMap(({ tables }) => tables)) {
    for (const file of files) {
      if (holding([file], wanted.overlaps).length === 0) continue;
      if (await collect(ports, { path: file.path, schema: await schemas.find(table), overlaps: wanted.overlaps, into })) yield;
    }
  }
}

async function* collectFromTable(ports: Ports, given: StoredRequest & { readonly table: string }): AsyncGenerator<void> {
  const metadata = (await legible(() => loadTable(ports, identifierOf(given.table))))?.metadata;
  if (!metadata) return;
  const schema = metadata.schemas.find((candidate) => candidate['schema-id'] === metadata['current-schema-id']);
  const offsetId = schema?.fields.find(({ name }) => name === 'kafka_offset')?.id;
  if (!schema || offsetId === undefined) return;
  const nameMapping = await legible(() => tableNameMapping(metadata));
  const options = nameMapping ? { nameMapping } : {};
  for (const { file } of (await legible(() => planScan({ metadata, files: ports.files }))) ?? []) {
    const { overlaps } = given.wanted;
    if (!mayHoldOffsets(file, offsetId, overlaps)) continue;
    if (await collect(ports, { path: file.filePath, schema, overlaps, into: given.into, options })) yield;
  }
}

/** Do the bounds of the file's offset column leave room for one of the ranges? Little-endian longs: Iceberg, "Binary single-value serialization". */
export function mayHoldOffsets(
  file: { readonly lowerBounds?: ReadonlyMap<number, Uint8Array>; readonly upperBounds?: ReadonlyMap<number, Uint8Array> },
  offsetId: number,
  wanted: readonly SourceRanges[],
): boolean {
  const lower = longOf(file.lowerBounds?.get(offsetId)) ?? 0;
  const upper = longOf(file.upperBounds?.get(offsetId)) ?? Number.MAX_SAFE_INTEGER;
  return wanted.some(({ ranges }) => intersectRanges(ranges, [[lower, upper + 1]]).length > 0);
}

function longOf(bytes: Uint8Array | undefined): number | undefined {
  return bytes?.length === 8 ? Number(Buffer.from(bytes).readBigInt64LE()) : undefined;
}

/** Reads timestamps of the wanted offsets from a file, and says whether it told one that nobody knew; a file that is gone tells none. */
async function collect(
  ports: Ports,
  given: {
    readonly path: string;
    /** Undefined where the catalog does not know the table: a file of ours says itself under which schema it was written. */
    readonly schema: StructType | undefined;
    readonly overlaps: readonly SourceRanges[];
    readonly into: Timestamps;
    /** How the columns of files without field ids are found: files of other writers, never our own. */
    readonly options?: ReadOptions;
  },
): Promise<boolean> {
  const wanted = new Map<string, Ranges>(given.overlaps.map(({ sourceId, partition, ranges }) => [keyOf(sourceId, partition), ranges]));
  const bytes = await ports.files.read(given.path);
  if (!bytes) return false;
  let isNews = false;
  const visit = (position: RowPosition | undefined): void => {
    if (!position) return;
    const key = keyOf(position.sourceId, position.partition);
    if (!containsOffset(wanted.get(key) ?? [], position.offset)) return;
    const found = given.into.get(key) ?? new Map<number, number>();
    isNews ||= !found.has(position.offset);
    found.set(position.offset, position.timestampMs);
    given.into.set(key, found);
  };
  await legible(() => readPositions(bytes, given.schema ?? writtenSchema(bytes), visit, given.options));
  return isNews;
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

function holding<F extends StagedFile | DecidedFile>(files: readonly F[], overlaps: readonly SourceRanges[]): F[] {
  return files.filter((file) =>
    file.offsets.some((held) =>
      overlaps.some(
        (wanted) =>
          wanted.sourceId === held.sourceId &&
          wanted.partition === held.partition &&
          countOffsets(intersectRanges(held.ranges, wanted.ranges)) > 0,
      ),
    ),
  );
}

function keyOf(sourceId: string, partition: number): string {
  return `${partition} ${sourceId}`;
}

class SchemaCache {
  readonly #ports: Ports;
  readonly #found = new Map<string, StructType | undefined>();

  constructor(ports: Ports) {
    this.#ports = ports;
  }

  async find(table: string): Promise<StructType | undefined> {
    if (!this.#found.has(table)) {
      const metadata = (await legible(() => loadTable(this.#ports, identifierOf(table))))?.metadata;
      const schema = metadata?.schemas.find((one) => one['schema-id'] === metadata['current-schema-id']);
      this.#found.set(table, schema);
    }
    return this.#found.get(table);
  }
}
