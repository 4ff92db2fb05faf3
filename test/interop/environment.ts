// The engines the suites read our tables with: a Python environment of exact versions, made once. Says plainly what is missing
// on the machine instead of skipping.
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import type { Checks } from './checks.ts';
import { PYTHON, REPOSITORY, run } from './processes.ts';

const REQUIREMENTS = join(REPOSITORY, 'test/interop/python/requirements.txt');

/** Makes the environment if it is not there or of other versions; one check per thing needed. */
export async function prepareEnvironment(checks: Checks): Promise<boolean> {
  const found = await checks.check('python3 with venv is installed', () => {
    const { status, stderr } = run('python3', ['-c', 'import venv, ensurepip']);
    if (status !== 0) throw new Error(`expected python3 (3.11 or later) with the venv module on the PATH: ${stderr.trim()}`);
  });
  if (!found) return false;
  return checks.check('the Python environment has PyIceberg, DuckDB and MiniStack in their exact versions', () => {
    const home = dirname(dirname(PYTHON));
    const stamp = join(home, 'requirements.installed');
    const wanted = readFileSync(REQUIREMENTS, 'utf8');
    if (existsSync(stamp) && readFileSync(stamp, 'utf8') === wanted) return;
    mkdirSync(dirname(home), { recursive: true });
    const made = run('python3', ['-m', 'venv', home]);
    if (made.status !== 0) throw new Error(`python3 -m venv ${home} failed: ${made.stderr.slice(-500)}`);
    const installed = run(PYTHON, ['-m', 'pip', 'install', '--quiet', '--disable-pip-version-check', '-r', REQUIREMENTS]);
    if (installed.status !== 0) throw new Error(`pip install failed; a package index must be reachable: ${installed.stderr.slice(-1500)}`);
    writeFileSync(stamp, wanted);
  });
}
