// A whole table of another writer in one file: its objects under the locations they had when written, and what the reference
// implementation read from it. NDJSON in zstd: the first line is the description, each other line one object.
import { readFileSync, writeFileSync } from 'node:fs';
import { constants, zstdCompressSync, zstdDecompressSync } from 'node:zlib';
import type { FileStat, FileStore } from '../../../src/ports.ts';

/** One column as every reader must find it; `hash` is the sum over the values' canonical texts (canonical-text.ts). */
export interface ExpectedColumn {
  readonly id: number;
  readonly name: string;
  readonly type: string;
  readonly required: boolean;
  readonly nulls: number;
  readonly hash: string;
}

export interface ArchivedTable {
  readonly writer: string;
  readonly metadataLocation: string;
  readonly expected: {
    readonly rows: number;
    readonly snapshots: number;
    readonly files: number;
    readonly columns: readonly ExpectedColumn[];
  };
  readonly objects: ReadonlyMap<string, Buffer>;
}

const BYTES_MAX = 64 * 1024 * 1024;

export function writeArchive(path: string, table: ArchivedTable): void {
  const { objects, ...description } = table;
  const lines = [
    description,
    ...[...objects].sort(([a], [b]) => (a < b ? -1 : 1)).map(([uri, bytes]) => ({ uri, bytes: bytes.toString('base64') })),
  ];
  const text = lines.map((line) => `${JSON.stringify(line)}\n`).join('');
  writeFileSync(path, zstdCompressSync(Buffer.from(text), { params: { [constants.ZSTD_c_compressionLevel]: 19 } }));
}

export function readArchive(path: string | URL): ArchivedTable {
  const [first, ...rest] = zstdDecompressSync(readFileSync(path), { maxOutputLength: BYTES_MAX }).toString('utf8').trimEnd().split('\n');
  const objects = rest.map((line) => JSON.parse(line) as { readonly uri: string; readonly bytes: string });
  return {
    ...(JSON.parse(first!) as Omit<ArchivedTable, 'objects'>),
    objects: new Map(objects.map(({ uri, bytes }) => [uri, Buffer.from(bytes, 'base64')])),
  };
}

/** A store that holds the archive's objects where they were written; `file:` and plain paths are the same. */
export function archiveStore(table: Pick<ArchivedTable, 'objects'>): FileStore {
  const find = (uri: string) => table.objects.get(uri.replace(/^file:(\/\/)?(?=\/)/, ''));
  const statOf = (uri: string, bytes: Buffer): FileStat => ({ uri, sizeBytes: bytes.length, lastModifiedMs: 0 });
  return {
    read: async (uri, range) => find(uri)?.subarray(range?.start ?? 0, range?.end),
    create: async () => {
      throw new Error('expected nobody to write to an archive');
    },
    stat: async (uri) => {
      const bytes = find(uri);
      return bytes && statOf(uri, bytes);
    },
    list: async function* (prefix) {
      for (const [uri, bytes] of table.objects) if (uri.startsWith(prefix)) yield statOf(uri, bytes);
    },
    delete: async () => {
      throw new Error('expected nobody to delete from an archive');
    },
  };
}
