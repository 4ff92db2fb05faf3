// Upkeep, as DESIGN §7 orders it: `keep` copies staged and unapplied data that grew old under `_firn/`, `sweep` deletes what nothing
// names. Both are the real jobs.

import { FirnError } from '../../../../src/errors.ts';
import { keepFiles } from '../../../../src/jobs/maintenance/keep-files.ts';
import { sweepTable } from '../../../../src/jobs/maintenance/sweep-table.ts';
import type { Process } from '../process.ts';
import type { SimWorld } from '../world.ts';

export async function keepSome(world: SimWorld, { ports, deadline }: Process): Promise<void> {
  await keepFiles({ ports, contractName: world.random.pick(world.contracts), deadline });
}

/** Every table of a contract; what goes wrong with one does not stop the others. */
export async function sweepSome(world: SimWorld, { ports, deadline }: Process): Promise<void> {
  const contractName = world.random.pick(world.contracts);
  const tables = [...world.memory.tables.keys()].filter((key) => key.startsWith(contractName));
  let failure: FirnError | undefined;
  for (const table of tables) {
    try {
      await sweepTable({ ports, contractName, table, deadline });
    } catch (error) {
      if (!(error instanceof FirnError) || error.name === 'InvariantError') throw error;
      failure ??= error;
    }
  }
  if (failure) throw failure;
}
