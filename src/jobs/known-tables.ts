// Tables as a decision knows them: each is loaded and planned once, however many deliveries ask for rows of it (DESIGN §5.2).
import type { StructType } from '../contract/types.ts';
import { InputRefusedError } from '../errors.ts';
import { identifierOf, loadTable } from '../iceberg/load-table.ts';
import { tableNameMapping } from '../iceberg/name-mapping.ts';
import { planScan } from '../iceberg/scan.ts';
import type { DataFile, TableMetadata } from '../iceberg/types.ts';
import type { SourceRanges } from '../ledger/entries.ts';
import { intersectRanges } from '../ledger/ranges.ts';
import type { TimeSpan } from '../ledger/remember.ts';
import type { ReadOptions } from '../parquet/read.ts';
import type { Ports } from '../ports.ts';

export interface TableScan {
  readonly schema: StructType;
  readonly offsetId: number;
  readonly timestampId: number;
  readonly partitionId: number;
  readonly files: readonly DataFile[];
  /** How the columns of files without field ids are found: files of other writers, never our own. */
  readonly options: ReadOptions;
}

/** Tables as they were when first asked for. */
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
    const [offsetId, timestampId, partitionId] = [idOf('kafka_offset'), idOf('kafka_timestamp'), idOf('kafka_partition')];
    if (!metadata || !schema || offsetId === undefined || timestampId === undefined || partitionId === undefined) return undefined;
    const nameMapping = await legible(() => tableNameMapping(metadata));
    const tasks = (await legible(() => planScan({ metadata, files: this.#ports.files }))) ?? [];
    const files = tasks.map(({ file }) => file);
    return { schema, offsetId, timestampId, partitionId, files, options: nameMapping ? { nameMapping } : {} };
  }
}

type Statistics = Partial<Pick<DataFile, 'lowerBounds' | 'upperBounds' | 'nullValueCounts' | 'recordCount'>>;

/** Do the bounds of the file's offset column leave room for one of the ranges? */
export function mayHoldOffsets(file: Statistics, offsetId: number, wanted: readonly SourceRanges[]): boolean {
  if (file.recordCount !== undefined && file.nullValueCounts?.get(offsetId) === file.recordCount) return false;
  const lower = longOf(file.lowerBounds?.get(offsetId)) ?? 0;
  const upper = longOf(file.upperBounds?.get(offsetId)) ?? Number.MAX_SAFE_INTEGER;
  return wanted.some(({ ranges }) => intersectRanges(ranges, [[lower, upper + 1]]).length > 0);
}

/** The same, and do those of the topic partition? */
export function mayHoldPlace(file: Statistics, ids: Pick<TableScan, 'offsetId' | 'partitionId'>, one: SourceRanges): boolean {
  const lower = intOf(file.lowerBounds?.get(ids.partitionId)) ?? Number.NEGATIVE_INFINITY;
  const upper = intOf(file.upperBounds?.get(ids.partitionId)) ?? Number.POSITIVE_INFINITY;
  return lower <= one.partition && one.partition <= upper && mayHoldOffsets(file, ids.offsetId, [one]);
}

/** Do those of the timestamp column, microseconds, leave room for a span of milliseconds? */
export function mayHoldTime(file: Statistics, timestampId: number, span: TimeSpan | undefined): boolean {
  if (!span) return true;
  const lower = longOf(file.lowerBounds?.get(timestampId)) ?? Number.NEGATIVE_INFINITY;
  const upper = longOf(file.upperBounds?.get(timestampId)) ?? Number.POSITIVE_INFINITY;
  return lower <= span[1] * 1000 && span[0] * 1000 <= upper;
}

/** Of a column of longs. */
export function hasBounds({ lowerBounds, upperBounds }: Statistics, fieldId: number): boolean {
  return longOf(lowerBounds?.get(fieldId)) !== undefined && longOf(upperBounds?.get(fieldId)) !== undefined;
}

/** Little-endian: Iceberg, "Binary single-value serialization". */
function longOf(bytes: Uint8Array | undefined): number | undefined {
  return bytes?.length === 8 ? Number(Buffer.from(bytes).readBigInt64LE()) : undefined;
}

function intOf(bytes: Uint8Array | undefined): number | undefined {
  return bytes?.length === 4 ? Buffer.from(bytes).readInt32LE() : undefined;
}

/**
 * What cannot be read is no evidence, and never an error: one broken file or table must not keep the sources of a contract from
 * being decided (promise 4). Where nothing is left to compare the source is parked.
 */
export async function legible<T>(read: () => T | Promise<T>): Promise<T | undefined> {
  try {
    return await read();
  } catch (error) {
    if (error instanceof InputRefusedError) return undefined;
    throw error;
  }
}
