// MiniStack, the local AWS the interop tests run against: started from a Python environment on a free port of 127.0.0.1 with its
// own directory for temporary files and a clean environment, stopped by its process id.
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';

/** The version everything here was checked with. */
export const MINISTACK_VERSION = '1.5.33';
const READY_WITHIN_MS = 60_000;

export interface LocalAws {
  readonly endpoint: string;
  stop(): Promise<void>;
}

/** Uses AWS_ENDPOINT_URL if it is set; otherwise starts MiniStack from FIRN_INTEROP_VENV (default `.interop/venv`). */
export async function startLocalAws(environment: NodeJS.ProcessEnv): Promise<LocalAws> {
  const given = environment['AWS_ENDPOINT_URL'];
  if (given !== undefined && given !== '') return { endpoint: given, stop: async () => {} };
  const python = resolve(environment['FIRN_INTEROP_VENV'] ?? '.interop/venv', 'bin/python3');
  if (!existsSync(python)) {
    throw new Error(
      `no Python at ${python}: make one with 'python3 -m venv .interop/venv && .interop/venv/bin/pip install ministack==${MINISTACK_VERSION}', or set FIRN_INTEROP_VENV`,
    );
  }
  return startMiniStack(python);
}

async function startMiniStack(python: string): Promise<LocalAws> {
  const port = await freePort();
  const directory = mkdtempSync(join(tmpdir(), 'firn-ministack-'));
  const child = spawn(python, ['-m', 'ministack'], {
    stdio: ['ignore', 'ignore', 'inherit'],
    env: {
      PATH: `${dirname(process.execPath)}:/usr/bin:/bin`,
      GATEWAY_PORT: String(port),
      BIND_HOST: '127.0.0.1',
      TMPDIR: directory,
      HOME: directory,
      LOG_LEVEL: 'ERROR',
      AWS_ACCESS_KEY_ID: 'test',
      AWS_SECRET_ACCESS_KEY: 'test',
      AWS_DEFAULT_REGION: 'us-east-1',
    },
  });
  const endpoint = `http://127.0.0.1:${port}`;
  await ready(child, endpoint);
  return {
    endpoint,
    stop: async () => {
      if (child.exitCode === null) {
        child.kill('SIGTERM');
        await once(child, 'exit');
      }
      rmSync(directory, { recursive: true, force: true });
    },
  };
}

async function ready(child: ChildProcess, endpoint: string): Promise<void> {
  for (let waitedMs = 0; waitedMs < READY_WITHIN_MS; waitedMs += 100) {
    if (child.exitCode !== null) throw new Error(`MiniStack ended with ${child.exitCode} before it was ready`);
    const answer = await fetch(`${endpoint}/_ministack/health`).catch(() => undefined);
    if (answer?.ok) return;
    await sleep(100);
  }
  child.kill('SIGTERM');
  throw new Error(`MiniStack was not ready within ${READY_WITHIN_MS} ms`);
}

async function freePort(): Promise<number> {
  const server = createServer();
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as { port: number };
  server.close();
  await once(server, 'close');
  return port;
}
