// `npm run -s bench:flat [-- --quick] [--version 3] [--json FILE]`: does the cost of a commit stay flat as a table grows? Appends of one file each at
// (a) 10 to 10,000 commits of history, expired every ten commits to a window of ten snapshots; (a360) the same with a window of 360,
// an hour of commits every ten seconds; (b) 100 to 100,000 live files; (c) history that nobody expires. Fair by construction: the
// windows are full and the metadata log is long before anything is counted, and commits of all points of a row alternate, so that
// what else the machine does falls on all alike. Each point is three whole merge cycles of 100 commits; time is processor time, its
// ratio that of the medians and that of the means; bytes are what is written. A merge of a higher tier happens once in thousands of
// commits: `grown` is the mean over all commits since the point before.
import { writeFileSync } from 'node:fs';
import { parseArgs } from 'node:util';
import { serializeMetadata } from '../src/iceberg/metadata-json.ts';
import { append, type Bench, copied, expire, maintained, newBench } from './flat-table.ts';

/** Commits of one point: as many as `commit.manifest.min-count-to-merge`. */
const CYCLE = 100;
const CYCLES = 3;
const HOUR_WINDOW = 360;
/** Files of one commit where a table is filled: what a merged manifest of the lower tiers holds. */
const FILL_FILES = 1_000;
const TARGET = 1.2;

interface Point {
  readonly at: number;
  readonly medianMs: number;
  readonly meanMs: number;
  readonly p99Ms: number;
  readonly writtenBytes: number;
  /** Mean since the point before; of the first point, and where the table was filled: over its own commits. */
  readonly grownBytes: number;
  readonly requests: number;
}

interface Grown {
  readonly at: number;
  readonly bench: Bench;
  readonly grownBytes: number | undefined;
}

const { values: options } = parseArgs({
  options: { quick: { type: 'boolean', default: false }, json: { type: 'string' }, version: { type: 'string', default: '2' } },
});
if (options.version !== '2' && options.version !== '3') throw new Error(`expected --version to be 2 or 3, got ${options.version}`);
const formatVersion = options.version === '3' ? 3 : 2;
const largest = options.quick ? 1_000 : 10_000;
const grown = await growHistory([10, 100, 1_000, 10_000].filter((commits) => commits <= largest));
const history = await measure(grown.map((one) => ({ ...one, bench: copied(one.bench) })));
const hour = await measureHour([grown[0]!, grown.at(-1)!]);
const files = await measureFiles([100, 1_000, 10_000, 100_000].filter((count) => count <= largest * 10));
const unmaintained = await measureUnmaintained([10, 1_000, 10_000].filter((commits) => commits <= largest));
print('(a) commits of history, expired every 10 commits to a window of 10 snapshots', 'commits', history);
print(`(a360) commits of history, expired every 10 commits to a window of ${HOUR_WINDOW} snapshots`, 'commits', hour);
print('(b) live files', 'files', files);
print('(c) commits of history, nothing expired', 'commits', unmaintained);
if (options.json) writeFileSync(options.json, `${JSON.stringify({ history, hour, files, unmaintained }, null, 2)}\n`);
const isFlat = [history, hour, files].every((points) => Object.values(ratios(points)).every((ratio) => ratio <= TARGET));
process.stdout.write(`flat: ${isFlat ? 'yes' : 'no'} (every ratio of last to first of (a), (a360) and (b) at most ${TARGET})\n`);
process.exitCode = isFlat ? 0 : 1;

/** One table, copied at every size. */
async function growHistory(sizes: readonly number[]): Promise<readonly Grown[]> {
  const bench = await newBench(formatVersion);
  const all: Grown[] = [];
  for (const at of sizes) {
    const before = bench.files;
    bench.cost.written = 0;
    while (bench.files < at) await maintained(bench);
    all.push({ at, bench: copied(bench), grownBytes: before === 0 ? undefined : bench.cost.written / (at - before) });
  }
  return all;
}

/** The tables of (a), each brought to a full window of an hour first. */
async function measureHour(all: readonly Grown[]): Promise<readonly Point[]> {
  const filled: Grown[] = [];
  for (const { at, bench } of all) {
    const own = copied(bench);
    own.window = HOUR_WINDOW;
    for (let i = 0; i < HOUR_WINDOW; i++) await maintained(own);
    filled.push({ at, bench: own, grownBytes: undefined });
  }
  return measure(filled);
}

async function measureFiles(sizes: readonly number[]): Promise<readonly Point[]> {
  const filled: Grown[] = [];
  for (const at of sizes) {
    const bench = await newBench(formatVersion);
    while (bench.files < at) await append(bench, Math.min(FILL_FILES, at - bench.files));
    for (let i = 0; i < 20; i++) await maintained(bench);
    await expire(bench);
    filled.push({ at, bench, grownBytes: undefined });
  }
  return measure(filled);
}

/** History is copied in, not committed: the point is what one commit costs with it. */
async function measureUnmaintained(sizes: readonly number[]): Promise<readonly Point[]> {
  const all: Grown[] = [];
  for (const at of sizes) {
    const bench = await newBench(formatVersion);
    await append(bench, 1);
    const [snapshot] = bench.metadata.snapshots;
    const copies = Array.from({ length: at }, () => ({ ...snapshot!, 'snapshot-id': bench.ids.snapshotId() }));
    const log = copies.map((copy) => ({ 'timestamp-ms': copy['timestamp-ms'], 'snapshot-id': copy['snapshot-id'] }));
    bench.metadata = { ...bench.metadata, snapshots: [...copies, snapshot!], 'snapshot-log': [...log, ...bench.metadata['snapshot-log']] };
    bench.store.objects.set(bench.metadataLocation, serializeMetadata(bench.metadata));
    // A process of its own: this one knows what it wrote itself.
    all.push({ at, bench: copied(bench), grownBytes: undefined });
  }
  return measure(all, { commit: (bench) => append(bench, 1), commits: 10, warmUp: 1 });
}

/** Commits of all points in turn; some of each before anything is counted. */
async function measure(
  points: readonly Grown[],
  {
    commit = maintained,
    commits = CYCLES * CYCLE,
    warmUp = 20,
  }: { commit?: (bench: Bench) => Promise<void>; commits?: number; warmUp?: number } = {},
): Promise<readonly Point[]> {
  const times = points.map((): number[] => []);
  for (let i = 0; i < warmUp; i++) for (const { bench } of points) await commit(bench);
  for (const { bench } of points) Object.assign(bench.cost, { requests: 0, written: 0, read: 0 });
  for (let i = 0; i < commits; i++) {
    for (const [p, { bench }] of points.entries()) {
      const before = process.cpuUsage();
      await commit(bench);
      const { user, system } = process.cpuUsage(before);
      times[p]!.push((user + system) / 1000);
    }
  }
  return points.map((point, p) => pointOf(point, times[p]!));
}

function pointOf({ at, bench, grownBytes }: Grown, times: readonly number[]): Point {
  const sorted = times.toSorted((a, b) => a - b);
  const commits = times.length;
  const writtenBytes = Math.round(bench.cost.written / commits);
  return {
    at,
    medianMs: sorted[commits >> 1]!,
    meanMs: times.reduce((sum, ms) => sum + ms, 0) / commits,
    p99Ms: sorted[Math.floor(commits * 0.99)]!,
    writtenBytes,
    grownBytes: Math.round(grownBytes ?? writtenBytes),
    requests: bench.cost.requests / commits,
  };
}

/** Bytes as they amortise: the last point's since the one before it, the first's over its own whole cycle. */
function ratios(points: readonly Point[]): Readonly<Record<'time' | 'meanTime' | 'bytes' | 'requests', number>> {
  const [first, last] = [points[0]!, points.at(-1)!];
  const meanTime = last.meanMs / first.meanMs;
  return {
    time: last.medianMs / first.medianMs,
    meanTime,
    bytes: last.grownBytes / first.writtenBytes,
    requests: last.requests / first.requests,
  };
}

function print(title: string, unit: string, points: readonly Point[]): void {
  const cell = (value: number, digits: number, width: number) => value.toFixed(digits).padStart(width);
  process.stdout.write(`${title}\n${unit.padStart(9)}  median ms  mean ms  p99 ms  bytes written     grown  requests\n`);
  for (const { at, medianMs, meanMs, p99Ms, writtenBytes, grownBytes, requests } of points) {
    const text = [cell(at, 0, 9), cell(medianMs, 2, 9), cell(meanMs, 2, 7), cell(p99Ms, 1, 6), cell(writtenBytes, 0, 13)];
    process.stdout.write(`${[...text, cell(grownBytes, 0, 8), cell(requests, 2, 8)].join('  ')}\n`);
  }
  const { time, meanTime, bytes, requests } = ratios(points);
  process.stdout.write(
    `last to first: time ${time.toFixed(2)} (mean ${meanTime.toFixed(2)}), bytes ${bytes.toFixed(2)}, requests ${requests.toFixed(2)}\n\n`,
  );
}
