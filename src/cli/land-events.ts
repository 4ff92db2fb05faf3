// A file of events → batches from the first line that has not landed yet (DESIGN §5.7). The covered prefix is read again and
// compared by its SHA-256: another file under the same name is refused, an identical one has no batches, a grown one has its tail.
// Each batch comes with what the covered prefix will be once it is landed, so that the two become durable together (promise 2).
import { createHash, type Hash } from 'node:crypto';
import { readNdjson } from '../decode/ndjson.ts';
import type { KafkaRecords, RecordSource } from '../decode/records.ts';
import { InputRefusedError } from '../errors.ts';
import type { FileProgress } from '../ledger/types.ts';
import type { OpenedInput } from './open-input.ts';

export interface EventsRequest {
  readonly path: string;
  readonly input: OpenedInput;
  readonly source: RecordSource;
  /** What has landed of this source; undefined for a new one. */
  readonly progress: FileProgress | undefined;
  /** The file is still being written: leave a last line without a line end for the next landing. */
  readonly isGrowing: boolean;
}

export interface EventBatch {
  readonly records: KafkaRecords;
  readonly progress: FileProgress;
}

/** Batches of what has not landed; throws InputRefusedError for another file under a known name. */
export async function* eventBatches(request: EventsRequest): AsyncGenerator<EventBatch> {
  const chunks = request.input.chunks();
  try {
    const prefix = await readPrefix(request, chunks);
    const { source, path, isGrowing } = request;
    const tail = tee(prefix.rest, chunks);
    const batches = readNdjson(tail.chunks, {
      format: 'events',
      source,
      timestampMs: request.input.modifiedMs,
      isComplete: !isGrowing,
      firstLine: prefix.lines,
      file: path,
    });
    let { bytes } = prefix;
    for await (const batch of batches) {
      tail.hashInto(prefix.hash, batch.bytes);
      bytes += batch.bytes;
      const lines = batch.firstLine + batch.lines;
      yield { records: batch.records, progress: { sourceId: source.id, lines, bytes, sha256: prefix.hash.copy().digest('hex') } };
    }
  } finally {
    await chunks.return(undefined);
  }
}

interface Prefix {
  readonly lines: number;
  /** Of the prefix, and of the line end that came to its last line since. */
  readonly bytes: number;
  readonly hash: Hash;
  /** What was read past the prefix. */
  readonly rest: Buffer;
}

async function readPrefix(request: EventsRequest, chunks: AsyncGenerator<Buffer>): Promise<Prefix> {
  const hash = createHash('sha256');
  const { progress } = request;
  if (progress === undefined) return { lines: 0, bytes: 0, hash, rest: Buffer.alloc(0) };
  let missing = progress.bytes;
  let last = 0x0a;
  let rest: Buffer = Buffer.alloc(0);
  while (missing > 0) {
    const { value, done } = await chunks.next();
    if (done)
      throw anotherFile(request, `it has only ${progress.bytes - missing} of the ${progress.bytes} bytes that landed under this name`);
    const own = value.subarray(0, missing);
    hash.update(own);
    last = own.at(-1) ?? last;
    missing -= own.length;
    rest = value.subarray(own.length);
  }
  if (hash.copy().digest('hex') !== progress.sha256)
    throw anotherFile(request, `its first ${progress.lines} lines are not those that landed under this name`);
  if (last === 0x0a) return { lines: progress.lines, bytes: progress.bytes, hash, rest };
  return finishLastLine(request, { lines: progress.lines, bytes: progress.bytes, hash, rest }, chunks);
}

/** The prefix ended without a line end: whatever follows must begin with it, or the landed line was not the whole line. */
async function finishLastLine(request: EventsRequest, prefix: Prefix, chunks: AsyncGenerator<Buffer>): Promise<Prefix> {
  let { rest } = prefix;
  while (rest.length < 2) {
    const { value, done } = await chunks.next();
    if (done) break;
    rest = Buffer.concat([rest, value]);
  }
  if (rest.length === 0) return prefix;
  const lineEnd = rest[0] === 0x0a ? 1 : rest[0] === 0x0d && rest[1] === 0x0a ? 2 : 0;
  if (lineEnd === 0) {
    throw anotherFile(
      request,
      `its line ${prefix.lines} landed before it was finished and has grown since (--growing leaves such a line for later)`,
    );
  }
  prefix.hash.update(rest.subarray(0, lineEnd));
  return { ...prefix, bytes: prefix.bytes + lineEnd, rest: rest.subarray(lineEnd) };
}

function anotherFile({ path, source }: EventsRequest, problem: string): InputRefusedError {
  return new InputRefusedError(
    `cannot land ${path}: ${problem}; nothing of it was landed. Land it under a name of its own: --source NAME`,
    { code: 'another-file', details: { file: path, sourceId: source.id } },
  );
}

/** Passes chunks on and keeps them until the batch that covers them is hashed. */
function tee(first: Buffer, chunks: AsyncGenerator<Buffer>) {
  const kept: Buffer[] = [];
  const pass = async function* (): AsyncGenerator<Buffer> {
    if (first.length > 0) {
      kept.push(first);
      yield first;
    }
    for await (const chunk of chunks) {
      kept.push(chunk);
      yield chunk;
    }
  };
  const hashInto = (hash: Hash, bytes: number): void => {
    let missing = bytes;
    while (missing > 0) {
      const chunk = kept[0]!;
      const own = chunk.subarray(0, missing);
      hash.update(own);
      missing -= own.length;
      if (own.length === chunk.length) kept.shift();
      else kept[0] = chunk.subarray(own.length);
    }
  };
  return { chunks: pass(), hashInto };
}
