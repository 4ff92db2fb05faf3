// Landings killed without warning at random moments, and two landings at once, over one warehouse: afterwards one undisturbed
// run must leave exactly the content of a warehouse that was never disturbed. Upholds promises 1, 2 and 8 (recoverable).
import { rmSync } from 'node:fs';
import { join } from 'node:path';
import type { Checks } from './checks.ts';
import { contentOf, GAME_CONTRACT, GAMEGEN_HOME, generate, seeded } from './gamegen.ts';
import { exitOf, firnJson, startFirn } from './processes.ts';

const RECORDS = 20_000;
const KILLS = 20;

/** Kills a landing at `KILLS` moments spread over its usual length, then lets it finish and compares. */
export async function checkCrashes(checks: Checks): Promise<readonly string[]> {
  const stream = generate('crash.ndjson', RECORDS, ['--format=records', '--seed=7']);
  const calm = join(GAMEGEN_HOME, 'warehouse-calm');
  const killed = join(GAMEGEN_HOME, 'warehouse-killed');
  const shared = join(GAMEGEN_HOME, 'warehouse-shared');
  for (const warehouse of [calm, killed, shared]) rmSync(warehouse, { recursive: true, force: true });
  const land = (warehouse: string) => ['land', GAME_CONTRACT, stream, '--format', 'records', '--warehouse', warehouse];

  const started = performance.now();
  await checks.check('crash: an undisturbed landing succeeds', () => {
    firnJson(land(calm));
  });
  const usualMs = performance.now() - started;
  const random = seeded(99);
  let interrupted = 0;
  for (let n = 0; n < KILLS; n++) {
    const child = startFirn(land(killed));
    const timer = setTimeout(() => child.kill('SIGKILL'), ((n + random()) / KILLS) * usualMs);
    if ((await exitOf(child)) === null) interrupted += 1;
    clearTimeout(timer);
  }
  await checks.check(`crash: most of the ${KILLS} landings were really killed`, () => {
    if (interrupted < KILLS / 2) throw new Error(`only ${interrupted} of ${KILLS} were`);
  });
  await checks.check('crash: a landing after them succeeds', () => {
    firnJson(land(killed));
  });
  await checks.equal(`crash: ${KILLS} kills leave the content of an undisturbed landing`, contentOf(killed), contentOf(calm));

  const both = [startFirn(land(shared)), startFirn(land(shared))];
  const codes = await Promise.all(both.map(exitOf));
  await checks.equal('crash: two landings of one input at once both succeed', codes, [0, 0]);
  await checks.equal('crash: … and leave it once', contentOf(shared), contentOf(calm));
  for (const warehouse of [killed, shared]) {
    await checks.check(`crash: the audit of ${warehouse.split('-').pop()} is clean`, () => {
      firnJson(['audit', 'game.game_events', '--warehouse', warehouse]);
    });
  }
  return [killed, shared];
}
