// Runs outside judges over every table of the warehouses named: the reference implementation with its deep check, PyIceberg and
// DuckDB, each a program of its own that prints one JSON report. A table passes when no judge finds a fault or a loose claim and
// all agree on rows and column contents. `node test/interop/judge-all.ts JUDGES_DIR WAREHOUSE...` ends with `judges: N passed, N failed`.
import { spawn } from 'node:child_process';
import { join } from 'node:path';
import { makeChecks, must } from './checks.ts';
import { listTables } from './readers.ts';

interface Finding {
  readonly code: string;
  readonly where: string;
  readonly message: string;
}
interface Report {
  readonly ok: boolean;
  readonly rows?: number;
  readonly error?: string;
  readonly columns?: readonly Readonly<Record<string, unknown>>[];
  readonly deep?: { readonly errors: readonly Finding[]; readonly warnings: readonly Finding[] };
}

/** What judges themselves get wrong, by their own documentation. */
const ALLOWED: readonly { readonly table: RegExp; readonly options: readonly string[]; readonly why: string }[] = [
  {
    table: /^interop\.visits$/,
    options: ['--allow=manifest-schema'],
    why: 'PyIceberg 0.12.0 writes equality_ids as long in its manifests',
  },
];
/** Warnings that are about another writer's files, or about what Firn leaves out on purpose. */
const ACCEPTED_WARNINGS: readonly { readonly table: RegExp; readonly code: string }[] = [
  { table: /^interop\.visits$/, code: 'manifest-schema' },
];
const COMPARED = ['nulls', 'hash', 'min', 'max', 'sum'] as const;
const AT_ONCE = 2;

const [judges, ...warehouses] = process.argv.slice(2);
must(judges && warehouses.length > 0, 'usage: judge-all.ts JUDGES_DIR WAREHOUSE...');
const checks = makeChecks();
const tables = warehouses.flatMap((warehouse) => [...listTables(warehouse)]);
const queue = [...tables];
// The first alone: it installs what the judges need, and two at once would be in each other's way.
const first = queue.shift();
if (first) await judgeTable(...first);
await Promise.all(Array.from({ length: AT_ONCE }, worker));
process.stdout.write(`judges: ${checks.passed} passed, ${checks.failed} failed\n`);
process.exitCode = checks.failed > 0 || tables.length === 0 ? 1 : 0;

async function worker(): Promise<void> {
  for (let next = queue.shift(); next; next = queue.shift()) await judgeTable(...next);
}

async function judgeTable(name: string, metadata: string): Promise<void> {
  const allowed = ALLOWED.filter(({ table }) => table.test(name)).flatMap(({ options }) => options);
  const java = await judge('java', metadata, allowed);
  await checks.check(`${name}: the reference implementation's deep check is clean`, () => {
    must(java.ok, `${java.error ?? ''}\n${describe(java.deep?.errors ?? [])}`);
    const warnings = (java.deep?.warnings ?? []).filter(
      ({ code }) => !ACCEPTED_WARNINGS.some((one) => one.table.test(name) && one.code === code),
    );
    must(warnings.length === 0, `warnings:\n${describe(warnings)}`);
  });
  for (const engine of ['pyiceberg', 'duckdb'] as const) {
    const report = await judge(engine, metadata, []);
    await checks.check(`${name}: ${engine} agrees with the reference implementation`, () => {
      must(report.ok, report.error ?? 'not ok');
      must(report.rows === java.rows, `rows ${report.rows}, expected ${java.rows}`);
      must(report.columns?.length === java.columns?.length, `columns ${report.columns?.length}, expected ${java.columns?.length}`);
      const byName = new Map(report.columns?.map((column) => [column['name'], column]));
      const differences = (java.columns ?? []).flatMap((column) => compare(column, byName.get(column['name'])));
      must(differences.length === 0, differences.join('\n'));
    });
  }
}

function compare(expected: Readonly<Record<string, unknown>>, actual: Readonly<Record<string, unknown>> | undefined): readonly string[] {
  if (!actual) return [`${expected['name']}: missing`];
  return COMPARED.filter((key) => expected[key] !== undefined && actual[key] !== undefined && expected[key] !== actual[key]).map(
    (key) => `${expected['name']}.${key}: ${actual[key]}, expected ${expected[key]}`,
  );
}

function describe(findings: readonly Finding[]): string {
  const shown = findings.slice(0, 12).map(({ code, where, message }) => `${code} ${where}: ${message.slice(0, 300)}`);
  return [...shown, ...(findings.length > 12 ? [`… and ${findings.length - 12} more`] : [])].join('\n');
}

function judge(engine: string, metadata: string, options: readonly string[]): Promise<Report> {
  return new Promise((done) => {
    const child = spawn('sh', [join(judges!, 'judge.sh'), engine, metadata, ...options], { stdio: ['ignore', 'pipe', 'pipe'] });
    const out: Buffer[] = [];
    const errors: Buffer[] = [];
    child.stdout.on('data', (chunk: Buffer) => out.push(chunk));
    child.stderr.on('data', (chunk: Buffer) => errors.push(chunk));
    child.once('close', () => {
      try {
        done(JSON.parse(Buffer.concat(out).toString()) as Report);
      } catch {
        done({ ok: false, error: Buffer.concat(errors).toString().slice(-1500) });
      }
    });
  });
}
