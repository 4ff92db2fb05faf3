// How long after they were produced records can be read by somebody else: PyIceberg as the independent reader (reader.py), and the
// percentiles of what it saw. Records count by their own time of production, whatever snapshot brought them.
import { type ChildProcess, spawn } from 'node:child_process';
import { join } from 'node:path';
import { createInterface } from 'node:readline';

/** Rows of one snapshot when they had been read. */
export interface Seen {
  readonly visibleMs: number;
  /** Of the snapshot, by its own word, in ms since the epoch. */
  readonly committedMs: number;
  /** Kafka timestamp in ms → records. */
  readonly stamps: Readonly<Record<string, number>>;
}

/** Of production, in ms since the epoch; the end is not in it. */
export interface Span {
  readonly fromMs: number;
  readonly untilMs: number;
}

export interface Freshness {
  readonly records: number;
  /** That brought any of them. */
  readonly snapshots: number;
  /** Milliseconds at a share of the records, 0 to 1; NaN of nothing. */
  at(share: number): number;
}

/** Percentiles over the records produced in the span. */
export function freshnessOf(seen: readonly Seen[], { fromMs, untilMs }: Span): Freshness {
  const latencies: (readonly [ms: number, records: number])[] = [];
  let records = 0;
  let snapshots = 0;
  for (const { visibleMs, stamps } of seen) {
    const inSpan = Object.entries(stamps).filter(([stamp]) => Number(stamp) >= fromMs && Number(stamp) < untilMs);
    for (const [stamp, count] of inSpan) {
      latencies.push([Math.max(0, visibleMs - Number(stamp)), count]);
      records += count;
    }
    if (inSpan.length > 0) snapshots++;
  }
  latencies.sort(([a], [b]) => a - b);
  const at = (share: number) => {
    let left = Math.ceil(records * share);
    for (const [ms, count] of latencies) {
      left -= count;
      if (left <= 0) return Math.round(ms);
    }
    return Number.NaN;
  };
  return { records, snapshots, at };
}

/** The longest time from one commit of the span to the next, in ms; NaN of fewer than two. */
export function longestGap(seen: readonly Seen[], { fromMs, untilMs }: Span): number {
  const commits = seen
    .map(({ committedMs }) => committedMs)
    .filter((ms) => ms >= fromMs && ms < untilMs)
    .sort((a, b) => a - b);
  const gaps = commits.slice(1).map((ms, i) => ms - commits[i]!);
  return gaps.length === 0 ? Number.NaN : gaps.reduce((longest, gap) => Math.max(longest, gap));
}

/** `p50 … ms, p99 … ms, max … ms` */
export function percentiles({ at }: Pick<Freshness, 'at'>): string {
  return `p50 ${at(0.5)} ms, p99 ${at(0.99)} ms, max ${at(1)} ms`;
}

export interface ReaderOptions {
  readonly python: string;
  /** Options of PyIceberg's load_catalog. */
  readonly catalog: Readonly<Record<string, string>>;
  /** `namespace.table` */
  readonly table: string;
  /** File of a catalog that is still to be made. */
  readonly waitFor?: string;
  readonly everyMs: number;
  /** Whole environment. @default this process's */
  readonly environment?: Readonly<Record<string, string>>;
}

export interface Reader {
  /** Ends with its standard input. */
  readonly child: ChildProcess;
  /** Grows. */
  readonly seen: readonly Seen[];
  isLooking(): boolean;
}

export function startReader(options: ReaderOptions): Reader {
  const { python, catalog, table, waitFor, everyMs, environment } = options;
  const request = JSON.stringify({ catalog, table, waitFor, everyMs });
  const child = spawn(python, [join(import.meta.dirname, 'reader.py'), request], {
    stdio: ['pipe', 'pipe', 'inherit'],
    ...(environment === undefined ? {} : { env: environment }),
  });
  const seen: Seen[] = [];
  let isLooking = false;
  createInterface({ input: child.stdout! }).on('line', (line) => {
    if (line.startsWith('{"looking"')) isLooking = true;
    else seen.push(JSON.parse(line) as Seen);
  });
  return { child, seen, isLooking: () => isLooking };
}
