// Listing as an object store lists: every file whose location begins with the prefix (which need not end at a directory), in
// ascending order of the location's UTF-8 bytes, one directory in memory at a time. A directory sorts as `name/`, so that the
// order of the walk is the order of the locations: `a-b` < `a/x` < `a0`.
import type { Dirent } from 'node:fs';
import { readdir, realpath, stat, unlink } from 'node:fs/promises';
import { LIMITS } from '../contract/limits.ts';
import type { FileStat, Uri } from '../ports.ts';
import { pathOfUri, uriOfPath } from './file-uri.ts';
import { ioError, isAbsent } from './io-errors.ts';

/** Names of files that are being written; no reader ever sees them. */
export const TEMPORARY_PREFIX = '.firn-tmp-';

interface Walk {
  readonly prefix: string;
  readonly startAfter: string | undefined;
  readonly nowMs: () => number;
}

interface Entry {
  /** Full path; directories end in `/`. */
  readonly path: string;
  readonly isDirectory: boolean;
}

/** Files under a prefix in order; removes abandoned temporary files on the way. */
export async function* listFiles(
  prefix: Uri,
  options: { readonly startAfter?: Uri | undefined; readonly nowMs: () => number },
): AsyncGenerator<FileStat> {
  const path = pathOfUri(prefix);
  const walk: Walk = {
    prefix: path,
    startAfter: options.startAfter === undefined ? undefined : pathOfUri(options.startAfter),
    nowMs: options.nowMs,
  };
  yield* listDirectory(walk, path.slice(0, path.lastIndexOf('/') + 1));
}

async function* listDirectory(walk: Walk, directory: string): AsyncGenerator<FileStat> {
  const entries = await readEntries(walk, directory);
  let files: string[] = [];
  for (const entry of entries) {
    if (!entry.isDirectory) {
      files.push(entry.path);
      if (files.length < STAT_AT_ONCE) continue;
    }
    yield* statFiles(files);
    files = [];
    if (entry.isDirectory) yield* listDirectory(walk, entry.path);
  }
  yield* statFiles(files);
}

const STAT_AT_ONCE = 64;

async function* statFiles(paths: readonly string[]): AsyncGenerator<FileStat> {
  const stats = await Promise.all(paths.map(statOrAbsent));
  for (const [i, found] of stats.entries()) {
    if (found?.isFile()) yield { uri: uriOfPath(paths[i]!), sizeBytes: found.size, lastModifiedMs: Math.floor(found.mtimeMs) };
  }
}

async function readEntries(walk: Walk, directory: string): Promise<Entry[]> {
  const entries: Entry[] = [];
  for (const dirent of await readDirectory(directory)) {
    const path = directory + dirent.name;
    if (dirent.name.startsWith(TEMPORARY_PREFIX)) {
      await removeAbandoned(walk, path);
      continue;
    }
    const isDirectory = dirent.isDirectory() || (dirent.isSymbolicLink() && (await leadsOnward(directory, path)));
    const entry = { path: isDirectory ? `${path}/` : path, isDirectory };
    if (isWanted(walk, entry)) entries.push(entry);
  }
  return entries.sort((a, b) => compareUtf8(a.path, b.path));
}

/** Is the file in the answer, or may the directory hold something that is? */
function isWanted(walk: Walk, { path, isDirectory }: Entry): boolean {
  if (!path.startsWith(walk.prefix) && !(isDirectory && walk.prefix.startsWith(path))) return false;
  if (walk.startAfter === undefined) return true;
  // A directory whose name sorts before `startAfter` and is no prefix of it holds only paths that sort before it.
  return compareUtf8(path, walk.startAfter) > 0 || (isDirectory && walk.startAfter.startsWith(path));
}

/** Order of S3 and of the port: by UTF-8 bytes, which for text without surrogates is the order of code units. */
export function compareUtf8(a: string, b: string): number {
  if (a === b) return 0;
  if (!SURROGATE.test(a) && !SURROGATE.test(b)) return a < b ? -1 : 1;
  return Buffer.compare(Buffer.from(a), Buffer.from(b));
}

const SURROGATE = /[\ud800-\udfff]/;

async function readDirectory(directory: string): Promise<Dirent[]> {
  try {
    return await readdir(directory, { withFileTypes: true });
  } catch (error) {
    if (isAbsent(error)) return [];
    throw ioError(error, 'list', directory);
  }
}

async function statOrAbsent(path: string) {
  try {
    return await stat(path);
  } catch (error) {
    if (isAbsent(error)) return undefined;
    throw ioError(error, 'look at', path);
  }
}

/** A linked directory is walked unless it leads back to where the walk is. */
async function leadsOnward(directory: string, path: string): Promise<boolean> {
  if (!(await statOrAbsent(path))?.isDirectory()) return false;
  const [here, there] = [await realpath(directory), await realpath(path)];
  return here !== there && !here.startsWith(`${there}/`);
}

async function removeAbandoned(walk: Walk, path: string): Promise<void> {
  const found = await statOrAbsent(path);
  if (found !== undefined && walk.nowMs() - found.mtimeMs > LIMITS.sweepInFlightMs) await unlink(path).catch(() => undefined);
}
