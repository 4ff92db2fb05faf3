// The footer (FileMetaData) as bytes: schema with field ids, row groups with full statistics, key-value metadata, column orders.
// Field numbers are those of parquet.thrift.
import type { Bound } from './bounds.ts';
import type { Encoding } from './encodings.ts';
import { writeChunk } from './footer-chunk.ts';
import type { Logical } from './physical.ts';
import type { LeafPlan, SchemaElement, SchemaPlan } from './schema-plan.ts';
import type { SizeStatistics } from './size-statistics.ts';
import { fieldBytes, ThriftWriter } from './thrift.ts';

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
  const thrift = new ThriftWriter(FOOTER_BYTES);
  const { schema, orders } = planParts(input.plan);
  const metadata = metadataBytes(input.metadata);
  thrift.i32(1, 1);
  thrift.encoded(2, schema);
  thrift.i64(3, input.rows);
  thrift.structList(4, input.rowGroups, (group, ordinal) => writeRowGroup(thrift, group, ordinal));
  if (metadata) thrift.encoded(5, metadata);
  thrift.string(6, CREATED_BY);
  thrift.encoded(7, orders);
  return thrift.finish();
}

/** What the footer of a usual table takes. */
const FOOTER_BYTES = 8192;

interface PlanParts {
  readonly schema: Buffer;
  readonly orders: Buffer;
}

const plans = new WeakMap<SchemaPlan, PlanParts>();

/** What depends on the plan alone, made once for it: schema elements; TypeDefinedOrder for every leaf, without which min_value and max_value have no meaning. */
function planParts(plan: SchemaPlan): PlanParts {
  let parts = plans.get(plan);
  if (!parts) {
    const schema = fieldBytes((thrift) => thrift.structList(1, plan.elements, (element) => writeElement(thrift, element)));
    const orders = fieldBytes((thrift) => thrift.structList(1, plan.leaves, () => thrift.struct(1, NOTHING)));
    parts = { schema, orders };
    plans.set(plan, parts);
  }
  return parts;
}

type Entries = readonly (readonly [string, string])[];

const metadatas = new WeakMap<FooterInput['metadata'], { readonly entries: Entries; readonly bytes: Buffer }>();

/** Key-value metadata, made once for an object of it as long as it says the same; undefined of none. */
function metadataBytes(metadata: FooterInput['metadata']): Buffer | undefined {
  const entries = Object.entries(metadata);
  if (entries.length === 0) return undefined;
  const known = metadatas.get(metadata);
  if (known && isSame(known.entries, entries)) return known.bytes;
  const bytes = fieldBytes((thrift) => {
    thrift.structList(1, entries, ([key, value]) => {
      thrift.string(1, key);
      thrift.string(2, value);
    });
  });
  metadatas.set(metadata, { entries, bytes });
  return bytes;
}

function isSame(a: Entries, b: Entries): boolean {
  return a.length === b.length && a.every(([key, value], i) => key === b[i]![0] && value === b[i]![1]);
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
