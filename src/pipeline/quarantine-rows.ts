// Rejected records → rows of the quarantine table (DESIGN §5.5): position, key, value and headers as they came, all reasons.
// Upholds promise 1: nothing of a rejected record is lost.
import { buildColumns } from '../column-cells.ts';
import type { ColumnSet } from '../columns.ts';
import { QUARANTINE_STRUCT } from '../contract/names.ts';
import type { CellValue } from '../contract/types.ts';
import { type KafkaRecords, NULL_POSITION } from '../decode/records.ts';
import type { BatchResult, QuarantinedRecord } from './types.ts';

export interface QuarantineOptions {
  readonly contractName: string;
  readonly quarantinedAtMs: number;
}

/** One row per quarantined record of the result, in its order. */
export function quarantineColumns(records: KafkaRecords, result: Pick<BatchResult, 'quarantined'>, options: QuarantineOptions): ColumnSet {
  return buildColumns(
    QUARANTINE_STRUCT,
    result.quarantined.map((quarantined) => rowOf(records, quarantined, options)),
  );
}

function rowOf(records: KafkaRecords, { record, reasons }: QuarantinedRecord, options: QuarantineOptions): CellValue[] {
  const source = records.sources[records.source[record]!]!;
  return [
    source.id,
    source.topic,
    records.topicPartition[record]!,
    BigInt(records.kafkaOffset[record]!),
    BigInt(records.timestampMs[record]!) * 1000n,
    slice(records, records.keyStart[record]!, records.keyEnd[record]!),
    slice(records, records.valueStart[record]!, records.valueEnd[record]!),
    // No headers is an empty list, as in Kafka; some readers cannot tell a null list of structs from it.
    records.headers[record]?.map(({ name, value }) => [name, value]) ?? [],
    reasons.map(({ rule, field, message }) => [rule, field, message]),
    options.contractName,
    BigInt(options.quarantinedAtMs) * 1000n,
  ];
}

function slice(records: KafkaRecords, start: number, end: number): Uint8Array | null {
  return start === NULL_POSITION ? null : records.bytes.subarray(start, end);
}
