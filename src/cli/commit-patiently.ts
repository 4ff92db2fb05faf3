// Commits what is staged, the way one process does it by itself: again while others were faster, and again while the committer
// says that more is left (it works off a backlog in bounded units and rings for the rest).
import { LIMITS } from '../contract/limits.ts';
import { FirnError } from '../errors.ts';
import { jitteredMs } from '../iceberg/jitter.ts';
import { commitContract } from '../jobs/commit-contract.ts';
import { startDeadline } from '../jobs/deadline.ts';
import { pause } from '../jobs/pause.ts';
import type { CommitContractRequest, CommitResult } from '../jobs/types.ts';
import { collectingDoorbell } from '../local/system.ts';
import type { Ports } from '../ports.ts';

/** Commits until nothing of the contract is staged or unapplied. Throws what a commit throws that is not worth another try. */
export async function commitPatiently(
  ports: Ports,
  contractName: string,
  { mayWait }: Pick<CommitContractRequest, 'mayWait'> = {},
): Promise<readonly CommitResult[]> {
  const bell = collectingDoorbell();
  const ringing: Ports = { ...ports, doorbell: bell.doorbell };
  const results: CommitResult[] = [];
  for (let units = 0; units < LIMITS.commitUnitsMax; units++) {
    results.push(await commitOnce({ ports: ringing, contractName, ...(mayWait ? { mayWait } : {}) }));
    if (!bell.take().includes(contractName)) break;
  }
  return results;
}

async function commitOnce(request: Omit<CommitContractRequest, 'deadline'>): Promise<CommitResult> {
  const { ports } = request;
  for (let attempt = 1; ; attempt++) {
    try {
      return await commitContract({ ...request, deadline: startDeadline(ports.clock, LIMITS.commitDeadlineMs) });
    } catch (error) {
      if (!(error instanceof FirnError) || !error.isRetryable || attempt >= LIMITS.ioAttemptsMax) throw error;
      await pause(ports, jitteredMs(ports, { firstMs: 100, attempt }));
    }
  }
}
