// A process of its own that judges records and encodes their rows, one by one, where a loop or a memory blow-up harms nobody (promise 4). Before each record it
// writes its place to standard output, at once, so that whoever has to kill it knows which record it was. A thread would not do: a
// worker whose heap is exhausted may neither end by itself nor let itself be terminated; a process always can be killed. The
// module is its own entry: started with PROBE_FLAG it serves and exits, imported anywhere else it does nothing; in a bundle it is
// the bundle.
import { spawn } from 'node:child_process';
import { readFileSync, writeSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { deserialize, serialize } from 'node:v8';
import type { ColumnSet } from '../columns.ts';
import { LIMITS } from '../contract/limits.ts';
import { PROBE_DONE, type ProbeProcess, type ProbeTask } from '../jobs/probe-records.ts';
import { encodeRows, type RowTarget, splitRows } from '../jobs/write-rows.ts';
import { createJudge, judgeRecords } from '../pipeline/judge.ts';
import { selectRecords } from '../pipeline/select-records.ts';

const PROBE_FLAG = '--firn-probe';

/** Starts the process on a task, its heap bounded. Standard output: one place a line, PROBE_DONE at the end. */
export function startProbe(task: ProbeTask): ProbeProcess {
  const args = [`--max-old-space-size=${LIMITS.probeHeapMiB}`, fileURLToPath(import.meta.url), PROBE_FLAG];
  const child = spawn(process.execPath, args, { stdio: ['pipe', 'pipe', 'ignore'] });
  // A process that ends before it has read its task says so by its exit.
  child.stdin.on('error', () => child.stdin.destroy());
  child.stdin.end(serialize(task));
  child.stdout.setEncoding('utf8');
  return {
    onText: (take) => void child.stdout.on('data', take),
    // `close` comes after everything it wrote has been read.
    onEnd: (ended) => void child.once('error', ended).once('close', ended),
    kill: () => void child.kill('SIGKILL'),
  };
}

async function serve(): Promise<void> {
  const task = deserialize(readFileSync(0)) as ProbeTask;
  const given = task.judgeModule === undefined ? {} : ((await import(task.judgeModule)) as Partial<ProbeModule>);
  const own: ProbeModule = { createJudge, encodeRows, ...given };
  const judge = own.createJudge(task.contract);
  for (let place = task.from; place < task.members.length; place++) {
    writeSync(1, `${place}\n`);
    const judged = judgeRecords(judge, selectRecords(task.records, task.members.subarray(place, place + 1)), { ingestedAtMs: 0 });
    for (const { table, columns } of judged.parts) {
      const target = task.targets?.[table];
      if (target && columns.rows > 0) encodeRow(own, target, columns);
    }
    judged.release();
  }
  writeSync(1, `${PROBE_DONE}\n`);
}

interface ProbeModule {
  readonly createJudge: typeof createJudge;
  readonly encodeRows: typeof encodeRows;
}

/** What throws is told apart in the landing process itself (encode-safely.ts): here only loops and memory count. */
function encodeRow(own: ProbeModule, target: RowTarget, columns: ColumnSet): void {
  try {
    for (const { partition, order } of splitRows(target, columns)) own.encodeRows(target, { columns, order, partition, path: '' });
  } catch {
    return;
  }
}

if (process.argv[2] === PROBE_FLAG) {
  await serve();
  process.exit(0);
}
