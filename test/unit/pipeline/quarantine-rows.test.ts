// Quarantine rows are the same wherever the records lie: in memory of their own, in an arena, or in one without room for the columns.
import { describe, expect, it } from 'vitest';
import { readRow } from '../../../src/column-cells.ts';
import { layoutOf } from '../../../src/columns.ts';
import { QUARANTINE_STRUCT } from '../../../src/contract/names.ts';
import { packRecords, type RecordParts, releaseRecords } from '../../../src/decode/pack-records.ts';
import type { KafkaRecords } from '../../../src/decode/records.ts';
import { allocHigh, arenaOf, freeBytes, mark } from '../../../src/hot/memory.ts';
import { quarantineColumns } from '../../../src/pipeline/quarantine-rows.ts';
import type { QuarantinedRecord } from '../../../src/pipeline/types.ts';

const OPTIONS = { contractName: 'game.events', quarantinedAtMs: Date.UTC(9999, 11, 31) };

const PARTS: readonly RecordParts[] = Array.from({ length: 40 }, (_, i) => ({
  // In the order that records are packed in: by source and partition.
  source: i < 20 ? { id: 's/t/1', topic: 't' } : { id: 's/u/1', topic: 'u' },
  topicPartition: Math.floor(i / 10),
  kafkaOffset: 2 ** 40 + i,
  timestampMs: i === 7 ? -1 : OPTIONS.quarantinedAtMs - i,
  timestampType: 0,
  key: i % 5 === 0 ? null : Buffer.from(`key ${i}`),
  value: i % 7 === 0 ? null : Buffer.from('é\0"'.repeat(i)),
  headers:
    i % 4 === 0
      ? [
          { name: `h${i}`, value: Uint8Array.of(i) },
          { name: 'n', value: null },
        ]
      : undefined,
}));

const QUARANTINED: readonly QuarantinedRecord[] = PARTS.flatMap((_, record) => {
  const reasons = Array.from({ length: 1 + (record % 3) }, (_, i) => ({ rule: `rule ${i}`, field: 'a.b', message: `got ${record}` }));
  return record % 6 === 1 ? [] : [{ record, reasons }];
});

function rowsOf(records: KafkaRecords): { readonly rows: unknown[]; readonly isInArena: boolean } {
  const columns = quarantineColumns(records, { quarantined: QUARANTINED }, OPTIONS);
  const rows = QUARANTINED.map((_, row) => readRow(columns, layoutOf(QUARANTINE_STRUCT), row));
  return { rows, isInArena: arenaOf(columns.bytes.buffer) !== undefined };
}

describe('rejected records of an event', () => {
  const expected = rowsOf(packRecords(PARTS));

  it('lie in memory of their own where the records do', () => {
    expect(expected.isInArena).toBe(false);
    expect(expected.rows.map((row) => (row as unknown[])[6])).toEqual(QUARANTINED.map(({ record }) => bytesOrNull(PARTS[record]!.value)));
    expect(expected.rows.map((row) => (row as unknown[])[8])).toEqual(
      QUARANTINED.map(({ reasons }) => reasons.map(({ rule, field, message }) => [rule, field, message])),
    );
  });

  it('stay in the arena of the records, and their rows are the same', () => {
    const records = packRecords(PARTS, { inArena: true });
    expect(rowsOf(records)).toEqual({ rows: expected.rows, isInArena: true });
    releaseRecords(records);
  });

  it('are copied, with the same rows, out of an arena that has no room for them or was damaged', () => {
    const full = packRecords(PARTS, { inArena: true });
    const arena = arenaOf(full.bytes.buffer)!;
    allocHigh(arena, freeBytes(arena) - 2048);
    const before = mark(arena);
    expect(rowsOf(full)).toEqual(expected);
    expect(mark(arena)).toBe(before);
    releaseRecords(full);
    const damaged = packRecords(PARTS, { inArena: true });
    arenaOf(damaged.bytes.buffer)!.isSound = false;
    expect(rowsOf(damaged)).toEqual(expected);
    releaseRecords(damaged);
  });
});

function bytesOrNull(value: RecordParts['value']): Uint8Array | null {
  return value instanceof Uint8Array ? Uint8Array.from(value) : null;
}
