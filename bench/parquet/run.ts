// `npm run bench:parquet`: the Parquet writer beside hyparquet-writer and DuckDB's COPY, each over the same 21 typed columns of game events
// (writers.ts says in which form). What is timed is one whole file, in CPU time of the process (all its threads), writers in turn and
// the turn reversed every second round; each process gives the median of the paired ratios, and the table shows their range.
//   --rows=10000,100000   sizes     --processes=4   --rounds=20   --seconds=10   at most per process once warm
import { spawnSync } from 'node:child_process';
import { cpus, loadavg } from 'node:os';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { readBatch } from './batch.ts';
import { type BenchWriter, makeWriter, type WriterName } from './writers.ts';

const WRITERS: readonly WriterName[] = ['firn', 'hyparquet-writer', 'DuckDB'];
const WARM_ROUNDS = 8;
const WARM_ROWS = 200_000;

interface Measured {
  readonly rows: number;
  readonly rounds: number;
  /** CPU milliseconds, median. */
  readonly cpuMs: Readonly<Record<WriterName, number>>;
  /** Times Firn's time, median of the paired ratios. */
  readonly timesFirn: Readonly<Record<WriterName, number>>;
  readonly fileBytes: Readonly<Record<WriterName, number>>;
}

const { values: options } = parseArgs({
  options: {
    rows: { type: 'string', default: '10000' },
    processes: { type: 'string', default: '4' },
    rounds: { type: 'string', default: '20' },
    seconds: { type: 'string', default: '20' },
    measure: { type: 'string' },
  },
});

if (options.measure !== undefined) {
  const measured = await measure(Number(options.measure), { rounds: Number(options.rounds), seconds: Number(options.seconds) });
  process.stdout.write(JSON.stringify(measured));
} else {
  const load = loadavg()[0]!.toFixed(1);
  process.stdout.write(`${cpus().length} vCPU ${process.arch}, Node ${process.version}, load ${load}\n`);
  for (const rows of options.rows.split(',').map(Number)) process.stdout.write(table(runProcesses(rows)));
}

function runProcesses(rows: number): Measured[] {
  return Array.from({ length: Number(options.processes) }, () => {
    const self = fileURLToPath(import.meta.url);
    const args = ['--max-old-space-size=6144', self, `--measure=${rows}`, `--rounds=${options.rounds}`, `--seconds=${options.seconds}`];
    const ran = spawnSync(process.execPath, args, { encoding: 'utf8', stdio: ['ignore', 'pipe', 'inherit'] });
    if (ran.status !== 0) throw new Error(`the measuring process exited ${ran.status}`);
    return JSON.parse(ran.stdout) as Measured;
  });
}

async function measure(rows: number, bounds: { readonly rounds: number; readonly seconds: number }): Promise<Measured> {
  const batch = await readBatch(rows);
  const writers: BenchWriter[] = [];
  for (const name of WRITERS) writers.push(await makeWriter(name, batch));
  const warm = rows >= WARM_ROWS ? 1 : WARM_ROUNDS;
  const times = WRITERS.map((): number[] => []);
  const sizes = WRITERS.map(() => 0);
  let until = Number.POSITIVE_INFINITY;
  for (let round = 0; round < warm + bounds.rounds && performance.now() < until; round++) {
    if (round === warm) until = performance.now() + bounds.seconds * 1000;
    const turn = round % 2 === 0 ? [0, 1, 2] : [2, 1, 0];
    for (const i of turn) {
      const before = process.cpuUsage();
      sizes[i] = await writers[i]!.write();
      const { user, system } = process.cpuUsage(before);
      if (round >= warm) times[i]!.push((user + system) / 1000);
    }
  }
  for (const writer of writers) writer.close();
  const byName = (pick: (i: number) => number) =>
    Object.fromEntries(WRITERS.map((name, i) => [name, pick(i)])) as Record<WriterName, number>;
  return {
    rows: batch.rows,
    rounds: times[0]!.length,
    cpuMs: byName((i) => median(times[i]!)),
    timesFirn: byName((i) => median(times[i]!.map((time, round) => time / times[0]![round]!))),
    fileBytes: byName((i) => sizes[i]!),
  };
}

function table(runs: readonly Measured[]): string {
  const { rows } = runs[0]!;
  const lines = [`\n${rows.toLocaleString('en-US')} rows, ${runs.length} processes of ${runs.map((run) => run.rounds).join(', ')} rounds`];
  lines.push(row(['', 'CPU ms', "times Firn's (range)", 'bytes/row']));
  for (const name of WRITERS) {
    const ratios = runs.map((run) => run.timesFirn[name]).sort((a, b) => a - b);
    const range = `${median(ratios).toFixed(2)} (${ratios[0]!.toFixed(2)} to ${ratios.at(-1)!.toFixed(2)})`;
    lines.push(row([name, median(runs.map((run) => run.cpuMs[name])).toFixed(1), range, (runs[0]!.fileBytes[name] / rows).toFixed(2)]));
  }
  return `${lines.join('\n')}\n`;
}

function row(cells: readonly string[]): string {
  return cells.map((cell, i) => (i === 0 ? cell.padEnd(20) : cell.padStart(24))).join('');
}

/** The lower of two middle values. */
function median(values: readonly number[]): number {
  return [...values].sort((a, b) => a - b)[(values.length - 1) >> 1]!;
}
