// Files of `firn land` (DESIGN §5.7) → bounded batches of records: `events` (one value per line), `records` (one Kafka record
// per line), `lambda` (one Kafka event per line, or one per file). Memory is one batch (promise 10); every batch says which lines
// and bytes it covers. No policy: what a line holds is judged by the pipeline.
import { LIMITS } from '../contract/limits.ts';
import { InputRefusedError } from '../errors.ts';
import { eventOf } from './failure-record.ts';
import { lambdaEventParts } from './lambda-event.ts';
import { type Line, readLines } from './lines.ts';
import { packRecords, type RecordParts } from './pack-records.ts';
import { decodeRecord, type RecordContext } from './record-json.ts';
import type { KafkaRecords, RecordSource } from './records.ts';

/** A batch and what of the input it covers: `lines` lines from `firstLine` (of the file, from 0) on, `bytes` bytes with their line ends. */
export interface NdjsonBatch {
  readonly records: KafkaRecords;
  readonly firstLine: number;
  readonly lines: number;
  readonly bytes: number;
}

export interface BatchLimits {
  readonly recordsMax?: number;
  readonly bytesMax?: number;
}

export type NdjsonOptions = BatchLimits & { readonly file: string } & (
    | {
        readonly format: 'events';
        readonly source: RecordSource;
        /** Kafka timestamp of every line, e.g. the file's modification time. */
        readonly timestampMs: number;
        /**
         * May the last line lack its newline? True (default): it is a record. False: the input is still being written, so the
         * half line is left for a later landing.
         */
        readonly isComplete?: boolean;
        /**
         * Number of the first line, for the tail of a file: offsets, batches and errors count from it, and it may begin with a byte
         * order mark of its own, which only line 0 is read without. @default 0
         */
        readonly firstLine?: number;
      }
    | { readonly format: 'records' | 'lambda'; readonly resolveSource: (topic: string) => RecordSource | undefined }
  );

type Chunks = AsyncIterable<Uint8Array> | Iterable<Uint8Array>;

/**
 * Reads an input to its end. In `events` a line is always one record (an empty one has zero bytes: offsets stay line numbers);
 * elsewhere blank lines are skipped. Throws InputRefusedError naming the line for one that is too long or malformed.
 */
export function readNdjson(chunks: Chunks, options: NdjsonOptions): AsyncGenerator<NdjsonBatch> {
  switch (options.format) {
    case 'events':
      return batched(eventLines(chunks, options), options, options.firstLine);
    case 'records':
      return batched(recordLines(chunks, options), options);
    case 'lambda':
      return batched(lambdaLines(chunks, options), options);
  }
}

/** One line with the records it holds. */
interface DecodedLine {
  readonly number: number;
  readonly lines: number;
  readonly inputBytes: number;
  readonly parts: readonly RecordParts[];
}

async function* eventLines(chunks: Chunks, options: Extract<NdjsonOptions, { format: 'events' }>): AsyncGenerator<DecodedLine> {
  const { file, firstLine = 0 } = options;
  for await (const line of readLines(chunks, { file, firstLine, lineBytesMax: LIMITS.recordValueBytesMax, keepsHeads: true })) {
    if (!line.isTerminated && options.isComplete === false) return;
    const part: RecordParts = {
      source: options.source,
      topicPartition: 0,
      kafkaOffset: line.number,
      timestampMs: options.timestampMs,
      timestampType: 0,
      key: null,
      value: line.bytes,
      headers: undefined,
      ...(line.truncated ? { truncated: line.truncated } : {}),
    };
    yield { number: line.number, lines: 1, inputBytes: line.inputBytes, parts: [part] };
  }
}

async function* recordLines(
  chunks: Chunks,
  options: Extract<NdjsonOptions, { format: 'records' | 'lambda' }>,
): AsyncGenerator<DecodedLine> {
  for await (const line of readLines(chunks, { file: options.file, lineBytesMax: LIMITS.inputLineBytesMax })) {
    if (isBlank(line.bytes)) {
      yield { number: line.number, lines: 1, inputBytes: line.inputBytes, parts: [] };
      continue;
    }
    const context = contextOf(options, line.number);
    yield { number: line.number, lines: 1, inputBytes: line.inputBytes, parts: [decodeRecord(parseLine(line, options.file), context)] };
  }
}

/** One event per line; if the first line that is not blank is no JSON by itself, the whole input is one event. */
async function* lambdaLines(
  chunks: Chunks,
  options: Extract<NdjsonOptions, { format: 'records' | 'lambda' }>,
): AsyncGenerator<DecodedLine> {
  let isFirst = true;
  let whole: { readonly lines: Line[]; bytes: number } | undefined;
  for await (const line of readLines(chunks, { file: options.file, lineBytesMax: LIMITS.inputLineBytesMax })) {
    if (whole) {
      whole.bytes += line.inputBytes;
      if (whole.bytes > LIMITS.inputLineBytesMax) throw notJson(options.file, line.number);
      whole.lines.push({ ...line, bytes: Uint8Array.from(line.bytes) });
    } else if (isBlank(line.bytes)) {
      yield { number: line.number, lines: 1, inputBytes: line.inputBytes, parts: [] };
    } else if (isFirst && !isJson(line.bytes)) {
      whole = { lines: [{ ...line, bytes: Uint8Array.from(line.bytes) }], bytes: line.inputBytes };
    } else {
      const parts = partsOf(line, options);
      yield { number: line.number, lines: 1, inputBytes: line.inputBytes, parts };
      isFirst = false;
    }
  }
  if (!whole) return;
  const first = whole.lines[0]!;
  const bytes = Buffer.concat(whole.lines.flatMap((line) => [line.bytes, NEWLINE]));
  const parts = partsOf({ ...first, bytes }, options);
  yield { number: first.number, lines: whole.lines.length, inputBytes: whole.bytes, parts };
}

/** The records of one event, or of the event that a failure destination was given. */
function partsOf(line: Line, options: Extract<NdjsonOptions, { format: 'records' | 'lambda' }>): RecordParts[] {
  const context = contextOf(options, line.number);
  return lambdaEventParts(eventOf(parseLine(line, options.file), context), context);
}

const NEWLINE = Uint8Array.of(0x0a);

async function* batched(lines: AsyncGenerator<DecodedLine>, limits: BatchLimits, firstLine = 0): AsyncGenerator<NdjsonBatch> {
  const recordsMax = limits.recordsMax ?? LIMITS.landBatchRecordsMax;
  const bytesMax = limits.bytesMax ?? LIMITS.landBatchBytesMax;
  let open = { firstLine, lines: 0, bytes: 0, payload: 0, parts: [] as RecordParts[] };
  for await (const line of lines) {
    const payload = line.parts.reduce((sum, part) => sum + (part.value?.length ?? 0) + (part.key?.length ?? 0), 0);
    const isFull = open.parts.length + line.parts.length > recordsMax || open.payload + payload > bytesMax;
    if (isFull && open.parts.length > 0) {
      yield finish(open);
      open = { firstLine: line.number, lines: 0, bytes: 0, payload: 0, parts: [] };
    }
    // Copied: a line is a view of a chunk that the reader may reuse, and a batch outlives it.
    for (const part of line.parts)
      open.parts.push(part.value instanceof Uint8Array ? { ...part, value: Uint8Array.from(part.value) } : part);
    open.lines += line.lines;
    open.bytes += line.inputBytes;
    open.payload += payload;
  }
  if (open.lines > 0) yield finish(open);
}

function finish(open: {
  readonly firstLine: number;
  readonly lines: number;
  readonly bytes: number;
  readonly parts: readonly RecordParts[];
}): NdjsonBatch {
  return { records: packRecords(open.parts), firstLine: open.firstLine, lines: open.lines, bytes: open.bytes };
}

function contextOf(options: Extract<NdjsonOptions, { format: 'records' | 'lambda' }>, number: number): RecordContext {
  return { resolveSource: options.resolveSource, where: `line ${number + 1}`, details: { file: options.file, line: number + 1 } };
}

function isBlank(bytes: Uint8Array): boolean {
  return bytes.every((byte) => byte === 0x20 || byte === 0x09 || byte === 0x0d);
}

function isJson(bytes: Uint8Array): boolean {
  return parseJson(bytes) !== undefined;
}

function parseJson(bytes: Uint8Array): { readonly value: unknown } | undefined {
  try {
    return { value: JSON.parse(UTF8.decode(bytes)) };
  } catch {
    // Not UTF-8 or not JSON: the caller names the line; the cause would quote the payload.
    return undefined;
  }
}

const UTF8 = new TextDecoder('utf-8', { fatal: true });

function parseLine(line: Line, file: string): unknown {
  const parsed = parseJson(line.bytes);
  if (!parsed) throw notJson(file, line.number);
  return parsed.value;
}

function notJson(file: string, number: number): InputRefusedError {
  return new InputRefusedError(
    `line ${number + 1} is malformed · expected one JSON object per line, got other text · correct the input and land it again`,
    {
      code: 'malformed-line',
      details: { file, line: number + 1, expected: 'JSON' },
    },
  );
}
