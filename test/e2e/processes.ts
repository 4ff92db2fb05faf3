// Child processes of the end-to-end run, none of which blocks this process: poller and proxy live in it. Every one is known until it has
// ended, so that every way out of the run can end them all.
import { type ChildProcess, spawn } from 'node:child_process';

export interface Ran {
  readonly status: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

export interface RunOptions {
  readonly cwd?: string;
  /** The whole environment of the child. */
  readonly env: Readonly<Record<string, string>>;
  /** Killed after this. @default ten minutes */
  readonly timeoutMs?: number;
}

const TIMEOUT_MS = 10 * 60_000;
const known = new Set<ChildProcess>();

/** Runs a command to its end, whatever that is. */
export async function runChild(command: string, args: readonly string[], options: RunOptions): Promise<Ran> {
  const child = track(spawn(command, args, { cwd: options.cwd, env: options.env, stdio: ['ignore', 'pipe', 'pipe'] }));
  const said: Record<'stdout' | 'stderr', Buffer[]> = { stdout: [], stderr: [] };
  child.stdout!.on('data', (part: Buffer) => said.stdout.push(part));
  child.stderr!.on('data', (part: Buffer) => said.stderr.push(part));
  const timer = setTimeout(() => child.kill('SIGKILL'), options.timeoutMs ?? TIMEOUT_MS);
  const status = await new Promise<number | null>((done, fail) => {
    child.once('error', fail);
    child.once('close', (code) => done(code));
  });
  clearTimeout(timer);
  return { status, stdout: Buffer.concat(said.stdout).toString(), stderr: Buffer.concat(said.stderr).toString() };
}

/** Runs a command that must succeed; its standard output. */
export async function runWell(command: string, args: readonly string[], options: RunOptions): Promise<string> {
  const ran = await runChild(command, args, options);
  if (ran.status === 0) return ran.stdout;
  const name = [command.split('/').at(-1), ...args].join(' ').slice(0, 200);
  throw new Error(`${name}: exit ${ran.status}\n${ran.stderr.slice(-3_000)}\n${ran.stdout.slice(-3_000)}`);
}

/** Keeps a child that was started elsewhere in mind. */
export function track(child: ChildProcess): ChildProcess {
  known.add(child);
  child.once('exit', () => known.delete(child));
  return child;
}

/** Ends a child as an operator would, and in the end without a word. */
export async function end(child: ChildProcess, graceMs = 10_000): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const ended = new Promise<void>((done) => child.once('exit', () => done()));
  child.kill('SIGTERM');
  const timer = setTimeout(() => child.kill('SIGKILL'), graceMs);
  await ended;
  clearTimeout(timer);
}

/** The last resort of a way out that cannot wait. */
export function killAll(): void {
  for (const child of known) child.kill('SIGKILL');
}

/** What every child may see of this process's environment: nothing that could be configuration or credentials. */
export function plainEnvironment(): Record<string, string> {
  const kept = ['PATH', 'HOME', 'LANG', 'TMPDIR', 'JAVA_HOME', 'SSL_CERT_FILE', 'NODE_EXTRA_CA_CERTS', 'PIP_INDEX_URL'];
  return Object.fromEntries(kept.flatMap((name) => (process.env[name] === undefined ? [] : [[name, process.env[name]]])));
}
