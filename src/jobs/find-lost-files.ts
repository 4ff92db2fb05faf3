// Decided data files of a table that are neither under their name nor parked under `_firn/`, with the rows they held. They are the
// only copy of acknowledged records, so they are given up only when a person accepts it; restored files count as found.
import type { DecidedFile, SourceRanges } from '../ledger/entries.ts';
import { countOffsets } from '../ledger/ranges.ts';
import { keptOffsets, mergeSourceRanges } from '../ledger/trim.ts';
import { effectOf, filesOf } from './entry-effect.ts';
import { LEDGER_REMEDY, type LedgerRequest, loadEntry } from './load-ledger.ts';
import { parkedUri } from './materialise-files.ts';
import { refuse, type UnparkContext } from './plan-unpark.ts';
import type { UnparkTablePlan } from './unpark-plan.ts';

export interface LostFiles {
  readonly body: Pick<UnparkTablePlan, 'lost' | 'gone'>;
  readonly effects: readonly string[];
}

/** Looks up every file of the entries after `applied`. Throws InputRefusedError when some are lost and nobody accepted that. */
export async function findLostFiles(context: UnparkContext, applied: number): Promise<LostFiles> {
  const { state, table, ledger } = context;
  const files: DecidedFile[] = [];
  for (const n of state.pending.filter((pending) => pending > applied)) {
    const entry = await loadEntry(context, ledger, n);
    if (!entry) throw refuse(table, entryGone(n));
    files.push(...filesOf(effectOf(entry, table)));
  }
  const lost = await lostAmong(context, files);
  if (lost.length === 0) return { body: { lost: [], gone: [] }, effects: [] };
  const gone = mergeSourceRanges(lost.flatMap(keptOffsets));
  const rows = rowsOf(gone);
  if (!context.isAccepted) {
    throw refuse(
      table,
      `${lost.length} decided data files with ${rows} rows are gone, the first is ${lost[0]!.path}; restore them, or accept the loss with --accept`,
    );
  }
  return {
    body: { lost: lost.map(({ path }) => path), gone },
    effects: [`${rows} rows of ${lost.length} lost files are given up and counted as removed`],
  };
}

/** Those of some decided files of a table that cannot be brought into it; a file given up before is none. Cost: one or two stats a file. */
export async function lostAmong(
  { ports, contractName, state }: LedgerRequest & Pick<UnparkContext, 'state'>,
  files: readonly DecidedFile[],
): Promise<DecidedFile[]> {
  const lost: DecidedFile[] = [];
  for (const file of files) {
    const path = state.instead[file.path] ?? file.path;
    if (path === '') continue;
    const isThere = (await ports.files.stat(path)) ?? (await ports.files.stat(parkedUri(ports, contractName, path)));
    if (!isThere || (file.path === path && isThere.sizeBytes !== file.sizeBytes)) lost.push(file);
  }
  return lost;
}

/** Why there is no plan while the ledger lacks an entry. */
export function entryGone(n: number): string {
  return `ledger entry ${n}, which it has still to apply, is gone; ${LEDGER_REMEDY}`;
}

/** Offsets in all. */
export function rowsOf(ranges: readonly SourceRanges[]): number {
  return ranges.reduce((sum, one) => sum + countOffsets(one.ranges), 0);
}
