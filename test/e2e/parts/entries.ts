// How far a contract's ledger has come: what says that landing and committing go on.
import { objectKeys, type Services } from '../services.ts';
import { until } from '../until.ts';
import type { World } from '../world.ts';

/** Entries of a contract's ledger. None is collected within a run: the history period is a day. */
export async function entriesOf(world: World, services: Services, contract: string): Promise<number> {
  return (await objectKeys(services, world.warehouse, `_firn/${contract}/ledger/`)).length;
}

/** After trouble a contract's ring may rest for minutes: resolves when every contract named has committed something more. */
export async function goOn(world: World, services: Services, contracts: readonly string[]): Promise<void> {
  await Promise.all(
    contracts.map(async (contract) => {
      const before = await entriesOf(world, services, contract);
      const entries = () => entriesOf(world, services, contract);
      const isSo = async () => (await entries()) > before;
      await until(`${contract} commits again`, isSo, { withinMs: world.standstillMs, everyMs: 500, seen: entries });
    }),
  );
}
