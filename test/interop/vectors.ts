// Makes test/golden/data/firn-vectors.json anew: `node test/interop/vectors.ts` asks Iceberg's Java library every input of
// vector-inputs.ts, and adds the promotions of version 3 as the specification's table states them (the library has only those of
// version 2). FIRN_ICEBERG_JARS names the folder of the jars; the version is read from their names.
import { spawnSync } from 'node:child_process';
import { readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { must } from './checks.ts';
import { REPOSITORY } from './processes.ts';
import { VECTOR_INPUTS } from './vector-inputs.ts';

type Vector = { readonly section: string; readonly [key: string]: unknown };

const jars = process.env['FIRN_ICEBERG_JARS'];
must(jars, 'usage: FIRN_ICEBERG_JARS=DIR node test/interop/vectors.ts');
const version = readdirSync(jars)
  .map((name) => /^iceberg-core-(.+)\.jar$/.exec(name)?.[1])
  .find((one) => one !== undefined);
must(version, 'no iceberg-core jar is in the folder');
const asked = spawnSync('java', ['-cp', `${jars}/*`, join(REPOSITORY, 'test/interop/java/src/Vectors.java')], {
  input: VECTOR_INPUTS.map((input) => `${JSON.stringify(input)}\n`).join(''),
  encoding: 'utf8',
  maxBuffer: 64 * 1024 * 1024,
  timeout: 5 * 60_000,
});
must(asked.status === 0, `java: exit ${asked.status}\n${asked.stderr.slice(-2000)}`);
const answers = asked.stdout
  .trim()
  .split('\n')
  .map((line) => JSON.parse(line) as Vector);
must(answers.length === VECTOR_INPUTS.length, `${answers.length} answers for ${VECTOR_INPUTS.length} inputs`);
const vectors = Object.groupBy([...answers.map(sourced), ...promotions()], ({ section }) => section);
const plain = Object.fromEntries(
  Object.entries(vectors).map(([name, members]) => [name, members!.map(({ section: _section, ...vector }) => vector)]),
);
const count = Object.values(plain).reduce((sum, members) => sum + members.length, 0);
const about = `What Iceberg ${version} (Java) answers, or the specification states, beyond iceberg-vectors.json; made by test/interop/vectors.ts`;
writeFileSync(
  join(REPOSITORY, 'test/golden/data/firn-vectors.json'),
  `${JSON.stringify({ about, count, vectors: plain }, undefined, 1)}\n`,
);
process.stdout.write(`${count} vectors of ${Object.keys(plain).length} sections\n`);

function sourced(vector: Vector): Vector {
  return { ...vector, source: `ran iceberg-core ${version}` };
}

/** Specification, "Schema Evolution", table of type promotions: what version 2 and version 3 allow, and near misses. */
function promotions(): readonly Vector[] {
  const source = 'Iceberg specification, "Schema Evolution"';
  const rows: readonly (readonly [from: string, to: string, v2: boolean, v3: boolean])[] = [
    ['date', 'timestamp', false, true],
    ['date', 'timestamp_ns', false, true],
    ['date', 'timestamptz', false, false],
    ['date', 'timestamptz_ns', false, false],
    ['timestamp', 'timestamp_ns', false, false],
    ['timestamptz', 'timestamptz_ns', false, false],
    ['timestamp_ns', 'timestamp', false, false],
    ['int', 'long', true, true],
    ['float', 'double', true, true],
    ['decimal(9,2)', 'decimal(18,2)', true, true],
    ['decimal(9,2)', 'decimal(18,3)', false, false],
    ['int', 'double', false, false],
    ['int', 'unknown', false, false],
  ];
  const unknown = ['boolean', 'int', 'string', 'timestamptz_ns', 'decimal(38,10)', 'fixed[3]'].map(
    (to) => ['unknown', to, null, true] as const,
  );
  return [...rows, ...unknown].flatMap(([from, to, v2, v3]) =>
    [2, 3].flatMap((formatVersion) => {
      const allowed = formatVersion === 2 ? v2 : v3;
      return allowed === null ? [] : [{ section: 'promotion-by-version', from, to, formatVersion, allowed, source }];
    }),
  );
}
