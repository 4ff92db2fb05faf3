// The emulated AWS of the end-to-end run: MiniStack in its exact version through launcher.py, on a free port of 127.0.0.1, with a clean
// environment and a folder of its own for what it and its functions leave. Functions send their calls to the proxy, everybody else to
// the emulator. It leads a process group, so that its functions' processes end with it.
import { type ChildProcess, spawn } from 'node:child_process';
import { openSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { track } from '../processes.ts';

export interface Emulator {
  readonly endpoint: string;
  /** The running processes of a function, whose name it is given. */
  workersOf(functionName: string): readonly number[];
  /** The end of its log. */
  lastWords(): string;
  stop(): Promise<void>;
}

export interface EmulatorOptions {
  readonly python: string;
  readonly port: number;
  /** Where functions send their calls. */
  readonly proxyPort: number;
  /** Exists; temporary files and the log go here. */
  readonly directory: string;
}

export const REGION = 'us-east-1';
/** What MiniStack makes of any key that is no account number. */
export const ACCOUNT = '000000000000';
const READY_WITHIN_MS = 90_000;
const STOP_WITHIN_MS = 15_000;
const LOG_SHOWN = 2_000;

/** Resolves when it answers. */
export async function startEmulator(options: EmulatorOptions): Promise<Emulator> {
  const endpoint = `http://127.0.0.1:${options.port}`;
  // Whatever lies above the folder: the script that runs a function is no ES module.
  writeFileSync(join(options.directory, 'package.json'), '{"type":"commonjs"}');
  const logFile = join(options.directory, 'emulator.log');
  const log = openSync(logFile, 'a');
  const child = track(
    spawn(options.python, [join(import.meta.dirname, 'launcher.py'), String(options.proxyPort)], {
      stdio: ['ignore', log, log],
      detached: true,
      env: {
        // Functions run on the first `node` of the path: the one under test.
        PATH: `${dirname(process.execPath)}:/usr/local/bin:/usr/bin:/bin`,
        HOME: options.directory,
        TMPDIR: options.directory,
        GATEWAY_PORT: String(options.port),
        BIND_HOST: '127.0.0.1',
        MINISTACK_HOST: '127.0.0.1',
        AWS_ENDPOINT_URL: `http://127.0.0.1:${options.proxyPort}`,
        AWS_ACCESS_KEY_ID: 'test',
        AWS_SECRET_ACCESS_KEY: 'test',
        AWS_DEFAULT_REGION: REGION,
        LOG_LEVEL: 'WARNING',
      },
    }),
  );
  const stop = () => stopGroup(child);
  const killGroup = () => signalGroup(child, 'SIGKILL');
  process.once('exit', killGroup);
  await ready(child, endpoint).catch(async (error: unknown) => {
    await stop();
    throw error;
  });
  return {
    endpoint,
    workersOf: (name) => workersOf(child.pid!, name),
    lastWords: () => readFileSync(logFile, 'utf8').slice(-LOG_SHOWN),
    stop,
  };
}

async function ready(child: ChildProcess, endpoint: string): Promise<void> {
  for (let waitedMs = 0; waitedMs < READY_WITHIN_MS; waitedMs += 100) {
    if (child.exitCode !== null) throw new Error(`the emulator ended with ${child.exitCode} before it was ready; see emulator.log`);
    const answer = await fetch(`${endpoint}/_ministack/health`).catch(() => undefined);
    if (answer?.ok) return;
    await sleep(100);
  }
  throw new Error(`the emulator was not ready within ${READY_WITHIN_MS} ms`);
}

async function stopGroup(child: ChildProcess): Promise<void> {
  if (child.exitCode === null && child.signalCode === null) {
    const ended = new Promise<void>((done) => child.once('exit', () => done()));
    child.kill('SIGTERM');
    const timer = setTimeout(() => child.kill('SIGKILL'), STOP_WITHIN_MS);
    await ended;
    clearTimeout(timer);
  }
  // Functions outlive the emulator by some seconds unless they are told.
  signalGroup(child, 'SIGKILL');
}

/** The group is gone when the last of it has ended; that is no error. */
function signalGroup(child: ChildProcess, signal: NodeJS.Signals): void {
  try {
    process.kill(-child.pid!, signal);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error;
  }
}

/** Children of the emulator whose environment names the function; read from /proc, so this part of the run needs Linux. */
function workersOf(emulatorPid: number, functionName: string): readonly number[] {
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .map(Number)
    .filter(
      (pid) =>
        read(`/proc/${pid}/stat`)
          ?.replace(/^.*\) /s, '')
          .split(' ')[1] === String(emulatorPid),
    )
    .filter((pid) => read(`/proc/${pid}/environ`)?.split('\0').includes(`AWS_LAMBDA_FUNCTION_NAME=${functionName}`));
}

/** Undefined for a process that has ended meanwhile. */
function read(path: string): string | undefined {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return undefined;
  }
}
