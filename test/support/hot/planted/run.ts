// `npm run -s planted:hot -- [--only TEXT] [--runs N]`: plants each bug of bugs.ts in the kernels and says what found it. Exit 1 when
// one is not found, or cannot be planted because the source has changed.
import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { compileKernels } from '../../../../scripts/compile-kernels.mjs';
import { PLANTED_BUGS, type PlantedBug, plantBug } from './bugs.ts';

const ROOT = join(import.meta.dirname, '../../../..');
const { values: options } = parseArgs({ options: { only: { type: 'string' }, runs: { type: 'string', default: '400' } } });
const folder = mkdtempSync(join(tmpdir(), 'firn-planted-'));
const chosen = PLANTED_BUGS.filter(({ name }) => options.only === undefined || name.includes(options.only));
let missed = 0;
try {
  for (const bug of chosen) {
    const caughtBy = await plant(bug);
    if (caughtBy === undefined) missed++;
    process.stdout.write(
      `${caughtBy === undefined ? 'MISSED' : 'caught'}  ${bug.name}${caughtBy === undefined ? '' : `  (${caughtBy})`}\n`,
    );
  }
} finally {
  rmSync(folder, { recursive: true, force: true });
}
process.stdout.write(`planted: ${chosen.length - missed} passed, ${missed} failed\n`);
process.exitCode = missed > 0 ? 1 : 0;

async function plant(bug: PlantedBug): Promise<string | undefined> {
  const wasm = join(folder, 'planted.wasm');
  writeFileSync(wasm, await compileKernels(ROOT, new Map([plantBug(bug)])));
  const child = join(import.meta.dirname, 'child.ts');
  const ran = spawnSync(process.execPath, ['--disable-warning=ExperimentalWarning', child, wasm, options.runs], {
    encoding: 'utf8',
    timeout: 300_000,
  });
  if (ran.status !== 0) return `the process ended with ${ran.status ?? ran.signal}`;
  return (JSON.parse(ran.stdout) as { readonly caughtBy?: string }).caughtBy;
}
