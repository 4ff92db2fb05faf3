// The columns every landed table has (DESIGN §5.1): where a row came from and when. Source and topic texts are written once per
// batch; all rows of a source share them.

import type { TableProgram } from '../contract/compiled.ts';
import type { KafkaRecords } from '../decode/records.ts';
import { type ColumnBuilder, type SetBuilder, storeSafe, storeView } from './builders.ts';
import { type Decoder, putText } from './decoder.ts';

/** Positions of the source texts of one batch. */
interface SourceText {
  readonly idStart: number;
  readonly idLength: number;
  readonly topicStart: number;
  readonly topicLength: number;
}

export interface TechnicalValues {
  readonly records: KafkaRecords;
  readonly sources: readonly SourceText[];
  readonly ingestedAtMs: number;
}

/** Writes the batch's source texts to aux; call before the first record. */
export function prepareTechnical(d: Decoder, records: KafkaRecords, ingestedAtMs: number): TechnicalValues {
  const sources = records.sources.map(({ id, topic }) => {
    putText(d, id);
    const [idStart, idLength] = [d.textStart, d.textLength];
    putText(d, topic);
    return { idStart, idLength, topicStart: d.textStart, topicLength: d.textLength };
  });
  return { records, sources, ingestedAtMs };
}

/** Writes the technical columns of the row at hand. */
export function writeTechnical(set: SetBuilder, slots: TableProgram['technical'], values: TechnicalValues, record: number): void {
  const { records } = values;
  const { row, columns } = set;
  const source = values.sources[records.source[record]!]!;
  storeView(columns[slots.sourceId]!, row, source.idStart, source.idLength);
  columns[slots.kafkaPartition]!.i32[row] = records.topicPartition[record]!;
  storeSafe(columns[slots.kafkaOffset]!, row, records.kafkaOffset[record]!);
  storeMicros(columns[slots.kafkaTimestamp]!, row, records.timestampMs[record]!);
  setPresent(set, slots.sourceId);
  setPresent(set, slots.kafkaPartition);
  setPresent(set, slots.kafkaOffset);
  setPresent(set, slots.kafkaTimestamp);
  if (slots.kafkaTopic !== undefined) {
    storeView(columns[slots.kafkaTopic]!, row, source.topicStart, source.topicLength);
    setPresent(set, slots.kafkaTopic);
  }
  if (slots.ingestedAt !== undefined) {
    storeMicros(columns[slots.ingestedAt]!, row, values.ingestedAtMs);
    setPresent(set, slots.ingestedAt);
  }
}

/** Milliseconds as microseconds, exactly: from the year 2255 on these are no exact doubles. */
export function storeMicros(column: ColumnBuilder, row: number, ms: number): void {
  const micros = ms * 1000;
  if (Number.isSafeInteger(micros)) storeSafe(column, row, micros);
  else column.i64[row] = BigInt(ms) * 1000n;
}

export function setPresent(set: SetBuilder, slot: number): void {
  const words = set.present[slot >> 5]!;
  words[set.row] = words[set.row]! | (1 << (slot & 31));
}
