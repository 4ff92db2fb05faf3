// Makes the golden tables of other writers anew: `node test/interop/golden.ts JUDGES_DIR [--only=java,pyiceberg,spark]`. The reference
// implementation, PyIceberg and Spark write small tables to a neutral folder; the reference implementation reads them for the
// expected values; each is packed into test/golden/data/tables/<writer>-<table>.ndjson.zst.
import { spawnSync } from 'node:child_process';
import { mkdirSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { type ExpectedColumn, writeArchive } from '../support/golden/table-archive.ts';
import { makeChecks } from './checks.ts';
import { prepareJava, prepareSpark, SPARK } from './java.ts';
import { installJudges, type Judged, judgeInJava } from './judges.ts';

/** The folder's name is in the tables: a neutral one. */
const FOLDER = join(tmpdir(), 'firn-golden');
const TABLES = resolve(import.meta.dirname, '../golden/data/tables');
/** Of the reference implementation's own: between them every type, transform, kind of delete, rewrites, evolution and version 3. */
const JAVA_TABLES = ['j_unpart', 'j_part', 'j_evolve', 'j_deletes', 'j_rewrite', 'j_v3', 'j_empty'];

const { values: options, positionals } = parseArgs({ options: { only: { type: 'string' } }, allowPositionals: true });
const [judges] = positionals;
if (!judges) throw new Error('usage: golden.ts JUDGES_DIR [--only=java,pyiceberg,spark]');
const WRITERS: Readonly<Record<string, (folder: string) => string | Promise<string>>> = {
  java: (folder) => run('sh', [join(judges, 'judge.sh'), 'reference', folder, ...JAVA_TABLES]),
  pyiceberg: (folder) => run('sh', [join(judges, 'judge.sh'), 'reference-py', folder]),
  spark: async (folder) => {
    const checks = makeChecks();
    if (!(await prepareJava(checks)) || !(await prepareSpark(checks))) throw new Error(`Spark cannot be installed: ${checks.failures}`);
    return run(SPARK.python, [join(import.meta.dirname, 'python/golden_spark.py'), folder, SPARK.jars]);
  },
};
installJudges(judges);
for (const [writer, write] of Object.entries(WRITERS)) {
  if (options.only && !options.only.split(',').includes(writer)) continue;
  const folder = join(FOLDER, writer);
  rmSync(folder, { recursive: true, force: true });
  mkdirSync(folder, { recursive: true });
  await pack(writer, tablesOf(await write(folder)));
}

async function pack(writer: string, tables: readonly Judged[]): Promise<void> {
  mkdirSync(TABLES, { recursive: true });
  const reports = await judgeInJava(judges!, tables);
  for (const { name, metadata } of tables) {
    const { rows, columns, ...report } = reports.get(name)!;
    if (rows === undefined) throw new Error(`the reference implementation cannot read ${name}: ${report.error}`);
    const { snapshots, files } = report as unknown as { readonly snapshots: number; readonly files: number };
    const metadataLocation = metadata.replace(/^file:\/\//, '');
    const expected = { rows, snapshots, files, columns: (columns as unknown as readonly ExpectedColumn[]).map(pickColumn) };
    writeArchive(join(TABLES, `${writer}-${name}.ndjson.zst`), {
      writer,
      metadataLocation,
      expected,
      objects: objectsOf(metadataLocation),
    });
    process.stdout.write(`${writer} ${name}: ${rows} rows\n`);
  }
}

function pickColumn({ id, name, type, required, nulls, hash }: ExpectedColumn): ExpectedColumn {
  return { id, name, type, required, nulls, hash };
}

/** Every file of the table's folder but metadata files of before. */
function objectsOf(metadataLocation: string): ReadonlyMap<string, Buffer> {
  const folder = resolve(metadataLocation, '../..');
  const paths = readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile() && !entry.name.startsWith('.') && !entry.name.endsWith('version-hint.text'))
    .map((entry) => join(entry.parentPath, entry.name))
    .filter((path) => path === metadataLocation || !path.endsWith('.metadata.json'));
  return new Map(paths.map((path) => [path, readFileSync(path)]));
}

function tablesOf(output: string): readonly Judged[] {
  const lines = output.split('\n').map((line) => /^(\w+) (\S+metadata\.json)$/.exec(line));
  return lines
    .filter((match) => match !== null)
    .map(([, name, metadata]) => ({ name: name!, metadata: metadata!, options: ['--no-deep'] }));
}

function run(command: string, args: readonly string[]): string {
  const ran = spawnSync(command, args, { encoding: 'utf8', timeout: 20 * 60_000, maxBuffer: 64 * 1024 * 1024 });
  if (ran.status !== 0) throw new Error(`${command} ${args.join(' ')} failed: ${ran.stderr.slice(-3000)}`);
  return ran.stdout;
}
