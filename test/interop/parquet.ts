// `parquet`: random files both ways. Ours are read by pyarrow and parquet-java value by value, with their statistics, column indexes and
// Bloom filters; their copies, written with random settings of their own, are read by us. Seeded: a failing case is named by seed and
// number, and REGRESSIONS keeps the seeds that once failed. `npm run test:interop -- --only=parquet --cases=5000 --seed=…` for long runs.

import { spawnSync } from 'node:child_process';
import { mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { isDeepStrictEqual } from 'node:util';
import { buildColumns, readRow } from '../../src/column-cells.ts';
import { layoutOf } from '../../src/columns.ts';
import { encodeParquet } from '../../src/parquet/encode.ts';
import { parquetOptions } from '../../src/parquet/options.ts';
import { readColumns } from '../../src/parquet/read.ts';
import { type Checks, must } from './checks.ts';
import { canonicalCell, makeCases, type ParquetCase } from './parquet/cases.ts';
import { INTEROP_HOME, PYTHON, REPOSITORY, run } from './processes.ts';

const HOME = join(INTEROP_HOME, 'parquet');
const SOURCES = join(REPOSITORY, 'test/interop/parquet');
const CASES_DEFAULT = 50;
const SEED_DEFAULT = 20_261_122;
/** Seeds that once failed, with as many cases as it took. */
const REGRESSIONS: readonly (readonly [seed: number, cases: number])[] = [];
const TIME_LIMIT_MS = 30 * 60_000;

export async function checkParquet(checks: Checks, options: { readonly cases?: number; readonly seed?: number } = {}): Promise<void> {
  const classpath = prepareJava();
  const runs = [[options.seed ?? SEED_DEFAULT, options.cases ?? CASES_DEFAULT] as const, ...REGRESSIONS];
  for (const [seed, count] of runs) await checkSeed(checks, { seed, cases: makeCases(seed, count), classpath });
}

interface Run {
  readonly seed: number;
  readonly cases: readonly ParquetCase[];
  readonly classpath: string;
}

async function checkSeed(checks: Checks, { seed, cases, classpath }: Run): Promise<void> {
  rmSync(HOME, { recursive: true, force: true });
  mkdirSync(HOME, { recursive: true });
  const expected = cases.map(expectedRows);
  cases.forEach((each, i) => {
    writeFileSync(fileOf(i, 'ours'), encodeCase(each));
  });
  const arrow = runPyarrow(cases, expected);
  const java = runJava(cases, classpath);
  await checks.equal(`seed ${seed}: pyarrow reads all values and statistics of our ${cases.length} files`, failures(arrow, 'ok'), []);
  await checks.equal(`seed ${seed}: parquet-java reads our files, their column indexes and Bloom filters`, failures(java, 'ok '), []);
  for (const writer of ['pyarrow', 'java'] as const) {
    const wrong = await unreadable(cases, expected, writer);
    await checks.equal(`seed ${seed}: we read the copies of ${writer} value by value`, wrong, []);
  }
  await checks.check(`seed ${seed}: Bloom filters let at most 3 % of absent values pass`, () => {
    const counts = java.map((line) => /(\d+) of (\d+)$/.exec(line));
    const total = (of: 1 | 2) => counts.reduce((sum, match) => sum + Number(match?.[of] ?? 0), 0);
    must(total(2) > 0 && total(1) / total(2) < 0.03, `${total(1)} of ${total(2)} absent values passed`);
    process.stdout.write(`  Bloom filters: ${total(1)} of ${total(2)} absent values passed\n`);
  });
}

function fileOf(i: number, writer: string): string {
  return join(HOME, `${i}.${writer}.parquet`);
}

function failures(results: readonly string[], good: string): string[] {
  return results.flatMap((result, i) => (result.startsWith(good) ? [] : [`case ${i}: ${result}`]));
}

function expectedRows(each: ParquetCase): unknown[][] {
  return each.order.map((row) => each.struct.fields.map((field, i) => canonicalCell(field.type, each.rows[row]![i]!)));
}

function encodeCase(each: ParquetCase): Buffer {
  return encodeParquet({
    schema: each.struct,
    columns: buildColumns(each.struct, each.rows),
    order: Uint32Array.from(each.order),
    options: parquetOptions(each.properties),
  }).bytes;
}

function runPyarrow(cases: readonly ParquetCase[], expected: readonly unknown[][][]): readonly string[] {
  const tasks = cases.map((each, i) => ({
    in: fileOf(i, 'ours'),
    out: fileOf(i, 'pyarrow'),
    expected: expected[i],
    options: each.pyarrow,
    rowGroup: each.rowGroup,
  }));
  return JSON.parse(pipe(PYTHON, [join(SOURCES, 'swap.py')], JSON.stringify(tasks))) as string[];
}

function runJava(cases: readonly ParquetCase[], classpath: string): readonly string[] {
  const lines = cases.map((each, i) => [fileOf(i, 'ours'), fileOf(i, 'java'), ...each.java].join('\t'));
  const out = pipe('java', ['-Xmx1g', '-XX:TieredStopAtLevel=1', '-cp', classpath, join(SOURCES, 'Swap.java')], `${lines.join('\n')}\n`);
  return out.split('\n').filter((line) => line !== '');
}

function pipe(command: string, args: readonly string[], input: string): string {
  const ran = spawnSync(command, args, { input, encoding: 'utf8', maxBuffer: 1 << 30, timeout: TIME_LIMIT_MS });
  must(ran.status === 0, `${command} exited ${ran.status}: ${String(ran.stderr).slice(-2000)}`);
  return ran.stdout;
}

async function unreadable(cases: readonly ParquetCase[], expected: readonly unknown[][][], writer: string): Promise<string[]> {
  const wrong: string[] = [];
  for (const [i, each] of cases.entries()) {
    try {
      const found = await readCanonical(each, readFileSync(fileOf(i, writer)));
      if (!isDeepStrictEqual(found, expected[i])) wrong.push(`case ${i}: other values`);
    } catch (error) {
      wrong.push(`case ${i}: ${error instanceof Error ? error.message : String(error)}`);
    }
  }
  return wrong;
}

async function readCanonical(each: ParquetCase, bytes: Buffer): Promise<unknown[][]> {
  const set = await readColumns(bytes, each.struct);
  const layout = layoutOf(each.struct);
  return Array.from({ length: set.rows }, (_, row) =>
    readRow(set, layout, row).map((cell, i) => canonicalCell(each.struct.fields[i]!.type, cell)),
  );
}

/** Fetches parquet-java once. */
function prepareJava(): string {
  const lib = join(INTEROP_HOME, 'parquet-java/lib');
  mkdirSync(lib, { recursive: true });
  if (readdirSync(lib).length === 0) {
    const ran = run('mvn', ['-q', '-B', '-f', join(SOURCES, 'pom.xml'), 'dependency:copy-dependencies', `-DoutputDirectory=${lib}`]);
    must(ran.status === 0, `expected java 17, mvn and a Maven repository: ${ran.stderr.slice(-1000)}${ran.stdout.slice(-1000)}`);
  }
  return readdirSync(lib)
    .map((jar) => join(lib, jar))
    .join(delimiter);
}
