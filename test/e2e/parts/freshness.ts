// How long after it was produced a record can be read by somebody else, through the deployed functions: a steady rate, and PyIceberg asking
// the Glue endpoint and reading the rows of each new snapshot. The figure depends on the machine, the settings do not; both are printed, and
// beside them how late a plain timer of this machine is (docs/emulator.md has the arithmetic of what the same settings come to on AWS).
import { setTimeout as sleep } from 'node:timers/promises';
import { LIMITS } from '../../../src/contract/limits.ts';
import { type Freshness, freshnessOf, percentiles, type Reader, type Span, startReader } from '../../interop/freshness/reading.ts';
import { end, track } from '../processes.ts';
import { until } from '../until.ts';
import type { World } from '../world.ts';
import { startTraffic, type Traffic } from './traffic.ts';

export interface FreshnessOptions {
  readonly perSecond: number;
  /** At least; it goes on until there are enough snapshots to speak of. */
  readonly seconds: number;
  /** Number of the first record. */
  readonly first: number;
  /** What is special about it. */
  readonly under: string;
}

export interface Measured {
  /** Records sent in all. */
  readonly sent: number;
  readonly p50Ms: number;
  readonly p99Ms: number;
}

const LOOK_EVERY_MS = 100;
const TIMER_MS = 10;
const SNAPSHOTS_MIN = 4;
const WITHIN_MS = 2 * 60_000;

/** Throws unless every record of the steady phase is seen. */
export async function measureFreshness(world: World, options: FreshnessOptions): Promise<Measured> {
  const reader = startReader({
    python: world.python,
    catalog: catalogOf(world),
    table: world.access.table,
    everyMs: LOOK_EVERY_MS,
    environment: world.environment,
  });
  track(reader.child);
  try {
    await until('the reader looks', reader.isLooking, { withinMs: WITHIN_MS });
    const timer = startTimer();
    const traffic = startTraffic(world, options);
    const { span, calls } = await flow(world, options, { reader, traffic }).finally(() => traffic.stop());
    const steady = () => freshnessOf(reader.seen, span);
    await world.checks.check(`freshness ${options.under}: every record of the steady phase is seen, once`, async () => {
      const sent = traffic.sentIn(span);
      await until(`${sent} records are seen`, () => steady().records >= sent, { withinMs: WITHIN_MS, seen: () => steady().records });
      if (steady().records !== sent) throw new Error(`expected ${sent} records, got ${steady().records}`);
    });
    report(options, { steady: steady(), span, late: timer.end() });
    reportCalls(calls, steady().snapshots);
    return { sent: traffic.sent(), p50Ms: steady().at(0.5), p99Ms: steady().at(0.99) };
  } finally {
    await end(reader.child);
  }
}

/** The steady phase begins when a first record has come all the way: what starts and warms up is over by then. */
async function flow(
  world: World,
  { seconds }: FreshnessOptions,
  { reader, traffic }: { readonly reader: Reader; readonly traffic: Traffic },
): Promise<{ readonly span: Span; readonly calls: readonly (readonly [string, number])[] }> {
  const startedMs = Date.now();
  const since = (fromMs: number) => freshnessOf(reader.seen, { fromMs, untilMs: Number.POSITIVE_INFINITY });
  await until('a first record is seen', () => since(startedMs).records > 0, { withinMs: WITHIN_MS, seen: () => traffic.sent() });
  const fromMs = Date.now();
  const before = new Map(world.calls);
  await sleep(seconds * 1000);
  const snapshots = () => since(fromMs).snapshots;
  await until(`${SNAPSHOTS_MIN} snapshots of it are seen`, () => snapshots() >= SNAPSHOTS_MIN, { withinMs: WITHIN_MS, seen: snapshots });
  const calls = [...(world.calls ?? [])].map(([call, count]) => [call, count - (before.get(call) ?? 0)] as const);
  return { span: { fromMs, untilMs: Date.now() }, calls };
}

/** The endpoint's credentials are anybody's. */
function catalogOf({ endpoint, region }: World): Readonly<Record<string, string>> {
  const place = { type: 'glue', 'glue.region': region, 's3.region': region };
  if (endpoint === undefined) return place;
  const keys = ['glue', 's3'].flatMap((service) => ['access-key-id', 'secret-access-key'].map((key) => [`${service}.${key}`, 'test']));
  return { ...place, 'glue.endpoint': endpoint, 's3.endpoint': endpoint, ...Object.fromEntries(keys) };
}

/** A timer of this process, which also polls and forwards: how late it is, is what the machine and this process add. */
function startTimer(): { end(): readonly number[] } {
  const late: number[] = [];
  let expected = performance.now() + TIMER_MS;
  const timer = setInterval(() => {
    const now = performance.now();
    late.push(Math.max(0, now - expected));
    expected = now + TIMER_MS;
  }, TIMER_MS);
  return {
    end: () => {
      clearInterval(timer);
      return late.sort((a, b) => a - b);
    },
  };
}

function report(
  { perSecond, under }: FreshnessOptions,
  { steady, span, late }: { readonly steady: Freshness; readonly span: Span; readonly late: readonly number[] },
): void {
  const lateAt = (share: number) => Math.round(late[Math.floor((late.length - 1) * share)] ?? 0);
  const { landWindowS, commitIntervalMs } = LIMITS;
  const seconds = ((span.untilMs - span.fromMs) / 1000).toFixed(0);
  const lines = [
    `freshness ${under}: ${perSecond} events/s for ${seconds} s, ${steady.records} records in ${steady.snapshots} snapshots`,
    `  batching window ${landWindowS} s, commit interval and queue delay ${commitIntervalMs} ms`,
    `  produced → read by PyIceberg through Glue: ${percentiles(steady)}`,
    `  a plain timer beside it was late by ${percentiles({ at: lateAt })}`,
  ];
  process.stdout.write(lines.map((line) => `        ${line}\n`).join(''));
}

/** What the functions asked of AWS while records flowed, landings and commits together: the base of the estimate for AWS. */
function reportCalls(calls: readonly (readonly [string, number])[], snapshots: number): void {
  const counted = calls.filter(([, count]) => count > 0).map(([call, count]) => `${call} ${(count / Math.max(1, snapshots)).toFixed(1)}`);
  if (counted.length > 0) process.stdout.write(`          calls of all functions per snapshot: ${counted.join(', ')}\n`);
}
