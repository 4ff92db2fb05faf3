// Promises 1 and 2 at the command line: landings that are killed, interrupted, starved of disk or run side by side; afterwards
// the same command gives the same table as one undisturbed landing, and the audit is clean.
import { existsSync, mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { landedRows, makeProject, readings, runFirn } from '../../unit/cli/run-firn.ts';

const KILLS = 20;
const LINES = 40;

describe('promise 8, recoverable: a landing that is disturbed', { timeout: 300_000 }, () => {
  let folder: string;
  beforeAll(async () => {
    folder = await makeProject();
  });
  afterAll(() => rmSync(folder, { recursive: true }));

  it('killed at twenty moments from start to end, it goes on where it was: every line once, the audit clean', async () => {
    mkdirSync(`${folder}/killed`);
    const land = (onStart?: (kill: (signal: NodeJS.Signals) => void) => void) =>
      runFirn(['land', 'readings', 'killed', '--warehouse', 'w1'], { cwd: folder, ...(onStart ? { onStart } : {}) });
    const addFile = (n: number) => writeFileSync(`${folder}/killed/${String(n).padStart(3, '0')}`, readings(n * LINES, (n + 1) * LINES));
    for (let n = 0; n < 3; n++) addFile(n);
    const startedMs = performance.now();
    expect((await land()).code).toBe(0);
    const wholeMs = performance.now() - startedMs;
    let killed = 0;
    for (let n = 0; n < KILLS; n++) {
      addFile(3 + n);
      const run = await land((kill) => void setTimeout(() => kill('SIGKILL'), (wholeMs * 1.1 * (n + 1)) / KILLS));
      if (run.signal === 'SIGKILL') killed++;
      else expect(run.code, run.stderr).toBe(0);
    }
    expect(killed).toBeGreaterThan(KILLS / 3);
    const last = await land();
    expect(last.code, last.stderr).toBe(0);
    const rows = await landedRows(folder, 'w1');
    expect(rows.map(({ id }) => id)).toEqual(Array.from({ length: (KILLS + 3) * LINES }, (_, id) => id));
    await assertClean('w1');
  });

  it('interrupted, it finishes its batch, commits and says how to go on; again, it goes on', async () => {
    const lines = 120_000;
    writeFileSync(`${folder}/many`, readings(0, lines));
    const land = ['land', 'readings', 'many', '--json', '--warehouse', 'w2'];
    const run = await runFirn(land, {
      cwd: folder,
      onStart: (kill) => interruptOnceStaged(`${folder}/w2/_firn/lab.readings/staged`, kill),
    });
    expect(run.signal).toBeNull();
    expect(run.code).toBe(3);
    expect(run.json()).toMatchObject({ interrupted: true, committed: true });
    expect(run.stderr).toMatch(/stopping after this batch; once more to stop at once/);
    const before = await landedRows(folder, 'w2');
    expect(before.length).toBe(run.json<{ accepted: number }>().accepted);
    expect(before.length).toBeGreaterThan(0);
    expect(before.length).toBeLessThan(lines);
    const again = await runFirn(land, { cwd: folder });
    expect(again.json()).toMatchObject({ interrupted: false, accepted: lines - before.length });
    expect((await landedRows(folder, 'w2')).map(({ id }) => id)).toEqual(Array.from({ length: lines }, (_, id) => id));
    await assertClean('w2');
  });

  it('two processes land two inputs and the same input at once: every line once, both end well', async () => {
    mkdirSync(`${folder}/shared`);
    for (let n = 0; n < 5; n++) writeFileSync(`${folder}/shared/${n}`, readings(n * LINES, (n + 1) * LINES));
    for (const name of ['left', 'right']) {
      mkdirSync(`${folder}/${name}`);
      for (let n = 0; n < 5; n++) writeFileSync(`${folder}/${name}/${name}-${n}`, readings(0, LINES));
    }
    const land = (input: string) => runFirn(['land', 'readings', input, '--warehouse', 'w3'], { cwd: folder });
    for (const run of await Promise.all([land('shared'), land('shared'), land('left'), land('right')]))
      expect(run.code, run.stderr).toBe(0);
    const rows = await landedRows(folder, 'w3');
    const places = rows.map(({ source_id, line }) => `${source_id} ${line}`);
    expect(new Set(places).size).toBe(places.length);
    expect(places.length).toBe(15 * LINES);
    await assertClean('w3');
  });

  it('without room on the disk it is refused with the remedy, and goes on when there is room again', async () => {
    writeFileSync(`${folder}/big`, readings(0, 20_000));
    // No file may grow beyond so many KiB: the system refuses the write as a full disk does.
    const args = ['land', 'readings', 'big', '--warehouse', 'w4'];
    const starved = await runFirn(args, { cwd: folder, ulimit: '-f 40', env: { NODE_DISABLE_COMPILE_CACHE: '1' } });
    expect(starved.signal).toBeNull();
    expect(starved.code).toBe(3);
    expect(starved.stderr).toMatch(/cannot write .*: the file would be larger than the file system or ulimit allows/);
    const again = await runFirn([...args, '--json'], { cwd: folder });
    expect(again.json()).toMatchObject({ accepted: 20_000, alreadyLanded: 0 });
    await assertClean('w4');
  });

  async function assertClean(warehouse: string): Promise<void> {
    const audit = await runFirn(['audit', '--all', '--warehouse', warehouse], { cwd: folder });
    expect(audit.code, audit.stdout + audit.stderr).toBe(0);
  }
});

/** Sends SIGINT when the first batch is staged, so that the landing is under way for certain. */
function interruptOnceStaged(staged: string, kill: (signal: NodeJS.Signals) => void): void {
  const look = setInterval(() => {
    if (!existsSync(staged)) return;
    clearInterval(look);
    kill('SIGINT');
  }, 2);
}
