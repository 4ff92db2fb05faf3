// An operator's recovery through Glue: somebody drops a table from the catalog. Its contract parks that table by itself, another contract goes
// on; `firn recover` brings the table back with every row, and what had landed meanwhile is applied.
import { DeleteTableCommand } from '@aws-sdk/client-glue';
import { must } from '../../interop/checks.ts';
import { firn, readTables } from '../reading.ts';
import type { Services } from '../services.ts';
import { until } from '../until.ts';
import type { World } from '../world.ts';
import { goOn } from './entries.ts';

const WITHIN_MS = 3 * 60_000;
/** An audit reads the whole table. */
const AUDIT_EVERY_MS = 3_000;

/** Records must flow on the topic of the table, and on another. */
export async function recoverDroppedTable(world: World, services: Services): Promise<void> {
  const { checks } = world;
  const rowsBefore = await rows(world);
  const [DatabaseName, Name] = world.access.table.split('.');
  await services.glue.send(new DeleteTableCommand({ DatabaseName, Name }));
  await checks.check('a dropped table is parked, not made anew as if nothing had been', () =>
    until('the audit names a parked table', async () => (await parked(world)).length > 0, { withinMs: WITHIN_MS, everyMs: AUDIT_EVERY_MS }),
  );
  await checks.check('while a table is parked, another contract goes on', () => goOn(world, services, [world.game.contract]));
  await checks.check('firn recover plans and carries out what brings the table back', async () => {
    const planned = await firn(world, [
      'recover',
      'plan',
      world.access.contract,
      '--kind',
      'unpark',
      '--table',
      world.access.table,
      '--json',
    ]);
    must(planned.status === 0, `recover plan: exit ${planned.status}\n${planned.stdout}\n${planned.stderr}`);
    const { id, what } = JSON.parse(planned.stdout) as { readonly id: string; readonly what: string };
    process.stdout.write(`        recover: ${what}\n`);
    const applied = await firn(world, ['recover', 'apply', world.access.contract, id, '--json']);
    must(applied.status === 0, `recover apply: exit ${applied.status}\n${applied.stdout}\n${applied.stderr}`);
  });
  await checks.check('nothing is parked any more', async () => must((await parked(world)).length === 0, 'expected no parked table'));
  await checks.check('the table has all its rows again', async () => {
    const after = await rows(world);
    must(after >= rowsBefore, `expected at least ${rowsBefore} rows, got ${after}`);
  });
}

async function parked(world: World): Promise<readonly unknown[]> {
  const ran = await firn(world, ['audit', world.access.contract, '--json']);
  if (ran.status !== 0 && ran.status !== 1) throw new Error(`firn audit: exit ${ran.status}\n${ran.stderr}`);
  const { audits } = JSON.parse(ran.stdout) as { readonly audits: readonly { readonly parked: readonly unknown[] }[] };
  return audits.flatMap((audit) => audit.parked);
}

async function rows(world: World): Promise<number> {
  const { answers } = await readTables(world, [world.access.table], { rows: 'select count(*) from access_events' });
  return Number(answers['rows']![0]![0]);
}
