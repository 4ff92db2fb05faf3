// How long ago maintenance of a contract last ended well: the age of the note its report leaves, or, before the first, of the ledger itself.
// Looked at every quarter of an hour, because it changes in hours. Upholds promise 7: maintenance that stops is seen before readers feel it.
import { contractPaths } from '../../src/contract/names.ts';
import type { Ports } from '../../src/ports.ts';
import { MAINTENANCE_AGE_METRIC, MAINTENANCE_AGE_MINUTES } from './config.ts';

const MINUTE_MS = 60_000;

/** One or two list requests a contract when it is time. A contract that fails is reported, the others go on. */
export async function tellMaintenanceAges(
  ports: Ports,
  contractNames: readonly string[],
  report: (contractName: string, error: unknown) => void,
): Promise<readonly string[]> {
  if (Math.floor(ports.clock.nowMs() / MINUTE_MS) % MAINTENANCE_AGE_MINUTES !== 0) return [];
  const failed: string[] = [];
  for (const name of contractNames) {
    try {
      const sinceMs = await maintainedAtMs(ports, name);
      if (sinceMs === undefined) continue;
      ports.telemetry.count(MAINTENANCE_AGE_METRIC, Math.max(0, Math.round((ports.clock.nowMs() - sinceMs) / 1000)), { contract: name });
    } catch (error) {
      report(name, error);
      failed.push(name);
    }
  }
  return failed;
}

/** Undefined: nothing has landed yet. */
async function maintainedAtMs(ports: Ports, contractName: string): Promise<number | undefined> {
  const paths = contractPaths(ports.root, contractName);
  const notes = await newestMs(ports, paths.maintained);
  return notes ?? (await newestMs(ports, paths.identity));
}

async function newestMs(ports: Ports, prefix: string): Promise<number | undefined> {
  let newest: number | undefined;
  for await (const { lastModifiedMs } of ports.files.list(prefix)) newest = Math.max(newest ?? 0, lastModifiedMs);
  return newest;
}
