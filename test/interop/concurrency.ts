// Several processes of Firn and a Java writer commit to one table at once: no append and no property is lost, the history is one line
// and its sequence numbers have no gap.

import { runChild } from '../conformance/support/child.ts';
import { look, tryCreate } from '../conformance/support/tables.ts';
import { historyLine } from '../support/iceberg/history.ts';
import type { Checks } from './checks.ts';
import { must } from './checks.ts';
import { portsOn } from './writers/firn-side.ts';
import { type CatalogPlace, startJava } from './writers/foreign-writers.ts';

const START_MS = 4000;
const JAVA_COMMITS = 5;

export interface Concurrency {
  readonly name: string;
  readonly warehouse: string;
  readonly place: CatalogPlace;
  readonly processes: number;
  readonly commits: number;
  /** @default 5 */
  readonly javaCommits?: number;
}

export async function checkConcurrency(checks: Checks, run: Concurrency): Promise<void> {
  const javaCommits = run.javaCommits ?? JAVA_COMMITS;
  const total = run.processes * run.commits + javaCommits;
  await checks.check(
    `${run.name}: ${run.processes} processes of Firn and Java commit ${total} times at once and lose nothing`,
    async () => {
      const ports = portsOn(run.warehouse, run.place);
      const identifier = { namespace: 'race', name: `at_once_${ports.ids.uuid().slice(0, 8)}` };
      const key = `${identifier.namespace}.${identifier.name}`;
      const java = startJava(run.place);
      try {
        await ports.catalog.ensureNamespace(identifier.namespace);
        must((await tryCreate(ports, identifier)) === 'created', 'the table was not created');
        const ready = await java.run(key, { do: 'read' });
        must(ready.ok, `java: ${ready.error}`);
        const uri = run.place.kind === 'rest' ? run.place.uri : undefined;
        const startAtMs = Date.now() + START_MS;
        const race = (index: number) =>
          runChild<string[]>('./commit-table.ts', { warehouse: run.warehouse, uri, identifier, index, commits: run.commits, startAtMs });
        const racing = Promise.all(Array.from({ length: run.processes }, (_, index) => race(index)));
        await new Promise((done) => setTimeout(done, Math.max(0, startAtMs - Date.now())));
        const [told, byJava] = await Promise.all([racing, java.run(key, { do: 'race', count: javaCommits })]);
        must(byJava.ok, `java: ${byJava.error}`);
        checkHistory((await look(ports, identifier)).metadata, { told: told.flat(), total });
        checkProperties((await look(ports, identifier)).metadata.properties, { ...run, javaCommits });
        must(
          byJava.rows?.['java-race'] === undefined || byJava.rows['java-race'] === javaCommits,
          `java sees ${JSON.stringify(byJava.rows)}`,
        );
      } finally {
        await java.stop();
      }
    },
  );
}

function checkHistory(
  metadata: Awaited<ReturnType<typeof look>>['metadata'],
  given: { readonly told: readonly string[]; readonly total: number },
): void {
  const { ids: line, sequenceNumbers: numbers } = historyLine(metadata);
  must(line.length === given.total, `the line has ${line.length} snapshots, expected ${given.total}`);
  must(
    numbers.every((number, i) => number === i + 1),
    `sequence numbers have a gap: ${numbers.join(' ')}`,
  );
  const known = new Set(line);
  const lost = given.told.filter((id) => !known.has(id));
  must(lost.length === 0, `commits that were told committed are not there: ${lost.join(' ')}`);
  must(metadata.snapshots.length === given.total, `${metadata.snapshots.length} snapshots, expected ${given.total}`);
}

function checkProperties(
  properties: Readonly<Record<string, string>>,
  run: { readonly processes: number; readonly commits: number; readonly javaCommits: number },
): void {
  const wanted = [
    ...Array.from({ length: run.processes * run.commits }, (_, i) => `by-${Math.floor(i / run.commits)}-${i % run.commits}`),
    ...Array.from({ length: run.javaCommits }, (_, i) => `by-java-${i}`),
  ];
  const lost = wanted.filter((name) => properties[name] !== 'yes');
  must(lost.length === 0, `properties were lost: ${lost.join(' ')}`);
}
