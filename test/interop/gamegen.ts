// The truth test: a generated game stream with its exact truth goes through the contract `game.game-events`; what the tables hold
// must equal the truth to the last count and cent. Then the same records in another input form, shuffled, repeated and cut anew
// must give the same content. Upholds promises 1 (accounted) and 2 (once) on a large input.
import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { type Checks, must } from './checks.ts';
import { type Answers, askDuckdb, contentQuery } from './duckdb.ts';
import { firnJson, INTEROP_HOME, REPOSITORY } from './processes.ts';

export const GAMEGEN_HOME = join(INTEROP_HOME, 'work/gamegen');
export const GAME_CONTRACT = join(REPOSITORY, 'schemas/game/game-events.odcs.yaml');

interface Truth {
  readonly records: number;
  readonly tombstones: number;
  readonly valid_unique: number;
  readonly bad_total: number;
  readonly by_kind: Readonly<Record<string, number>>;
  readonly duplicates: { readonly total: number };
  readonly valid_by_schema_version: Readonly<Record<string, number>>;
  readonly valid_by_event_name: Readonly<Record<string, number>>;
  readonly valid_by_country: Readonly<Record<string, number>>;
  readonly devices: { readonly by_platform: Readonly<Record<string, { readonly events: number }>> };
  readonly per_day: Readonly<Record<string, { readonly valid: number; readonly dau: number; readonly dad: number }>>;
  readonly revenue: Readonly<Record<string, Readonly<Record<string, string>>>>;
  readonly partitions: Readonly<Record<string, number>>;
}

/** Each bad kind of the generator ends under one rule (and field) of the contract. */
const RULE_OF_KIND: Readonly<Record<string, string>> = {
  empty_value: 'empty-value ',
  oversize: 'oversize ',
  invalid_utf8: 'invalid-utf8 ',
  malformed_json: 'not-json ',
  not_object: 'not-object ',
  unknown_schema_version: 'no-variant ',
  missing_event_id: 'missing-event-id event_id',
  missing_event_time: 'missing-event-time event_time',
  bad_timestamp: 'bad-timestamp event_time',
  future_time: 'event-time-ahead event_time',
  too_old: 'event-time-behind event_time',
  unknown_event_name: 'unknown-event-name event_name',
  wrong_type: 'wrong-type level',
  bad_currency: 'bad-currency currency',
  negative_amount: 'negative-amount ',
};

/** The first record of each event id, in the order of partition and offset, is the one that counts. */
const UNIQUE = `(select * from game_events qualify row_number() over (partition by event_id order by kafka_partition, kafka_offset) = 1)`;
const CLOCKS = { game_events: ['ingested_at'], game_events__quarantine: ['quarantined_at'] } as const;

/** Lands `records` generated events and compares every number; gives the warehouse for further judges. */
export async function checkGamegen(checks: Checks, records: number): Promise<string> {
  rmSync(GAMEGEN_HOME, { recursive: true, force: true });
  mkdirSync(GAMEGEN_HOME, { recursive: true });
  const stream = generate('stream.ndjson', records, ['--format=records']);
  const warehouse = join(GAMEGEN_HOME, 'warehouse');
  await checks.check(`firn lands ${records} generated records`, () => {
    firnJson(['land', GAME_CONTRACT, stream, '--format', 'records', '--warehouse', warehouse]);
  });
  await checkTruth(checks, { stream, warehouse });
  await checkAudit(checks, warehouse);
  await checkRecut(checks, records, stream, warehouse);
  return warehouse;
}

/** Compares what the tables hold with the truth beside the stream, to the last count and cent. */
export async function checkTruth(checks: Checks, given: { readonly stream: string; readonly warehouse: string }): Promise<void> {
  await checkAnswers(checks, given.stream, askDuckdb(given.warehouse, TRUTH_QUERIES));
}

/** The same for the answers of any engine to TRUTH_QUERIES. */
export async function checkAnswers(checks: Checks, stream: string, answers: Answers): Promise<void> {
  const truth = JSON.parse(readFileSync(`${stream}.truth.json`, 'utf8')) as Truth;
  await checkCounts(checks, truth, answers);
  await checkAggregates(checks, truth, answers);
}

/** Over views named by their tables without the namespace. */
export const TRUTH_QUERIES = {
  accepted: 'select count(*) from game_events',
  unique: `select count(*) from ${UNIQUE}`,
  quarantined: `select reasons[1].rule || ' ' || reasons[1].field as kind, count(*) from game_events__quarantine group by 1 order by 1`,
  reasons: `select distinct array_to_string(list_transform(reasons, reason -> reason.rule), ' ') from game_events__quarantine where len(reasons) <> 1`,
  partitions: `select kafka_partition, count(*), count(distinct kafka_offset) from
    (select kafka_partition, kafka_offset from game_events union all select kafka_partition, kafka_offset from game_events__quarantine)
    group by 1 order by 1`,
  per_day: `select strftime(event_time, '%Y-%m-%d'), count(*), count(distinct user_id), count(distinct device_id) from ${UNIQUE} group by 1 order by 1`,
  revenue: `select strftime(event_time, '%Y-%m-%d'), currency, sum(revenue) from ${UNIQUE} where currency is not null group by 1, 2 order by 1, 2`,
  versions: `select schema_version, count(*) from ${UNIQUE} group by 1 order by 1`,
  names: `select event_name, count(*) from ${UNIQUE} group by 1 order by 1`,
  countries: `select country, count(*) from ${UNIQUE} group by 1 order by 1`,
  platforms: `select platform, count(*) from ${UNIQUE} group by 1 order by 1`,
} as const;

async function checkCounts(checks: Checks, truth: Truth, answers: Answers): Promise<void> {
  await checks.equal('gamegen: accepted = valid + duplicates', answers['accepted'], [
    [String(truth.valid_unique + truth.duplicates.total)],
  ]);
  await checks.equal('gamegen: unique event ids = valid', answers['unique'], [[String(truth.valid_unique)]]);
  const kinds = Object.entries(truth.by_kind).filter(([kind]) => kind !== 'valid');
  const unmapped = kinds.filter(([kind]) => !(kind in RULE_OF_KIND));
  await checks.equal('gamegen: every bad kind has a rule', unmapped, []);
  const expected = kinds.map(([kind, count]) => [RULE_OF_KIND[kind] ?? kind, String(count)]).sort(byFirst);
  await checks.equal(
    'gamegen: every bad record is quarantined under the rule of its kind',
    [...answers['quarantined']!].sort(byFirst),
    expected,
  );
  // A refund whose name was spoiled is also money below zero in what is no refund: two rules, both named, the name's first.
  const several = answers['reasons']!.filter(([rules]) => rules !== 'unknown-event-name negative-amount');
  await checks.equal('gamegen: a record that breaks one rule has one reason', several, []);
  const stored = answers['partitions']!.map(([partition, count, distinct]) => [partition, count === distinct, Number(count)] as const);
  await checks.equal(
    'gamegen: no offset is stored twice',
    stored.filter(([, isOnce]) => !isOnce),
    [],
  );
  const total = stored.reduce((sum, [, , count]) => sum + count, 0);
  await checks.equal('gamegen: stored + tombstones = records', total + truth.tombstones, truth.records);
  const missing = stored.filter(([partition, , count]) => count > (truth.partitions[partition!] ?? 0));
  await checks.equal('gamegen: no partition holds more records than were sent', missing, []);
}

async function checkAggregates(checks: Checks, truth: Truth, answers: Answers): Promise<void> {
  const days = Object.entries(truth.per_day).filter(([, day]) => day.valid > 0);
  const expectedDays = days.map(([day, { valid, dau, dad }]) => [day, String(valid), String(dau), String(dad)]);
  await checks.equal('gamegen: events, users and devices per day', answers['per_day'], expectedDays.sort(byFirst));
  const money = Object.entries(truth.revenue).flatMap(([day, sums]) => Object.entries(sums).map(([currency, sum]) => [day, currency, sum]));
  await checks.equal('gamegen: revenue per day and currency to the last decimal', answers['revenue'], money.sort(byFirst));
  await checks.equal('gamegen: events per schema version', answers['versions'], counts(truth.valid_by_schema_version));
  await checks.equal('gamegen: events per name', answers['names'], counts(truth.valid_by_event_name));
  await checks.equal('gamegen: events per cleansed country', answers['countries'], counts(truth.valid_by_country));
  const platforms = Object.fromEntries(Object.entries(truth.devices.by_platform).map(([name, { events }]) => [name, events]));
  await checks.equal('gamegen: events per cleansed platform', answers['platforms'], counts(platforms));
}

async function checkAudit(checks: Checks, warehouse: string): Promise<void> {
  await checks.check('gamegen: the audit is clean', () => {
    firnJson(['audit', 'game.game_events', '--warehouse', warehouse]);
  });
}

/** The same records as Lambda events and as records, out of order, a fifth of them twice, in files of other sizes. */
async function checkRecut(checks: Checks, records: number, stream: string, warehouse: string): Promise<void> {
  const events = generate('events.ndjson', records, ['--format=lambda', '--batch=137']);
  const other = join(GAMEGEN_HOME, 'warehouse-recut');
  const random = seeded(20260301);
  const lambda = shuffled(linesOf(events), random);
  const plain = linesOf(stream);
  const repeated = lambda.filter(() => random() < 0.2);
  const cuts: readonly (readonly [string, readonly string[]])[] = [
    ['lambda', lambda.slice(0, Math.floor(lambda.length / 3))],
    ['records', shuffled(plain.slice(Math.floor(plain.length / 4), Math.floor(plain.length / 2)), random)],
    ['lambda', [...repeated, ...lambda.slice(Math.floor(lambda.length / 3))]],
    ['records', plain],
  ];
  for (const [index, [format, lines]] of cuts.entries()) {
    const file = join(GAMEGEN_HOME, `cut-${index}.ndjson`);
    writeFileSync(file, lines.map((line) => `${line}\n`).join(''));
    await checks.check(`gamegen: cut ${index + 1} (${format}, ${lines.length} lines) lands`, () => {
      firnJson(['land', GAME_CONTRACT, file, '--format', format, '--warehouse', other]);
    });
  }
  await checks.equal('gamegen: shuffled, repeated and re-cut batches give the same content', contentOf(other), contentOf(warehouse));
  await checkAudit(checks, other);
}

/** Row count and content hash of the accepted and the quarantine table. */
export function contentOf(warehouse: string): Answers {
  return askDuckdb(warehouse, Object.fromEntries(Object.entries(CLOCKS).map(([table, clocks]) => [table, contentQuery(table, clocks)])));
}

export function generate(name: string, records: number, options: readonly string[]): string {
  const out = join(GAMEGEN_HOME, name);
  mkdirSync(GAMEGEN_HOME, { recursive: true });
  const script = join(REPOSITORY, 'bench/gamegen/gen.mjs');
  const { status, stderr } = spawnSync(process.execPath, [script, `--records=${records}`, `--out=${out}`, ...options], {
    encoding: 'utf8',
  });
  must(status === 0, `gamegen failed: ${stderr}`);
  return out;
}

function linesOf(file: string): readonly string[] {
  return readFileSync(file, 'utf8').trimEnd().split('\n');
}

function counts(table: Readonly<Record<string, number>>): readonly (readonly string[])[] {
  return Object.entries(table)
    .map(([key, count]) => [key, String(count)])
    .sort(byFirst);
}

function byFirst(a: readonly (string | null)[], b: readonly (string | null)[]): number {
  const [x, y] = [a.slice(0, 2).join('\u0000'), b.slice(0, 2).join('\u0000')];
  return x < y ? -1 : x > y ? 1 : 0;
}

/** Uniform numbers in [0, 1) from a seed: successive SHA-256 digests. */
export function seeded(seed: number): () => number {
  let count = 0;
  return () => createHash('sha256').update(`${seed}/${count++}`).digest().readUInt32BE(0) / 2 ** 32;
}

function shuffled<T>(items: readonly T[], random: () => number): readonly T[] {
  const out = [...items];
  for (let at = out.length - 1; at > 0; at--) {
    const other = Math.floor(random() * (at + 1));
    [out[at], out[other]] = [out[other]!, out[at]!];
  }
  return out;
}
