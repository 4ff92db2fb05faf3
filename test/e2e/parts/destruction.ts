// `cdk destroy`: functions, queues and mappings are gone; bucket, databases, tables and ledger are retained by design, and the tables read
// as before.
import { readTables } from '../reading.ts';
import { inventory, type Services } from '../services.ts';
import type { World } from '../world.ts';

/** What is left is listed in the output. */
export async function destroyAll(world: World, services: Services): Promise<void> {
  const { checks, project, warehouse } = world;
  const contentBefore = await content(world);
  const before = await inventory(services);
  await checks.check('cdk destroy', async () => {
    await project.cdk('destroy', '--all', '--force');
  });
  const after = await inventory(services);
  await checks.equal('destroy removes every function', after['functions'], []);
  await checks.equal('destroy removes every queue', after['queues'], []);
  await checks.equal(
    'destroy retains every database and table',
    [after['databases'], after['tables']],
    [before['databases'], before['tables']],
  );
  const bucket = warehouse.replace('s3://', '');
  const others = after['buckets']!.filter((name) => name !== bucket && !name.startsWith('cdk-'));
  await checks.equal(
    'destroy retains the warehouse, and no other bucket but the one of cdk bootstrap',
    [after['buckets']!.includes(bucket), others],
    [true, []],
  );
  await checks.equal('after destroy the tables read as before', await content(world), contentBefore);
  const kept = [bucket, ...after['databases']!.map((name) => `database ${name}`), ...after['tables']!.map((name) => `table ${name}`)];
  process.stdout.write(`        retained: ${kept.join(', ')}\n`);
}

async function content(world: World): Promise<unknown> {
  const tables = ['game.game_events', 'game.game_events__quarantine', 'game.access_events'];
  const queries = Object.fromEntries(
    tables.map((name) => name.split('.')[1]!).map((view) => [view, `select count(*), sum(hash(t)::hugeint) from ${view} t`]),
  );
  return (await readTables(world, tables, queries)).answers;
}
