// The corpus: tables written by Firn through its command line from generated messages, with the rows every other engine must
// read from them. One folder per corpus run; each table says its contract, its inputs in order, and its expected rows.
import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Canonical } from './canonical.ts';
import type { Checks } from './checks.ts';
import { CORPUS_TABLES, type CorpusTable } from './corpus-tables.ts';
import { firnJson, INTEROP_HOME } from './processes.ts';

export const CORPUS_HOME = join(INTEROP_HOME, 'work/corpus');
export const CORPUS_WAREHOUSE = join(CORPUS_HOME, 'warehouse');

export interface ExpectedTable {
  readonly table: string;
  /** Contract columns, `source_id` and `kafka_offset` of every accepted row, by source and offset. */
  readonly rows: readonly Readonly<Record<string, Canonical>>[];
  readonly isReadableByDuckdb: boolean;
}

/** Writes every table of the corpus anew and gives what must be in each. */
export async function writeCorpus(checks: Checks): Promise<readonly ExpectedTable[]> {
  rmSync(CORPUS_HOME, { recursive: true, force: true });
  const written: ExpectedTable[] = [];
  for (const table of CORPUS_TABLES) {
    const ok = await checks.check(`firn lands the corpus table ${table.name}`, () => landTable(table));
    if (ok) written.push(expectedOf(table));
  }
  return written;
}

function landTable(table: CorpusTable): void {
  const folder = join(CORPUS_HOME, 'schemas', table.name);
  mkdirSync(folder, { recursive: true });
  const contract = join(folder, `${table.name}.odcs.yaml`);
  const input = join(CORPUS_HOME, 'inputs', `${table.name}.ndjson`);
  mkdirSync(join(CORPUS_HOME, 'inputs'), { recursive: true });
  let text = '';
  let checked = '';
  for (const step of table.steps) {
    // JSON is YAML: the contract is written as data.
    const document = JSON.stringify(contractOf(table, step.columns, step.version), null, 2);
    writeFileSync(contract, document);
    if (document !== checked) firnJson(['check', contract, '--write-ids', '--warehouse', CORPUS_WAREHOUSE]);
    checked = document;
    text += step.lines.map((line) => `${line}\n`).join('');
    writeFileSync(input, text);
    firnJson(['land', contract, input, '--source', 'corpus-file', '--warehouse', CORPUS_WAREHOUSE]);
  }
}

export function contractOf(table: CorpusTable, columns: CorpusTable['steps'][number]['columns'], version: string): unknown {
  const layout = { partition: table.partition, ...(table.sort ? { sort: table.sort } : {}), formatVersion: table.formatVersion ?? 2 };
  return {
    apiVersion: 'v3.1.0',
    kind: 'DataContract',
    id: `urn:firn:corpus:${table.name}`,
    version,
    status: 'active',
    domain: 'corpus',
    schema: [
      {
        name: table.name,
        logicalType: 'object',
        physicalType: 'table',
        properties: columns.map(({ name, property }) => ({ name, ...property })),
        customProperties: [{ property: 'firn.undeclared', value: 'ignore' }],
      },
    ],
    customProperties: [
      { property: 'firn.source', value: { name: 'corpus', topic: `corpus.${table.name}`, format: 'json' } },
      { property: 'firn.table', value: layout },
    ],
  };
}

function expectedOf(table: CorpusTable): ExpectedTable {
  const rows: Record<string, Canonical>[] = [];
  let offset = 0;
  const names = new Set(table.steps.flatMap((step) => step.columns.map(({ name }) => name)));
  for (const step of table.steps) {
    for (const row of step.rows) {
      if (row) rows.push({ ...Object.fromEntries([...names].map((name) => [name, row[name] ?? null])), kafka_offset: String(offset) });
      offset += 1;
    }
  }
  return { table: `corpus.${table.name}`, rows, isReadableByDuckdb: table.isReadableByDuckdb ?? true };
}
