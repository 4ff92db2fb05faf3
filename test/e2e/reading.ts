// What independent readers and the project's own audit say of the deployed tables.
import { randomUUID } from 'node:crypto';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Answers } from '../interop/duckdb.ts';
import { type Ran, runChild, runWell } from './processes.ts';
import { REPOSITORY } from './project.ts';
import type { World } from './world.ts';

const MAIN = join(REPOSITORY, 'src/cli/main.ts');

export interface Read {
  readonly answers: Answers;
  /** Columns of each view: name and type. */
  readonly schemas: Readonly<Record<string, readonly (readonly [string, string])[]>>;
}

/** PyIceberg's GlueCatalog; views are named by the tables without their namespace. */
export async function readTables(world: World, tables: readonly string[], queries: Readonly<Record<string, string>>): Promise<Read> {
  const views = Object.fromEntries(tables.map((name) => [name.split('.')[1]!, name]));
  const { endpoint, region, python, home, environment } = world;
  const request = join(home, `request-${randomUUID()}.json`);
  writeFileSync(request, JSON.stringify({ ...(endpoint === undefined ? {} : { endpoint }), region, tables: views, queries }));
  const said = await runWell(python, [join(import.meta.dirname, 'python/read_glue.py'), request], { env: environment });
  return JSON.parse(said) as Read;
}

/** The `firn` command of this checkout on the deployed warehouse. */
export function firn(world: World, args: readonly string[]): Promise<Ran> {
  const place = ['--catalog', 'glue', '--warehouse', world.warehouse];
  return runChild(process.execPath, ['--disable-warning=ExperimentalWarning', MAIN, ...args, ...place], { env: world.environment });
}

export interface Audit {
  readonly clean: boolean;
  readonly audits: readonly {
    readonly contract: string;
    readonly clean: boolean;
    readonly sources: readonly { readonly source: string; readonly covered: number; readonly counts: Readonly<Record<string, number>> }[];
  }[];
}

/** Throws with what does not add up. */
export async function auditClean(world: World, name: string): Promise<Audit> {
  const ran = await firn(world, ['audit', ...(name === '--all' ? ['--all'] : [name]), '--json']);
  if (ran.status !== 0) throw new Error(`firn audit ${name}: exit ${ran.status}\n${ran.stdout.slice(-3_000)}\n${ran.stderr.slice(-2_000)}`);
  return JSON.parse(ran.stdout) as Audit;
}
