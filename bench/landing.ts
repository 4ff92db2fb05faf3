// The landing path as the benchmarks run it: the function's own, Lambda event in, staged files and descriptor out, then the commit, over
// stores in memory, so that what is measured is Firn and not a disk or a network.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { makeLanding as makeFunctionLanding } from '../functions/land/landing.ts';
import { loadContract } from '../src/contract/load-contract.ts';
import { commitContract } from '../src/jobs/commit-contract.ts';
import { startDeadline } from '../src/jobs/deadline.ts';
import type { Ports } from '../src/ports.ts';
import { makeMemoryPorts } from '../test/support/memory/index.ts';
import { REPOSITORY } from './batches.ts';

const DEADLINE_MS = 10 * 60_000;

export interface Landing {
  /** One invocation of `land`: files and one descriptor are staged when it resolves. */
  land(event: unknown): Promise<{ readonly records: number; readonly dataBytes: number }>;
  /** One invocation of `commit`: everything staged is in the tables when it resolves. */
  commit(): Promise<void>;
}

/** Gives the two steps for the game contract; the first landing makes its tables. */
export function makeLanding(): Landing {
  const file = join(REPOSITORY, 'schemas/game/game-events.odcs.yaml');
  const ids = JSON.parse(readFileSync(file.replace('.odcs.yaml', '.ids.json'), 'utf8')) as never;
  const loaded = loadContract(readFileSync(file, 'utf8'), { file, ids });
  if (!loaded.ok) throw new Error(loaded.findings.map((finding) => finding.message).join('\n'));
  const { contract } = loaded;
  const { ports } = makeMemoryPorts();
  const landEvent = makeFunctionLanding(ports, contract);
  return {
    async land(event) {
      const { counts, dataBytes } = await landEvent(event, deadline(ports));
      return { records: counts.accepted + counts.quarantined + counts.filtered, dataBytes };
    },
    async commit() {
      await commitContract({ ports, contractName: contract.name, deadline: deadline(ports) });
    },
  };
}

function deadline({ clock }: Ports) {
  return startDeadline(clock, DEADLINE_MS);
}
