// `rest`: Firn against the REST catalog of Iceberg's own Java project. The conformance suite of catalogs; Firn, PyIceberg and Java
// committing to one table in turn through the server; and all of them at once.
import { mkdirSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import type { Checks } from './checks.ts';
import { checkConcurrency } from './concurrency.ts';
import { prepareJava } from './java.ts';
import { INTEROP_HOME, REPOSITORY, run } from './processes.ts';
import { startJavaRestServer } from './rest-server.ts';
import { alternate, emptyHome } from './writers/alternate.ts';
import { startJava, startPyIceberg } from './writers/foreign-writers.ts';
import { VISITS } from './writers/suite.ts';

const HOME = join(INTEROP_HOME, 'work/rest');
const ROUNDS = 8;

export async function checkRest(checks: Checks): Promise<void> {
  if (!(await prepareJava(checks))) return;
  emptyHome(HOME);
  const warehouse = join(HOME, 'warehouse');
  mkdirSync(warehouse);
  const server = await startJavaRestServer({ catalog: join(HOME, 'server.db'), warehouse });
  const place = { kind: 'rest', uri: server.uri } as const;
  const writers = [startPyIceberg(place), startJava(place)];
  try {
    await checks.check('rest: the conformance suite of catalogs passes against the Java server', () => conformance(server.uri, warehouse));
    await alternate(checks, { name: 'rest', home: HOME, warehouse, place, contract: VISITS, writers, rounds: ROUNDS });
    await checkConcurrency(checks, { name: 'rest', warehouse, place, processes: 4, commits: 5 });
  } finally {
    for (const writer of writers) await writer.stop();
    await server.stop();
  }
}

function conformance(uri: string, warehouse: string): void {
  const vitest = join(dirname(createRequire(import.meta.url).resolve('vitest/package.json')), 'vitest.mjs');
  const config = join(REPOSITORY, 'test/interop/rest/vitest.config.ts');
  const ran = run(process.execPath, [vitest, 'run', '--config', config], { env: { FIRN_REST_URI: uri, FIRN_REST_ROOT: warehouse } });
  if (ran.status !== 0) throw new Error(`${ran.stdout.slice(-5000)}\n${ran.stderr.slice(-1000)}`);
  process.stdout.write(`${ran.stdout.split('\n').find((line) => /Tests\s/.test(line)) ?? ''}\n`);
}
