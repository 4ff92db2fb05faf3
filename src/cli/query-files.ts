// The files of a query where DuckDB can open them: in a local warehouse as they are; of a warehouse on S3 as copies in a temporary
// folder, because DuckDB reads s3:// only with an extension it would have to download. Bounded (promise 10): what would be more
// than LIMITS.queryFetchBytesMax is refused before the first byte. The folder goes when the query ends, also by a signal.
import { rmSync } from 'node:fs';
import { mkdtemp, open } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { LIMITS } from '../contract/limits.ts';
import { InputRefusedError } from '../errors.ts';
import { mapBounded } from '../iceberg/map-bounded.ts';
import type { DataFile } from '../iceberg/types.ts';
import { pathOfUri } from '../local/file-uri.ts';
import { ioError } from '../local/io-errors.ts';
import type { Ports, Uri } from '../ports.ts';
import { formatBytes } from './table-text.ts';
import type { Terminal } from './terminal.ts';

export interface ReachableFiles {
  /** The path of one of the files. */
  readonly pathOf: (uri: Uri) => string;
  /** A folder for what the query needs besides, made when first asked for. */
  readonly scratch: () => Promise<string>;
  /** Takes away what was copied and made; the paths are no longer good. */
  readonly release: () => void;
}

export interface ReachOptions {
  /** @default LIMITS.queryFetchBytesMax */
  readonly bytesMax?: number;
  readonly onFetch?: (fetched: { readonly bytes: number; readonly ofBytes: number }) => void;
}

/** Files are never changed in place, so copies are of one moment whenever they are made. Cost: reads each file once. */
export async function reachFiles(ports: Ports, files: readonly DataFile[], options: ReachOptions = {}): Promise<ReachableFiles> {
  const scratch = temporaryFolder();
  const { release } = scratch;
  if (!ports.root.startsWith('s3://') || files.length === 0) return { pathOf: pathOfUri, scratch: scratch.path, release };
  const wanted = [...new Map(files.map((file) => [file.filePath, file])).values()];
  const ofBytes = wanted.reduce((sum, file) => sum + file.fileSizeBytes, 0);
  assertFetchable(wanted.length, ofBytes, options.bytesMax ?? LIMITS.queryFetchBytesMax);
  const folder = await scratch.path();
  const paths = new Map(wanted.map((file, i) => [file.filePath, join(folder, `${i}.parquet`)]));
  let bytes = 0;
  const onPart = (partBytes: number) => {
    bytes += partBytes;
    options.onFetch?.({ bytes, ofBytes });
  };
  try {
    await fetchAll(wanted, (file) => fetchFile(ports, file, { path: paths.get(file.filePath)!, onPart }));
  } catch (error) {
    release();
    throw error;
  }
  return { pathOf: (uri) => paths.get(uri) ?? pathOfUri(uri), scratch: scratch.path, release };
}

function temporaryFolder(): { readonly path: () => Promise<string>; readonly release: () => void } {
  let made: { readonly folder: string; readonly release: () => void } | undefined;
  const path = async () => {
    if (!made) {
      const folder = await mkdtemp(join(tmpdir(), 'firn-query-')).catch((error: unknown) => {
        throw ioError(error, 'make a temporary folder in', tmpdir());
      });
      made = { folder, release: removeAtTheEnd(folder) };
    }
    return made.folder;
  };
  return { path, release: () => made?.release() };
}

function assertFetchable(count: number, bytes: number, bytesMax: number): void {
  if (bytes <= bytesMax) return;
  throw new InputRefusedError(
    `the query needs ${count} files of ${formatBytes(bytes)} from S3: at most ${formatBytes(bytesMax)} are fetched; ` +
      'name only the tables it needs, or ask an engine beside the data, such as Athena',
    { code: 'query-too-large', details: { expected: `at most ${bytesMax} bytes`, got: `${bytes} bytes` } },
  );
}

/** Ends only when nothing is under way any more, so that nobody writes into a folder that is being removed. */
async function fetchAll(files: readonly DataFile[], fetch: (file: DataFile) => Promise<void>): Promise<void> {
  const failures: unknown[] = [];
  await mapBounded(files, LIMITS.queryFetchesAtOnce, async (file) => {
    if (failures.length > 0) return;
    await fetch(file).catch((error: unknown) => void failures.push(error));
  });
  if (failures.length > 0) throw failures[0];
}

async function fetchFile(
  ports: Ports,
  file: DataFile,
  to: { readonly path: string; readonly onPart: (bytes: number) => void },
): Promise<void> {
  const handle = await open(to.path, 'wx').catch((error: unknown) => {
    throw ioError(error, 'write', to.path);
  });
  try {
    for (let start = 0; start < file.fileSizeBytes; start += LIMITS.queryFetchPartBytes) {
      const end = Math.min(start + LIMITS.queryFetchPartBytes, file.fileSizeBytes);
      const part = await ports.files.read(file.filePath, { start, end });
      if (part?.length !== end - start) throw damaged(file, part === undefined ? 'no file' : `${start + part.length} bytes`);
      await handle.writeFile(part).catch((error: unknown) => {
        throw ioError(error, 'write', to.path);
      });
      to.onPart(part.length);
    }
  } finally {
    await handle.close();
  }
}

function damaged(file: DataFile, got: string): InputRefusedError {
  const { filePath, fileSizeBytes } = file;
  return new InputRefusedError(
    `a file of the table is not what its manifest says: ${filePath}, expected ${fileSizeBytes} bytes, got ${got}; firn audit names the rows that are gone`,
    { code: 'data-file-damaged', details: { uri: filePath, expected: `${fileSizeBytes} bytes`, got } },
  );
}

const SIGNALS = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;

/** Removes the folder when called, or when the process ends, whichever is first. A signal then ends the process as it would have. */
function removeAtTheEnd(folder: string): () => void {
  const remove = () => rmSync(folder, { recursive: true, force: true, maxRetries: 3 });
  const onSignal = (signal: NodeJS.Signals) => {
    release();
    process.kill(process.pid, signal);
  };
  const release = () => {
    process.off('exit', remove);
    for (const signal of SIGNALS) process.off(signal, onSignal);
    remove();
  };
  process.on('exit', remove);
  for (const signal of SIGNALS) process.on(signal, onSignal);
  return release;
}

/** For a person who waits: how much of the files has come. */
export function fetchProgress(terminal: Terminal): NonNullable<ReachOptions['onFetch']> {
  return ({ bytes, ofBytes }) =>
    terminal.progress(bytes === ofBytes ? '' : `fetching the table's files from S3: ${formatBytes(bytes)} of ${formatBytes(ofBytes)}`);
}
