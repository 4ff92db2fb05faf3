// What is measured, each scenario in a process of its own so that its memory is its own: landing next to a bare JSON.parse of the
// same values, a row-at-a-time writer of the ecosystem, commit latency. CPU time is the process's (collection and compilation
// threads count); rounds are interleaved and the ratio is the median of paired rounds, because the machine's speed drifts.
import { parquetWriteBuffer } from 'hyparquet-writer';
import { type Invocation, readInvocations } from './batches.ts';
import { makeLanding } from './landing.ts';

export interface Throughput {
  readonly name: string;
  readonly records: number;
  readonly eventsPerCpuSecond: number;
  readonly valueMegabytesPerCpuSecond: number;
  /** Speed relative to JSON.parse of the same values in the same run; 1 is as fast as parsing alone. */
  readonly timesJsonParse: number;
}
export interface ScenarioResult {
  readonly throughput: readonly Throughput[];
  readonly commitLatencyMs?: { readonly p50: number; readonly p99: number; readonly commits: number };
  readonly bytesPerEvent: number;
  readonly peakRssMegabytes: number;
}

/** Records of one invocation: what fits Lambda's payload of 6 MiB at about 540 bytes a value in base64. */
const PER_INVOCATION = 5_000;
const WARM_ROUNDS = 4;
const ROUNDS = 16;
const COMMITS = 100;
const COMMIT_RECORDS = 100;

/** Two invocations of 5,000 records over and over: JSON.parse, landing, and the row-wise peer in turn. */
export async function landSmall(records: number): Promise<ScenarioResult> {
  const invocations = await collect(records, PER_INVOCATION);
  const { land } = makeLanding();
  const runs: Record<'json' | 'land' | 'rows', number[]> = { json: [], land: [], rows: [] };
  let dataBytes = 0;
  for (let round = 0; round < WARM_ROUNDS + ROUNDS; round++) {
    const json = await cpuMs(() => parseAll(invocations));
    const landed = await cpuMs(async () => {
      dataBytes = 0;
      for (const { event } of invocations) dataBytes += (await land(event)).dataBytes;
    });
    const rows = await cpuMs(() => writeRowWise(invocations));
    if (round < WARM_ROUNDS) continue;
    runs.json.push(json);
    runs.land.push(landed);
    runs.rows.push(rows);
  }
  const total = totals(invocations);
  const ratio = (times: readonly number[]) => median(times.map((time, index) => runs.json[index]! / time));
  return {
    throughput: [
      throughput('JSON.parse of the values alone', total, median(runs.json), 1),
      throughput('Lambda event → staged files', total, median(runs.land), ratio(runs.land)),
      throughput('JSON.parse → hyparquet-writer, no checks', total, median(runs.rows), ratio(runs.rows)),
    ],
    bytesPerEvent: dataBytes / total.records,
    peakRssMegabytes: peakRss(),
  };
}

/** A long stream, each invocation landed once and committed after every tenth; JSON.parse of each on the way. */
export async function landLong(records: number): Promise<ScenarioResult> {
  const { land, commit } = makeLanding();
  const total = { records: 0, valueBytes: 0, dataBytes: 0 };
  let [jsonMs, landMs, count] = [0, 0, 0];
  const commits: number[] = [];
  for await (const invocation of readInvocations(records, PER_INVOCATION)) {
    jsonMs += await cpuMs(() => parseAll([invocation]));
    landMs += await cpuMs(async () => {
      total.dataBytes += (await land(invocation.event)).dataBytes;
    });
    total.records += invocation.records;
    total.valueBytes += invocation.valueBytes;
    if (++count % 10 === 0) commits.push(await wallMs(commit));
  }
  return {
    throughput: [
      throughput('JSON.parse of the values alone', total, jsonMs, 1),
      throughput('Lambda event → staged files', total, landMs, jsonMs / landMs),
    ],
    commitLatencyMs: latencies(commits),
    bytesPerEvent: total.dataBytes / total.records,
    peakRssMegabytes: peakRss(),
  };
}

/** One small landing, then one commit, many times over: what freshness waits for. */
export async function commitMany(): Promise<ScenarioResult> {
  const { land, commit } = makeLanding();
  const commits: number[] = [];
  const total = { records: 0, valueBytes: 0, dataBytes: 0 };
  for await (const invocation of readInvocations(COMMITS * COMMIT_RECORDS, COMMIT_RECORDS)) {
    total.dataBytes += (await land(invocation.event)).dataBytes;
    total.records += invocation.records;
    commits.push(await wallMs(commit));
  }
  return {
    throughput: [],
    commitLatencyMs: latencies(commits),
    bytesPerEvent: total.dataBytes / total.records,
    peakRssMegabytes: peakRss(),
  };
}

interface Total {
  readonly records: number;
  readonly valueBytes: number;
}

async function collect(records: number, perInvocation: number): Promise<readonly Invocation[]> {
  const out: Invocation[] = [];
  for await (const invocation of readInvocations(records, perInvocation)) out.push(invocation);
  return out;
}

function parseAll(invocations: readonly Invocation[]): void {
  for (const { texts } of invocations) for (const text of texts) JSON.parse(text);
}

/** The usual way: objects, then one array per column, with a writer that takes them; no checks, no quarantine, no positions. */
function writeRowWise(invocations: readonly Invocation[]): void {
  for (const { texts } of invocations) {
    const rows = texts.map((text) => JSON.parse(text) as Record<string, unknown>).filter((row) => typeof row === 'object' && row !== null);
    const text = (name: string) => ({ name, data: rows.map((row) => textOf(row[name])), type: 'STRING' as const, nullable: true });
    const columns = ['event_id', 'event_name', 'event_time', 'user_id', 'device_id', 'session_id', 'platform', 'app_version', 'props'];
    parquetWriteBuffer({ columnData: columns.map(text) });
  }
}

function textOf(value: unknown): string | null {
  if (value === null || value === undefined) return null;
  return typeof value === 'string' ? value : JSON.stringify(value);
}

function throughput(name: string, { records, valueBytes }: Total, ms: number, timesJsonParse: number): Throughput {
  const seconds = ms / 1000;
  return { name, records, eventsPerCpuSecond: records / seconds, valueMegabytesPerCpuSecond: valueBytes / 1e6 / seconds, timesJsonParse };
}

function totals(invocations: readonly Invocation[]): Total {
  const sum = (value: (one: Invocation) => number) => invocations.reduce((total, one) => total + value(one), 0);
  return { records: sum((one) => one.records), valueBytes: sum((one) => one.valueBytes) };
}

async function cpuMs(work: () => void | Promise<void>): Promise<number> {
  const before = process.cpuUsage();
  await work();
  const { user, system } = process.cpuUsage(before);
  return (user + system) / 1000;
}

async function wallMs(work: () => Promise<void>): Promise<number> {
  const before = performance.now();
  await work();
  return performance.now() - before;
}

function latencies(values: readonly number[]) {
  return { p50: quantile(values, 0.5), p99: quantile(values, 0.99), commits: values.length };
}

function median(values: readonly number[]): number {
  return quantile(values, 0.5);
}

function quantile(values: readonly number[], share: number): number {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.floor(share * sorted.length))] ?? Number.NaN;
}

function peakRss(): number {
  return process.resourceUsage().maxRSS / 1024;
}
