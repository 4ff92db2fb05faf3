// Firn and other engines commit to one table in turn. After each commit every reader counts the same rows by source; after each landing
// nothing that was in the metadata is lost: properties, refs, snapshots, schemas, specs, statistics, fields that Firn does not know.
import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { isDeepStrictEqual } from 'node:util';
import { type Checks, must } from '../checks.ts';
import { firn, firnJson } from '../processes.ts';
import { lostBetween, metadataOf, placeOptions, portsOn, rowsBySource } from './firn-side.ts';
import type { CatalogPlace, Command, ForeignWriter } from './foreign-writers.ts';
import { plantUnknownFields } from './unknown-fields.ts';

export const TABLE = 'interop.visits';
const SOURCE = 'visits-file';
/** Source name, topic and generation, as rows carry them. */
const SOURCE_ID = `${SOURCE}/interop.visits/1`;
const ROWS = 10;
const FOREIGN_ROWS = 5;

export interface Alternation {
  readonly name: string;
  /** Emptied first. */
  readonly home: string;
  readonly warehouse: string;
  readonly place: CatalogPlace;
  readonly contract: string;
  readonly writers: readonly ForeignWriter[];
  readonly rounds: number;
}

export async function alternate(checks: Checks, run: Alternation): Promise<void> {
  const ports = portsOn(run.warehouse, run.place);
  const state = { rows: new Map<string, number>(), turns: new Map<string, number>(), input: '' };
  for (let round = 0; round < run.rounds; round++) {
    await checks.check(`${run.name}: landing ${round + 1} loses nothing of others`, async () => {
      const before = round === 0 ? undefined : await metadataOf(ports, TABLE);
      land(run, state, round);
      state.rows.set(SOURCE_ID, (round + 1) * ROWS);
      const after = await metadataOf(ports, TABLE);
      const lost = before ? lostBetween(before, after) : [];
      must(lost.length === 0, `lost or changed: ${lost.join(', ')}`);
    });
    const writer = run.writers[round % run.writers.length]!;
    const turn = state.turns.get(writer.name) ?? 0;
    state.turns.set(writer.name, turn + 1);
    const commands = COMMANDS[writer.name];
    const { command, effect } = commands[turn % commands.length]!(`${writer.name}_${round}`, round);
    await checks.check(`${run.name}: ${writer.name} ${command.do} after landing ${round + 1}`, async () => {
      const answer = await writer.run(TABLE, command);
      must(answer.ok, answer.error ?? 'it failed');
      effect?.(state.rows);
    });
    if (round % 4 === 3 && run.place.kind === 'sql') await plantUnknownFields(run.warehouse, TABLE);
    await checkReaders(checks, run, { round, rows: state.rows });
  }
  await checks.check(`${run.name}: the audit finds nothing missing and nothing twice`, () => checkAudit(run));
}

interface Planned {
  readonly command: Command;
  readonly effect?: (rows: Map<string, number>) => void;
}

const adds = (source: string) => (rows: Map<string, number>) => void rows.set(source, (rows.get(source) ?? 0) + FOREIGN_ROWS);
const appended =
  (source: string) =>
  (_name: string, round: number): Planned => ({
    command: { do: 'append', count: FOREIGN_ROWS, from: round * FOREIGN_ROWS },
    effect: adds(source),
  });

/** What each writer does in its turns, over and over; names are of the round, so nothing is made twice. */
const COMMANDS: Readonly<Record<ForeignWriter['name'], readonly ((name: string, round: number) => Planned)[]>> = {
  pyiceberg: [
    appended('pyiceberg'),
    (name) => ({ command: { do: 'evolve', name } }),
    (name) => ({ command: { do: 'properties', name, value: 'by PyIceberg' } }),
    () => ({ command: { do: 'statistics' } }),
    appended('pyiceberg'),
    (name) => ({ command: { do: 'tag', name } }),
    (name) => ({ command: { do: 'spec', name } }),
    (_name, round) => ({
      command: { do: 'overwrite', count: FOREIGN_ROWS, from: round * FOREIGN_ROWS },
      effect: (rows) => void rows.set('pyiceberg', FOREIGN_ROWS),
    }),
    (name) => ({ command: { do: 'branch', name } }),
    () => ({ command: { do: 'expire', count: 3 } }),
    () => ({ command: { do: 'delete' }, effect: (rows) => void rows.delete('pyiceberg') }),
  ],
  java: [
    appended('java'),
    (name) => ({ command: { do: 'evolve', name } }),
    () => ({ command: { do: 'statistics' } }),
    (name) => ({ command: { do: 'spec', name } }),
    () => ({ command: { do: 'rewrite-manifests' } }),
    appended('java'),
    (name) => ({ command: { do: 'property', name, value: 'by-Java' } }),
    (name) => ({ command: { do: 'tag', name } }),
    () => ({ command: { do: 'expire', keep: 4 } }),
  ],
  spark: [
    appended('spark'),
    (_name, round) => ({
      command: { do: 'delete', offset: lastSparkAppend(round) },
      effect: (rows) => void rows.set('spark', (rows.get('spark') ?? 0) - 1),
    }),
    (name) => ({ command: { do: 'evolve', name } }),
    () => ({ command: { do: 'rewrite' } }),
    (name) => ({ command: { do: 'spec', name } }),
    appended('spark'),
    () => ({ command: { do: 'update' } }),
    (name) => ({ command: { do: 'tag', name } }),
    () => ({ command: { do: 'manifests' } }),
    (name) => ({ command: { do: 'property', name } }),
    () => ({ command: { do: 'expire', keep: 5 } }),
  ],
};

/** Spark deletes in the turn after it appended: three rounds before, as three writers take turns. */
function lastSparkAppend(round: number): number {
  return (round - 3) * FOREIGN_ROWS;
}

function land(run: Alternation, state: { input: string }, round: number): void {
  const file = `${run.home}/visits.ndjson`;
  if (round === 0) mkdirSync(run.home, { recursive: true });
  state.input += Array.from({ length: ROWS }, (_, n) => visit(round * ROWS + n)).join('');
  writeFileSync(file, state.input);
  firnJson(['land', run.contract, file, '--source', SOURCE, ...placeOptions(run.warehouse, run.place)]);
}

/** PyIceberg, DuckDB, Java and Spark where they are, and Firn itself. */
async function checkReaders(
  checks: Checks,
  run: Alternation,
  given: { readonly round: number; readonly rows: ReadonlyMap<string, number> },
): Promise<void> {
  const expected = Object.fromEntries([...given.rows].sort(([a], [b]) => (a < b ? -1 : 1)));
  await checks.check(`${run.name}: all readers count the same after round ${given.round + 1}`, async () => {
    const seen: [string, unknown][] = [['firn', await rowsBySource(portsOn(run.warehouse, run.place), TABLE)]];
    for (const writer of run.writers) {
      const answer = await writer.run(TABLE, { do: 'read' });
      must(answer.ok, `${writer.name}: ${answer.error}`);
      seen.push([writer.name, answer.rows]);
      if (answer.duckdb) seen.push(['duckdb', answer.duckdb]);
    }
    for (const [reader, rows] of seen) {
      must(isDeepStrictEqual(rows, expected), `${reader} sees ${JSON.stringify(rows)}, expected ${JSON.stringify(expected)}`);
    }
  });
}

function checkAudit(run: Alternation): void {
  const audited = firn(['audit', TABLE, ...placeOptions(run.warehouse, run.place), '--json']);
  must(audited.status === 0 || audited.status === 1, `expected an answer, got exit ${audited.status}: ${audited.stderr.slice(-1000)}`);
  const report = JSON.parse(audited.stdout) as { audits: { tables: AuditedTable[] }[] };
  const table = report.audits[0]?.tables.find((one) => one.table === TABLE);
  must(table, `no audit of ${TABLE}`);
  must(table.missing.count === 0 && table.doubles.count === 0, `missing ${table.missing.count}, doubles ${table.doubles.count}`);
}

interface AuditedTable {
  readonly table: string;
  readonly missing: { readonly count: number };
  readonly doubles: { readonly count: number };
}

export function emptyHome(home: string): void {
  rmSync(home, { recursive: true, force: true });
  mkdirSync(home, { recursive: true });
}

function visit(n: number): string {
  const time = new Date(Date.UTC(2026, 2, 1 + (n % 3), n % 24)).toISOString();
  return `${JSON.stringify({ visit_id: n, visitor: n % 4 === 0 ? null : `visitor-${n % 7}`, seen_at: time, spent: n / 4 })}\n`;
}
