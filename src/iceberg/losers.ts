// Metadata objects of commit attempts that are known not to be in the table, and when they may be deleted: never after one unknown
// outcome in the same loop, as that attempt may yet be applied and may share files with the others (rules "unknown deletes
// nothing", "a loser deletes only its own metadata"). Upholds promise 3.
import type { FileStore, Uri } from '../ports.ts';

export interface Losers {
  /** After one unknown outcome nothing of this loop is deleted. */
  hasUnknown: boolean;
  /** Our own manifests, lists and metadata that are known not to be in the table, and metadata files that fell out of its log. */
  readonly losers: Uri[];
}

/** Deletes what may be deleted and forgets the rest. */
export async function deleteLosers(files: Pick<FileStore, 'delete'>, loop: Losers): Promise<void> {
  const losers = loop.losers.splice(0);
  if (loop.hasUnknown) return;
  for (const uri of losers) await files.delete(uri);
}
