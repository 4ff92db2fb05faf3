// FileStore on S3. `create` is one PutObject with If-None-Match: * and our own CRC32, sent once: a 412 is `exists` (never a
// success), a reply that is lost, late or 5xx is `unknown`. S3 answers 409 ConditionalRequestConflict when a rival upload of the
// same key is under way and nothing was written (Amazon S3 User Guide, "Conditional writes"): only that is sent again.
// Reads, lists and deletes repeat within LIMITS.ioAttemptsMax. Upholds promises 2 and 3.
import { crc32 } from 'node:zlib';
import {
  DeleteObjectCommand,
  GetObjectCommand,
  HeadObjectCommand,
  ListObjectsV2Command,
  type ListObjectsV2CommandOutput,
  PutObjectCommand,
  type S3Client,
} from '@aws-sdk/client-s3';
import { LIMITS } from '../contract/limits.ts';
import { assertInvariant } from '../errors.ts';
import type { CreateOutcome, FileStat, FileStore, Uri } from '../ports.ts';
import { failureOf, refused, transientIo } from './errors.ts';
import { backoffMs, type RetryTools, retryIdempotent, systemRetryTools } from './retry.ts';
import { parseS3Uri, s3Uri } from './s3-uri.ts';

export interface S3FileStoreOptions {
  /** Must not retry by itself (clients.ts). */
  readonly client: S3Client;
  /** @default the system's timer and randomness */
  readonly retry?: RetryTools;
}

/** One request per call, plus repeats after failures; `list` one per 1,000 objects. */
export function makeS3FileStore(options: S3FileStoreOptions): FileStore {
  const context = { client: options.client, retry: options.retry ?? systemRetryTools };
  return {
    read: (uri, range) => readObject(context, uri, range),
    create: (uri, bytes) => createObject(context, uri, bytes),
    stat: (uri) => statObject(context, uri),
    list: (prefix, listOptions) => listObjects(context, prefix, listOptions?.startAfter),
    delete: (uri) => deleteObject(context, uri),
  };
}

interface Context {
  readonly client: S3Client;
  readonly retry: RetryTools;
}

async function createObject(context: Context, uri: Uri, bytes: Uint8Array): Promise<CreateOutcome> {
  for (let attempt = 1; ; attempt++) {
    try {
      await putOnce(context, uri, bytes);
      return 'created';
    } catch (error) {
      const failure = failureOf(error);
      if (failure.kind === 'unknown' || failure.attempts > 1) return 'unknown';
      if (failure.kind === 'precondition') return 'exists';
      if (failure.kind === 'refused' || failure.kind === 'missing') throw refused('create', error, { uri });
      if (attempt >= LIMITS.ioAttemptsMax) throw transientIo('create', error, { uri, attempts: attempt });
      await context.retry.sleep(backoffMs(attempt, context.retry.random));
    }
  }
}

async function putOnce(context: Context, uri: Uri, bytes: Uint8Array): Promise<void> {
  const { bucket, key } = parseS3Uri(uri);
  const command = new PutObjectCommand({
    Bucket: bucket,
    Key: key,
    Body: bytes,
    ContentLength: bytes.length,
    IfNoneMatch: '*',
    ChecksumCRC32: crc32Base64(bytes),
  });
  await context.client.send(command, { abortSignal: AbortSignal.timeout(LIMITS.ioTimeoutMs) });
}

async function readObject(
  context: Context,
  uri: Uri,
  range?: { readonly start: number; readonly end: number },
): Promise<Buffer | undefined> {
  const { bucket, key } = parseS3Uri(uri);
  if (range !== undefined && range.end <= range.start) return (await statObject(context, uri)) ? Buffer.alloc(0) : undefined;
  const command = new GetObjectCommand({
    Bucket: bucket,
    Key: key,
    ...(range === undefined ? { ChecksumMode: 'ENABLED' } : { Range: `bytes=${range.start}-${range.end - 1}` }),
  });
  try {
    return await retryIdempotent(context.retry, async (abortSignal) => {
      const reply = await context.client.send(command, { abortSignal });
      const body = Buffer.from((await reply.Body?.transformToByteArray()) ?? []);
      assertInvariant(reply.ContentLength === undefined || reply.ContentLength === body.length, 'S3 sends as many bytes as it announces', {
        uri,
      });
      return body;
    });
  } catch (error) {
    const { kind, name } = failureOf(error);
    if (kind === 'missing') return undefined;
    if (kind === 'range' || name === 'InvalidRange') return Buffer.alloc(0);
    throw transientIo('read', error, { uri });
  }
}

async function statObject(context: Context, uri: Uri): Promise<FileStat | undefined> {
  const { bucket, key } = parseS3Uri(uri);
  try {
    const reply = await retryIdempotent(context.retry, (abortSignal) =>
      context.client.send(new HeadObjectCommand({ Bucket: bucket, Key: key }), { abortSignal }),
    );
    return { uri, sizeBytes: reply.ContentLength ?? 0, lastModifiedMs: wholeSecondsMs(reply.LastModified) };
  } catch (error) {
    if (failureOf(error).kind === 'missing') return undefined;
    throw transientIo('stat', error, { uri });
  }
}

async function* listObjects(context: Context, prefix: Uri, startAfter: Uri | undefined): AsyncIterable<FileStat> {
  const { bucket, key } = parseS3Uri(prefix);
  const after = startAfter === undefined ? undefined : parseS3Uri(startAfter).key;
  let token: string | undefined;
  do {
    const page = await listPage(context, prefix, { bucket, key, after, token });
    for (const object of page.Contents ?? []) {
      yield {
        uri: s3Uri({ bucket, key: object.Key ?? '' }),
        sizeBytes: object.Size ?? 0,
        lastModifiedMs: wholeSecondsMs(object.LastModified),
      };
    }
    token = page.IsTruncated ? page.NextContinuationToken : undefined;
  } while (token !== undefined);
}

async function listPage(
  context: Context,
  prefix: Uri,
  place: { readonly bucket: string; readonly key: string; readonly after: string | undefined; readonly token: string | undefined },
): Promise<ListObjectsV2CommandOutput> {
  const command = new ListObjectsV2Command({
    Bucket: place.bucket,
    Prefix: place.key,
    ...(place.token === undefined ? {} : { ContinuationToken: place.token }),
    ...(place.after === undefined ? {} : { StartAfter: place.after }),
  });
  try {
    return await retryIdempotent(context.retry, (abortSignal) => context.client.send(command, { abortSignal }));
  } catch (error) {
    throw transientIo('list', error, { uri: prefix });
  }
}

async function deleteObject(context: Context, uri: Uri): Promise<void> {
  const { bucket, key } = parseS3Uri(uri);
  try {
    await retryIdempotent(context.retry, (abortSignal) =>
      context.client.send(new DeleteObjectCommand({ Bucket: bucket, Key: key }), { abortSignal }),
    );
  } catch (error) {
    if (failureOf(error).kind === 'missing') return;
    throw transientIo('delete', error, { uri });
  }
}

/** HEAD says the time as an HTTP date, in seconds, so a listing says no more than that either. */
function wholeSecondsMs(date: Date | undefined): number {
  return Math.floor((date?.getTime() ?? 0) / 1000) * 1000;
}

function crc32Base64(bytes: Uint8Array): string {
  const out = Buffer.alloc(4);
  out.writeUInt32BE(crc32(bytes));
  return out.toString('base64');
}
