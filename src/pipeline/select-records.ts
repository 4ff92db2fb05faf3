// Some records of a batch as a batch of their own, values and keys copied side by side: what one table's pipeline is given.
import { type KafkaRecords, NULL_POSITION } from '../decode/records.ts';

/** The members in the order given. Cost: their bytes, copied once. */
export function selectRecords(records: KafkaRecords, members: Uint32Array): KafkaRecords {
  const count = members.length;
  let size = 64;
  for (const record of members)
    size += lengthOf(records.valueStart, records.valueEnd, record) + 1 + lengthOf(records.keyStart, records.keyEnd, record);
  const bytes = Buffer.alloc(size);
  const value = { start: new Uint32Array(count), end: new Uint32Array(count) };
  const key = { start: new Uint32Array(count), end: new Uint32Array(count) };
  let at = 0;
  for (const [i, record] of members.entries())
    at = place(records, { bytes, at }, { from: [records.valueStart, records.valueEnd], to: value, i, record }) + 1;
  for (const [i, record] of members.entries())
    at = place(records, { bytes, at }, { from: [records.keyStart, records.keyEnd], to: key, i, record });
  return {
    bytes,
    count,
    valueStart: value.start,
    valueEnd: value.end,
    keyStart: key.start,
    keyEnd: key.end,
    source: Uint16Array.from(members, (record) => records.source[record]!),
    sources: records.sources,
    topicPartition: Int32Array.from(members, (record) => records.topicPartition[record]!),
    kafkaOffset: Float64Array.from(members, (record) => records.kafkaOffset[record]!),
    timestampMs: Float64Array.from(members, (record) => records.timestampMs[record]!),
    timestampType: Uint8Array.from(members, (record) => records.timestampType[record]!),
    headers: Array.from(members, (record) => records.headers[record]),
  };
}

function lengthOf(starts: Uint32Array, ends: Uint32Array, record: number): number {
  return starts[record] === NULL_POSITION ? 0 : ends[record]! - starts[record]!;
}

/** Copies one value or key; gives the position behind it. */
function place(
  records: KafkaRecords,
  into: { readonly bytes: Buffer; readonly at: number },
  one: {
    readonly from: readonly [Uint32Array, Uint32Array];
    readonly to: { readonly start: Uint32Array; readonly end: Uint32Array };
    readonly i: number;
    readonly record: number;
  },
): number {
  const [starts, ends] = one.from;
  const isNull = starts[one.record] === NULL_POSITION;
  const end = isNull ? into.at : into.at + records.bytes.copy(into.bytes, into.at, starts[one.record], ends[one.record]);
  one.to.start[one.i] = isNull ? NULL_POSITION : into.at;
  one.to.end[one.i] = isNull ? NULL_POSITION : end;
  return end;
}
