// `npm run -s synth:matrix`: synthesises six kinds of deployment in two environments with twenty contracts each, offline, judged
// by the CDK's own validation, the rule pack, the guards and the scan for secrets, and prints the time of each.
//   --only=TEXT        those whose name contains it
//   --no-validation    without the CDK's own validation
//   --cfn-lint         judged by cfn-lint, too (one environment of each kind: the other differs in names alone)
import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { makeFunctionCode } from '../infra/function-code.ts';
import { MATRIX, matrixContracts } from './synth-matrix/configurations.ts';
import { type Synthesised, synthesise } from './synth-matrix/synthesise.ts';

const { values: options } = parseArgs({
  options: { only: { type: 'string', default: '' }, 'no-validation': { type: 'boolean' }, 'cfn-lint': { type: 'boolean' } },
});
const home = mkdtempSync(join(tmpdir(), 'firn-matrix-'));
process.on('exit', () => rmSync(home, { recursive: true, force: true }));
const results: Synthesised[] = [];
print('deployment               wall s   CPU s   resources   largest template kB   problems');
for (const entry of MATRIX.filter(({ name }) => name.includes(options.only))) {
  const contracts = matrixContracts(entry.config);
  const result = await synthesise(entry, {
    contracts,
    code: makeFunctionCode(contracts),
    outdir: join(home, entry.name),
    isValidated: options['no-validation'] !== true,
  });
  results.push(result);
  const numbers = [result.seconds.toFixed(1).padStart(7), result.cpuSeconds.toFixed(1).padStart(7), String(result.resources).padStart(11)];
  print(
    `${entry.name.padEnd(23)} ${numbers.join(' ')} ${(result.templateBytes / 1000).toFixed(0).padStart(21)} ${String(result.problems.length).padStart(10)}`,
  );
  for (const problem of result.problems) print(`  ${problem}`);
}
const bad = results.filter(({ problems }) => problems.length > 0).length + (options['cfn-lint'] === true ? lint() : 0);
print(`synth: ${results.length - Math.min(bad, results.length)} passed, ${bad} failed`);
process.exitCode = bad === 0 ? 0 : 1;

/** 1 if cfn-lint finds an error or is not there. */
function lint(): number {
  const version = spawnSync('cfn-lint', ['--version'], { encoding: 'utf8' });
  if (version.status !== 0) {
    print('cfn-lint: NOT RUN, it is not on the PATH (pip install cfn-lint)');
    return 1;
  }
  const templates = results.filter(({ name }) => !name.endsWith('-dev')).flatMap((result) => result.templates);
  const ran = spawnSync(
    'cfn-lint',
    ['--non-zero-exit-code', 'error', '--format', 'parseable', '--regions', 'eu-central-1', '--', ...templates],
    {
      encoding: 'utf8',
      maxBuffer: 64 * 1024 * 1024,
    },
  );
  const findings = ran.stdout.split('\n').filter((line) => line !== '');
  const errors = findings.filter((line) => /:E\d{4}:/.test(line));
  print(`${version.stdout.trim()}: ${templates.length} templates, ${errors.length} errors, ${findings.length - errors.length} warnings`);
  for (const finding of [...new Set(findings.map((line) => line.replace(/^.*?:\d+:\d+:\d+:\d+:/, '')))].slice(0, 20)) print(`  ${finding}`);
  return ran.status === 0 ? 0 : 1;
}

function print(line: string): void {
  process.stdout.write(`${line}\n`);
}
