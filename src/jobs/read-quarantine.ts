// The rows of a quarantine table as records again: bytes as they came, position, timestamp, headers, with the rules they were rejected
// by. File by file, in units that a landing could have had, so memory is bounded however much is quarantined (promise 10).
import { readRow } from '../column-cells.ts';
import { LIMITS } from '../contract/limits.ts';
import { QUARANTINE_STRUCT } from '../contract/names.ts';
import type { CellValue, StructType } from '../contract/types.ts';
import { packRecords, type RecordParts } from '../decode/pack-records.ts';
import type { KafkaRecords } from '../decode/records.ts';
import { InputRefusedError } from '../errors.ts';
import { currentSchema } from '../iceberg/evolve.ts';
import { planScan, type ScanTask } from '../iceberg/scan.ts';
import type { TableMetadata } from '../iceberg/types.ts';
import { TRUNCATED } from '../pipeline/judge.ts';
import type { Ports } from '../ports.ts';
import { newDeletesReader } from './read-deletes.ts';
import { readTask, type TaskRows } from './read-task.ts';

export interface QuarantineFilter {
  /** Records rejected by this rule, whatever else was wrong with them. */
  readonly rule?: string;
  /** Name or whole id of a source. */
  readonly source?: string;
  /** Kafka timestamps, `fromMs` inclusive, `toMs` exclusive. */
  readonly fromMs?: number;
  readonly toMs?: number;
}

/** Units of records that match. `isOpen` says of a position whether the ledger still has it in the quarantine. */
export async function* readQuarantine(
  ports: Ports,
  metadata: TableMetadata,
  given: {
    readonly filter: QuarantineFilter;
    readonly isOpen: (at: { readonly sourceId: string; readonly partition: number; readonly offset: number }) => boolean;
  },
): AsyncGenerator<KafkaRecords> {
  const struct = structOf(metadata);
  const deletes = newDeletesReader(ports.files, metadata);
  let unit: RecordParts[] = [];
  let bytes = 0;
  for (const task of await planScan({ metadata, files: ports.files })) {
    for (const parts of rowsOf(await readTask({ files: ports.files, metadata, task, struct, schema: struct, deletes }), task)) {
      if (!matches(parts, given.filter)) continue;
      const { source, topicPartition: partition, kafkaOffset: offset } = parts.record;
      if (!given.isOpen({ sourceId: source.id, partition, offset })) continue;
      const size = (parts.record.value?.length ?? 0) + (parts.record.key?.length ?? 0);
      if (unit.length >= LIMITS.landBatchRecordsMax || (unit.length > 0 && bytes + size > LIMITS.landBatchBytesMax)) {
        yield packRecords(unit);
        unit = [];
        bytes = 0;
      }
      unit.push(parts.record);
      bytes += size;
    }
  }
  if (unit.length > 0) yield packRecords(unit);
}

/** The quarantine's columns by name, with the ids the table gave them. */
function structOf(metadata: TableMetadata): StructType {
  const schema = currentSchema(metadata);
  const fields = QUARANTINE_STRUCT.fields.map(({ name }) => {
    const field = schema.fields.find((one) => one.name === name);
    if (field) return field;
    throw new InputRefusedError(`the quarantine has lost its column ${name}; add it again, or restore the table`, {
      code: 'quarantine-column-missing',
      details: { expected: name },
    });
  });
  return { type: 'struct', fields };
}

interface QuarantineRow {
  readonly record: RecordParts;
  readonly rules: readonly string[];
}

function* rowsOf({ columns, layout, rows }: TaskRows, task: ScanTask): Generator<QuarantineRow> {
  for (const row of rows) {
    const cells = readRow(columns, layout, row);
    const [sourceId, topic, partition, offset, timestamp, key, value, headers, reasons] = cells;
    if ([sourceId, topic, partition, offset, timestamp].some((cell) => cell === null || cell === undefined)) {
      throw new InputRefusedError(
        `the quarantine has a row without a position in ${task.file.filePath}; another writer made it: remove it`,
        {
          code: 'quarantine-row-malformed',
          details: { uri: task.file.filePath },
        },
      );
    }
    const record: RecordParts = {
      source: { id: String(sourceId), topic: String(topic) },
      topicPartition: Number(partition),
      kafkaOffset: Number(offset),
      timestampMs: Number((timestamp as bigint) / 1000n),
      // The quarantine does not keep who set the timestamp; nothing after landing asks.
      timestampType: 0,
      key: bytesOf(key),
      value: bytesOf(value),
      headers: listOf(headers).map(([name, bytes]) => ({ name: String(name), value: bytesOf(bytes) })),
    };
    yield { record, rules: listOf(reasons).map(([rule]) => String(rule)) };
  }
}

function bytesOf(cell: CellValue | undefined): Uint8Array | null {
  return cell instanceof Uint8Array ? Uint8Array.from(cell) : null;
}

/** Rows of a list of structs. */
function listOf(cell: CellValue | undefined): readonly (readonly CellValue[])[] {
  return Array.isArray(cell) ? (cell as readonly (readonly CellValue[])[]) : [];
}

function matches({ record, rules }: QuarantineRow, { rule, source, fromMs, toMs }: QuarantineFilter): boolean {
  const { id } = record.source;
  // The beginning of a message may read like a whole one.
  if (rules.includes(TRUNCATED)) return false;
  if (rule !== undefined && !rules.includes(rule)) return false;
  if (source !== undefined && id !== source && id.split('/')[0] !== source) return false;
  return record.timestampMs >= (fromMs ?? Number.NEGATIVE_INFINITY) && record.timestampMs < (toMs ?? Number.POSITIVE_INFINITY);
}
