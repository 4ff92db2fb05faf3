// Inputs whose records carry their positions: `records` and `lambda` (DESIGN §5.7). What is missing inside one Lambda event does
// not exist, what is missing between two is unknown; so events share a batch only while each goes on exactly where the one before
// ended. A file of records may leave records out: its gaps are unknown.
import type { CompiledContract } from '../contract/compiled.ts';
import { LIMITS } from '../contract/limits.ts';
import { readNdjson } from '../decode/ndjson.ts';
import { type KafkaRecords, NULL_POSITION, newRecordColumns, type RecordSource } from '../decode/records.ts';
import type { OpenedInput } from './open-input.ts';

export interface PositionedRequest {
  readonly path: string;
  readonly input: OpenedInput;
  readonly format: 'records' | 'lambda';
  readonly contract: CompiledContract;
  /** Counts positions under this source name instead of the contract's. */
  readonly sourceName: string | undefined;
}

export interface PositionedBatch {
  readonly records: KafkaRecords;
  readonly gaps: 'absent' | 'unverified';
}

export async function* positionedBatches(request: PositionedRequest): AsyncGenerator<PositionedBatch> {
  const { format, path } = request;
  const resolveSource = sourceResolver(request.contract, request.sourceName);
  const chunks = request.input.chunks();
  try {
    if (format === 'records') {
      for await (const { records } of readNdjson(chunks, { format, resolveSource, file: path })) {
        if (records.count > 0) yield { records, gaps: 'unverified' };
      }
    } else {
      for await (const records of joined(readNdjson(chunks, { format, resolveSource, file: path, recordsMax: 1 })))
        yield { records, gaps: 'absent' };
    }
  } finally {
    await chunks.return(undefined);
  }
}

/** `<source name>/<topic>/<generation>` by topic; undefined for a topic the contract does not name. */
export function sourceResolver(contract: CompiledContract, name: string | undefined): (topic: string) => RecordSource | undefined {
  const byTopic = new Map(contract.sources.map((source) => [source.topic, source]));
  return (topic) => {
    const source = byTopic.get(topic);
    return source && { id: `${name ?? source.name}/${topic}/${source.generation}`, topic };
  };
}

/** Events that follow each other without a gap become one batch, within the limits of a batch. */
async function* joined(events: AsyncIterable<{ readonly records: KafkaRecords }>): AsyncGenerator<KafkaRecords> {
  let open: KafkaRecords[] = [];
  let size = { records: 0, bytes: 0 };
  let ends = new Map<string, number>();
  for await (const { records } of events) {
    if (records.count === 0) continue;
    const isFull =
      size.records + records.count > LIMITS.landBatchRecordsMax || size.bytes + records.bytes.length > LIMITS.landBatchBytesMax;
    if (open.length > 0 && (isFull || !goesOn(ends, records))) {
      yield joinRecords(open);
      open = [];
      size = { records: 0, bytes: 0 };
      ends = new Map();
    }
    open.push(records);
    size = { records: size.records + records.count, bytes: size.bytes + records.bytes.length };
    for (let i = 0; i < records.count; i++)
      ends.set(placeOf(records, i), Math.max(ends.get(placeOf(records, i)) ?? 0, records.kafkaOffset[i]! + 1));
  }
  if (open.length > 0) yield joinRecords(open);
}

/** Does every partition of the event begin where the batch ends for it, or not occur in the batch at all? */
function goesOn(ends: ReadonlyMap<string, number>, records: KafkaRecords): boolean {
  const starts = new Map<string, number>();
  for (let i = 0; i < records.count; i++) {
    const place = placeOf(records, i);
    starts.set(place, Math.min(starts.get(place) ?? Number.MAX_SAFE_INTEGER, records.kafkaOffset[i]!));
  }
  return [...starts].every(([place, start]) => (ends.get(place) ?? start) === start);
}

function placeOf(records: KafkaRecords, i: number): string {
  return `${records.topicPartition[i]}/${records.sources[records.source[i]!]!.id}`;
}

/** Batches one after the other over one buffer; every value keeps its 0 byte and the end its spare bytes. */
export function joinRecords(parts: readonly KafkaRecords[]): KafkaRecords {
  if (parts.length === 1) return parts[0]!;
  const count = parts.reduce((sum, part) => sum + part.count, 0);
  const sources = [...new Map(parts.flatMap((part) => part.sources).map((source) => [source.id, source])).values()];
  const whole = {
    bytes: Buffer.concat(parts.map((part) => part.bytes)),
    count,
    ...newRecordColumns(count),
    sources,
    headers: parts.flatMap((part) => part.headers),
  };
  let row = 0;
  let bytes = 0;
  for (const part of parts) {
    const place = (from: Uint32Array, to: Uint32Array) => {
      for (let i = 0; i < part.count; i++) to[row + i] = from[i] === NULL_POSITION ? NULL_POSITION : from[i]! + bytes;
    };
    place(part.valueStart, whole.valueStart);
    place(part.valueEnd, whole.valueEnd);
    place(part.keyStart, whole.keyStart);
    place(part.keyEnd, whole.keyEnd);
    for (let i = 0; i < part.count; i++) whole.source[row + i] = sources.findIndex(({ id }) => id === part.sources[part.source[i]!]!.id);
    whole.topicPartition.set(part.topicPartition.subarray(0, part.count), row);
    whole.kafkaOffset.set(part.kafkaOffset.subarray(0, part.count), row);
    whole.timestampMs.set(part.timestampMs.subarray(0, part.count), row);
    whole.timestampType.set(part.timestampType.subarray(0, part.count), row);
    row += part.count;
    bytes += part.bytes.length;
  }
  return whole;
}
