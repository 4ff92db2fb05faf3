// `npm run -s fuzz -- --target NAME|FAMILY|all [--minutes N | --runs N] [--seed S] [--save]`: feeds mutated inputs to the decoders of
// foreign bytes. Minutes are of processor time, as are the bounds of an input, so that a busy machine neither makes a finding nor
// shortens a run. The decoders run in a thread with a small heap; this one watches it, so an input that hangs or exhausts memory is
// named too. Findings go to .interop/fuzz; exit 1 when there are any. The property and how to add a target: docs/hostile-input.md.
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { Worker } from 'node:worker_threads';
import { INPUT_BYTES_MAX } from './mutate.ts';
import { FUZZ_TARGETS } from './targets.ts';
import type { FuzzMessage, FuzzRequest } from './worker.ts';

/** Processor time of one input that does not come to its end: many times what judge.ts allows one that does. */
const HANG_CPU_MS = 20_000;
/** By the clock: an input that waits for something takes no processor time at all. */
const STALL_MS = 600_000;
const HEAP_MIB_MAX = 384;
const FINDINGS = join(import.meta.dirname, '../../../.interop/fuzz');

const { values: options } = parseArgs({
  options: {
    target: { type: 'string', default: 'all' },
    minutes: { type: 'string' },
    runs: { type: 'string' },
    seed: { type: 'string', default: '1' },
    save: { type: 'boolean', default: false },
  },
});
const chosen = FUZZ_TARGETS.filter(({ name, family }) => options.target === 'all' || options.target === name || options.target === family);
if (chosen.length === 0) {
  process.stderr.write(`expected --target to be all, a family or one of: ${FUZZ_TARGETS.map(({ name }) => name).join(', ')}\n`);
  process.exit(2);
}
// Without either, a short look; minutes are shared by the targets.
const minutes = options.minutes === undefined ? (options.runs === undefined ? 1 : 1e6) : Number(options.minutes);
const runs = options.runs === undefined ? Number.MAX_SAFE_INTEGER : Number(options.runs);
let findings = 0;
for (const { name } of chosen) {
  findings += await fuzzTarget({ target: name, seed: Number(options.seed), minutes: minutes / chosen.length, runs, save: options.save });
}
process.stdout.write(`fuzz: ${chosen.length} targets, ${findings} findings\n`);
process.exitCode = findings > 0 ? 1 : 0;

/** Fuzzes one target to its end; gives the number of findings. */
function fuzzTarget(request: Omit<FuzzRequest, 'shared'>): Promise<number> {
  const shared = new SharedArrayBuffer(8 + INPUT_BYTES_MAX);
  const words = new Int32Array(shared, 0, 2);
  const started = processorMs();
  let found = 0;
  return new Promise((resolve) => {
    const workerData: FuzzRequest = { ...request, shared };
    const worker = new Worker(new URL('./worker.ts', import.meta.url), {
      workerData,
      resourceLimits: { maxOldGenerationSizeMb: HEAP_MIB_MAX },
      execArgv: ['--disable-warning=ExperimentalWarning'],
    });
    const current = () => Uint8Array.from(new Uint8Array(shared, 8, Math.min(words[1]!, INPUT_BYTES_MAX)));
    const note = (what: string, input: Uint8Array) => {
      found++;
      keepFinding({ target: request.target, number: found, what, input });
    };
    const watch = watchInputs(words, (what) => {
      note(what, current());
      void worker.terminate();
    });
    let isDone = false;
    worker.on('message', (message: FuzzMessage) => {
      if (message.kind === 'finding') return note(message.what, message.input);
      isDone = true;
      const { codes, kind: _kind, ...rest } = message;
      const cpuSeconds = Math.round((processorMs() - started) / 1000);
      const facts = Object.entries({ ...rest, cpuSeconds, findings: found }).map(([key, value]) => `${key}=${value}`);
      process.stdout.write(`${request.target}: ${facts.join(' ')} codes=${JSON.stringify(codes)}\n`);
    });
    worker.on('error', (error) => note(`the thread died: ${error.name} ${error.message}\n${error.stack}`, current()));
    worker.on('exit', () => {
      clearInterval(watch);
      if (!isDone && found === 0) note('the thread ended on an input that never settles', current());
      resolve(found);
    });
  });
}

/** Says so when one input takes longer than any may; the processor time is that of the whole process, which does nothing else. */
function watchInputs(words: Int32Array<SharedArrayBuffer>, onHang: (what: string) => void): NodeJS.Timeout {
  let watched = { run: -1, sinceMs: performance.now(), sinceCpuMs: processorMs() };
  return setInterval(() => {
    const run = Atomics.load(words, 0);
    if (run !== watched.run) watched = { run, sinceMs: performance.now(), sinceCpuMs: processorMs() };
    if (run === 0) return;
    if (processorMs() - watched.sinceCpuMs > HANG_CPU_MS) onHang(`hang: no end after ${HANG_CPU_MS} ms of processor time`);
    else if (performance.now() - watched.sinceMs > STALL_MS) onHang(`stall: no end after ${STALL_MS} ms`);
  }, 500);
}

function processorMs(): number {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1000;
}

function keepFinding(finding: {
  readonly target: string;
  readonly number: number;
  readonly what: string;
  readonly input: Uint8Array;
}): void {
  mkdirSync(FINDINGS, { recursive: true });
  const path = join(FINDINGS, `${finding.target}-${finding.number}.bin`);
  writeFileSync(path, finding.input);
  process.stdout.write(
    `FINDING ${finding.target} (${finding.input.length} bytes in ${path})\n  ${finding.what.replaceAll('\n', '\n  ')}\n`,
  );
}
