// `firn quarantine`: what was rejected and why, by rule and field, with where to find examples. Payloads only with --values: the
// quarantine holds the bytes as they came, which may be personal.
import { DuckDBBlobValue, type DuckDBValue } from '@duckdb/node-api';
import { QUARANTINE_SUFFIX, quarantineIdentifier, tableKey } from '../contract/names.ts';
import { type Command, EXIT, type ExitCode, type Invocation, UsageError } from './command.ts';
import { quoteName, quoteText } from './duckdb-types.ts';
import { fetchProgress } from './query-files.ts';
import { type QueryResult, withSession } from './query-session.ts';
import { suggestion } from './suggest.ts';
import { formatCount, tableText } from './table-text.ts';
import { findTable, openExistingWarehouse } from './warehouse.ts';

const EXAMPLES_DEFAULT = 3;
const EXAMPLES_MAX = 1000;

export const quarantineCommand: Command = {
  name: 'quarantine',
  usage: 'TABLE [--rule R] [--limit N] [--values]',
  positionalsMin: 1,
  positionalsMax: 1,
  options: {
    rule: { type: 'string', value: 'RULE', summary: 'only records rejected by this rule' },
    limit: { type: 'string', value: 'N', summary: `examples for each rule and field (default ${EXAMPLES_DEFAULT})` },
    values: { type: 'boolean', summary: 'show the payloads of the examples' },
  },
  examples: [
    ['quarantine cinema.movies', 'counts by rule and field'],
    ['quarantine movies --rule required --limit 10 --values', 'ten records that lack a required value'],
  ],
  run: runQuarantine,
};

interface Example {
  readonly source: string;
  readonly partition: number;
  readonly offset: number;
  readonly value?: string | null;
}

interface RuleCount {
  readonly rule: string;
  readonly field: string;
  readonly count: number;
  readonly message: string;
  readonly examples: readonly Example[];
}

async function runQuarantine(invocation: Invocation): Promise<ExitCode> {
  const { positionals, text, switches, terminal } = invocation;
  const limit = limitOf(text['limit']);
  const ports = await openExistingWarehouse(invocation.warehouse);
  const { identifier } = await findTable(ports, positionals[0]!);
  const quarantine = identifier.name.endsWith(QUARANTINE_SUFFIX) ? identifier : quarantineIdentifier(identifier);
  if ((await ports.catalog.load(quarantine)) === undefined)
    throw new UsageError(`${tableKey(identifier)} has no quarantine`, 'firn tables');
  const options = { rule: text['rule'], limit, hasValues: switches.has('values') };
  const sql = { rules: rulesSql(quarantine, options), records: recordsSql(quarantine, options.rule), known: knownSql(quarantine) };
  const answer = async (run: (text: string) => Promise<QueryResult>) => {
    const rules = (await (await run(sql.rules)).getRows()).map((row) => ruleOf(row, options));
    const records = Number((await (await run(sql.records)).getRows())[0]![0]);
    const isTold = options.rule === undefined || records > 0;
    return { rules, records, known: isTold ? [] : (await (await run(sql.known)).getRows()).map(([rule]) => String(rule)) };
  };
  const { rules, records, known } = await withSession(ports, Object.values(sql), answer, { onFetch: fetchProgress(terminal) });
  terminal.progress('');
  if (terminal.isJson) terminal.json({ table: tableKey(quarantine), records, rules });
  else if (records === 0)
    terminal.line(`nothing in ${tableKey(quarantine)}${options.rule === undefined ? '' : unknownRule(options.rule, known)}`);
  else print(invocation, { table: tableKey(quarantine), records, rules });
  return EXIT.fine;
}

function limitOf(text: string | undefined): number {
  if (text === undefined) return EXAMPLES_DEFAULT;
  const limit = Number(text);
  if (Number.isInteger(limit) && limit >= 0 && limit <= EXAMPLES_MAX) return limit;
  throw new UsageError(`--limit must be a whole number from 0 to ${EXAMPLES_MAX}; got ${JSON.stringify(text)}`, 'firn help quarantine');
}

type Identifier = { readonly namespace: string; readonly name: string };

function nameOf({ namespace, name }: Identifier): string {
  return `${quoteName(namespace)}.${quoteName(name)}`;
}

function rulesSql(
  table: Identifier,
  options: { readonly rule: string | undefined; readonly limit: number; readonly hasValues: boolean },
): string {
  const members = `'source': source_id, 'partition': kafka_partition, 'offset': kafka_offset${options.hasValues ? `, 'value': value` : ''}`;
  const where = options.rule === undefined ? '' : `WHERE r.rule = ${quoteText(options.rule)}`;
  return `
    WITH reasons AS (SELECT unnest(reasons) AS r, source_id, kafka_partition, kafka_offset, value FROM ${nameOf(table)})
    SELECT r.rule, r.field, count(*), min(r.message),
      array_agg({${members}} ORDER BY source_id, kafka_partition, kafka_offset)[:${options.limit}]
    FROM reasons ${where} GROUP BY r.rule, r.field ORDER BY count(*) DESC, r.rule, r.field`;
}

function recordsSql(table: Identifier, rule: string | undefined): string {
  const where = rule === undefined ? '' : ` WHERE list_contains(list_transform(reasons, lambda r: r.rule), ${quoteText(rule)})`;
  return `SELECT count(*) FROM ${nameOf(table)}${where}`;
}

function knownSql(table: Identifier): string {
  return `SELECT r.rule FROM (SELECT unnest(reasons) AS r FROM ${nameOf(table)}) GROUP BY r.rule ORDER BY count(*) DESC, r.rule`;
}

/** No record is there by a rule: a name nobody gave looks the same as a rule that nothing broke, so those there are named. */
function unknownRule(rule: string, known: readonly string[]): string {
  const others = known.length === 0 ? '' : `; its records are there by ${known.join(', ')}`;
  return ` by the rule ${rule}${suggestion(rule, known)}${others}`;
}

function ruleOf(row: readonly DuckDBValue[], options: { readonly hasValues: boolean }): RuleCount {
  const items = (row[4] as { items?: readonly { entries: Readonly<Record<string, DuckDBValue>> }[] } | null)?.items ?? [];
  return {
    rule: String(row[0]),
    field: String(row[1]),
    count: Number(row[2]),
    message: String(row[3]),
    examples: items.map(({ entries }) => ({
      source: String(entries['source']),
      partition: Number(entries['partition']),
      offset: Number(entries['offset']),
      ...(options.hasValues ? { value: payloadText(entries['value'] ?? null) } : {}),
    })),
  };
}

/** UTF-8 as text; other bytes in hex, so that no byte is shown as another. */
function payloadText(value: DuckDBValue): string | null {
  if (!(value instanceof DuckDBBlobValue)) return null;
  const bytes = Buffer.from(value.bytes);
  const text = bytes.toString('utf8');
  return Buffer.from(text).equals(bytes) ? text : `\\x${bytes.toString('hex')}`;
}

/** Offsets after the source and partition they are of. */
function examplesText(examples: readonly Example[]): string {
  const places = new Map<string, number[]>();
  for (const { source, partition, offset } of examples) {
    const place = `${source}[${partition}]`;
    places.set(place, [...(places.get(place) ?? []), offset]);
  }
  return [...places].map(([place, offsets]) => `${place} ${offsets.join(', ')}`).join('; ');
}

function print(
  { terminal }: Invocation,
  given: { readonly table: string; readonly records: number; readonly rules: readonly RuleCount[] },
): void {
  const { style } = terminal;
  terminal.line(`${style.bold(given.table)}  ${formatCount(given.records)} records`);
  const rows = given.rules.map(({ rule, field, count, message, examples }) => [
    rule,
    field === '' ? '(message)' : field,
    formatCount(count),
    message,
    examplesText(examples),
  ]);
  for (const line of tableText(['rule', 'field', 'records', 'message', 'for example'], rows, { alignRight: [2], cellWidthMax: 70 }))
    terminal.line(line);
  for (const { rule, field, examples } of given.rules) {
    for (const { source, partition, offset, value } of examples) {
      if (value === undefined) continue;
      const shown = value === null ? '(no value)' : value.slice(0, 2000).replace(/[\u0000-\u001f\u007f-\u009f]/g, '·');
      terminal.line(`${style.dim(`${rule} ${field} ${source}[${partition}] ${offset}`)}  ${shown}`);
    }
  }
}
