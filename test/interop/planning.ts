// Suite `planning`: scans of a table of every type and several specs, filtered by hundreds of random filters. DuckDB reads the files the
// planner chose and must find exactly the rows it finds in all files; Iceberg's Java planner is asked the same, and ours may only be
// wider where SQL's meaning asks for it. `node test/interop/planning.ts` runs it alone. Upholds promise 6 (conformant).
import { existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { DuckDBInstance } from '@duckdb/node-api';
import fc from 'fast-check';
import { prepareScans } from '../../src/cli/query-scans.ts';
import { viewSql } from '../../src/cli/query-view.ts';
import type { CellValue, NestedField, PrimitiveType } from '../../src/contract/types.ts';
import { currentSchema } from '../../src/iceberg/evolve.ts';
import type { Expression } from '../../src/iceberg/expressions/types.ts';
import { stringifyExact } from '../../src/iceberg/json-exact.ts';
import { planFiles, type ScanTask } from '../../src/iceberg/scan.ts';
import { toJsonValue } from '../../src/iceberg/single-value-json.ts';
import { pathOfUri } from '../../src/local/file-uri.ts';
import { filterArbitrary } from '../support/iceberg/filters.ts';
import { type Checks, makeChecks, must } from './checks.ts';
import { domainOf, type PlanningTable, writePlanningTable } from './planning-table.ts';
import { INTEROP_HOME, REPOSITORY, run } from './processes.ts';

export const PLANNING_WAREHOUSE = join(INTEROP_HOME, 'work/planning/warehouse');
const FILTERS = 200;
const SEED = 20_261_122;

/** Writes the table, plans every filter, and has both witnesses judge the plans. */
export async function checkPlanning(checks: Checks): Promise<void> {
  let state = SEED;
  const random = () => {
    state = (Math.imul(state, 1_103_515_245) + 12_345) & 0x7fffffff;
    return state / 0x80000000;
  };
  const table = await writePlanningTable(PLANNING_WAREHOUSE, random);
  const schema = currentSchema(table.metadata);
  // Cells near the rows', and never NaN: it is no literal.
  const filters = fc.sample(filterArbitrary(schema.fields, domainOf), { numRuns: FILTERS, seed: SEED }).filter(isJson(schema.fields));
  const all = await planFiles({ metadata: table.metadata, files: table.ports.files });
  const plans: (readonly ScanTask[])[] = [];
  for (const filter of filters) plans.push((await planFiles({ metadata: table.metadata, files: table.ports.files, filter })).tasks);
  await checkWithDuckdb(checks, table, { filters, plans, all: all.tasks });
  await checkWithJava(checks, table, { filters, plans });
  const planned = plans.reduce((sum, tasks) => sum + tasks.length, 0);
  process.stdout.write(`planning: ${filters.length} filters, ${planned} of ${filters.length * all.tasks.length} files planned\n`);
}

interface Plans {
  readonly filters: readonly Expression[];
  readonly plans: readonly (readonly ScanTask[])[];
}

async function checkWithDuckdb(checks: Checks, table: PlanningTable, given: Plans & { readonly all: readonly ScanTask[] }): Promise<void> {
  const connection = await (await DuckDBInstance.create(':memory:', { threads: '2' })).connect();
  await connection.run("SET TimeZone='UTC'");
  const types = new Map(currentSchema(table.metadata).fields.map((field) => [field.name, field]));
  const { metadata } = table;
  const scratch = () => Promise.reject(new Error('DuckDB reads every file of these as it is'));
  const view = async (tasks: readonly ScanTask[]) =>
    viewSql(currentSchema(metadata), (await prepareScans({ files: table.ports.files, metadata, tasks, pathOf: pathOfUri, scratch })).scans);
  await connection.run(`CREATE TABLE whole AS ${await view(given.all)}`);
  const ask = async (table: string, where: string) => {
    const sql = `SELECT count(*)::VARCHAR, coalesce(sum(hash(r)::HUGEINT), 0)::VARCHAR FROM ${table} AS r WHERE ${where}`;
    return (await connection.runAndReadAll(sql)).getRowsJson()[0];
  };
  let matching = 0;
  await checks.check(
    `planning: DuckDB finds in the files chosen for ${given.filters.length} filters the rows it finds in all`,
    async () => {
      for (const [i, filter] of given.filters.entries()) {
        const where = sqlOf(filter, types);
        const wanted = await ask('whole', where);
        await connection.run(`CREATE OR REPLACE VIEW chosen AS ${await view(given.plans[i]!)}`);
        const got = await ask('chosen', where);
        if (wanted?.[0] !== '0') matching += 1;
        must(String(got) === String(wanted), `${where}: rows and hash ${got}, expected ${wanted}`);
      }
    },
  );
  await checks.check('planning: most filters match some rows, so that the check is one', () => {
    must(matching * 2 > given.filters.length, `only ${matching} of ${given.filters.length}`);
  });
  connection.closeSync();
}

async function checkWithJava(checks: Checks, table: PlanningTable, { filters, plans }: Plans): Promise<void> {
  const folder = join(INTEROP_HOME, 'work/planning');
  mkdirSync(folder, { recursive: true });
  const types = new Map(currentSchema(table.metadata).fields.map((field) => [field.name, field]));
  writeFileSync(join(folder, 'filters.jsonl'), filters.map((filter) => stringifyExact(jsonOf(filter, types))).join('\n'));
  const program = join(REPOSITORY, 'test/interop/java/src/PlanFiles.java');
  const ran = run('java', ['-cp', `${ensureIcebergJars()}/*`, program, table.metadataLocation, join(folder, 'filters.jsonl')]);
  must(ran.status === 0, `java: exit ${ran.status}\n${ran.stderr.slice(-2000)}`);
  const theirs = ran.stdout
    .trim()
    .split('\n')
    .map((line) => new Set(JSON.parse(line) as string[]));
  const tally = { equal: 0, narrower: 0, wider: 0 };
  await checks.check(`planning: Java plans as many files, or more, for ${filters.length} filters, but for floats and UUIDs`, () => {
    must(theirs.length === filters.length, `${theirs.length} answers`);
    for (const [i, filter] of filters.entries()) {
      const ours = plans[i]!.map(({ file }) => file.filePath);
      const extra = ours.filter((path) => !theirs[i]!.has(path)).length;
      if (extra === 0) tally[ours.length === theirs[i]!.size ? 'equal' : 'narrower'] += 1;
      else tally.wider += 1;
      must(extra === 0 || hasWeakerType(filter, types), `${stringifyExact(jsonOf(filter, types))}: ${extra} files more than Java's`);
    }
  });
  process.stdout.write(`planning: against Java ${tally.equal} plans equal, ${tally.narrower} narrower, ${tally.wider} wider\n`);
}

/** NaN is greater than every number and -0.0 equals 0.0 for SQL, not for Java's planner; it prunes UUIDs in signed order. */
function hasWeakerType(filter: Expression, types: ReadonlyMap<string, NestedField>): boolean {
  if ('left' in filter) return hasWeakerType(filter.left, types) || hasWeakerType(filter.right, types);
  if ('child' in filter) return hasWeakerType(filter.child, types);
  return 'term' in filter && ['float', 'double', 'uuid'].includes(String(types.get(filter.term)!.type));
}

/** Java's JSON cannot say infinity, nor an empty set. */
function isJson(fields: readonly NestedField[]): (filter: Expression) => boolean {
  const types = new Map(fields.map((field) => [field.name, field]));
  const check = (filter: Expression): boolean => {
    if ('left' in filter) return check(filter.left) && check(filter.right);
    if ('child' in filter) return check(filter.child);
    const values = 'values' in filter ? filter.values : 'value' in filter ? [filter.value] : [0];
    return values.length > 0 && values.every((value) => typeof value !== 'number' || Number.isFinite(value)) && types.size > 0;
  };
  return check;
}

function jsonOf(filter: Expression, types: ReadonlyMap<string, NestedField>): unknown {
  if ('left' in filter) return { ...filter, left: jsonOf(filter.left, types), right: jsonOf(filter.right, types) };
  if ('child' in filter) return { ...filter, child: jsonOf(filter.child, types) };
  if (!('term' in filter)) return filter.type === 'true';
  const json = (value: unknown) => {
    const cell = toJsonValue(types.get(filter.term)!.type, value as CellValue);
    // Java takes no whole number for a double.
    return typeof cell === 'number' && ['float', 'double'].includes(String(types.get(filter.term)!.type)) && Number.isInteger(cell)
      ? (JSON as unknown as { rawJSON(text: string): unknown }).rawJSON(cell.toExponential())
      : cell;
  };
  if ('values' in filter) return { ...filter, values: filter.values.map(json) };
  return 'value' in filter ? { ...filter, value: json(filter.value) } : filter;
}

const OPERATORS: Readonly<Record<string, string>> = { lt: '<', 'lt-eq': '<=', gt: '>', 'gt-eq': '>=', eq: '=', 'not-eq': '<>' };

function sqlOf(filter: Expression, types: ReadonlyMap<string, NestedField>): string {
  if ('left' in filter) return `(${sqlOf(filter.left, types)} ${filter.type} ${sqlOf(filter.right, types)})`;
  if ('child' in filter) return `(NOT ${sqlOf(filter.child, types)})`;
  if (!('term' in filter)) return filter.type;
  const column = `r."${filter.term}"`;
  const literal = (value: unknown) => sqlLiteral(types.get(filter.term)!.type as PrimitiveType, value as CellValue);
  switch (filter.type) {
    case 'is-null':
    case 'not-null':
      return `(${column} IS ${filter.type === 'is-null' ? '' : 'NOT '}NULL)`;
    case 'is-nan':
    case 'not-nan':
      return `(${filter.type === 'is-nan' ? '' : 'NOT '}isnan(${column}))`;
    case 'in':
    case 'not-in':
      return `(${column} ${filter.type === 'in' ? 'IN' : 'NOT IN'} (${filter.values.map(literal).join(', ')}))`;
    case 'starts-with':
    case 'not-starts-with':
      return `(${filter.type === 'starts-with' ? '' : 'NOT '}starts_with(${column}, ${literal(filter.value)}))`;
    default:
      return `(${column} ${OPERATORS[filter.type]} ${literal(filter.value)})`;
  }
}

function sqlLiteral(type: PrimitiveType, cell: CellValue): string {
  if (cell instanceof Uint8Array) {
    const hex = Buffer.from(cell).toString('hex');
    return type === 'uuid' ? `'${toJsonValue(type, cell)}'::UUID` : `from_hex('${hex}')`;
  }
  const sql: Readonly<Record<string, string>> = {
    int: 'INTEGER',
    long: 'BIGINT',
    float: 'FLOAT',
    string: 'VARCHAR',
    timestamptz: 'TIMESTAMPTZ',
  };
  const text = String(toJsonValue(type, cell)).replaceAll("'", "''");
  return `'${Object.is(cell, -0) ? '-0.0' : text}'::${sql[type] ?? type.toUpperCase()}`;
}

/** The folder of Iceberg's jars: FIRN_ICEBERG_JARS, else fetched once by Maven. */
function ensureIcebergJars(): string {
  const given = process.env['FIRN_ICEBERG_JARS'];
  if (given) return given;
  const folder = join(INTEROP_HOME, 'iceberg-jars');
  if (existsSync(join(folder, '.complete'))) return folder;
  const pom = join(REPOSITORY, 'test/interop/java/pom.xml');
  const copied = run('mvn', [
    '-q',
    '-B',
    '-f',
    pom,
    'dependency:copy-dependencies',
    '-DincludeScope=runtime',
    `-DoutputDirectory=${folder}`,
  ]);
  must(
    copied.status === 0,
    `mvn failed; Java 17, Maven and its repository are needed: ${copied.stdout.slice(-1000)}${copied.stderr.slice(-500)}`,
  );
  writeFileSync(join(folder, '.complete'), '');
  return folder;
}

if (process.argv[1]?.endsWith('planning.ts')) {
  const checks = makeChecks();
  await checkPlanning(checks);
  process.stdout.write(`planning: ${checks.passed} passed, ${checks.failed} failed\n`);
  process.exitCode = checks.failed > 0 ? 1 : 0;
}
