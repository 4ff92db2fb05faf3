// The table of mutation testing in the fault report, and its results: one row a source file, of the last time it was judged whole.
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';

/** What `npm run -s mutate` found out about one source file. */
export interface MutantsOfFile {
  readonly file: string;
  readonly killed: number;
  readonly survived: number;
  readonly equivalent: number;
  /** `YYYY-MM-DD`. */
  readonly date: string;
}

/** Adds results to a result file; of a file that is there already the new ones count. */
export function addMutants(path: string, fresh: readonly MutantsOfFile[]): void {
  const all = mergeMutants(readMutants(path) ?? [], fresh);
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(path, `${JSON.stringify(all, undefined, 2)}\n`);
}

/** In order of file; of one that both name the fresh result counts. */
export function mergeMutants(known: readonly MutantsOfFile[], fresh: readonly MutantsOfFile[]): MutantsOfFile[] {
  const kept = known.filter(({ file }) => !fresh.some((one) => one.file === file));
  return [...kept, ...fresh].sort((a, b) => (a.file < b.file ? -1 : 1));
}

/** Undefined when there is no result file. */
export function readMutants(path: string): readonly MutantsOfFile[] | undefined {
  return existsSync(path) ? (JSON.parse(readFileSync(path, 'utf8')) as MutantsOfFile[]) : undefined;
}

/** Rows of a table made by `mutantsTable`: of files that a result file does not name they still hold. */
export function parseMutantsTable(table: string): MutantsOfFile[] {
  const rows = table.matchAll(/^\| `([^`]+)` \| (\d+) \| (\d+) \| (\d+) \| [\d.]+ % \| (\d{4}-\d\d-\d\d) \|$/gm);
  return [...rows].map(([, file, mutants, killed, equivalent, date]) => {
    const survived = Number(mutants) - Number(killed) - Number(equivalent);
    return { file: file!, killed: Number(killed), survived, equivalent: Number(equivalent), date: date! };
  });
}

/** Score: killed of all that are not proven equivalent. */
export function mutantsTable(all: readonly MutantsOfFile[]): string {
  const judged = all.filter(({ killed, survived }) => killed + survived > 0);
  const row = (name: string, of: readonly MutantsOfFile[], date: string): string => {
    const [killed, survived, equivalent] = (['killed', 'survived', 'equivalent'] as const).map((key) =>
      of.reduce((sum, one) => sum + one[key], 0),
    );
    const score = ((100 * killed!) / (killed! + survived!)).toFixed(1);
    return `| ${name} | ${killed! + survived! + equivalent!} | ${killed} | ${equivalent} | ${score} % | ${date} |`;
  };
  const rows = judged.map((one) => row(`\`${one.file}\``, [one], one.date));
  const head = '| file | mutants | killed | equivalent | score | judged |\n|---|---|---|---|---|---|';
  return `${head}\n${rows.join('\n')}\n${row('all', judged, '')}`;
}
