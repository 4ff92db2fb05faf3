// Rings every contract that has something staged, so that a lost ring costs a minute and no more (DESIGN §2). Descriptor names
// begin with their time, so the first one listed is the oldest: its age is what the alarm on stuck commits reads.
import { contractPaths } from '../../src/contract/names.ts';
import { TransientIoError } from '../../src/errors.ts';
import type { Ports } from '../../src/ports.ts';
import { STAGED_AGE_METRIC } from './config.ts';

/** One list request a contract, and one ring for each that has something. A contract that fails is reported, the others go on. */
export async function ringStaged(
  ports: Ports,
  contractNames: readonly string[],
  report: (contractName: string, error: unknown) => void,
): Promise<{ readonly rung: readonly string[]; readonly failed: readonly string[] }> {
  const rung: string[] = [];
  const failed: string[] = [];
  for (const name of contractNames) {
    try {
      const ageS = await oldestAgeS(ports, name);
      ports.telemetry.count(STAGED_AGE_METRIC, ageS ?? 0, { contract: name });
      if (ageS === undefined) continue;
      await ports.doorbell.ring(name);
      rung.push(name);
    } catch (error) {
      report(name, error);
      failed.push(name);
    }
  }
  return { rung, failed };
}

/** Makes the invocation fail, for the alarm, once everything else is done. */
export function throwIfAnyFailed(failed: readonly string[]): void {
  if (failed.length === 0) return;
  throw new TransientIoError(
    `watch could not look after ${failed.length} contract(s): ${failed.slice(0, 5).join(', ')}; it tries again in a minute`,
    {
      code: 'watch-incomplete',
    },
  );
}

async function oldestAgeS(ports: Ports, contractName: string): Promise<number | undefined> {
  for await (const file of ports.files.list(contractPaths(ports.root, contractName).staged)) {
    return Math.max(0, Math.round((ports.clock.nowMs() - file.lastModifiedMs) / 1000));
  }
  return undefined;
}
