// A file → chunks of its content, decompressed as its first bytes say (gzip, RFC 1952; Zstandard, RFC 8878), never by its name.
// Both formats allow several members or frames one after the other (`cat a.zst b.zst`): all are read; a stream that ends early or
// goes on with other bytes is refused, because a record skipped here would be lost (promise 1). Memory: a few chunks (promise 10).
import { createReadStream } from 'node:fs';
import { open, stat } from 'node:fs/promises';
import { Readable } from 'node:stream';
import { createGunzip, createZstdDecompress, type Gunzip, type ZstdDecompress } from 'node:zlib';
import { InputRefusedError } from '../errors.ts';
import { systemCode } from '../local/io-errors.ts';

export type Compression = 'none' | 'gzip' | 'zstd';

export interface OpenedInput {
  readonly compression: Compression;
  readonly sizeBytes: number;
  readonly modifiedMs: number;
  /** The content from its beginning; may be called again. */
  readonly chunks: () => AsyncGenerator<Buffer>;
}

const CHUNK_BYTES = 256 * 1024;

/** Looks at a file; throws InputRefusedError with the remedy if it cannot be read. */
export async function openInput(path: string): Promise<OpenedInput> {
  try {
    const stats = await stat(path);
    if (!stats.isFile()) throw refuse(path, 'not a regular file', 'give files, or folders of files');
    const compression = compressionOf(await readHead(path));
    return {
      compression,
      sizeBytes: stats.size,
      modifiedMs: Math.floor(stats.mtimeMs),
      chunks: () => readContent(path, compression),
    };
  } catch (error) {
    throw inputError(path, error);
  }
}

async function readHead(path: string): Promise<Buffer> {
  const handle = await open(path, 'r');
  try {
    const head = Buffer.alloc(4);
    const { bytesRead } = await handle.read(head, 0, head.length, 0);
    return head.subarray(0, bytesRead);
  } finally {
    await handle.close();
  }
}

/** By magic numbers; Zstandard's skippable frames count as Zstandard. */
export function compressionOf(head: Uint8Array): Compression {
  if (head[0] === 0x1f && head[1] === 0x8b) return 'gzip';
  if (isZstdFrame(head)) return 'zstd';
  return 'none';
}

function isZstdFrame(head: Uint8Array): boolean {
  const tail = head[1] === 0xb5 && head[2] === 0x2f && head[3] === 0xfd && head[0] === 0x28;
  const skippable = head[0] !== undefined && (head[0] & 0xf0) === 0x50 && head[1] === 0x2a && head[2] === 0x4d && head[3] === 0x18;
  return tail || skippable;
}

async function* readContent(path: string, compression: Compression): AsyncGenerator<Buffer> {
  const file: AsyncIterable<Buffer> = createReadStream(path, { highWaterMark: CHUNK_BYTES });
  try {
    if (compression === 'none') yield* file;
    else yield* decompress(file, compression);
  } catch (error) {
    throw inputError(path, error);
  }
}

/** Decoder after decoder over one source, each from the byte where the one before ended. */
export async function* decompress(source: AsyncIterable<Buffer>, compression: 'gzip' | 'zstd'): AsyncGenerator<Buffer> {
  const chunks = source[Symbol.asyncIterator]();
  const input: PendingInput = { next: () => chunks.next(), pending: [], isEnded: false };
  try {
    for (let member = 0; await hasMore(input); member++) {
      if (member > 0) await assertMember(input, compression);
      yield* decompressMember(input, compression === 'gzip' ? createGunzip() : createZstdDecompress());
    }
  } finally {
    await chunks.return?.();
  }
}

interface PendingInput {
  readonly next: () => Promise<IteratorResult<Buffer>>;
  /** Read from the source, not yet decompressed. */
  pending: Buffer[];
  isEnded: boolean;
}

async function pull(input: PendingInput): Promise<boolean> {
  const { done, value } = await input.next();
  if (done) input.isEnded = true;
  else if (value.length > 0) input.pending.push(value);
  return !done;
}

async function hasMore(input: PendingInput): Promise<boolean> {
  while (input.pending.length === 0 && !input.isEnded) await pull(input);
  return input.pending.length > 0;
}

async function assertMember(input: PendingInput, compression: 'gzip' | 'zstd'): Promise<void> {
  let head = Buffer.concat(input.pending);
  while (head.length < 4 && (await pull(input))) head = Buffer.concat(input.pending);
  input.pending = [head];
  if (compressionOf(head) !== compression)
    throw Object.assign(new Error('other bytes follow the compressed data'), { code: 'TRAILING_DATA' });
}

async function* decompressMember(input: PendingInput, decoder: Gunzip | ZstdDecompress): AsyncGenerator<Buffer> {
  const fed: Buffer[] = [];
  const feed = (async function* () {
    while (await hasMore(input)) {
      const chunk = input.pending.shift()!;
      fed.push(chunk);
      yield chunk;
    }
  })();
  const reader = Readable.from(feed, { objectMode: false });
  reader.on('error', (error) => decoder.destroy(error));
  reader.pipe(decoder);
  let droppedBytes = 0;
  for await (const chunk of decoder as AsyncIterable<Buffer>) {
    // Chunks that were decompressed wholly are let go.
    while (fed.length > 1 && droppedBytes + fed[0]!.length <= decoder.bytesWritten) droppedBytes += fed.shift()!.length;
    yield chunk;
  }
  reader.unpipe(decoder);
  reader.destroy();
  // Waits for a read that is on its way, so that its chunk is not lost.
  await feed.return(undefined);
  const rest = Buffer.concat(fed).subarray(decoder.bytesWritten - droppedBytes);
  if (rest.length > 0) input.pending.unshift(rest);
}

/** The error of reading an input, as a person understands it. */
function inputError(path: string, error: unknown): unknown {
  if (error instanceof InputRefusedError) return error;
  const code = systemCode(error);
  const known = READ_PROBLEMS[code];
  if (known !== undefined) return refuse(path, known[0], known[1], error);
  if (code.startsWith('Z_') || code.startsWith('ZSTD_') || code.startsWith('ERR_ZLIB')) {
    return refuse(path, 'its compressed data is damaged', 'replace the file; what was landed of it stays, and the rest follows', error);
  }
  return code === '' ? error : refuse(path, `it cannot be read (${code})`, 'check the file and run again', error);
}

const READ_PROBLEMS: Readonly<Record<string, readonly [problem: string, remedy: string]>> = {
  ENOENT: ['there is no such file', 'check the path'],
  ENOTDIR: ['a part of the path is a file, not a folder', 'check the path'],
  EACCES: ['permission denied', 'give this user read access'],
  EPERM: ['permission denied', 'give this user read access'],
  EISDIR: ['it is a folder', 'give the files in it, or the folder itself'],
  ELOOP: ['its symbolic links lead in a circle', 'correct the links'],
  ENAMETOOLONG: ['its name is too long', 'check the path'],
  Z_BUF_ERROR: ['its compressed data ends early', 'replace it with the whole file; what was landed of it stays, and the rest follows'],
  TRAILING_DATA: ['other bytes follow its compressed data', 'replace the file; what was landed of it stays'],
};

function refuse(path: string, problem: string, remedy: string, cause?: unknown): InputRefusedError {
  return new InputRefusedError(`cannot read ${path}: ${problem}; ${remedy}`, {
    code: 'input-unreadable',
    details: { file: path },
    ...(cause === undefined ? {} : { cause }),
  });
}
