// Staged or unapplied data files that grew old are copied under `_firn/`: other engines' removal of orphans takes what no table refers
// to and is older than some days, but skips such paths (rule "old files copied before commit"). Apply reads the copy where the file is
// gone (materialise-files.ts).
import { LIMITS } from '../../contract/limits.ts';
import type { Ports } from '../../ports.ts';
import type { Deadline } from '../deadline.ts';
import { loadLedger } from '../load-ledger.ts';
import { parkedUri } from '../materialise-files.ts';
import { stagedPaths, unappliedPaths } from './held-names.ts';

/** Copies made. Cost: the descriptors and unapplied entries; a look at each file they name, a read and a create for each old one. */
export async function keepFiles(given: {
  readonly ports: Ports;
  readonly contractName: string;
  readonly deadline: Deadline;
}): Promise<number> {
  const { ports, contractName, deadline } = given;
  // The files of a decided descriptor are in tables, or are those of an entry that some table has not applied.
  const { decided } = (await loadLedger(given)).state;
  const held = new Set([...(await stagedPaths(given, (id) => decided.has(id))), ...(await unappliedPaths(given))]);
  let copied = 0;
  for (const path of held) {
    if (copied >= LIMITS.sweepCopiesMax) break;
    const stat = await ports.files.stat(path);
    if (!stat || ports.clock.nowMs() - stat.lastModifiedMs <= LIMITS.fileCopyAgeMs) continue;
    const uri = parkedUri(ports, contractName, path);
    if (await ports.files.stat(uri)) continue;
    const bytes = await ports.files.read(path);
    if (!bytes) continue;
    deadline.check('copy of an old data file');
    // Whatever the outcome, the next run looks again.
    if ((await ports.files.create(uri, bytes)) === 'created') copied++;
  }
  return copied;
}
