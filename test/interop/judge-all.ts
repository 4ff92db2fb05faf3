// Runs outside judges over every table of the warehouses named: the reference implementation with its deep check and DuckDB over every
// table, PyIceberg over ten that show as much as possible; each is one process. A table passes when no judge finds a fault or a loose
// claim and all agree on rows and column contents.
// `node test/interop/judge-all.ts JUDGES_DIR WAREHOUSE...` ends with `judges: N passed, N failed`.

import { makeChecks, must } from './checks.ts';
import { chooseTables, featuresOf } from './choose-tables.ts';
import { type Finding, installJudges, type Judged, judgeInJava, judgeInPython, type Report } from './judges.ts';
import { listTables } from './readers.ts';

/** What judges themselves get wrong, by their own documentation. */
const ALLOWED: readonly { readonly table: RegExp; readonly options: readonly string[]; readonly why: string }[] = [
  {
    table: /^interop\.visits$/,
    options: ['--allow=manifest-schema,file-appeared'],
    why: 'PyIceberg 0.12.0 writes equality_ids as long in its manifests, and its expiry takes the parent from the oldest snapshot it keeps',
  },
];
/** Warnings that are about another writer's files, or about what Firn leaves out on purpose. */
const ACCEPTED_WARNINGS: readonly { readonly table: RegExp; readonly code: string }[] = [
  { table: /^interop\.visits$/, code: 'manifest-schema' },
  { table: /^interop\.visits$/, code: 'file-appeared' },
  // Java spells a local place `file:/a` where the table's location is `file:///a`.
  { table: /^race\.at_once/, code: 'outside-location' },
];
/** What an engine cannot read, by its own documentation: then it is not asked. */
const UNREADABLE: Readonly<Record<'duckdb' | 'pyiceberg', readonly { readonly feature: RegExp; readonly why: string }[]>> = {
  duckdb: [
    { feature: /^total-equality-deletes$/, why: 'DuckDB 1.5.5 ends with an internal error on some equality deletes' },
    { feature: /timestamptz_ns/, why: 'DuckDB 1.5.5 has no timestamptz_ns' },
  ],
  pyiceberg: [{ feature: /^total-equality-deletes$/, why: 'PyIceberg 0.12.0 cannot scan equality deletes' }],
};
const COMPARED = ['nulls', 'hash', 'min', 'max', 'sum'] as const;
const PYICEBERG_TABLES = 10;

const [judges, ...warehouses] = process.argv.slice(2);
must(judges && warehouses.length > 0, 'usage: judge-all.ts JUDGES_DIR WAREHOUSE...');
const checks = makeChecks();
const tables = warehouses.flatMap((warehouse) => [...listTables(warehouse)].map(([name, metadata]) => judgedOf(warehouse, name, metadata)));
const features = new Map(tables.map(({ name, metadata }) => [name, featuresOf(metadata)]));
const readable = (engine: 'duckdb' | 'pyiceberg') => tables.filter(({ name }) => unreadable(engine, name) === undefined);
const ten = chooseTables(new Map(readable('pyiceberg').map(({ name }) => [name, features.get(name)!])), PYICEBERG_TABLES);
installJudges(judges!);
const started = performance.now();
const [java, python] = await Promise.all([judgeInJava(judges!, tables), judgePython()]);
for (const table of tables) await checkJava(table);
for (const engine of ['duckdb', 'pyiceberg'] as const)
  for (const [name, report] of python[engine]) await checkAgreement(engine, name, report);
for (const { name } of tables) {
  const why = unreadable('duckdb', name);
  if (why !== undefined) process.stdout.write(`not asked: duckdb for ${name}: ${why}\n`);
}
process.stdout.write(`pyiceberg reads ${ten.join(', ')}\n`);
process.stdout.write(`${tables.length} tables in ${((performance.now() - started) / 1000).toFixed(0)} s\n`);
process.stdout.write(`judges: ${checks.passed} passed, ${checks.failed} failed\n`);
process.exitCode = checks.failed > 0 || tables.length === 0 ? 1 : 0;

/** One Python process after the other, beside the JVM: two cores are busy. */
async function judgePython(): Promise<Readonly<Record<'duckdb' | 'pyiceberg', ReadonlyMap<string, Report>>>> {
  const duckdb = await judgeInPython('duckdb', judges!, readable('duckdb'));
  return {
    duckdb,
    pyiceberg: await judgeInPython(
      'pyiceberg',
      judges!,
      tables.filter(({ name }) => ten.includes(name)),
    ),
  };
}

/** Names of one warehouse may come again in another: the warehouse's folder is part of a table's name then. */
function judgedOf(warehouse: string, table: string, metadata: string): Judged {
  const folder = warehouse
    .replace(/\/warehouse\/?$/, '')
    .split('/')
    .at(-1);
  const options = ALLOWED.filter((allowed) => allowed.table.test(table)).flatMap((allowed) => allowed.options);
  return { name: `${folder}/${table}`, metadata, options };
}

function unreadable(engine: 'duckdb' | 'pyiceberg', name: string): string | undefined {
  return UNREADABLE[engine].find(({ feature }) => [...features.get(name)!].some((one) => feature.test(one)))?.why;
}

async function checkJava({ name }: Judged): Promise<void> {
  const report = java.get(name)!;
  await checks.check(`${name}: the reference implementation's deep check is clean`, () => {
    must(report.ok, `${report.error ?? ''}\n${describe(report.deep?.errors ?? [])}`);
    const accepted = (code: string) =>
      ACCEPTED_WARNINGS.some((one) => one.table.test(name.slice(name.indexOf('/') + 1)) && one.code === code);
    const warnings = (report.deep?.warnings ?? []).filter(({ code }) => !accepted(code));
    must(warnings.length === 0, `warnings:\n${describe(warnings)}`);
  });
}

async function checkAgreement(engine: string, name: string, report: Report): Promise<void> {
  const expected = java.get(name)!;
  await checks.check(`${name}: ${engine} agrees with the reference implementation`, () => {
    must(report.ok, report.error ?? 'not ok');
    must(report.rows === expected.rows, `rows ${report.rows}, expected ${expected.rows}`);
    must(report.columns?.length === expected.columns?.length, `columns ${report.columns?.length}, expected ${expected.columns?.length}`);
    const byName = new Map(report.columns?.map((column) => [column['name'], column]));
    const differences = (expected.columns ?? []).flatMap((column) => compare(column, byName.get(column['name'])));
    must(differences.length === 0, differences.join('\n'));
  });
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
