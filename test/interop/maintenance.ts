// Maintenance of a table that was landed in many small commits: afterwards other engines read the same content from fewer files, the
// expired snapshots are gone, nothing that is left refers to a file that is not there, and the audit is clean. Upholds promise 7.
import { mkdirSync, readdirSync, readFileSync, rmSync, utimesSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { runCommit } from '../../src/iceberg/commit-loop.ts';
import { identifierOf, loadTable } from '../../src/iceberg/load-table.ts';
import { liveEntries } from '../../src/iceberg/scan.ts';
import { changeProperties, prepareUpdate } from '../../src/iceberg/table-updates.ts';
import type { MaintenancePlan, MaintenanceRun } from '../../src/jobs/maintenance/types.ts';
import { makeLocalPorts, silentTelemetry } from '../../src/local/system.ts';
import type { Checks } from './checks.ts';
import { contentOf, GAME_CONTRACT, generate } from './gamegen.ts';
import { firnJson, INTEROP_HOME, python } from './processes.ts';

const HOME = join(INTEROP_HOME, 'work/maintenance');
const WAREHOUSE = join(HOME, 'warehouse');
const TABLES = ['game.game_events', 'game.game_events__quarantine'];
const RECORDS = 9_000;
const COMMITS = 30;
const DAY_S = 86_400;

interface Read {
  readonly count: number;
  readonly snapshots: number;
}

/** Lands the stream in thirty commits, maintains, lets two days pass for the files, maintains again. */
export async function checkMaintenance(checks: Checks): Promise<void> {
  rmSync(HOME, { recursive: true, force: true });
  mkdirSync(HOME, { recursive: true });
  await landInCommits(checks);
  const before = { content: contentOf(WAREHOUSE), read: readByPyiceberg(), files: await liveFiles() };
  const plan = firnJson(['maintain', 'game.game_events', '--plan', '--warehouse', WAREHOUSE]) as MaintenancePlan;
  await checks.check('maintenance: the plan takes files of many commits together', () => {
    if (!plan.groups.some(({ files }) => files >= 2)) throw new Error(JSON.stringify(plan));
  });
  await checks.equal('maintenance: planning changes no table', await liveFiles(), before.files);
  const run = maintain();
  await checks.equal('maintenance: every group is compacted', run.report.groups, { ...run.report.groups, nothing: 0, replan: 0, open: 0 });
  const after = await liveFiles();
  await checks.check('maintenance: files are fewer by half at least', () => {
    if (after.size * 2 > before.files.size) throw new Error(`${before.files.size} files before, ${after.size} after`);
  });
  await checkContent(checks, 'compacted', before);
  await keepNoHistory();
  agePast();
  const second = maintain();
  await checks.equal(
    'maintenance: expired snapshots are gone',
    readByPyiceberg().map(({ snapshots }) => snapshots),
    TABLES.map(() => 1),
  );
  await checks.check('maintenance: files that nothing refers to are deleted', () => {
    if (!second.swept.every(({ deleted }) => deleted > 0)) throw new Error(JSON.stringify(second.swept));
  });
  const live = await liveFiles();
  const onDisk = TABLES.flatMap((table) => readdirSync(join(WAREHOUSE, table.replace('.', '/'), 'data')));
  await checks.equal('maintenance: the data files on disk are those of the tables', new Set(onDisk), live);
  await checkContent(checks, 'swept', before);
}

/** The stream in equal parts, each landed and committed by itself. */
async function landInCommits(checks: Checks): Promise<void> {
  const lines = readFileSync(generate('maintenance.ndjson', RECORDS, ['--format=records', '--seed=11']), 'utf8')
    .trimEnd()
    .split('\n');
  await checks.check(`maintenance: ${RECORDS} records land in ${COMMITS} commits`, () => {
    for (let part = 0; part < COMMITS; part++) {
      const file = join(HOME, `part-${part}.ndjson`);
      const [from, to] = [part, part + 1].map((at) => Math.floor((at * lines.length) / COMMITS));
      writeFileSync(file, `${lines.slice(from, to).join('\n')}\n`);
      firnJson(['land', GAME_CONTRACT, file, '--format', 'records', '--warehouse', WAREHOUSE]);
    }
  });
}

function maintain(): MaintenanceRun {
  return firnJson(['maintain', 'game.game_events', '--warehouse', WAREHOUSE]) as MaintenanceRun;
}

async function checkContent(
  checks: Checks,
  when: string,
  before: { readonly content: unknown; readonly read: readonly Read[] },
): Promise<void> {
  await checks.equal(`maintenance: DuckDB reads the same content, ${when}`, contentOf(WAREHOUSE), before.content);
  const counts = (read: readonly Read[]) => read.map(({ count }) => count);
  await checks.equal(`maintenance: PyIceberg reads as many rows, ${when}`, counts(readByPyiceberg()), counts(before.read));
  await checks.check(`maintenance: the audit is clean, ${when}`, () => {
    firnJson(['audit', 'game.game_events', '--warehouse', WAREHOUSE]);
  });
}

function readByPyiceberg(): readonly Read[] {
  const read = python('read_pyiceberg.py', [WAREHOUSE, ...TABLES]) as Readonly<Record<string, Read>>;
  return TABLES.map((table) => read[table]!);
}

function openPorts() {
  return makeLocalPorts({ warehouse: WAREHOUSE, telemetry: silentTelemetry });
}

/** Names of the live data files of both tables. */
async function liveFiles(): Promise<ReadonlySet<string>> {
  const ports = openPorts();
  const names = new Set<string>();
  for (const table of TABLES) {
    const { metadata } = (await loadTable(ports, identifierOf(table)))!;
    for (const { file } of (await liveEntries({ metadata, files: ports.files })).data) names.add(file.filePath.split('/').at(-1)!);
  }
  return names;
}

/** The tables ask for no history, in their own words. */
async function keepNoHistory(): Promise<void> {
  const ports = openPorts();
  for (const table of TABLES) {
    await runCommit({
      ports,
      identifier: identifierOf(table),
      what: 'change of properties',
      prepare: (base) =>
        prepareUpdate(base, (metadata) => changeProperties(metadata, { set: { 'history.expire.max-snapshot-age-ms': '1' } })),
      pause: async () => {},
    });
  }
}

/** Everything in the warehouse was written two days ago. */
function agePast(): void {
  const at = Math.floor(Date.now() / 1000) - 2 * DAY_S;
  for (const entry of readdirSync(WAREHOUSE, { recursive: true, withFileTypes: true })) {
    if (entry.isFile() && !entry.name.startsWith('catalog.db')) utimesSync(join(entry.parentPath, entry.name), at, at);
  }
}
