// The real command as a child process, and a small contract to land with.
import { spawn } from 'node:child_process';
import { mkdirSync, writeFileSync } from 'node:fs';
import { mkdtemp, realpath } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { fileURLToPath } from 'node:url';

const MAIN = fileURLToPath(new URL('../../../src/cli/main.ts', import.meta.url));

export interface FirnRun {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
  readonly stdout: string;
  readonly stderr: string;
  /** The one JSON document of --json. */
  json<T = Record<string, unknown>>(): T;
}

export interface FirnOptions {
  readonly cwd: string;
  readonly env?: Readonly<Record<string, string>>;
  /** Runs under `bash -c 'ulimit …; exec "$@"'`. */
  readonly ulimit?: string;
  /** Called once the process runs; may kill it. */
  readonly onStart?: (kill: (signal: NodeJS.Signals) => void) => void;
}

/** Runs `firn …` in a folder. */
export async function runFirn(args: readonly string[], options: FirnOptions): Promise<FirnRun> {
  const command = [process.execPath, MAIN, ...args];
  const [file, ...rest] =
    options.ulimit === undefined ? command : ['bash', '-c', `ulimit ${options.ulimit}; exec "$@"`, 'bash', ...command];
  const { FIRN_DEBUG: _debug, NODE_OPTIONS: _options, ...inherited } = process.env;
  const child = spawn(file!, rest, { cwd: options.cwd, env: { ...inherited, ...options.env }, stdio: ['ignore', 'pipe', 'pipe'] });
  let stdout = '';
  let stderr = '';
  child.stdout.setEncoding('utf8').on('data', (text: string) => void (stdout += text));
  child.stderr.setEncoding('utf8').on('data', (text: string) => void (stderr += text));
  child.on('spawn', () => options.onStart?.((signal) => void child.kill(signal)));
  const [code, signal] = await new Promise<[number | null, NodeJS.Signals | null]>((resolve, reject) => {
    child.on('error', reject).on('close', (ended, by) => resolve([ended, by]));
  });
  return { code, signal, stdout, stderr, json: <T>() => JSON.parse(stdout) as T };
}

export const CONTRACT = `apiVersion: v3.1.0
kind: DataContract
id: urn:firn:lab:readings
version: 1.0.0
status: active
domain: lab
schema:
  - name: readings
    logicalType: object
    physicalType: table
    properties:
      - {name: id, logicalType: integer, required: true}
      - {name: note, logicalType: string, logicalTypeOptions: {maxLength: 40}}
      - {name: at, logicalType: timestamp, required: true, partitioned: true}
      - {name: tags, logicalType: array, items: {logicalType: string}}
customProperties:
  - {property: firn.source, value: {topic: lab.readings, format: json}}
`;

/** A fresh folder with the contract under schemas/ and its field ids. */
export async function makeProject(): Promise<string> {
  const folder = await realpath(await mkdtemp(`${tmpdir()}/firn-cli-`));
  mkdirSync(`${folder}/schemas/lab`, { recursive: true });
  writeFileSync(`${folder}/schemas/lab/readings.odcs.yaml`, CONTRACT);
  const run = await runFirn(['check', '--write-ids'], { cwd: folder });
  if (run.code !== 0) throw new Error(`the test's contract is broken: ${run.stdout}${run.stderr}`);
  return folder;
}

/** Valid lines `from` to `to`, over three days. */
export function readings(from: number, to: number): string {
  let text = '';
  for (let id = from; id < to; id++) {
    text += `${JSON.stringify({ id, note: `reading ${id}`, at: `2026-01-0${1 + (id % 3)}T00:00:0${id % 10}Z`, tags: ['a', String(id)] })}\n`;
  }
  return text;
}

/** Every row's id and line, in order of id. */
export async function landedRows(
  folder: string,
  warehouse = 'warehouse',
): Promise<readonly { readonly id: number; readonly line: number; readonly source_id: string }[]> {
  const sql = 'select id, kafka_offset as line, source_id from lab.readings order by source_id, id, line';
  const run = await runFirn(['query', sql, '--json', '--warehouse', warehouse], { cwd: folder });
  if (run.code !== 0) throw new Error(run.stderr);
  return run.json();
}
