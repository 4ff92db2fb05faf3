// `writers`: ten alternations with PyIceberg in every run; more, and with Java and Spark, by command:
//   node test/interop/writers/run.ts --rounds 50 --writers pyiceberg,java,spark
import { join } from 'node:path';
import type { Checks } from '../checks.ts';
import { prepareJava, prepareSpark } from '../java.ts';
import { INTEROP_HOME, REPOSITORY } from '../processes.ts';
import { alternate, emptyHome } from './alternate.ts';
import { type ForeignWriter, startJava, startPyIceberg, startSpark } from './foreign-writers.ts';

const HOME = join(INTEROP_HOME, 'work/writers');
export const VISITS = join(REPOSITORY, 'test/interop/contracts/visits.odcs.yaml');
const ROUNDS = 10;

export interface WritersOptions {
  readonly rounds?: number;
  readonly writers?: readonly ForeignWriter['name'][];
}

export async function checkAlternatingWriters(checks: Checks, options: WritersOptions = {}): Promise<void> {
  const names = options.writers ?? ['pyiceberg'];
  if (names.some((name) => name !== 'pyiceberg') && !(await prepareJava(checks))) return;
  if (names.includes('spark') && !(await prepareSpark(checks))) return;
  emptyHome(HOME);
  const warehouse = join(HOME, 'warehouse');
  const place = { kind: 'sql', warehouse } as const;
  const start = { pyiceberg: () => startPyIceberg(place), java: () => startJava(place), spark: () => startSpark(warehouse) };
  const writers = names.map((name) => start[name]());
  try {
    await alternate(checks, { name: 'writers', home: HOME, warehouse, place, contract: VISITS, writers, rounds: options.rounds ?? ROUNDS });
  } finally {
    for (const writer of writers) await writer.stop();
  }
}
