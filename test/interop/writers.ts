// Another engine commits between our landings: PyIceberg appends to a Firn table, Firn lands again and PyIceberg appends again.
// Both writers' rows stay, and the audit tells whose rows are whose. Upholds promise 6 (other writers may commit between ours).
import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { type Checks, must } from './checks.ts';
import { askDuckdb } from './duckdb.ts';
import { firn, firnJson, INTEROP_HOME, python, REPOSITORY } from './processes.ts';

export const WRITERS_WAREHOUSE = join(INTEROP_HOME, 'work/writers/warehouse');

const CONTRACT = join(REPOSITORY, 'test/interop/contracts/visits.odcs.yaml');
const TABLE = 'interop.visits';
const ROUNDS = 3;
const ROWS = 40;
const FOREIGN = 5;

/** Lands and appends in turn; after each commit both engines must see exactly the rows of both writers. */
export async function checkAlternatingWriters(checks: Checks): Promise<void> {
  const home = join(WRITERS_WAREHOUSE, '..');
  rmSync(home, { recursive: true, force: true });
  mkdirSync(home, { recursive: true });
  const input = join(home, 'visits.ndjson');
  let lines = '';
  for (let round = 0; round < ROUNDS; round++) {
    lines += Array.from({ length: ROWS }, (_, n) => visit(round * ROWS + n)).join('');
    writeFileSync(input, lines);
    await checks.check(`writers: landing ${round + 1} succeeds`, () => {
      firnJson(['land', CONTRACT, input, '--source', 'visits-file', '--warehouse', WRITERS_WAREHOUSE]);
    });
    await checks.equal(
      `writers: PyIceberg appends after landing ${round + 1}`,
      python('append_pyiceberg.py', [WRITERS_WAREHOUSE, TABLE, String(FOREIGN)]),
      {
        appended: FOREIGN,
        before: (round + 1) * ROWS + round * FOREIGN,
        after: (round + 1) * (ROWS + FOREIGN),
      },
    );
    const rows = askDuckdb(WRITERS_WAREHOUSE, { rows: "select source_id = 'pyiceberg', count(*) from visits group by 1 order by 1" });
    await checks.equal(`writers: DuckDB sees the rows of both after append ${round + 1}`, rows['rows'], [
      ['False', String((round + 1) * ROWS)],
      ['True', String((round + 1) * FOREIGN)],
    ]);
  }
  await checkForeignRows(checks);
}

/** The audit finds nothing missing and nothing double, and counts the other writer's rows as its own kind. */
async function checkForeignRows(checks: Checks): Promise<void> {
  await checks.check('writers: the audit explains the rows of another writer', () => {
    const audited = firn(['audit', TABLE, '--warehouse', WRITERS_WAREHOUSE, '--json']);
    must(audited.status === 0 || audited.status === 1, `expected an answer, got exit ${audited.status}: ${audited.stderr.slice(-1000)}`);
    const report = JSON.parse(audited.stdout) as { audits: { tables: AuditedTable[] }[] };
    const table = report.audits[0]?.tables.find((one) => one.table === TABLE);
    must(
      table?.addedByOthers.count === ROUNDS * FOREIGN,
      `expected ${ROUNDS * FOREIGN} rows of others, got ${JSON.stringify(table?.addedByOthers)}`,
    );
    must(table.missing.count === 0 && table.doubles.count === 0, `missing ${table.missing.count}, doubles ${table.doubles.count}`);
  });
}

interface AuditedTable {
  readonly table: string;
  readonly missing: { readonly count: number };
  readonly doubles: { readonly count: number };
  readonly addedByOthers: { readonly count: number };
}

function visit(n: number): string {
  const time = new Date(Date.UTC(2026, 2, 1 + (n % 3), n % 24)).toISOString();
  return `${JSON.stringify({ visit_id: n, visitor: n % 4 === 0 ? null : `visitor-${n % 7}`, seen_at: time, spent: n / 4 })}\n`;
}
