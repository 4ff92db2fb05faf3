// A query's result in three formats, chunk by chunk where the format allows: JSON (one document: an array of objects), CSV
// (RFC 4180, with a header), and a table for people, of which only so many rows are shown.
import { LIMITS } from '../contract/limits.ts';
import { asSqlError, type QueryResult } from './query-session.ts';
import { jsonOf, textOf } from './query-values.ts';
import { formatCount, tableText } from './table-text.ts';
import type { Terminal } from './terminal.ts';

export type QueryFormat = 'table' | 'json' | 'csv';
export const QUERY_FORMATS: readonly QueryFormat[] = ['table', 'json', 'csv'];

type Rows = Awaited<ReturnType<QueryResult['getRows']>>;

/** Prints a result; gives the number of rows. */
export async function printResult(result: QueryResult, format: QueryFormat, terminal: Terminal): Promise<number> {
  switch (format) {
    case 'json':
      return printJson(result, terminal);
    case 'csv':
      return printCsv(result, terminal);
    case 'table':
      return printTable(result, terminal);
  }
}

async function printJson(result: QueryResult, terminal: Terminal): Promise<number> {
  const names = result.deduplicatedColumnNames();
  const types = result.columnTypes();
  let rows = 0;
  // With --json an error is the document, so nothing may be printed before the last row is known to be fine.
  const held: string[] = [];
  const print = (text: string) => void (terminal.isJson ? held.push(text) : terminal.raw(text));
  print('[');
  for await (const chunk of chunksOf(result)) {
    let text = '';
    for (const row of chunk) {
      const fields = names.map((name, i) => `${JSON.stringify(name)}:${JSON.stringify(jsonOf(row[i]!, types[i]!))}`);
      text += `${rows++ === 0 ? '' : ','}\n{${fields.join(',')}}`;
    }
    print(text);
  }
  print(rows === 0 ? ']\n' : '\n]\n');
  for (const text of held) terminal.raw(text);
  return rows;
}

async function printCsv(result: QueryResult, terminal: Terminal): Promise<number> {
  const types = result.columnTypes();
  let rows = 0;
  terminal.raw(`${result.columnNames().map(csvField).join(',')}\n`);
  for await (const chunk of chunksOf(result)) {
    rows += chunk.length;
    // An empty text is quoted, so that it differs from null.
    terminal.raw(
      chunk.map((row) => `${row.map((value, i) => (value === '' ? '""' : csvField(textOf(value, types[i]!)))).join(',')}\n`).join(''),
    );
  }
  return rows;
}

function csvField(text: string): string {
  return /[",\r\n]|^\s|\s$/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}

async function printTable(result: QueryResult, terminal: Terminal): Promise<number> {
  const types = result.columnTypes();
  const shown: string[][] = [];
  let rows = 0;
  for await (const chunk of chunksOf(result)) {
    for (const row of chunk) {
      if (rows++ < LIMITS.queryTableRowsMax) shown.push(row.map((value, i) => (value === null ? '∅' : textOf(value, types[i]!))));
    }
  }
  const alignRight = types.flatMap((type, i) =>
    /^(U?(TINY|SMALL|BIG|HUGE)?INT(EGER)?|FLOAT|DOUBLE|DECIMAL.*)$/.test(String(type)) ? [i] : [],
  );
  terminal.raw(`${tableText(result.columnNames(), shown, { alignRight }).join('\n')}\n`);
  const cut = rows > shown.length ? `, ${formatCount(shown.length)} shown; --format csv or json gives all` : '';
  terminal.raw(`${terminal.style.dim(`${formatCount(rows)} row${rows === 1 ? '' : 's'}${cut}`)}\n`);
  return rows;
}

async function* chunksOf(result: QueryResult): AsyncGenerator<Rows> {
  for (;;) {
    const chunk = await asSqlError(() => result.fetchChunk());
    if (!chunk || chunk.rowCount === 0) return;
    yield chunk.getRows();
  }
}
