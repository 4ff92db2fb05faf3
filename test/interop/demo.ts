// The demo as the README shows it: run twice in an empty folder, the second run adds nothing, and every table it leaves is read
// alike by PyIceberg and DuckDB. Upholds promise 2 (once) and 6 (conformant) on real data.
import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { type Checks, must } from './checks.ts';
import { firn, INTEROP_HOME, python } from './processes.ts';
import { listTables } from './readers.ts';

export const DEMO_WAREHOUSE = join(INTEROP_HOME, 'work/demo/warehouse');

type ReadTables = Readonly<Record<string, { readonly rows: readonly Readonly<Record<string, unknown>>[] }>>;

export async function checkDemo(checks: Checks): Promise<void> {
  rmSync(join(DEMO_WAREHOUSE, '..'), { recursive: true, force: true });
  const runDemo = () => {
    const ran = firn(['demo', '--warehouse', DEMO_WAREHOUSE]);
    must(ran.status === 0, `exit ${ran.status}: ${ran.stderr.slice(-2000)}${ran.stdout.slice(-2000)}`);
  };
  const started = performance.now();
  await checks.check('demo: it runs to its end', runDemo);
  await checks.check('demo: it takes less than a minute', () =>
    must(performance.now() - started < 60_000, `${performance.now() - started} ms`),
  );
  const before = listTables(DEMO_WAREHOUSE);
  await checks.check('demo: a second run succeeds', runDemo);
  await checks.equal('demo: … and commits nothing', [...listTables(DEMO_WAREHOUSE)], [...before]);

  const tables = [...before];
  const pyiceberg = python('read_pyiceberg.py', [DEMO_WAREHOUSE]) as ReadTables;
  const duckdb = python(
    'read_duckdb.py',
    tables.map(([name, location]) => `${name}=${location}`),
  ) as ReadTables;
  for (const [name] of tables) {
    await checks.equal(`demo: PyIceberg and DuckDB read the same ${name}`, sorted(pyiceberg[name]?.rows), sorted(duckdb[name]?.rows));
  }
  const rows = Object.values(pyiceberg).reduce((sum, table) => sum + table.rows.length, 0);
  await checks.check('demo: every event of the three data sets is in a table or its quarantine', () => {
    must(rows > 20_000, `expected more than 20,000 rows (flights alone are 20,000), got ${rows}`);
  });
}

/** Rows as sorted text. */
function sorted(rows: readonly Readonly<Record<string, unknown>>[] | undefined): readonly string[] {
  return (rows ?? []).map((row) => JSON.stringify(row)).sort();
}
