// The outside judges as three long processes: the reference implementation with its deep check over every table in one JVM, DuckDB
// over every table and PyIceberg over some in one Python process each. Each gets a metadata file per line and gives a report per line.
import { spawn, spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline';

export interface Finding {
  readonly code: string;
  readonly where: string;
  readonly message: string;
}
export interface Report {
  readonly ok: boolean;
  readonly rows?: number;
  readonly error?: string;
  readonly columns?: readonly Readonly<Record<string, unknown>>[];
  readonly deep?: { readonly errors: readonly Finding[]; readonly warnings: readonly Finding[] };
}

/** A table to judge; `options` are the judge's own. */
export interface Judged {
  readonly name: string;
  readonly metadata: string;
  readonly options: readonly string[];
}

const INSTALL_MS_MAX = 15 * 60_000;
const RUN_MS_MAX = 20 * 60_000;
const HERE = import.meta.dirname;

/** Installs what the judges need on their first use; throws with what they said. */
export function installJudges(judges: string): void {
  for (const engine of ['java', 'duckdb']) {
    // Without a table the program ends at once, after it has installed itself; what it says of the table does not matter.
    const ran = spawnSync('sh', [join(judges, 'judge.sh'), engine, '/nowhere.metadata.json'], {
      encoding: 'utf8',
      timeout: INSTALL_MS_MAX,
    });
    if (!ran.stdout.includes('"engine"')) throw new Error(`the judge ${engine} cannot be installed: ${ran.stderr.slice(-2000)}`);
  }
}

/** Reports of the reference implementation, by table name. */
export function judgeInJava(judges: string, tables: readonly Judged[]): Promise<ReadonlyMap<string, Report>> {
  const target = join(homeOf(judges), 'java/target');
  const options = ['-Xmx3g', '-Djava.security.manager=allow', '-cp', `${target}/iceberg-java-judge-1.jar:${target}/lib/*`];
  const lines = tables.map(({ metadata, options: own }) => [metadata, ...own].join('\t'));
  return judgeMany('java', [...options, join(HERE, 'java/JudgeMany.java')], { tables, lines });
}

/** Reports of a Python judge, by table name. */
export function judgeInPython(
  engine: 'duckdb' | 'pyiceberg',
  judges: string,
  tables: readonly Judged[],
): Promise<ReadonlyMap<string, Report>> {
  const python = join(homeOf(judges), 'py/bin/python');
  const script = join(judges, `j_${engine}.py`);
  return judgeMany(python, [join(HERE, 'python/judge_many.py'), script], { tables, lines: tables.map(({ metadata }) => metadata) });
}

function homeOf(judges: string): string {
  const home = process.env['JUDGE_HOME'] ?? join(judges, '.home');
  if (!existsSync(home)) throw new Error(`expected the judges' installation in ${home}`);
  return home;
}

/** A table without a report (the process died, or ran out of time) gets one that says so. */
function judgeMany(
  command: string,
  args: readonly string[],
  input: { readonly tables: readonly Judged[]; readonly lines: readonly string[] },
): Promise<ReadonlyMap<string, Report>> {
  return new Promise((done) => {
    const child = spawn(command, args, { stdio: ['pipe', 'pipe', 'pipe'], timeout: RUN_MS_MAX });
    const reports = new Map<string, Report>();
    const errors: Buffer[] = [];
    child.stderr.on('data', (chunk: Buffer) => errors.push(chunk));
    createInterface({ input: child.stdout }).on('line', (line) => {
      const table = input.tables[reports.size];
      if (table) reports.set(table.name, parseReport(line));
    });
    child.once('close', () => {
      const said = Buffer.concat(errors).toString().slice(-1500);
      for (const { name } of input.tables) if (!reports.has(name)) reports.set(name, { ok: false, error: `no report: ${said}` });
      done(reports);
    });
    child.stdin.on('error', () => child.kill());
    child.stdin.end(input.lines.map((line) => `${line}\n`).join(''));
  });
}

function parseReport(line: string): Report {
  try {
    return JSON.parse(line) as Report;
  } catch {
    return { ok: false, error: `no JSON report: ${line.slice(0, 500)}` };
  }
}
