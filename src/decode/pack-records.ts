// Loose records → KafkaRecords: one buffer, values first (each followed by a 0 byte), then keys, then 64 zero bytes. Keeping
// keys away from values lets a reader check the UTF-8 of all values in one native call. Every input form ends here, so every
// form upholds the same obligations: safe-integer positions and no offset of a partition twice.
import { assertInvariant, InputRefusedError } from '../errors.ts';
import { alloc, arenaOf } from '../hot/memory.ts';
import { releaseArena, takeBatchArena } from '../hot/pool.ts';
import { writeBase64 } from './base64-text.ts';
import type { KafkaRecords, RecordHeader, RecordSource, TruncatedValue } from './records.ts';
import { NULL_POSITION, newRecordColumns } from './records.ts';

/** Bytes, base64 text still to be decoded (its decoded length known), or nothing. */
export type PackedBytes = Uint8Array | { readonly base64: string; readonly length: number } | null;

export interface RecordParts {
  readonly source: RecordSource;
  readonly topicPartition: number;
  readonly kafkaOffset: number;
  readonly timestampMs: number;
  /** 0 CreateTime, 1 LogAppendTime. */
  readonly timestampType: 0 | 1;
  readonly key: PackedBytes;
  readonly value: PackedBytes;
  readonly headers: readonly RecordHeader[] | undefined;
  /** `value` is only the beginning of a value too large to be kept. */
  readonly truncated?: TruncatedValue;
}

/** Spare zero bytes behind the last record (records.ts). */
export const SPARE_BYTES = 64;

/**
 * Packs records in the order given, grouped by source and partition (groups by first appearance, order within a group kept).
 * A second record at an offset of the same source and partition is left out: Kafka offsets are unique, so it is a redelivery of
 * the first within one batch. Cost: one pass; base64 is decoded straight into the buffer. With `inArena` that is memory the kernels
 * read where it is (hot/memory.ts); give it back with `releaseRecords` once nothing of the records is needed any more.
 */
export function packRecords(parts: readonly RecordParts[], options: { readonly inArena?: boolean } = {}): KafkaRecords {
  const { ordered, sources } = groupByPartition(parts);
  const count = ordered.length;
  let size = SPARE_BYTES;
  for (const { value, key } of ordered) size += (value?.length ?? 0) + 1 + (key?.length ?? 0);
  assertInvariant(size < NULL_POSITION, 'a batch of records fits 32-bit positions');
  const { bytes, first } = roomFor(size, options.inArena === true);
  const records = {
    bytes,
    count,
    ...newRecordColumns(count),
    sources: [...sources.values()].map(({ source }) => source),
    headers: ordered.map(({ headers }) => (headers && headers.length > 0 ? headers : undefined)),
  };
  let at = first;
  let { source, index } = { source: ordered[0]?.source, index: 0 };
  for (let i = 0; i < count; i++) {
    const record = ordered[i]!;
    at = place(bytes, at, record.value, record);
    setSpan(records.valueStart, records.valueEnd, { i, part: record.value, at });
    bytes[at++] = 0;
    if (record.source !== source) {
      source = record.source;
      index = sources.get(source.id)!.index;
    }
    records.source[i] = index;
    records.topicPartition[i] = record.topicPartition;
    records.kafkaOffset[i] = record.kafkaOffset;
    records.timestampMs[i] = record.timestampMs;
    records.timestampType[i] = record.timestampType;
  }
  for (let i = 0; i < count; i++) {
    const record = ordered[i]!;
    at = place(bytes, at, record.key, record);
    setSpan(records.keyStart, records.keyEnd, { i, part: record.key, at });
  }
  bytes.fill(0, at);
  const truncated = new Map<number, TruncatedValue>();
  for (let i = 0; i < count; i++) if (ordered[i]!.truncated) truncated.set(i, ordered[i]!.truncated!);
  return truncated.size > 0 ? { ...records, truncated } : records;
}

/** Memory for a batch of so many bytes, and where in it they begin. */
function roomFor(size: number, inArena: boolean): { readonly bytes: Buffer; readonly first: number } {
  const arena = inArena ? takeBatchArena(size) : undefined;
  if (!arena) return { bytes: Buffer.allocUnsafe(size), first: 0 };
  const first = alloc(arena, size, 64);
  return { bytes: arena.bytes.subarray(0, first + size), first };
}

/** Gives the memory of records that were packed `inArena` to the next batch; their bytes must not be read afterwards. */
export function releaseRecords({ bytes }: KafkaRecords): void {
  const arena = arenaOf(bytes.buffer);
  if (arena) releaseArena(arena);
}

/** Writes a part at a position and gives the position behind it. */
function place(bytes: Buffer, at: number, part: PackedBytes, of: RecordParts): number {
  if (part === null) return at;
  if (part instanceof Uint8Array) bytes.set(part, at);
  else if (!writeBase64(bytes, at, part.base64, part.length)) throw refuseBase64(of);
  return at + part.length;
}

/** A part that ends at a position. */
function setSpan(
  starts: Uint32Array,
  ends: Uint32Array,
  { i, part, at }: { readonly i: number; readonly part: PackedBytes; readonly at: number },
): void {
  starts[i] = part === null ? NULL_POSITION : at - part.length;
  ends[i] = part === null ? NULL_POSITION : at;
}

function refuseBase64({ source, topicPartition, kafkaOffset }: RecordParts): InputRefusedError {
  const where = `${source.id} partition ${topicPartition} offset ${kafkaOffset}`;
  return new InputRefusedError(
    `${where} is malformed · expected key and value as padded base64, got other text · correct the input and land it again`,
    {
      code: 'malformed-record',
      details: { sourceId: source.id, topicPartition, kafkaOffset, expected: 'padded base64', got: 'other text' },
    },
  );
}

function groupByPartition(parts: readonly RecordParts[]): {
  readonly ordered: readonly RecordParts[];
  readonly sources: ReadonlyMap<string, { readonly source: RecordSource; readonly index: number }>;
} {
  const sources = new Map<string, { readonly source: RecordSource; readonly index: number }>();
  const groups = new Map<string, Map<number, PartitionGroup>>();
  let [last, group]: [RecordParts | undefined, PartitionGroup] = [undefined, newGroup()];
  for (const part of parts) {
    assertInvariant(Number.isSafeInteger(part.kafkaOffset) && part.kafkaOffset >= 0, 'a Kafka offset is a safe integer from 0');
    // Records come by partition: it is looked up when it changes.
    if (last?.source !== part.source || last.topicPartition !== part.topicPartition) {
      const { id } = part.source;
      if (!sources.has(id)) sources.set(id, { source: part.source, index: sources.size });
      let partitions = groups.get(id);
      if (!partitions) groups.set(id, (partitions = new Map()));
      group = partitions.get(part.topicPartition) ?? newGroup();
      partitions.set(part.topicPartition, group);
    }
    last = part;
    addOnce(group, part);
  }
  const ordered: RecordParts[] = [];
  for (const partitions of groups.values())
    for (const group of partitions.values()) for (const record of group.records) ordered.push(record);
  return { ordered, sources };
}

interface PartitionGroup {
  readonly records: RecordParts[];
  last: number;
  /** Only once offsets stop ascending: until then no offset can come twice. */
  seen: Set<number> | undefined;
}

function newGroup(): PartitionGroup {
  return { records: [], last: -1, seen: undefined };
}

function addOnce(group: PartitionGroup, part: RecordParts): void {
  if (part.kafkaOffset > group.last) {
    group.last = part.kafkaOffset;
    group.seen?.add(part.kafkaOffset);
  } else {
    group.seen ??= new Set(group.records.map((record) => record.kafkaOffset));
    if (group.seen.has(part.kafkaOffset)) return;
    group.seen.add(part.kafkaOffset);
  }
  group.records.push(part);
}
