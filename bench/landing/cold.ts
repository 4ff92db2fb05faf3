// The first batch of a process: what a cold start pays. Run as a process of its own over a prepared event, so that nothing is compiled
// or warm but what a function's own start has loaded (the primed encoder included: it counts as loading). Prints one line of JSON.
import { readFileSync } from 'node:fs';
import type { BenchBatch } from './scenarios.ts';

const started = performance.now();
const [file, contractName, way] = process.argv.slice(2) as [string, 'flat' | 'gamegen', 'firn' | 'json'];
const prepared = JSON.parse(readFileSync(file, 'utf8')) as Pick<BenchBatch, 'event' | 'texts' | 'records' | 'valueBytes'>;
const batch: BenchBatch = { ...prepared, eventText: '', values: [] };
const readMs = performance.now() - started;
const { openFirn, parseTexts, toParquet } = await import('./paths.ts');
const { benchContract } = await import('./contracts.ts');
const { primeEncoder } = await import('../../src/jobs/prime-encoder.ts');
primeEncoder();
const firn = await openFirn(benchContract(contractName));
const loadMs = performance.now() - started - readMs;
const run = (): unknown => (way === 'firn' ? toParquet(firn, batch) : parseTexts(batch));
process.stdout.write(JSON.stringify({ loadMs, first: timed(run), second: timed(run) }));

function timed(work: () => unknown): { readonly wallMs: number; readonly cpuMs: number } {
  const cpu = process.cpuUsage();
  const wall = performance.now();
  work();
  const wallMs = performance.now() - wall;
  const { user, system } = process.cpuUsage(cpu);
  return { wallMs, cpuMs: (user + system) / 1000 };
}
