// The table of `npm run -s bench:flat`: commits of one file each over a store in memory that counts requests and bytes, with expiry
// of a recent window as maintenance in the same account.
import { prepareAppend } from '../src/iceberg/append.ts';
import { type CommitBase, stageMetadata } from '../src/iceberg/commit-metadata.ts';
import { planExpiry } from '../src/iceberg/expire.ts';
import { knownMetadata } from '../src/iceberg/known-metadata.ts';
import { parseMetadata, serializeMetadata } from '../src/iceberg/metadata-json.ts';
import { newTableMetadata } from '../src/iceberg/new-table.ts';
import type { DataFile, TableMetadata } from '../src/iceberg/types.ts';
import type { FileStore } from '../src/ports.ts';
import { countingIds, memoryFiles } from '../test/support/iceberg/tables.ts';

const LOCATION = 's3://bench/db/t';
const EXPIRE_EVERY = 10;
const COMMIT_MS = 1_000;

interface Cost {
  requests: number;
  written: number;
  read: number;
}

export interface Bench {
  readonly store: FileStore & { readonly objects: Map<string, Buffer> };
  readonly ids: ReturnType<typeof countingIds>;
  readonly cost: Cost;
  /** The store of the process that commits: what goes through it is counted, and what it wrote is known. */
  readonly counting: FileStore;
  metadata: TableMetadata;
  metadataLocation: string;
  nowMs: number;
  files: number;
  /** Snapshots that stay after an expiry. */
  window: number;
}

/** A commit, and from time to time the maintenance that goes with it, in the same account. */
export async function maintained(bench: Bench): Promise<void> {
  await append(bench, 1);
  if (bench.files % EXPIRE_EVERY === 0) await expire(bench);
}

/** Loads the metadata as a committer does, appends, and takes the swap as made: two requests that every commit has. */
export async function append(bench: Bench, count: number): Promise<void> {
  bench.nowMs += COMMIT_MS;
  const base = await load(bench);
  const add = Array.from({ length: count }, () => dataFile(bench));
  const prepared = await prepareAppend({ ...base, add, summary: { 'firn.entries': String(bench.files) }, tag: { name: 'firn-applied' } });
  await take(bench, prepared);
}

export async function expire(bench: Bench): Promise<void> {
  const base = await load(bench);
  const expiry = planExpiry(base.metadata, { nowMs: bench.nowMs, olderThanMs: bench.nowMs - bench.window * COMMIT_MS });
  if (expiry.snapshots.length === 0) return;
  await take(bench, await stageMetadata(base, expiry.metadata));
  // Kept out of the account: a sweep of its own deletes what expiry lets go.
  for (const snapshot of expiry.snapshots) bench.store.objects.delete(snapshot['manifest-list']);
}

async function load(bench: Bench): Promise<CommitBase> {
  const { nowMs, ids, metadataLocation } = bench;
  bench.cost.requests += 1;
  const known = knownMetadata(bench.counting, metadataLocation);
  const metadata = known ?? parseMetadata((await bench.counting.read(metadataLocation))!);
  return { metadata, metadataLocation, files: bench.counting, ids, nowMs };
}

async function take(bench: Bench, prepared: Awaited<ReturnType<typeof stageMetadata>>): Promise<void> {
  bench.cost.requests += 1;
  bench.metadata = prepared.metadata;
  bench.metadataLocation = prepared.metadataLocation!;
  for (const uri of prepared.expiredMetadata) await bench.counting.delete(uri);
}

function counted(store: FileStore, cost: Cost): FileStore {
  return {
    ...store,
    read: async (uri, range) => {
      const bytes = await store.read(uri, range);
      cost.requests += 1;
      cost.read += bytes?.length ?? 0;
      return bytes;
    },
    create: (uri, bytes) => {
      cost.requests += 1;
      cost.written += bytes.length;
      return store.create(uri, bytes);
    },
    delete: (uri) => {
      cost.requests += 1;
      return store.delete(uri);
    },
  };
}

export async function newBench(formatVersion: 2 | 3): Promise<Bench> {
  const [store, ids] = [memoryFiles(), countingIds()];
  const names = Array.from({ length: 12 }, (_, i) => ({ id: i + 1, name: `c${i}`, required: false, type: 'long' as const }));
  const { metadata } = newTableMetadata({
    uuid: ids.uuid(),
    location: LOCATION,
    struct: { type: 'struct', fields: names },
    partition: [{ column: 'c0', transform: 'identity', name: 'c0' }],
    sort: [],
    formatVersion,
    properties: { 'write.metadata.delete-after-commit.enabled': 'true', 'write.metadata.previous-versions-max': '20' },
    nowMs: 1_000,
  });
  const metadataLocation = `${LOCATION}/metadata/00000-${ids.uuid()}.metadata.json`;
  await store.create(metadataLocation, serializeMetadata(metadata));
  const cost = { requests: 0, written: 0, read: 0 };
  const counting = counted(store, cost);
  return { store, ids, cost, counting, metadata, metadataLocation, nowMs: 1_000_000, files: 0, window: 10 };
}

/** The same table once more, to go on from here on its own. */
export function copied(bench: Bench): Bench {
  const store = memoryFiles();
  for (const [uri, bytes] of bench.store.objects) store.objects.set(uri, bytes);
  const cost = { ...bench.cost };
  return { ...bench, store, cost, counting: counted(store, cost) };
}

/** A file with statistics of every column, as the lander writes it. */
function dataFile(bench: Bench): DataFile {
  const n = ++bench.files;
  const columns = Array.from({ length: 12 }, (_, i) => i + 1);
  const bound = (value: number) => {
    const bytes = Buffer.alloc(8);
    bytes.writeBigInt64LE(BigInt(value));
    return bytes;
  };
  const all = <V>(value: (id: number) => V) => new Map(columns.map((id) => [id, value(id)]));
  return {
    content: 0,
    filePath: `${LOCATION}/data/${bench.ids.uuid()}-${n}.parquet`,
    fileFormat: 'PARQUET',
    specId: 0,
    partition: [BigInt(Math.floor(n / 1000))],
    recordCount: 1_000 + (n % 97),
    fileSizeBytes: 50_000 + (n % 991),
    columnSizes: all((id) => 4_000 + ((n * id) % 501)),
    valueCounts: all(() => 1_000 + (n % 97)),
    nullValueCounts: all((id) => (n * id) % 7),
    lowerBounds: all((id) => bound(n * id)),
    upperBounds: all((id) => bound(n * id + 1_000)),
    splitOffsets: [4],
    sortOrderId: 0,
  };
}
