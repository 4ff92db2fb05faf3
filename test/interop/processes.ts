// Child processes of the interop suites: the `firn` command of this checkout, and Python from the suites' own environment. Each
// call has a time limit; nothing is read from standard input.
import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';

export const REPOSITORY = resolve(fileURLToPath(import.meta.url), '../../..');
export const INTEROP_HOME = join(REPOSITORY, '.interop');
export const PYTHON = join(process.env['FIRN_INTEROP_VENV'] ?? join(INTEROP_HOME, 'venv'), 'bin/python');

const TIME_LIMIT_MS = 15 * 60_000;
const OUTPUT_BYTES_MAX = 1024 * 1024 * 1024;
const MAIN = join(REPOSITORY, 'src/cli/main.ts');

export interface Ran {
  readonly status: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** Runs `firn` to its end. */
export function firn(args: readonly string[], options: { readonly cwd?: string } = {}): Ran {
  return run(process.execPath, ['--disable-warning=ExperimentalWarning', MAIN, ...args], options);
}

/** Runs `firn … --json` and gives its one document; any exit code but the expected one throws with what it said. */
export function firnJson(args: readonly string[], options: { readonly cwd?: string; readonly expectStatus?: number } = {}): unknown {
  const ran = firn([...args, '--json'], options);
  const expected = options.expectStatus ?? 0;
  if (ran.status !== expected) {
    throw new Error(
      `firn ${args.join(' ')}: expected exit ${expected}, got ${ran.status}\n${ran.stderr.slice(-3000)}\n${ran.stdout.slice(-3000)}`,
    );
  }
  return JSON.parse(ran.stdout);
}

/** Starts `firn` without waiting: for the suites that kill it. */
export function startFirn(args: readonly string[]): ChildProcess {
  return spawn(process.execPath, ['--disable-warning=ExperimentalWarning', MAIN, ...args], { stdio: ['ignore', 'ignore', 'ignore'] });
}

/** Resolves with the exit code, or null after a signal. */
export function exitOf(child: ChildProcess): Promise<number | null> {
  return new Promise((done) => {
    child.once('exit', (code) => done(code));
  });
}

/** Runs a script of test/interop/python and gives the JSON it prints. */
export function python(script: string, args: readonly string[]): unknown {
  const ran = run(PYTHON, [join(REPOSITORY, 'test/interop/python', script), ...args]);
  if (ran.status !== 0) throw new Error(`${script} ${args.join(' ')}: exit ${ran.status}\n${ran.stderr.slice(-3000)}`);
  return JSON.parse(ran.stdout);
}

export function run(
  command: string,
  args: readonly string[],
  options: { readonly cwd?: string; readonly env?: NodeJS.ProcessEnv } = {},
): Ran {
  const { status, stdout, stderr, error } = spawnSync(command, args, {
    cwd: options.cwd ?? REPOSITORY,
    env: { ...process.env, NO_COLOR: '1', ...options.env },
    encoding: 'utf8',
    timeout: TIME_LIMIT_MS,
    maxBuffer: OUTPUT_BYTES_MAX,
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  return { status, stdout: stdout ?? '', stderr: error ? `${stderr ?? ''}\n${error.message}` : (stderr ?? '') };
}
