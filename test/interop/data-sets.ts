// Real data from outside lands through contracts of this folder: every line accounted for, known totals met.
// `node test/interop/data-sets.ts DATA_DIR` ends with `data: N passed, N failed`.
import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { makeChecks, must } from './checks.ts';
import { askDuckdb } from './duckdb.ts';
import { firnJson, INTEROP_HOME, REPOSITORY } from './processes.ts';
import { listTables } from './readers.ts';

interface DataSet {
  readonly contract: string;
  readonly table: string;
  readonly input: string;
  readonly lines: number;
  /** SQL over the table and its quarantine → the one value it must give. */
  readonly facts: Readonly<Record<string, string>>;
}

const SETS: readonly DataSet[] = [
  {
    contract: 'wikipedia-edits',
    table: 'wikipedia_edits',
    input: 'wikipedia-edits/wikiticker-2015-09-12-sampled.json.gz',
    lines: 39_244,
    facts: {
      'select count(*) from wikipedia_edits': '39244',
      'select count(city_name) from wikipedia_edits': '2153',
      'select count(country_iso_code) from wikipedia_edits': '3799',
      'select count(region_iso_code) from wikipedia_edits': '2037',
      'select count(metro_code) from wikipedia_edits': '427',
      'select count(distinct editor) from wikipedia_edits': '10531',
      'select count(distinct page) from wikipedia_edits': '35143',
      'select min(edited_at)::timestamp from wikipedia_edits': '2015-09-12 00:46:58.771000',
    },
  },
  {
    contract: 'github-webhooks',
    table: 'github_webhooks',
    input: 'github-webhooks/events.ndjson.gz',
    lines: 500,
    facts: {
      'select count(*) from github_webhooks': '500',
      'select count(distinct event) from github_webhooks': '66',
      'select count(*) from github_webhooks where undeclared is null': '0',
    },
  },
];

const data = process.argv[2];
must(data, 'usage: data-sets.ts DATA_DIR');
const checks = makeChecks();
const warehouse = join(INTEROP_HOME, 'work/data/warehouse');
rmSync(join(warehouse, '..'), { recursive: true, force: true });
for (const { contract, table, input, lines, facts } of SETS) {
  const land = ['land', join(REPOSITORY, `test/interop/contracts/${contract}.odcs.yaml`), join(data, input), '--warehouse', warehouse];
  await checks.check(`${contract} lands`, () => {
    firnJson(land);
  });
  const stored = `select (select count(*) from ${table}) + (select count(*) from ${table}__quarantine)`;
  for (const [sql, value] of Object.entries({ ...facts, [stored]: String(lines) })) {
    await checks.check(`${contract}: ${sql} gives ${value}`, () => {
      const answer = askDuckdb(warehouse, { answer: sql })['answer']?.[0]?.[0];
      must(answer === value, `got ${answer}`);
    });
  }
  const before = [...listTables(warehouse)];
  await checks.check(`${contract} lands again`, () => {
    firnJson(land);
  });
  await checks.equal(`${contract}: landing it again commits nothing`, [...listTables(warehouse)], before);
  await checks.check(`${contract}: the audit is clean`, () => {
    firnJson(['audit', `interop.${table}`, '--warehouse', warehouse]);
  });
}
process.stdout.write(`data: ${checks.passed} passed, ${checks.failed} failed\n`);
process.exitCode = checks.failed > 0 ? 1 : 0;
