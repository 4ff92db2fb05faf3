// `firn demo`: the whole thing on real data in one go — land, land again, query, quarantine, audit — ending with how to open the
// warehouse in other engines. A second run adds nothing.
import { quarantineIdentifier, tableKey } from '../contract/names.ts';
import { auditTable } from '../jobs/audit-table.ts';
import type { AuditReport } from '../jobs/types.ts';
import { pathOfUri } from '../local/file-uri.ts';
import type { Ports } from '../ports.ts';
import { printAudit } from './audit.ts';
import { type Command, EXIT, type ExitCode, type Invocation, UsageError } from './command.ts';
import { requireContract } from './contract-files.ts';
import { type DemoInput, writeDemoInputs } from './demo-inputs.ts';
import { snippetsFor } from './demo-snippets.ts';
import { type LandSummary, printSummary, summaryOf } from './land.ts';
import { landInputs } from './land-run.ts';
import { printResult } from './query-output.ts';
import { withQuery } from './query-session.ts';
import { jsonOf } from './query-values.ts';
import type { Terminal } from './terminal.ts';
import { findTable, openLocalWarehouse } from './warehouse.ts';

export const demoCommand: Command = {
  name: 'demo',
  usage: '',
  positionalsMin: 0,
  positionalsMax: 0,
  options: {},
  examples: [
    ['demo', 'into ./warehouse; a second run adds nothing'],
    ['demo --warehouse /tmp/lake', 'into another folder'],
  ],
  run: runDemo,
};

const QUERIES = [
  {
    title: 'Which airports lose the most time?',
    sql: `SELECT origin, count(*) AS flights, round(avg(delay), 1) AS avg_delay_min, round(100.0 * count(*) FILTER (delay > 60) / count(*), 1) AS over_an_hour_pct
FROM aviation.flights GROUP BY origin HAVING count(*) >= 200 ORDER BY avg_delay_min DESC, origin LIMIT 5`,
  },
  {
    title: 'The strongest earthquakes, from inside a nested column',
    sql: `SELECT occurred_at, magnitude, place, geometry.coordinates[3] AS depth_km, felt
FROM seismology.earthquakes ORDER BY magnitude DESC NULLS LAST, occurred_at LIMIT 5`,
  },
  {
    title: 'What kind of film earns its budget back?',
    sql: `SELECT major_genre AS genre, count(*) AS films, round(median(worldwide_gross / production_budget), 1) AS times_budget, round(avg(imdb_rating), 1) AS imdb
FROM cinema.movies WHERE production_budget > 0 AND worldwide_gross > 0 AND major_genre IS NOT NULL
GROUP BY major_genre HAVING count(*) >= 20 ORDER BY times_budget DESC, genre LIMIT 5`,
  },
  {
    title: 'Every row knows where it came from',
    sql: `SELECT source_id, kafka_offset AS line, title, release_date FROM cinema.movies ORDER BY kafka_offset LIMIT 3`,
  },
] as const;

async function runDemo({ warehouse, terminal }: Invocation): Promise<ExitCode> {
  const startedMs = performance.now();
  const { style } = terminal;
  if (warehouse.kind !== 'local')
    throw new UsageError('firn demo fills a warehouse directory with a catalog of its own', 'firn demo --warehouse DIR');
  const ports = openLocalWarehouse(warehouse.directory);
  const directory = pathOfUri(ports.root);
  const inputs = await writeDemoInputs(`${directory}/inputs`);
  const landed: LandSummary[] = [];
  for (const [i, input] of inputs.entries()) {
    heading(terminal, `${i + 1}. Land ${input.title}`);
    landed.push(await land(ports, input, terminal));
    printSummary(terminal, landed.at(-1)!);
  }
  heading(terminal, `${inputs.length + 1}. Land the flights once more`);
  const again = await land(ports, inputs[0]!, terminal);
  printSummary(terminal, again);
  heading(terminal, `${inputs.length + 2}. Ask`);
  const answers = [];
  for (const { title, sql } of QUERIES) answers.push(await ask(ports, terminal, { title, sql }));
  heading(terminal, `${inputs.length + 3}. What was rejected, and why`);
  const rejected = await ask(ports, terminal, { title: '', sql: rejectedSql(landed) });
  heading(terminal, `${inputs.length + 4}. Is every record accounted for?`);
  const audits: AuditReport[] = [];
  for (const { contract } of landed) {
    audits.push(await auditTable({ ports, contractName: contract }));
    if (!terminal.isJson) printAudit(terminal, audits.at(-1)!);
  }
  const isClean = audits.every((audit) => audit.clean) && again.accepted + again.quarantined + again.filtered === 0;
  const flights = await findTable(ports, 'aviation.flights');
  const snippets = snippetsFor(directory, flights.metadataLocation);
  if (terminal.isJson)
    terminal.json({
      warehouse: ports.root,
      landed,
      again,
      answers,
      rejected,
      audits,
      clean: isClean,
      snippets,
      durationMs: Math.round(performance.now() - startedMs),
    });
  heading(terminal, 'Now open it elsewhere');
  for (const { engine, code } of snippets) terminal.line(`${style.bold(engine)}\n${code.replace(/^/gm, '  ')}`);
  terminal.line(style.dim(`\n${((performance.now() - startedMs) / 1000).toFixed(1)} s, warehouse ${directory}`));
  return isClean ? EXIT.fine : EXIT.no;
}

async function land(ports: Ports, input: DemoInput, terminal: Terminal): Promise<LandSummary> {
  const startedMs = performance.now();
  const contract = await requireContract(input.contract);
  const tally = await landInputs({
    ports,
    contract,
    inputs: [{ path: input.path, sourceName: input.path.slice(input.path.lastIndexOf('/') + 1) }],
    format: 'events',
    sourceName: undefined,
    isGrowing: false,
    isCommitting: true,
    isInterrupted: () => false,
    onProgress: () => terminal.progress(`landing ${input.path} …`),
  });
  terminal.progress('');
  const table = tableKey(contract.tables[0]!.identifier);
  return summaryOf(tally, { contract: contract.name, table, isCommitted: true, isInterrupted: false, ms: performance.now() - startedMs });
}

async function ask(ports: Ports, terminal: Terminal, { title, sql }: { readonly title: string; readonly sql: string }) {
  if (terminal.isJson) {
    const rows = await withQuery(ports, sql, async (result) => {
      const names = result.deduplicatedColumnNames();
      const types = result.columnTypes();
      return (await result.getRows()).map((row) => Object.fromEntries(row.map((value, i) => [names[i]!, jsonOf(value, types[i]!)])));
    });
    return { title, sql, rows };
  }
  if (title !== '') terminal.line(`${terminal.style.bold(title)}\n${terminal.style.dim(sql.replace(/^/gm, '  '))}`);
  await withQuery(ports, sql, (result) => printResult(result, 'table', terminal));
  return { title, sql, rows: [] };
}

/** All quarantines in one answer. */
function rejectedSql(landed: readonly LandSummary[]): string {
  const parts = landed.map(({ table }) => {
    const [namespace = '', name = ''] = table.split('.');
    const quarantine = quarantineIdentifier({ namespace, name });
    return `SELECT '${table}' AS "table", unnest(reasons) AS r FROM "${quarantine.namespace}"."${quarantine.name}"`;
  });
  return `SELECT "table", r.rule, r.field, count(*) AS records, min(r.message) AS message
FROM (${parts.join(' UNION ALL ')}) GROUP BY ALL ORDER BY 1, 4 DESC, 2, 3`;
}

function heading(terminal: Terminal, text: string): void {
  terminal.line(`\n${terminal.style.bold(text)}`);
}
