// A maintenance execution on the deployed machine: plan, compact, expire, sweep, report, with the deployed committer making each compaction
// visible. Fewer files afterwards, the same content to an independent reader, and a clean audit.
import { must } from '../../interop/checks.ts';
import { execute } from '../executions.ts';
import { auditClean, firn, readTables } from '../reading.ts';
import type { Flow } from '../scope.ts';
import { objectKeys, type Services } from '../services.ts';
import type { World } from '../world.ts';

/** Nothing may be landing: content is compared. */
export async function maintainTables(world: World, services: Services): Promise<void> {
  const { checks } = world;
  for (const flow of [world.game, world.access]) {
    const before = await stateOf(world, flow);
    await checks.check(`maintenance execution: ${flow.contract} is maintained`, async () => {
      const answer = await execute(world, { output: 'MaintenanceMachineArn', input: { contract: flow.contract } });
      must((answer as { status?: string } | null)?.status === 'complete', `expected a complete run, got ${JSON.stringify(answer)}`);
    });
    const after = await stateOf(world, flow);
    process.stdout.write(`        ${flow.table}: ${before.files} files, then ${after.files}; ${before.content.join(' ')}\n`);
    await checks.check(`maintenance execution: ${flow.table} has fewer files`, async () =>
      must(after.files < before.files, `expected fewer than ${before.files} files, got ${after.files}`),
    );
    await checks.equal(`maintenance execution: ${flow.table} has the same content`, after.content, before.content);
    await checks.check(
      `maintenance execution: the audit of ${flow.contract} is clean`,
      async () => void (await auditClean(world, flow.contract)),
    );
    await checks.equal(
      `maintenance execution: ${flow.contract} is free for the next run`,
      await objectKeys(services, world.warehouse, `_firn/${flow.contract}/runs/maintain/`),
      [],
    );
  }
}

interface TableState {
  readonly files: number;
  /** Rows, and a sum over all values of all rows. */
  readonly content: readonly (string | null)[];
}

async function stateOf(world: World, { table }: Flow): Promise<TableState> {
  const name = table.split('.')[1]!;
  const { answers } = await readTables(world, [table], { content: `select count(*), sum(hash(t)::hugeint) from ${name} t` });
  const shown = await firn(world, ['show', table, '--json']);
  must(shown.status === 0, `firn show ${table}: exit ${shown.status}\n${shown.stderr.slice(-1_000)}`);
  const { liveFiles } = JSON.parse(shown.stdout) as { readonly liveFiles: number };
  return { files: liveFiles, content: answers['content']![0]! };
}
