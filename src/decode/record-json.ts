// One Kafka record in the JSON form that Lambda events and `--format records` share (DESIGN §5.7) → its parts. Strict: every
// field is checked, key and value stay base64 text until packing. Header bytes are signed in events from Java (aws docs,
// "headers"): −128…255 are taken modulo 256.
import { createHash } from 'node:crypto';
import { LIMITS } from '../contract/limits.ts';
import { type ErrorDetails, InputRefusedError } from '../errors.ts';
import type { PackedBytes, RecordParts } from './pack-records.ts';
import type { RecordHeader, RecordSource } from './records.ts';

export interface RecordContext {
  readonly resolveSource: (topic: string) => RecordSource | undefined;
  /** Names the record in messages: `line 7`, `Lambda Kafka event, record 3`. */
  readonly where: string;
  readonly details?: ErrorDetails;
}

/** Checks and takes apart one record object; throws InputRefusedError naming the field, never its content. */
export function decodeRecord(record: unknown, context: RecordContext): RecordParts {
  if (typeof record !== 'object' || record === null || Array.isArray(record)) throw refuse(context, 'a record object', kindOfJson(record));
  const fields = record as Readonly<Record<string, unknown>>;
  const topic = fields['topic'];
  if (typeof topic !== 'string' || topic === '') throw refuse(context, 'topic as text', kindOfJson(topic));
  const value = base64(fields, 'value', context);
  const parts: RecordParts = {
    source: sourceOf(topic, context),
    topicPartition: integer(fields, 'partition', { min: 0, max: 0x7fff_ffff }, context),
    kafkaOffset: integer(fields, 'offset', { min: 0, max: Number.MAX_SAFE_INTEGER }, context),
    timestampMs: integer(fields, 'timestamp', { min: -1, max: TIMESTAMP_MS_MAX }, context),
    timestampType: timestampType(fields['timestampType'], context),
    key: base64(fields, 'key', context),
    value,
    headers: recordHeaders(fields['headers'], context),
  };
  const cut = truncate(value);
  return cut ? { ...parts, ...cut } : parts;
}

/** 9999-12-31T23:59:59.999Z: later times are no Iceberg timestamp a reader could show. */
export const TIMESTAMP_MS_MAX = 253_402_300_799_999;

/** The JSON kind of a value, for messages. */
export function kindOfJson(value: unknown): string {
  if (value === undefined) return 'nothing';
  if (value === null) return 'null';
  return Array.isArray(value) ? 'array' : typeof value;
}

function sourceOf(topic: string, context: RecordContext): RecordSource {
  const source = context.resolveSource(topic);
  if (source) return source;
  const name = JSON.stringify(topic.slice(0, 100));
  throw new InputRefusedError(
    `${context.where} is of topic ${name} · expected a topic that a contract declares · add it under firn.source or land it with its own contract`,
    { code: 'unknown-topic', details: { ...(context.details ?? {}) } },
  );
}

function integer(
  fields: Readonly<Record<string, unknown>>,
  name: string,
  range: { readonly min: number; readonly max: number },
  context: RecordContext,
): number {
  const value = fields[name];
  if (Number.isSafeInteger(value) && (value as number) >= range.min && (value as number) <= range.max) return value as number;
  throw refuse(
    context,
    `${name} as an integer from ${range.min} to ${range.max}`,
    typeof value === 'number' ? 'another number' : kindOfJson(value),
  );
}

function timestampType(value: unknown, context: RecordContext): 0 | 1 {
  if (value === 'CREATE_TIME') return 0;
  if (value === 'LOG_APPEND_TIME') return 1;
  throw refuse(context, 'timestampType CREATE_TIME or LOG_APPEND_TIME', typeof value === 'string' ? 'another text' : kindOfJson(value));
}

/** Characters are checked where they are decoded (pack-records.ts): a pass of its own would cost a tenth of a landing. */
function base64(fields: Readonly<Record<string, unknown>>, name: 'key' | 'value', context: RecordContext): PackedBytes {
  const text = fields[name];
  if (text === undefined || text === null) return null;
  if (typeof text !== 'string') throw refuse(context, `${name} as base64 text or null`, kindOfJson(text));
  if (text.length % 4 !== 0) throw refuse(context, `${name} as padded base64`, 'other text');
  const length = base64Length(text);
  if (name === 'key' && length > LIMITS.recordValueBytesMax)
    throw refuse(context, `${name} of at most ${LIMITS.recordValueBytesMax} bytes`, 'more');
  return { base64: text, length };
}

/** Bytes of padded base64, whose length is a multiple of four. */
export function base64Length(text: string): number {
  const padding = text.charCodeAt(text.length - 1) !== PADDING ? 0 : text.charCodeAt(text.length - 2) === PADDING ? 2 : 1;
  return (text.length / 4) * 3 - padding;
}

/** `=` */
const PADDING = 0x3d;

/** A value too large to be kept: its beginning, and what is known of the whole. Text that is no base64 is refused where it is packed. */
function truncate(value: PackedBytes): Pick<RecordParts, 'value' | 'truncated'> | undefined {
  if (value === null || value instanceof Uint8Array || value.length <= LIMITS.recordValueBytesMax) return undefined;
  const whole = Buffer.from(value.base64, 'base64');
  if (whole.length !== value.length) return undefined;
  const sha256 = createHash('sha256').update(whole).digest('hex');
  return { value: Uint8Array.from(whole.subarray(0, LIMITS.oversizeHeadBytes)), truncated: { bytes: whole.length, sha256 } };
}

/** The headers of a record, in order; undefined for none. */
export function recordHeaders(list: unknown, context: RecordContext): readonly RecordHeader[] | undefined {
  if (list === undefined || list === null || (Array.isArray(list) && list.length === 0)) return undefined;
  if (!Array.isArray(list)) throw refuse(context, 'headers as an array of single-key objects', kindOfJson(list));
  return list.map((entry: unknown) => header(entry, context));
}

function header(entry: unknown, context: RecordContext): RecordHeader {
  const pairs = typeof entry === 'object' && entry !== null && !Array.isArray(entry) ? Object.entries(entry) : [];
  if (pairs.length !== 1) throw refuse(context, 'each header as an object of one key', `${kindOfJson(entry)} of ${pairs.length} keys`);
  const [name, value] = pairs[0]!;
  if (value === null) return { name, value: null };
  if (!Array.isArray(value)) throw refuse(context, 'a header value as an array of bytes or null', kindOfJson(value));
  const isByte = (byte: unknown) => Number.isInteger(byte) && (byte as number) >= -128 && (byte as number) <= 255;
  if (!value.every(isByte)) throw refuse(context, 'header bytes from -128 to 255', 'another value');
  return { name, value: Uint8Array.from(value as number[], (byte) => byte & 0xff) };
}

function refuse(context: RecordContext, expected: string, got: string): InputRefusedError {
  return new InputRefusedError(`${context.where} is malformed · expected ${expected}, got ${got} · correct the input and land it again`, {
    code: 'malformed-record',
    details: { expected, got, ...(context.details ?? {}) },
  });
}
