// `npm run -s bench:memory [-- --batches=10000]`: what a landing takes of memory, in processes of their own. `event`: a full event of 6 MB (the
// most that Lambda hands over) to Parquet bytes, ten times, its peak resident size within 256 MB. `batches`: thousands of batches of all sizes
// one after the other; what is resident and what is alive after each tenth of them show that it levels off. Node gets the flags that Lambda's
// runtime gives it at 256 MB: a twentieth of the memory for each half of the young generation, which V8 else lets grow to 128 MB and more
// before it collects, nine tenths for the old one. Exit 1 when anything is more than promised.
import { spawnSync } from 'node:child_process';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { REPOSITORY } from '../batches.ts';
import { benchContract } from './contracts.ts';
import { openFirn, toParquet } from './paths.ts';
import { type BenchBatch, makeScenario } from './scenarios.ts';

const MEGABYTE = 1024 * 1024;
const EVENT_BYTES = 6 * MEGABYTE;
const RESIDENT_MAX = 256 * MEGABYTE;
const GROWTH_MAX = 16 * MEGABYTE;
const LIVE_GROWTH_MAX = 4 * MEGABYTE;
const RUNTIME_FLAGS = ['--max-semi-space-size=12', '--max-old-space-size=231'];
const TIMES = 10;

const { values: options } = parseArgs({ options: { batches: { type: 'string', default: '10000' }, child: { type: 'string' } } });
const FILE = join(REPOSITORY, '.bench/memory-event.json');

if (options.child === 'event') await landEvent();
else if (options.child === 'batches') await landBatches(Number(options.batches));
else await measure();

async function measure(): Promise<void> {
  mkdirSync(join(REPOSITORY, '.bench'), { recursive: true });
  writeFileSync(FILE, await fullEvent());
  const failed = ['event', 'batches'].filter((child) => {
    const flags = [...RUNTIME_FLAGS, '--expose-gc', '--disable-warning=ExperimentalWarning'];
    const ran = spawnSync(process.execPath, [...flags, import.meta.filename, `--child=${child}`, `--batches=${options.batches}`], {
      stdio: 'inherit',
    });
    return ran.status !== 0;
  });
  process.exitCode = failed.length > 0 ? 1 : 0;
}

/** The text of the largest event of whole records within 6 MB. */
async function fullEvent(): Promise<string> {
  const scenario = async (events: number) => (await makeScenario('flat', { batches: 1, events })).batches[0]!.eventText;
  const sample = (await scenario(1000)).length / 1000;
  return scenario(Math.floor((EVENT_BYTES / sample) * 0.995));
}

async function landEvent(): Promise<void> {
  const firn = await openFirn(benchContract('flat'));
  const text = readFileSync(FILE, 'utf8');
  let rows = 0;
  for (let i = 0; i < TIMES; i++) rows += toParquet(firn, { event: JSON.parse(text) } as BenchBatch).accepted;
  const peak = process.resourceUsage().maxRSS * 1024;
  const isWithin = peak <= RESIDENT_MAX;
  process.stdout.write(
    `event: ${inMegabytes(text.length)} MB, ${rows / TIMES} records, ${TIMES} times: peak resident size ${inMegabytes(peak)} MB, at most ${inMegabytes(RESIDENT_MAX)}: ${isWithin ? 'within' : 'MORE'}\n`,
  );
  process.exitCode = isWithin ? 0 : 1;
}

async function landBatches(batches: number): Promise<void> {
  const firn = await openFirn(benchContract('flat'));
  const sizes = [1, 7, 40, 3, 120, 15];
  const given = await Promise.all(sizes.map(async (events) => (await makeScenario('flat', { batches: 1, events })).batches[0]!));
  const resident: number[] = [];
  const live: number[] = [];
  for (let i = 1; i <= batches; i++) {
    toParquet(firn, given[i % given.length]!);
    if (i % Math.ceil(batches / 10) !== 0) continue;
    globalThis.gc!();
    const { rss, heapUsed, heapTotal, external, arrayBuffers } = process.memoryUsage();
    resident.push(rss);
    live.push(heapUsed);
    const parts = { resident: rss, 'alive in the heap': heapUsed, 'of the heap': heapTotal, external, 'array buffers': arrayBuffers };
    const text = Object.entries(parts).map(([name, bytes]) => `${name} ${inMegabytes(bytes)}`);
    process.stdout.write(`batches: ${i}: MB ${text.join(', ')}\n`);
  }
  // Compilation, the pool of arenas and the allocator's own pools settle in steps; what a batch leaves behind shows to the end.
  const growth = resident.at(-1)! - resident.at(-4)!;
  const liveGrowth = live.at(-1)! - live.at(-4)!;
  const most = Math.max(...resident);
  process.stdout.write(
    `batches: in the last three tenths ${inMegabytes(growth)} MB more resident, at most ${inMegabytes(GROWTH_MAX)}, ${inMegabytes(liveGrowth)} MB more alive, at most ${inMegabytes(LIVE_GROWTH_MAX)}; ${inMegabytes(most)} MB resident, at most ${inMegabytes(RESIDENT_MAX)}\n`,
  );
  process.exitCode = growth <= GROWTH_MAX && liveGrowth <= LIVE_GROWTH_MAX && most <= RESIDENT_MAX ? 0 : 1;
}

function inMegabytes(bytes: number): number {
  return Math.round((bytes / MEGABYTE) * 10) / 10;
}
