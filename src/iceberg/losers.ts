// Metadata objects of commit attempts that are known not to be in the table, and when they may be deleted: never after one unknown
// outcome in the same loop, as that attempt may yet be applied and may share files with the others (rules "unknown deletes
// nothing", "a loser deletes only its own metadata"). Upholds promise 3.
import { TransientIoError } from '../errors.ts';
import type { Ports, Uri } from '../ports.ts';

export interface Losers {
  /** After one unknown outcome nothing of this loop is deleted. */
  hasUnknown: boolean;
  /** Our own manifests, lists and metadata that are known not to be in the table, and metadata files that fell out of its log. */
  readonly losers: Uri[];
}

/**
 * Deletes what may be deleted and forgets the rest. What cannot be deleted now is an orphan for a later sweep and no reason to call a
 * commit failed: it is counted (`metadata-not-deleted`) and logged, and the others still go.
 */
export async function deleteLosers(
  { files, telemetry }: Pick<Ports, 'files' | 'telemetry'>,
  loop: Losers,
  of: { readonly what: string; readonly table: string },
): Promise<void> {
  const losers = loop.losers.splice(0);
  if (loop.hasUnknown) return;
  let kept = 0;
  for (const uri of losers) {
    try {
      await files.delete(uri);
    } catch (error) {
      if (!(error instanceof TransientIoError)) throw error;
      kept++;
    }
  }
  if (kept === 0) return;
  telemetry.count('metadata-not-deleted', kept, { table: of.table });
  telemetry.log('warn', 'superseded metadata files were not deleted', { what: of.what, table: of.table, count: kept });
}
