// The header of a batch for the kernels (hot/layout-header.ts): technical columns, sources, event time, limits.
import * as L from '../hot/layout.ts';
import * as H from '../hot/layout-header.ts';
import type { SetBuilder } from './builders.ts';
import { UNITS_PER_MS } from './event-time.ts';
import type { HotBatch } from './hot-batch.ts';
import type { HotProgram } from './hot-program.ts';
import type { Batch, Parts } from './parts.ts';

/** What is the same for all records of a batch. */
export function writeHeader(parts: Parts, program: HotProgram, hot: HotBatch, batch: Batch): void {
  const { set, table } = parts;
  const { technical } = program;
  const column = (slot: number | undefined) => (slot === undefined ? 0 : columnAddress(hot, program, set, slot));
  setHeader(hot, H.H_VALUE_MAX, Math.min(table.program.maxBytes, 0xffff_ffff));
  setHeader(hot, H.H_COL_SOURCE_ID, column(technical.sourceId));
  setHeader(hot, H.H_COL_PARTITION, column(technical.kafkaPartition));
  setHeader(hot, H.H_COL_OFFSET, column(technical.kafkaOffset));
  setHeader(hot, H.H_COL_TIMESTAMP, column(technical.kafkaTimestamp));
  setHeader(hot, H.H_COL_TOPIC, column(technical.kafkaTopic));
  setHeader(hot, H.H_COL_INGESTED, column(technical.ingestedAt));
  setHeaderDouble(hot, H.H_INGESTED_US, batch.ingestedAtMs * 1000);
  const { sourceId, kafkaPartition, kafkaOffset, kafkaTimestamp, kafkaTopic, ingestedAt } = technical;
  for (const slot of [sourceId, kafkaPartition, kafkaOffset, kafkaTimestamp, kafkaTopic, ingestedAt]) {
    if (slot === undefined) continue;
    const entry = (wordAddress(hot, program, set, slot) + L.WORD_INITIAL) >> 2;
    hot.words[entry] = hot.words[entry]! | (1 << (slot & 31));
  }
  writeSources(hot, batch);
  writeEventTime(parts, program, hot);
}

/** Id and topic of every source, as views of aux. */
function writeSources(hot: HotBatch, { technical }: Batch): void {
  const { words, header } = hot;
  technical.sources.forEach(({ idStart, idLength, topicStart, topicLength }, i) => {
    words.set([idStart, idLength, topicStart, topicLength], (words[(header + H.H_SOURCE_TEXTS) >> 2]! >> 2) + i * 4);
  });
}

function writeEventTime({ set, table }: Parts, program: HotProgram, hot: HotBatch): void {
  const plan = table.program.eventTime;
  if (!plan) return;
  const type = String(set.layout.slots[plan.slot]!.field.type);
  setHeader(hot, H.H_EVENT_COLUMN, columnAddress(hot, program, set, plan.slot));
  setHeader(hot, H.H_EVENT_WORD, wordAddress(hot, program, set, plan.slot));
  setHeader(hot, H.H_EVENT_BIT, 1 << (plan.slot & 31));
  setHeader(hot, H.H_EVENT_IS_DATE, type === 'date' ? 1 : 0);
  setHeaderDouble(hot, H.H_UNITS_PER_MS, UNITS_PER_MS.get(type)!);
  setHeaderDouble(hot, H.H_MAX_AHEAD_MS, plan.maxAheadMs ?? Number.POSITIVE_INFINITY);
  setHeaderDouble(hot, H.H_MAX_BEHIND_MS, plan.maxBehindMs ?? Number.POSITIVE_INFINITY);
}

export function setHeader({ words, header }: HotBatch, field: number, value: number): void {
  words[(header + field) >> 2] = value;
}

export function setHeaderDouble({ doubles, header }: HotBatch, field: number, value: number): void {
  doubles[(header + field) >> 3] = value;
}

export function columnAddress({ header }: HotBatch, { columns }: HotProgram, set: SetBuilder, slot: number): number {
  return header + columns.get(set.columns[slot]!)!;
}

/** Address of the presence word's entry of a slot. */
export function wordAddress({ header }: HotBatch, { sets }: HotProgram, set: SetBuilder, slot: number): number {
  return header + sets.get(set)! + L.SET_PRESENT + (slot >> 5) * L.WORD_BYTES;
}
