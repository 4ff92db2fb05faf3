// Lambda's Kafka event (Amazon MSK and self-managed) → records with positions. Strict: a malformed event is refused as a whole,
// naming what was expected, because a record skipped here would be lost (promise 1). No policy, no payload in messages.
// Source: AWS Lambda developer guide, "Using Lambda with Amazon MSK" and "… self-managed Apache Kafka", example events.
//
//   {eventSource: 'aws:kafka' | 'SelfManagedKafka', records: {'<topic>-<partition>': [
//     {topic, partition, offset, timestamp, timestampType, key?: base64|null, value?: base64|null, headers: [{name: [signed bytes]}]}]}}
import { LIMITS } from '../contract/limits.ts';
import { InputRefusedError } from '../errors.ts';
import { packRecords, type RecordParts } from './pack-records.ts';
import { decodeRecord, kindOfJson, type RecordContext } from './record-json.ts';
import type { KafkaRecords, RecordSource } from './records.ts';
import { decodeRegular } from './regular-event.ts';

export interface DecodeEventOptions {
  /** The configured source of a topic; undefined for a topic nobody declared. */
  readonly resolveSource: (topic: string) => RecordSource | undefined;
  /** Decode into memory that the kernels read where it is; give it back with `releaseRecords`. */
  readonly inArena?: boolean;
}

/**
 * Decodes one event. Keeps the event's order within each partition and groups by partition; a record delivered twice in one
 * event (same partition and offset) is kept once, the first. Throws InputRefusedError for anything malformed.
 */
export function decodeLambdaEvent(event: unknown, options: DecodeEventOptions): KafkaRecords {
  const { resolveSource, inArena = false } = options;
  const context = { where: 'Lambda Kafka event', resolveSource };
  const regular = decodeRegular(listsOf(event, context), { ...context, inArena });
  if (regular !== undefined && regular !== 'failed') return regular;
  const records = packRecords(lambdaEventParts(event, context), { inArena });
  return regular === 'failed' ? { ...records, kernelsFailed: true } : records;
}

/** The records of one event, unpacked; `context.where` names the event in messages. */
export function lambdaEventParts(event: unknown, context: RecordContext): RecordParts[] {
  const parts: RecordParts[] = [];
  const each = ofRecord(context, () => parts.length);
  for (const list of listsOf(event, context)) {
    for (const record of list) {
      parts.push(decodeRecord(record, each));
      if (parts.length > LIMITS.landBatchRecordsMax) throw refuse(context, `at most ${LIMITS.landBatchRecordsMax} records`, 'more');
    }
  }
  return parts;
}

/** The lists of records, each of one topic and partition. */
function listsOf(event: unknown, context: RecordContext): (readonly unknown[])[] {
  if (typeof event !== 'object' || event === null || Array.isArray(event)) throw refuse(context, 'an event object', kindOfJson(event));
  const { eventSource, records } = event as { readonly eventSource?: unknown; readonly records?: unknown };
  if (eventSource !== 'aws:kafka' && eventSource !== 'SelfManagedKafka') {
    throw refuse(
      context,
      "eventSource 'aws:kafka' or 'SelfManagedKafka'",
      typeof eventSource === 'string' ? 'another source' : kindOfJson(eventSource),
    );
  }
  if (typeof records !== 'object' || records === null || Array.isArray(records)) {
    throw refuse(context, 'records as an object of topic-partitions', kindOfJson(records));
  }
  return Object.entries(records).map(([topicPartition, list]: [string, unknown]) => {
    if (Array.isArray(list)) return list;
    throw refuse(context, `an array of records under ${JSON.stringify(topicPartition.slice(0, 80))}`, kindOfJson(list));
  });
}

/** One context for all records: a record is named only when it is refused, and a topic is looked up when it changes. */
function ofRecord(context: RecordContext, index: () => number): RecordContext {
  let last: { readonly topic: string; readonly source: RecordSource | undefined } | undefined;
  return {
    ...context,
    get where() {
      return `${context.where}, record ${index()}`;
    },
    resolveSource(topic) {
      if (last?.topic !== topic) last = { topic, source: context.resolveSource(topic) };
      return last.source;
    },
  };
}

function refuse(context: RecordContext, expected: string, got: string): InputRefusedError {
  return new InputRefusedError(`${context.where} is malformed · expected ${expected}, got ${got} · nothing of it was landed`, {
    code: 'malformed-event',
    details: { expected, got, ...(context.details ?? {}) },
  });
}
