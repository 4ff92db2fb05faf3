// A `firn run` process of a test: the game contract, a member of the fake cluster's group, and the jobs as the command wires them. It
// stops once it has read everything and a commit has had its chance, or when the test says so.
import { LIMITS } from '../../../src/contract/limits.ts';
import { commitContract } from '../../../src/jobs/commit-contract.ts';
import { startDeadline } from '../../../src/jobs/deadline.ts';
import { type RunContractRequest, type RunEvent, runContract } from '../../../src/jobs/run-contract.ts';
import { GAME_SOURCE, gameContract, type MemoryPorts } from '../memory/index.ts';
import type { FakeKafka } from './fake-kafka.ts';

export const GAME_SOURCES = new Map([['events', { id: GAME_SOURCE, topic: 'events' }]]);
/** No test may run for ever: rounds of the loop. */
const ROUNDS_MAX = 2000;

export interface RunOutcome {
  readonly events: readonly RunEvent[];
  of<K extends RunEvent['kind']>(kind: K): Extract<RunEvent, { kind: K }>[];
}

/** Runs until the fake cluster has given everything for `idleMs` of virtual time. `onEvent` may let things happen on the way. */
export async function runUntilIdle(
  lab: MemoryPorts,
  kafka: FakeKafka,
  options: Partial<RunContractRequest> & { readonly name?: string; readonly idleMs?: number } = {},
): Promise<RunOutcome> {
  const { ports, world } = lab;
  const events: RunEvent[] = [];
  let activeAtMs = world.nowMs();
  let rounds = 0;
  const isStopping = () => {
    rounds++;
    return rounds > ROUNDS_MAX || world.nowMs() - activeAtMs > (options.idleMs ?? 3000);
  };
  await runContract({
    ports,
    contract: gameContract(),
    events: kafka.member(options.name ?? 'one', ['events']),
    sources: GAME_SOURCES,
    commit: async ({ mayWait }) => [
      await commitContract({ ports, contractName: 'game.events', deadline: startDeadline(ports.clock, LIMITS.commitDeadlineMs), mayWait }),
    ],
    commitIntervalMs: LIMITS.commitIntervalMs,
    unitBytesMax: LIMITS.runUnitBytesMax,
    isStopping,
    ...options,
    onEvent: (event) => {
      if (event.kind === 'landed') activeAtMs = world.nowMs();
      events.push(event);
      options.onEvent?.(event);
    },
  });
  return { events, of: (kind) => events.filter((event) => event.kind === kind) as never };
}
