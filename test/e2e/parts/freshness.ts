// How long after it was produced a record can be read by somebody else, through the deployed functions: a steady rate, and PyIceberg asking
// the Glue endpoint and reading the rows of each new snapshot. The figure depends on the machine, the settings do not; both are printed, and
// beside them how late a plain timer of this machine is and what the same settings come to on AWS (docs/emulator.md has the arithmetic).
import { type ChildProcess, spawn } from 'node:child_process';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { setTimeout as sleep } from 'node:timers/promises';
import { LIMITS } from '../../../src/contract/limits.ts';
import { must } from '../../interop/checks.ts';
import { end, track } from '../processes.ts';
import type { World } from '../world.ts';
import { until } from './faults.ts';
import { startTraffic } from './traffic.ts';

interface Seen {
  readonly rows: number;
  readonly firstMs: number;
  readonly lastMs: number;
  readonly buckets: Readonly<Record<string, number>>;
}

export interface FreshnessOptions {
  readonly perSecond: number;
  readonly seconds: number;
  /** Number of the first record. */
  readonly first: number;
  /** What is special about it. */
  readonly under: string;
}

export interface Freshness {
  /** Records sent in all. */
  readonly sent: number;
  readonly p50Ms: number;
  readonly p99Ms: number;
}

const WARM_UP_MS = 5_000;
const SEEN_WITHIN_MS = 2 * 60_000;
const BUCKET_MS = 10;

export async function measureFreshness(world: World, options: FreshnessOptions): Promise<Freshness> {
  const seen: Seen[] = [];
  const reader = await startReader(world, seen);
  const timer = startTimer();
  const traffic = startTraffic(world, options);
  try {
    await sleep(WARM_UP_MS);
    const fromMs = Date.now();
    const callsBefore = new Map(world.calls);
    await sleep(options.seconds * 1000);
    const untilMs = Date.now();
    const calls = [...(world.calls ?? [])].map(([call, count]) => [call, count - (callsBefore.get(call) ?? 0)] as const);
    await traffic.stop();
    await until('the last record is read', () => seen.some(({ lastMs }) => lastMs >= untilMs - 1_000), SEEN_WITHIN_MS);
    const steady = seen.filter(({ firstMs }) => firstMs >= fromMs);
    await world.checks.check('freshness: the records are seen while they flow', () => {
      const rows = steady.reduce((sum, one) => sum + one.rows, 0);
      must(rows > (options.perSecond * options.seconds) / 2, `expected most of the steady records to be measured, got ${rows}`);
    });
    const seenAfter = report(options, steady, timer.end());
    reportCalls(calls, steady.length);
    return { sent: traffic.sent(), ...seenAfter };
  } finally {
    await end(reader);
  }
}

/** Resolves once it is looking. */
async function startReader(world: World, seen: Seen[]): Promise<ChildProcess> {
  const script = join(import.meta.dirname, '../python/freshness_glue.py');
  const reader = track(
    spawn(world.python, [script, world.endpoint ?? '-', world.region, world.access.table], {
      stdio: ['pipe', 'pipe', 'inherit'],
      env: world.environment,
    }),
  );
  let isLooking = false;
  createInterface({ input: reader.stdout! }).on('line', (line) => {
    if (line.startsWith('{"looking"')) isLooking = true;
    else seen.push(JSON.parse(line) as Seen);
  });
  await until('the reader looks', () => isLooking, SEEN_WITHIN_MS);
  return reader;
}

/** A timer of this process, which also polls and forwards: how late it is, is what the machine and this process add. */
function startTimer(): { end(): readonly number[] } {
  const late: number[] = [];
  let expected = performance.now() + BUCKET_MS;
  const timer = setInterval(() => {
    const now = performance.now();
    late.push(Math.max(0, now - expected));
    expected = now + BUCKET_MS;
  }, BUCKET_MS);
  return {
    end: () => {
      clearInterval(timer);
      return late.sort((a, b) => a - b);
    },
  };
}

function report(
  { perSecond, seconds, under }: FreshnessOptions,
  steady: readonly Seen[],
  late: readonly number[],
): Omit<Freshness, 'sent'> {
  const buckets = new Map<number, number>();
  for (const { buckets: one } of steady)
    for (const [bucket, count] of Object.entries(one)) buckets.set(Number(bucket), (buckets.get(Number(bucket)) ?? 0) + count);
  const sorted = [...buckets].sort(([a], [b]) => a - b);
  const total = sorted.reduce((sum, [, count]) => sum + count, 0);
  const at = (share: number) => {
    let left = Math.ceil(total * share);
    for (const [bucket, count] of sorted) {
      left -= count;
      if (left <= 0) return bucket + BUCKET_MS;
    }
    return Number.NaN;
  };
  const lateAt = (share: number) => Math.round(late[Math.floor((late.length - 1) * share)] ?? 0);
  const { landWindowS, commitIntervalMs } = LIMITS;
  const lines = [
    `freshness ${under}: ${perSecond} events/s for ${seconds} s, ${total} records in ${steady.length} snapshots`,
    `  batching window ${landWindowS} s, commit interval and queue delay ${commitIntervalMs} ms`,
    `  produced → read by PyIceberg through Glue: p50 ${at(0.5)} ms, p99 ${at(0.99)} ms, max ${at(1)} ms`,
    `  a plain timer beside it was late by p50 ${lateAt(0.5)} ms, p99 ${lateAt(0.99)} ms, max ${lateAt(1)} ms`,
  ];
  process.stdout.write(lines.map((line) => `        ${line}\n`).join(''));
  return { p50Ms: at(0.5), p99Ms: at(0.99) };
}

/** What the functions asked of AWS while records flowed, landings and commits together: the base of the estimate for AWS. */
function reportCalls(calls: readonly (readonly [string, number])[], snapshots: number): void {
  const counted = calls.filter(([, count]) => count > 0).map(([call, count]) => `${call} ${(count / Math.max(1, snapshots)).toFixed(1)}`);
  if (counted.length > 0) process.stdout.write(`          calls of all functions per snapshot: ${counted.join(', ')}\n`);
}
