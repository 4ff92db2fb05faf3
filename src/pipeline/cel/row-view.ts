// What a rule sees of the row being read: columns by name (missing = null), `kafka.*`, and `raw`, the message as sent. One view is
// reused for all rows; strings are made only when a rule asks for them, `raw` is parsed only then, once per record.

import type { CelExpr } from '../../contract/compiled.ts';
import { decimalOf } from '../../contract/types.ts';
import type { KafkaRecords } from '../../decode/records.ts';
import { NULL_POSITION } from '../../decode/records.ts';
import type { SetBuilder } from '../builders.ts';
import { CelDecimal, CelDuration, CelTimestamp, type CelValue } from './values.ts';

export interface RowView {
  readonly set: SetBuilder;
  /** Where string columns point. */
  readonly bytes: () => Buffer;
  records: KafkaRecords | undefined;
  record: number;
  /** Parsed `raw` of the record; undefined until a rule asks. */
  raw: CelValue | undefined;
  /** Evaluation steps of the rule at hand. */
  steps: number;
}

export function makeRowView(set: SetBuilder, bytes: () => Buffer): RowView {
  return { set, bytes, records: undefined, record: 0, raw: undefined, steps: 0 };
}

/** The slot that a name or a chain of structs leads to. */
export function slotOf(expr: CelExpr, view: RowView): number | undefined {
  const { slots, top } = view.set.layout;
  if (expr.op === 'ident') return top.find((slot) => slots[slot]!.field.name === expr.name);
  if (expr.op !== 'select') return undefined;
  const parent = slotOf(expr.object, view);
  if (parent === undefined || slots[parent]!.kind !== 'struct') return undefined;
  return slots.find((slot) => slot.parent === parent && slot.field.name === expr.member)?.slot;
}

/** Reads one slot of a set as CEL has it; the kinds are those of contract/cel/types.ts. */
export function readSlot(set: SetBuilder, slot: number, bytes: () => Buffer): (row: number) => CelValue {
  const word = slot >> 5;
  const bit = 1 << (slot & 31);
  const read = readPresent(set, slot, bytes);
  return (row) => ((set.present[word]![row]! & bit) === 0 ? null : read(row));
}

function readPresent(set: SetBuilder, slot: number, bytes: () => Buffer): (row: number) => CelValue {
  const column = set.columns[slot]!;
  const { field } = set.layout.slots[slot]!;
  switch (column.kind) {
    case 'bool':
      return (row) => column.bool[row] === 1;
    case 'i32':
      return field.type === 'date' ? (row) => new CelTimestamp(BigInt(column.i32[row]!) * DAY_NANOS) : (row) => BigInt(column.i32[row]!);
    case 'i64':
      return readLong(String(field.type), (row) => column.i64[row]!);
    case 'f64':
      return (row) => column.f64[row]!;
    case 'view':
      return readView(String(field.type), (row) => bytes().subarray(column.start[row]!, column.start[row]! + column.length[row]!));
    case 'struct':
      return readStruct(set, slot, bytes);
    case 'list':
    case 'map':
      return readEntries(set, slot, bytes);
  }
}

const DAY_NANOS = 86_400_000_000_000n;

function readLong(type: string, value: (row: number) => bigint): (row: number) => CelValue {
  switch (type) {
    case 'long':
      return value;
    case 'time':
      return (row) => new CelDuration(value(row) * 1000n);
    case 'timestamp':
    case 'timestamptz':
      return (row) => new CelTimestamp(value(row) * 1000n);
    case 'timestamp_ns':
    case 'timestamptz_ns':
      return (row) => new CelTimestamp(value(row));
    default: {
      const { scale } = decimalOf(type as `decimal(${number},${number})`)!;
      return (row) => new CelDecimal(value(row), scale);
    }
  }
}

function readView(type: string, slice: (row: number) => Buffer): (row: number) => CelValue {
  if (type === 'string') return (row) => slice(row).toString('utf8');
  if (type === 'uuid')
    return (row) =>
      slice(row)
        .toString('hex')
        .replace(/^(.{8})(.{4})(.{4})(.{4})/, '$1-$2-$3-$4-');
  const decimal = decimalOf(type as `decimal(${number},${number})`);
  if (!decimal) return (row) => Uint8Array.from(slice(row));
  return (row) => {
    const bytes = slice(row);
    return new CelDecimal((bytes.readBigInt64BE(0) << 64n) | bytes.readBigUInt64BE(8), decimal.scale);
  };
}

function readStruct(set: SetBuilder, slot: number, bytes: () => Buffer): (row: number) => CelValue {
  const members: (readonly [string, (row: number) => CelValue])[] = [];
  for (let at = slot + 1; at < set.layout.slots[slot]!.end; at = set.layout.slots[at]!.end) {
    members.push([set.layout.slots[at]!.field.name, readSlot(set, at, bytes)]);
  }
  return (row) => new Map(members.map(([name, read]) => [name, read(row)]));
}

function readEntries(set: SetBuilder, slot: number, bytes: () => Buffer): (row: number) => CelValue {
  const column = set.columns[slot]!;
  const child = column.child!;
  const reads = child.layout.top.map((top) => readSlot(child, top, bytes));
  return (row) => {
    const first = column.start[row]!;
    const rows = Array.from({ length: column.length[row]! }, (_, i) => reads.map((read) => read(first + i)));
    if (column.kind === 'list') return rows.map(([element]) => element ?? null);
    return new Map(rows.map(([key, value]) => [key ?? null, value ?? null]));
  };
}

/** `kafka.<member>` of the record at hand. */
export function readKafka(view: RowView, member: string): (() => CelValue) | undefined {
  const of = () => view.records!;
  switch (member) {
    case 'topic':
      return () => of().sources[of().source[view.record]!]!.topic;
    case 'partition':
      return () => BigInt(of().topicPartition[view.record]!);
    case 'offset':
      return () => BigInt(of().kafkaOffset[view.record]!);
    case 'timestamp':
      return () => new CelTimestamp(BigInt(of().timestampMs[view.record]!) * 1_000_000n);
    case 'key':
      return () => keyOf(of(), view.record);
    case 'headers':
      // Of headers of one name the last counts, as Kafka's own Headers.lastHeader has it.
      return () => new Map((of().headers[view.record] ?? []).map(({ name, value }) => [name, value]));
    default:
      return undefined;
  }
}

function keyOf(records: KafkaRecords, record: number): CelValue {
  const start = records.keyStart[record]!;
  return start === NULL_POSITION ? null : Uint8Array.from(records.bytes.subarray(start, records.keyEnd[record]!));
}

/** The message as CEL values: integers exact within 64 bits, other numbers double, objects as maps. */
export function readRaw(view: RowView): CelValue {
  if (view.raw !== undefined) return view.raw;
  const records = view.records!;
  const text = records.bytes.toString('utf8', records.valueStart[view.record]!, records.valueEnd[view.record]!);
  view.raw = JSON.parse(text, reviveCel) as CelValue;
  return view.raw;
}

function reviveCel(_key: string, value: unknown, context?: { readonly source?: string }): unknown {
  if (typeof value === 'object' && value !== null && !Array.isArray(value)) return new Map(Object.entries(value));
  if (typeof value !== 'number' || !context?.source || !/^-?\d{1,19}$/.test(context.source)) return value;
  const integer = BigInt(context.source);
  return BigInt.asIntN(64, integer) === integer ? integer : value;
}
