// What has landed of a contract, read once for a landing of many files: the ledger, and how far every file source has come. What
// another process lands meanwhile is not seen here and need not be: the ledger lets no line in twice.
import { loadLedger } from '../jobs/load-ledger.ts';
import { listStaged, readStaged } from '../jobs/staged.ts';
import type { LedgerState } from '../ledger/state.ts';
import type { FileProgress } from '../ledger/types.ts';
import type { Ports } from '../ports.ts';

export interface KnownLandings {
  readonly state: LedgerState;
  /** Source id → the longest covered prefix, of the ledger or of what is staged. */
  readonly progresses: ReadonlyMap<string, FileProgress>;
}

/** Cost: the ledger, and every staged descriptor once. */
export async function loadKnownLandings(request: { readonly ports: Ports; readonly contractName: string }): Promise<KnownLandings> {
  const longest = new Map<string, FileProgress>();
  const take = (progress: FileProgress) => {
    if (progress.lines > (longest.get(progress.sourceId)?.lines ?? 0)) longest.set(progress.sourceId, progress);
  };
  // Staged first: what is decided between the two readings is then in the ledger.
  for (const staged of await listStaged(request)) {
    const read = await readStaged(request, staged);
    if (read.kind === 'read') for (const progress of read.descriptor.files ?? []) take(progress);
  }
  const { state } = await loadLedger(request);
  for (const source of state.sources.values()) if (source.file) take(source.file);
  return { state, progresses: longest };
}
