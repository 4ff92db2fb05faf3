// `concurrency`: four processes of Firn and Java's JDBC catalog on one SQLite catalog at once. More by command:
//   node test/interop/sql-concurrency.ts [commits of each]
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { type Checks, makeChecks } from './checks.ts';
import { checkConcurrency } from './concurrency.ts';
import { prepareJava } from './java.ts';
import { INTEROP_HOME } from './processes.ts';
import { emptyHome } from './writers/alternate.ts';

const HOME = join(INTEROP_HOME, 'work/concurrency');

export async function checkSqlConcurrency(checks: Checks, commits = 5): Promise<void> {
  if (!(await prepareJava(checks))) return;
  emptyHome(HOME);
  const warehouse = join(HOME, 'warehouse');
  mkdirSync(warehouse);
  await checkConcurrency(checks, {
    name: 'concurrency',
    warehouse,
    place: { kind: 'sql', warehouse },
    processes: 4,
    commits,
    javaCommits: commits,
  });
}

if (process.argv[1] === import.meta.filename) {
  const checks = makeChecks();
  await checkSqlConcurrency(checks, Number(process.argv[2] ?? 25));
  process.stdout.write(`concurrency: ${checks.passed} passed, ${checks.failed} failed\n`);
  process.exitCode = checks.failed > 0 ? 1 : 0;
}
