// The footer (FileMetaData) as bytes: schema with field ids, row groups with full statistics, key-value metadata, column orders.
// Field numbers are those of parquet.thrift.
import type { Bound } from './bounds.ts';
import { ENCODING, type Encoding } from './encodings.ts';
import { PAGE_TYPE } from './page-header.ts';
import type { Logical } from './physical.ts';
import type { LeafPlan, SchemaElement, SchemaPlan } from './schema-plan.ts';
import type { SizeStatistics } from './size-statistics.ts';
import { ThriftWriter } from './thrift.ts';

/** `<application> version <version> (build <build>)`: parquet-java parses it before it trusts statistics. */
export const CREATED_BY = 'firn version 0.1.0 (build typescript)';

/** All the footer says of a column chunk. */
export interface ChunkRecord {
  readonly leaf: LeafPlan;
  readonly codec: number;
  readonly entries: number;
  readonly nulls: number;
  /** Only for float and double. */
  readonly nanCount: number | undefined;
  readonly min: Bound | undefined;
  readonly max: Bound | undefined;
  /** Headers included. */
  readonly rawBytes: number;
  readonly storedBytes: number;
  readonly dictionaryBytes: number;
  readonly encoding: Encoding;
  readonly pageVersion: 1 | 2;
  readonly pageCount: number;
  readonly sizes: SizeStatistics;
  /** Where the chunk begins in the file. */
  readonly offset: number;
}

export interface FilePlace {
  readonly offset: number;
  readonly length: number;
}

export interface PlacedChunk {
  readonly record: ChunkRecord;
  readonly columnIndex: FilePlace | undefined;
  readonly offsetIndex: FilePlace;
  readonly bloom: FilePlace | undefined;
}

export interface PlacedRowGroup {
  readonly rows: number;
  readonly offset: number;
  readonly chunks: readonly PlacedChunk[];
}

export interface FooterInput {
  readonly plan: SchemaPlan;
  readonly rows: number;
  readonly rowGroups: readonly PlacedRowGroup[];
  readonly metadata: Readonly<Record<string, string>>;
}

/** Serialises FileMetaData. Version 1: the specification asks writers to write it for compatibility. */
export function encodeFooter(input: FooterInput): Buffer {
  const thrift = new ThriftWriter();
  thrift.i32(1, 1);
  thrift.encoded(2, schemaBytes(input.plan));
  thrift.i64(3, input.rows);
  thrift.structList(4, input.rowGroups, (group, ordinal) => writeRowGroup(thrift, group, ordinal));
  const entries = Object.entries(input.metadata);
  if (entries.length > 0) {
    thrift.structList(5, entries, ([key, value]) => {
      thrift.string(1, key);
      thrift.string(2, value);
    });
  }
  thrift.string(6, CREATED_BY);
  // TypeDefinedOrder for every leaf: without it min_value and max_value have no meaning.
  thrift.structList(7, input.plan.leaves, () => thrift.struct(1, NOTHING));
  return thrift.finish();
}

const schemas = new WeakMap<SchemaPlan, Buffer>();

/** The list of schema elements, made once for a plan. */
function schemaBytes(plan: SchemaPlan): Buffer {
  let bytes = schemas.get(plan);
  if (!bytes) {
    const thrift = new ThriftWriter();
    thrift.structList(1, plan.elements, (element) => writeElement(thrift, element));
    bytes = thrift.fields();
    schemas.set(plan, bytes);
  }
  return bytes;
}

const REPETITION = { required: 0, optional: 1, repeated: 2 } as const;

function writeElement(thrift: ThriftWriter, element: SchemaElement): void {
  if (element.type) thrift.i32(1, element.type.physical);
  if (element.type?.length !== undefined) thrift.i32(2, element.type.length);
  if (element.repetition) thrift.i32(3, REPETITION[element.repetition]);
  thrift.string(4, element.name);
  if (element.childCount !== undefined) thrift.i32(5, element.childCount);
  if (element.converted !== undefined) thrift.i32(6, element.converted);
  if (element.logical?.kind === 'decimal') {
    thrift.i32(7, element.logical.scale);
    thrift.i32(8, element.logical.precision);
  }
  if (element.fieldId !== undefined) thrift.i32(9, element.fieldId);
  const { logical } = element;
  if (logical) thrift.struct(10, () => writeLogical(thrift, logical));
}

/** LogicalType is a union: one field, whose number is the type. */
function writeLogical(thrift: ThriftWriter, logical: Logical): void {
  thrift.struct(LOGICAL[logical.kind], () => {
    if (logical.kind === 'decimal') {
      thrift.i32(1, logical.scale);
      thrift.i32(2, logical.precision);
    } else if (logical.kind === 'time' || logical.kind === 'timestamp') {
      thrift.bool(1, logical.isAdjustedToUtc);
      // TimeUnit is a union as well.
      thrift.struct(2, () => thrift.struct(logical.unit === 'micros' ? 2 : 3, NOTHING));
    }
  });
}

const LOGICAL = { string: 1, map: 2, list: 3, decimal: 5, date: 6, time: 7, timestamp: 8, uuid: 14 } as const;

/** Body of a struct without fields. */
const NOTHING = (): void => {};

function writeRowGroup(thrift: ThriftWriter, group: PlacedRowGroup, ordinal: number): void {
  thrift.structList(1, group.chunks, (placed) => writeChunk(thrift, placed));
  thrift.i64(2, total(group, 'rawBytes'));
  thrift.i64(3, group.rows);
  thrift.i64(5, group.offset);
  thrift.i64(6, total(group, 'storedBytes'));
  if (ordinal < 2 ** 15) thrift.i16(7, ordinal);
}

function total(group: PlacedRowGroup, size: 'rawBytes' | 'storedBytes'): number {
  return group.chunks.reduce((sum, placed) => sum + placed.record[size], 0);
}

function writeChunk(thrift: ThriftWriter, placed: PlacedChunk): void {
  // Deprecated: 0 says that no ColumnMetaData lies outside the footer.
  thrift.i64(2, 0);
  thrift.struct(3, () => writeColumnMetadata(thrift, placed));
  thrift.i64(4, placed.offsetIndex.offset);
  thrift.i32(5, placed.offsetIndex.length);
  if (!placed.columnIndex) return;
  thrift.i64(6, placed.columnIndex.offset);
  thrift.i32(7, placed.columnIndex.length);
}

function writeColumnMetadata(thrift: ThriftWriter, { record, bloom }: PlacedChunk): void {
  const hasDictionary = record.dictionaryBytes > 0;
  const dictionaryPage = { type: PAGE_TYPE.dictionary, encoding: ENCODING.plain, count: 1 };
  const dataType = record.pageVersion === 1 ? PAGE_TYPE.data : PAGE_TYPE.dataV2;
  const dataPages = { type: dataType, encoding: record.encoding, count: record.pageCount };
  const encodings = new Set<number>([...(hasDictionary ? [ENCODING.plain] : []), ENCODING.rle, record.encoding]);
  thrift.i32(1, record.leaf.physical.physical);
  thrift.i32List(
    2,
    [...encodings].sort((a, b) => a - b),
  );
  thrift.binaryList(3, record.leaf.pathBytes);
  thrift.i32(4, record.codec);
  thrift.i64(5, record.entries);
  thrift.i64(6, record.rawBytes);
  thrift.i64(7, record.storedBytes);
  thrift.i64(9, record.offset + record.dictionaryBytes);
  if (hasDictionary) thrift.i64(11, record.offset);
  thrift.struct(12, () => writeStatistics(thrift, record));
  thrift.structList(13, hasDictionary ? [dictionaryPage, dataPages] : [dataPages], (kind) => {
    thrift.i32(1, kind.type);
    thrift.i32(2, kind.encoding);
    thrift.i32(3, kind.count);
  });
  if (bloom) {
    thrift.i64(14, bloom.offset);
    thrift.i32(15, bloom.length);
  }
  const { sizes } = record;
  thrift.struct(16, () => {
    if (sizes.byteArrayBytes !== undefined) thrift.i64(1, sizes.byteArrayBytes);
    if (sizes.repetition) thrift.i64List(2, sizes.repetition);
    if (sizes.definition) thrift.i64List(3, sizes.definition);
  });
}

/** The deprecated fields 1 and 2 stay away: they mean signed order, which strings do not have. */
function writeStatistics(thrift: ThriftWriter, record: ChunkRecord): void {
  thrift.i64(3, record.nulls);
  if (record.min && record.max) {
    thrift.binary(5, record.max.bytes);
    thrift.binary(6, record.min.bytes);
    thrift.bool(7, record.max.isExact);
    thrift.bool(8, record.min.isExact);
  }
  if (record.nanCount !== undefined) thrift.i64(9, record.nanCount);
}
