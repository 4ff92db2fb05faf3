// `firn query`: SQL over every table of the warehouse at one moment.
import { readFile } from 'node:fs/promises';
import { LIMITS } from '../contract/limits.ts';
import { InputRefusedError } from '../errors.ts';
import { systemCode } from '../local/io-errors.ts';
import { type Command, EXIT, type ExitCode, type Invocation, UsageError } from './command.ts';
import { fetchProgress } from './query-files.ts';
import { printResult, QUERY_FORMATS, type QueryFormat } from './query-output.ts';
import { withQuery } from './query-session.ts';
import { formatBytes } from './table-text.ts';
import { openExistingWarehouse } from './warehouse.ts';

export const queryCommand: Command = {
  name: 'query',
  usage: '"SQL" [--format table|json|csv]',
  positionalsMin: 0,
  positionalsMax: 1,
  options: {
    format: { type: 'string', value: 'FORMAT', summary: 'table (default), json or csv', choices: QUERY_FORMATS },
    file: { type: 'string', value: 'FILE', summary: 'read the SQL from a file' },
  },
  examples: [
    ['query "select count(*) from aviation.flights"', 'a table by its namespace and name'],
    ['query "from flights limit 5" --format json', 'the name alone will do when no other table has it'],
    ['query --file report.sql --format csv > report.csv', 'a script; the last statement is printed'],
    ['query "summarize movies"', "everything else that reads is DuckDB's"],
  ],
  notes: [
    'Views show exactly the files of each table’s current snapshot, with deletes applied. Times are in UTC. Nothing can be written.',
    `Of a warehouse on S3 the files of the tables that the SQL names are fetched into a temporary folder first, at most ${formatBytes(LIMITS.queryFetchBytesMax)}.`,
  ],
  run: runQuery,
};

async function runQuery(invocation: Invocation): Promise<ExitCode> {
  const sql = await sqlOf(invocation);
  const format = invocation.isJson ? 'json' : ((invocation.text['format'] ?? 'table') as QueryFormat);
  const ports = await openExistingWarehouse(invocation.warehouse);
  await withQuery(ports, sql, (result) => printResult(result, format, invocation.terminal), {
    onFetch: fetchProgress(invocation.terminal),
  });
  return EXIT.fine;
}

async function sqlOf({ positionals, text, isJson }: Invocation): Promise<string> {
  const file = text['file'];
  if ((positionals[0] === undefined) === (file === undefined)) {
    throw new UsageError('firn query needs SQL, either as its argument or with --file', 'firn help query');
  }
  if (isJson && text['format'] !== undefined && text['format'] !== 'json')
    throw new UsageError('--json and --format disagree', 'give one of them');
  if (file === undefined) return positionals[0]!;
  try {
    return await readFile(file, 'utf8');
  } catch (error) {
    throw new InputRefusedError(`cannot read ${file}: ${systemCode(error) || String(error)}; check the path`, {
      code: 'input-unreadable',
      details: { file },
      cause: error,
    });
  }
}
