// The thread that fuzzes: mutates inputs of the pool, judges each, keeps those that reach new blocks. Before an input is run it is
// put into shared memory, so that the thread that watches can name it when this one hangs or dies.
// biome-ignore-all assist/source/organizeImports: the limits are lowered before anything that reads them is loaded
import { parentPort, workerData } from 'node:worker_threads';
import { PROCESS_GROWTH_BYTES_MAX } from './lower-limits.ts';
import { loadCorpus, saveCorpus } from './corpus.ts';
import { type CoverageMap, startCoverage } from './coverage.ts';
import { judgeInput } from './judge.ts';
import { mutateInput } from './mutate.ts';
import { type Random, seededRandom } from './random.ts';
import { FUZZ_TARGETS } from './targets.ts';
import type { FuzzTarget } from './types.ts';

export interface FuzzRequest {
  readonly target: string;
  readonly seed: number;
  /** Of processor time. */
  readonly minutes: number;
  readonly runs: number;
  readonly save: boolean;
  /** Two words (number of the input, its length), then the input. */
  readonly shared: SharedArrayBuffer;
}

export type FuzzMessage =
  | { readonly kind: 'finding'; readonly what: string; readonly input: Uint8Array }
  | {
      readonly kind: 'done';
      readonly runs: number;
      readonly read: number;
      readonly refused: number;
      readonly blocks: number;
      readonly pool: number;
      readonly maxRssMib: number;
      readonly codes: Readonly<Record<string, number>>;
    };

const BATCH = 48;
/** Inputs kept in git per target. */
const KEPT_BYTES_MAX = 100_000;

interface Fuzzing {
  readonly target: FuzzTarget;
  readonly random: Random;
  readonly coverage: CoverageMap;
  readonly seen: Set<string>;
  readonly pool: Uint8Array[];
  readonly codes: Map<string, number>;
  readonly reported: Set<string>;
  readonly shared: SharedArrayBuffer;
  runs: number;
  read: number;
  rssBytes: number;
}

await fuzz(workerData as FuzzRequest);

async function fuzz(request: FuzzRequest): Promise<void> {
  const target = FUZZ_TARGETS.find(({ name }) => name === request.target);
  if (!target) throw new Error(`expected a fuzz target, got ${request.target}`);
  const seeds = [...(await target.seeds()), ...loadCorpus(target.name)];
  const coverage = startCoverage();
  const fuzzing: Fuzzing = {
    target,
    random: seededRandom(request.seed),
    coverage,
    seen: new Set(),
    pool: [],
    codes: new Map(),
    reported: new Set(),
    shared: request.shared,
    runs: 0,
    read: 0,
    rssBytes: 0,
  };
  for (const seed of seeds) {
    await runOne(fuzzing, seed);
    keepIfNew(fuzzing, seed);
  }
  if (fuzzing.pool.length === 0) fuzzing.pool.push(...seeds);
  fuzzing.rssBytes = rss();
  const until = processorMs() + request.minutes * 60_000;
  while (processorMs() < until && fuzzing.runs < request.runs) await runBatch(fuzzing);
  if (request.save) saveCorpus(target.name, await minimise(fuzzing));
  coverage.stop();
  post({
    kind: 'done',
    runs: fuzzing.runs,
    read: fuzzing.read,
    refused: [...fuzzing.codes.values()].reduce((sum, count) => sum + count, 0),
    blocks: new Set([...fuzzing.seen].map((key) => key.slice(0, key.lastIndexOf(':')))).size,
    pool: fuzzing.pool.length,
    maxRssMib: Math.round(rss() / 1024 / 1024),
    codes: Object.fromEntries(fuzzing.codes),
  });
}

function processorMs(): number {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1000;
}

/** Coverage is asked for once per batch; only a batch that reached something new is run again, one by one. */
async function runBatch(fuzzing: Fuzzing): Promise<void> {
  const { pool, random, target } = fuzzing;
  const batch: Uint8Array[] = [];
  for (let i = 0; i < BATCH; i++) {
    // Half of the time one of the newest: what reached something new is worth more tries.
    const from = random.chance(2) ? random.below(pool.length) : pool.length - 1 - random.below(Math.min(pool.length, 24));
    const input = mutateInput(target, pool[from]!, random.pick(pool), random);
    batch.push(input);
    await runOne(fuzzing, input);
  }
  if (!fuzzing.coverage.take().some((key) => !fuzzing.seen.has(key))) return;
  for (const input of batch) {
    await judgeInput(target, input);
    keepIfNew(fuzzing, input);
  }
}

async function runOne(fuzzing: Fuzzing, input: Uint8Array): Promise<void> {
  announce(fuzzing, input);
  const verdict = await judgeInput(fuzzing.target, input);
  fuzzing.runs++;
  if (verdict.outcome === 'read') fuzzing.read++;
  if (verdict.outcome === 'refused') fuzzing.codes.set(verdict.what, (fuzzing.codes.get(verdict.what) ?? 0) + 1);
  if (verdict.outcome === 'finding') report(fuzzing, verdict.what, input);
  if (fuzzing.rssBytes === 0) return;
  const grown = rss() - fuzzing.rssBytes;
  if (grown <= PROCESS_GROWTH_BYTES_MAX) return;
  report(fuzzing, `memory: the process grew by ${Math.round(grown / 1024 / 1024)} MiB`, input);
  fuzzing.rssBytes += grown;
}

/** Largest resident size the process has had. */
function rss(): number {
  return process.resourceUsage().maxRSS * 1024;
}

function announce(fuzzing: Fuzzing, input: Uint8Array): void {
  const words = new Int32Array(fuzzing.shared, 0, 2);
  new Uint8Array(fuzzing.shared, 8).set(input.subarray(0, fuzzing.shared.byteLength - 8));
  words[1] = input.length;
  Atomics.store(words, 0, fuzzing.runs + 1);
}

function keepIfNew(fuzzing: Fuzzing, input: Uint8Array): void {
  let isNew = false;
  for (const key of fuzzing.coverage.take()) {
    if (fuzzing.seen.has(key)) continue;
    fuzzing.seen.add(key);
    isNew = true;
  }
  if (isNew) fuzzing.pool.push(input);
}

/** One finding per kind and place. */
function report(fuzzing: Fuzzing, what: string, input: Uint8Array): void {
  const key = what.replaceAll(/\d+/g, 'N').split('\n').slice(0, 3).join('\n');
  if (fuzzing.reported.has(key)) return;
  fuzzing.reported.add(key);
  post({ kind: 'finding', what, input: Uint8Array.from(input) });
}

/** The smallest inputs that together reach every block (whatever the counts), as far as they fit. */
async function minimise(fuzzing: Fuzzing): Promise<readonly Uint8Array[]> {
  const reached = new Set<string>();
  const kept: Uint8Array[] = [];
  let bytes = 0;
  for (const input of fuzzing.pool.toSorted((a, b) => a.length - b.length)) {
    fuzzing.coverage.take();
    await judgeInput(fuzzing.target, input);
    const fresh = fuzzing.coverage
      .take()
      .map((key) => key.slice(0, key.lastIndexOf(':')))
      .filter((block) => !reached.has(block));
    if (fresh.length === 0 || bytes + input.length > KEPT_BYTES_MAX) continue;
    for (const block of fresh) reached.add(block);
    kept.push(input);
    bytes += input.length;
  }
  return kept;
}

function post(message: FuzzMessage): void {
  parentPort!.postMessage(message);
}
