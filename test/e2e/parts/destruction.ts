// `cdk destroy`: functions, queues and mappings are gone; bucket, databases, tables and ledger are retained by design, and the tables read
// as before.
import { must } from '../../interop/checks.ts';
import type { Template } from '../project.ts';
import { readTables } from '../reading.ts';
import { stackPrefix } from '../scope.ts';
import { inventory, type Services } from '../services.ts';
import type { World } from '../world.ts';

/** What is left is listed in the output. */
export async function destroyAll(world: World, services: Services): Promise<void> {
  const { checks, project, warehouse } = world;
  const ours = { stackPrefix: stackPrefix(world.scope), databases: databasesOf(project.template(`${stackPrefix(world.scope)}data`)) };
  const contentBefore = await content(world);
  const before = await inventory(services, ours);
  await checks.check('before destroy there are functions and queues', () =>
    must(before.functions.length > 0 && before.queues.length > 0, JSON.stringify(before)),
  );
  await checks.check('cdk destroy', async () => {
    await project.cdkAsSynthesised('destroy', '--all', '--force');
  });
  const after = await inventory(services, ours);
  const bucket = warehouse.replace('s3://', '');
  await checks.equal('destroy removes functions and queues, and retains bucket, databases and tables', after, {
    functions: [],
    queues: [],
    databases: [...ours.databases].sort(),
    tables: before.tables,
    buckets: [bucket],
  });
  await checks.equal('after destroy the tables read as before', await content(world), contentBefore);
  const kept = [`bucket ${bucket}`, ...after.databases.map((name) => `database ${name}`), ...after.tables.map((name) => `table ${name}`)];
  process.stdout.write(`        retained: ${kept.join(', ')}\n`);
}

function databasesOf(data: Template): readonly string[] {
  const databases = Object.values(data.Resources).filter(({ Type }) => Type === 'AWS::Glue::Database');
  return databases.map(({ Properties }) => (Properties?.['DatabaseInput'] as { readonly Name: string } | undefined)?.Name ?? '');
}

async function content(world: World): Promise<unknown> {
  const tables = [world.game.table, `${world.game.table}__quarantine`, world.access.table];
  const queries = Object.fromEntries(
    tables.map((name) => name.split('.')[1]!).map((view) => [view, `select count(*), sum(hash(t)::hugeint) from ${view} t`]),
  );
  return (await readTables(world, tables, queries)).answers;
}
