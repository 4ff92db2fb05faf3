// `npm run -s bench:flat [-- --quick] [--json FILE]`: does the cost of a commit stay flat as a table grows? Appends of one file each, over a
// store in memory that counts, at (a) 10 to 10,000 commits of history with expiry of a recent window as maintenance, (b) 100 to 100,000
// live files, and (c) the same history without maintenance. Each point is a whole merge cycle of 100 commits, so that what a
// merge writes is shared by the commits that made it necessary; time is the median, bytes and requests are means.
import { writeFileSync } from 'node:fs';
import { parseArgs } from 'node:util';
import { prepareAppend } from '../src/iceberg/append.ts';
import { type CommitBase, stageMetadata } from '../src/iceberg/commit-metadata.ts';
import { planExpiry } from '../src/iceberg/expire.ts';
import { parseMetadata, serializeMetadata } from '../src/iceberg/metadata-json.ts';
import { newTableMetadata } from '../src/iceberg/new-table.ts';
import type { DataFile, TableMetadata } from '../src/iceberg/types.ts';
import type { FileStore } from '../src/ports.ts';
import { countingIds, memoryFiles } from '../test/support/iceberg/tables.ts';

const LOCATION = 's3://bench/db/t';
/** Commits of one point: as many as `commit.manifest.min-count-to-merge`. */
const CYCLE = 100;
const EXPIRE_EVERY = 10;
/** What stays after an expiry: ten commits, so that the smallest point is under maintenance like the largest. */
const WINDOW_MS = 10_000;
const COMMIT_MS = 1_000;
const TARGET = 1.2;

interface Bench {
  readonly store: FileStore & { readonly objects: Map<string, Buffer> };
  readonly ids: ReturnType<typeof countingIds>;
  readonly cost: { requests: number; written: number; read: number };
  metadata: TableMetadata;
  metadataLocation: string;
  nowMs: number;
  files: number;
}

interface Point {
  readonly at: number;
  readonly medianMs: number;
  readonly p99Ms: number;
  readonly writtenBytes: number;
  readonly requests: number;
}

const { values: options } = parseArgs({ options: { quick: { type: 'boolean', default: false }, json: { type: 'string' } } });
const largest = options.quick ? 1_000 : 10_000;
const history = await measureHistory([10, 100, 1_000, 10_000].filter((commits) => commits <= largest));
const files = await measureFiles([100, 1_000, 10_000, 100_000].filter((count) => count <= largest * 10));
const unmaintained = await measureUnmaintained([10, 1_000, 10_000].filter((commits) => commits <= largest));
print('(a) commits of history, snapshots expired after a recent window', 'commits', history);
print('(b) live files', 'files', files);
print('(c) commits of history, nothing expired', 'commits', unmaintained);
if (options.json) writeFileSync(options.json, `${JSON.stringify({ history, files, unmaintained }, null, 2)}\n`);
const isFlat = [history, files].every((points) => Object.values(ratios(points)).every((ratio) => ratio <= TARGET));
process.stdout.write(`flat: ${isFlat ? 'yes' : 'no'} (every ratio of last to first of (a) and (b) at most ${TARGET})\n`);
process.exitCode = isFlat ? 0 : 1;

async function measureHistory(sizes: readonly number[]): Promise<readonly Point[]> {
  const bench = await newBench();
  const points: Point[] = [];
  for (const at of sizes) {
    while (bench.files < at) await maintained(bench);
    points.push(await measure(bench, at, () => maintained(bench)));
  }
  return points;
}

async function measureFiles(sizes: readonly number[]): Promise<readonly Point[]> {
  const points: Point[] = [];
  for (const at of sizes) {
    const bench = await newBench();
    while (bench.files < at) await append(bench, Math.min(5_000, at - bench.files));
    await expire(bench);
    points.push(await measure(bench, at, () => maintained(bench)));
  }
  return points;
}

/** History is copied in, not committed: the point is what one commit costs with it. */
async function measureUnmaintained(sizes: readonly number[]): Promise<readonly Point[]> {
  const points: Point[] = [];
  for (const at of sizes) {
    const bench = await newBench();
    await append(bench, 1);
    const [snapshot] = bench.metadata.snapshots;
    const copies = Array.from({ length: at }, () => ({ ...snapshot!, 'snapshot-id': bench.ids.snapshotId() }));
    const log = copies.map((copy) => ({ 'timestamp-ms': copy['timestamp-ms'], 'snapshot-id': copy['snapshot-id'] }));
    bench.metadata = { ...bench.metadata, snapshots: [...copies, snapshot!], 'snapshot-log': [...log, ...bench.metadata['snapshot-log']] };
    bench.store.objects.set(bench.metadataLocation, serializeMetadata(bench.metadata));
    points.push(await measure(bench, at, () => append(bench, 1), 10));
  }
  return points;
}

async function measure(bench: Bench, at: number, commit: () => Promise<void>, commits = CYCLE): Promise<Point> {
  const times: number[] = [];
  Object.assign(bench.cost, { requests: 0, written: 0, read: 0 });
  for (let i = 0; i < commits; i++) {
    const before = process.cpuUsage();
    await commit();
    const { user, system } = process.cpuUsage(before);
    times.push((user + system) / 1000);
  }
  times.sort((a, b) => a - b);
  const { requests, written } = bench.cost;
  return {
    at,
    medianMs: times[times.length >> 1]!,
    p99Ms: times[Math.floor(times.length * 0.99)]!,
    writtenBytes: Math.round(written / commits),
    requests: requests / commits,
  };
}

/** A commit, and from time to time the maintenance that goes with it, in the same account. */
async function maintained(bench: Bench): Promise<void> {
  await append(bench, 1);
  if (bench.files % EXPIRE_EVERY === 0) await expire(bench);
}

/** Loads the metadata as a committer does, appends, and takes the swap as made: two requests that every commit has. */
async function append(bench: Bench, count: number): Promise<void> {
  bench.nowMs += COMMIT_MS;
  const base = await load(bench);
  const add = Array.from({ length: count }, () => dataFile(bench));
  const prepared = await prepareAppend({ ...base, add, summary: { 'firn.entries': String(bench.files) }, tag: { name: 'firn-applied' } });
  await take(bench, prepared);
}

async function expire(bench: Bench): Promise<void> {
  const base = await load(bench);
  const expiry = planExpiry(base.metadata, { nowMs: bench.nowMs, olderThanMs: bench.nowMs - WINDOW_MS });
  if (expiry.snapshots.length === 0) return;
  await take(bench, await stageMetadata(base, expiry.metadata));
  // Kept out of the account: a sweep of its own deletes what expiry lets go.
  for (const snapshot of expiry.snapshots) bench.store.objects.delete(snapshot['manifest-list']);
}

async function load(bench: Bench): Promise<CommitBase> {
  const { nowMs, ids, metadataLocation } = bench;
  bench.cost.requests += 1;
  const bytes = await counted(bench).read(metadataLocation);
  return { metadata: parseMetadata(bytes!), metadataLocation, files: counted(bench), ids, nowMs };
}

async function take(bench: Bench, prepared: Awaited<ReturnType<typeof stageMetadata>>): Promise<void> {
  bench.cost.requests += 1;
  bench.metadata = prepared.metadata;
  bench.metadataLocation = prepared.metadataLocation!;
  for (const uri of prepared.expiredMetadata) await counted(bench).delete(uri);
}

function counted({ store, cost }: Bench): FileStore {
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

async function newBench(): Promise<Bench> {
  const [store, ids] = [memoryFiles(), countingIds()];
  const names = Array.from({ length: 12 }, (_, i) => ({ id: i + 1, name: `c${i}`, required: false, type: 'long' as const }));
  const { metadata } = newTableMetadata({
    uuid: ids.uuid(),
    location: LOCATION,
    struct: { type: 'struct', fields: names },
    partition: [{ column: 'c0', transform: 'identity', name: 'c0' }],
    sort: [],
    formatVersion: 2,
    properties: { 'write.metadata.delete-after-commit.enabled': 'true', 'write.metadata.previous-versions-max': '20' },
    nowMs: 1_000,
  });
  const metadataLocation = `${LOCATION}/metadata/00000-${ids.uuid()}.metadata.json`;
  await store.create(metadataLocation, serializeMetadata(metadata));
  return { store, ids, cost: { requests: 0, written: 0, read: 0 }, metadata, metadataLocation, nowMs: 1_000_000, files: 0 };
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

function ratios(points: readonly Point[]): Readonly<Record<'time' | 'bytes' | 'requests', number>> {
  const [first, last] = [points[0]!, points.at(-1)!];
  return { time: last.medianMs / first.medianMs, bytes: last.writtenBytes / first.writtenBytes, requests: last.requests / first.requests };
}

function print(title: string, unit: string, points: readonly Point[]): void {
  const most = Math.max(...points.map((point) => point.writtenBytes));
  process.stdout.write(`${title}\n${unit.padStart(9)}  median ms  p99 ms   bytes written  requests\n`);
  for (const point of points) {
    const bar = '#'.repeat(Math.max(1, Math.round((30 * point.writtenBytes) / most)));
    process.stdout.write(
      `${String(point.at).padStart(9)}  ${point.medianMs.toFixed(2).padStart(9)}  ${point.p99Ms.toFixed(1).padStart(6)}  ${String(point.writtenBytes).padStart(14)}  ${point.requests.toFixed(2).padStart(8)}  ${bar}\n`,
    );
  }
  const { time, bytes, requests } = ratios(points);
  process.stdout.write(`last to first: time ${time.toFixed(2)}, bytes ${bytes.toFixed(2)}, requests ${requests.toFixed(2)}\n\n`);
}
