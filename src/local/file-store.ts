// The FileStore port on directories. `create` writes a hidden temporary file beside the target, syncs it, publishes it with
// link(2), which never overwrites and shows the file whole or not at all, and syncs the directory; so a crash at any moment
// leaves either nothing under the final name or all of it, and at most a `.firn-tmp-…` file, which no reader sees and `list`
// removes once it is older than any attempt can be. Upholds promises 2 and 3.
import { randomUUID } from 'node:crypto';
import { type FileHandle, link, open, stat, unlink } from 'node:fs/promises';
import { dirname } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { LIMITS } from '../contract/limits.ts';
import type { CreateOutcome, FileStat, FileStore, Uri } from '../ports.ts';
import { type DurableDirectories, makeDurableDirectories, syncDirectory } from './durable-directories.ts';
import { newObjectPath, pathOfUri } from './file-uri.ts';
import { ioError, isAbsent, isPassing, systemCode } from './io-errors.ts';
import { listFiles, TEMPORARY_PREFIX } from './list-files.ts';

export interface LocalFileStoreOptions {
  /** For the age of abandoned temporary files. */
  readonly nowMs?: () => number;
}

/** Files by `file://` location, as the port asks: atomic, durable, never overwritten. Cost of a create: two syncs. */
export function makeLocalFileStore(options: LocalFileStoreOptions = {}): FileStore {
  const directories = makeDurableDirectories();
  const nowMs = options.nowMs ?? Date.now;
  return {
    read: async (uri, range) => retrying('read', pathOfUri(uri), () => readFile(pathOfUri(uri), range)),
    create: async (uri, bytes) => createFile(directories, newObjectPath(uri), bytes),
    stat: async (uri) => retrying('look at', pathOfUri(uri), () => statFile(uri)),
    list: (prefix, listOptions) => listFiles(prefix, { ...listOptions, nowMs }),
    delete: async (uri) => retrying('delete', pathOfUri(uri), () => removeFile(pathOfUri(uri))),
  };
}

/** Idempotent calls are repeated while the error is one that passes. */
async function retrying<T>(step: string, path: string, call: () => Promise<T>): Promise<T> {
  for (let attempt = 1; ; attempt++) {
    try {
      return await call();
    } catch (error) {
      if (attempt >= LIMITS.ioAttemptsMax || !isPassing(error)) throw ioError(error, step, path);
      await sleep(10 * 2 ** attempt);
    }
  }
}

async function readFile(path: string, range: { readonly start: number; readonly end: number } | undefined): Promise<Buffer | undefined> {
  const handle = await openExisting(path);
  if (handle === undefined) return undefined;
  try {
    const stats = await handle.stat();
    if (!stats.isFile()) return undefined;
    const start = Math.min(range?.start ?? 0, stats.size);
    const end = Math.min(range?.end ?? stats.size, stats.size);
    return await readFully(handle, { start, length: Math.max(0, end - start) });
  } finally {
    await handle.close();
  }
}

async function openExisting(path: string): Promise<FileHandle | undefined> {
  try {
    return await open(path, 'r');
  } catch (error) {
    if (isAbsent(error)) return undefined;
    throw error;
  }
}

async function readFully(handle: FileHandle, span: { readonly start: number; readonly length: number }): Promise<Buffer> {
  const buffer = Buffer.allocUnsafe(span.length);
  let filled = 0;
  while (filled < span.length) {
    const { bytesRead } = await handle.read(buffer, filled, span.length - filled, span.start + filled);
    if (bytesRead === 0) break;
    filled += bytesRead;
  }
  return buffer.subarray(0, filled);
}

async function statFile(uri: Uri): Promise<FileStat | undefined> {
  try {
    const stats = await stat(pathOfUri(uri));
    return stats.isFile() ? { uri, sizeBytes: stats.size, lastModifiedMs: Math.floor(stats.mtimeMs) } : undefined;
  } catch (error) {
    if (isAbsent(error)) return undefined;
    throw error;
  }
}

async function removeFile(path: string): Promise<void> {
  try {
    await unlink(path);
  } catch (error) {
    if (systemCode(error) !== 'ENOENT' && systemCode(error) !== 'ENOTDIR') throw error;
  }
}

async function createFile(directories: DurableDirectories, path: string, bytes: Uint8Array): Promise<CreateOutcome> {
  const directory = dirname(path);
  const temporary = `${directory}/${TEMPORARY_PREFIX}${randomUUID()}`;
  try {
    await directories.prepare(directory);
    try {
      await writeTemporary(temporary, bytes);
    } catch (error) {
      if (systemCode(error) !== 'ENOENT') throw error;
      // The directory went away since it was prepared (somebody removed the warehouse): make it anew, once.
      directories.forget();
      await directories.prepare(directory);
      await writeTemporary(temporary, bytes);
    }
    return await publish(temporary, path);
  } catch (error) {
    throw ioError(error, 'write', path);
  } finally {
    // Best effort: what stays behind is invisible to `list` and removed when old.
    await unlink(temporary).catch(() => undefined);
  }
}

async function writeTemporary(temporary: string, bytes: Uint8Array): Promise<void> {
  const handle = await open(temporary, 'wx', 0o666);
  try {
    let written = 0;
    while (written < bytes.length) {
      const { bytesWritten } = await handle.write(bytes, written, Math.min(bytes.length - written, WRITE_BYTES_MAX));
      written += bytesWritten;
    }
    await handle.sync();
  } finally {
    await handle.close();
  }
}

/** write(2) takes at most 2 GiB - 4 KiB at a time on Linux. */
const WRITE_BYTES_MAX = 1024 * 1024 * 1024;

/** The one atomic step. `exists` is synced too: who acts on it must find it after a power cut. */
async function publish(temporary: string, path: string): Promise<CreateOutcome> {
  let outcome: CreateOutcome = 'created';
  try {
    await link(temporary, path);
  } catch (error) {
    // A network file system may lose the reply of a link that was made: then the temporary file has two names.
    if ((await stat(temporary)).nlink < 2) {
      if (systemCode(error) !== 'EEXIST') throw error;
      outcome = 'exists';
    }
  }
  try {
    await syncDirectory(dirname(path));
    return outcome;
  } catch {
    // Published, but nobody can say whether it survives a power cut.
    return 'unknown';
  }
}
