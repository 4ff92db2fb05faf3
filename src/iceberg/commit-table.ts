// The one way a prepared commit becomes visible, whoever writes the metadata file. Where clients write it (SQL, Glue) the catalog
// swaps its pointer to the prepared file; where the catalog writes it (REST) it is handed the difference between base and next
// metadata as requirements and updates. Outcomes are the port's: nothing is retried here.
import { assertInvariant } from '../errors.ts';
import type { CommitOutcome, TableCatalog, TablePointer } from '../ports.ts';
import type { PreparedCommit } from './commit-metadata.ts';
import { changeBetween } from './table-change.ts';

/** Commits what was prepared on `pointer`. Cost: the catalog's own. */
export async function commitTable(
  catalog: TableCatalog,
  pointer: TablePointer,
  prepared: Pick<PreparedCommit, 'base' | 'metadata' | 'metadataLocation'>,
): Promise<CommitOutcome> {
  switch (catalog.metadataWriter) {
    case 'client':
      assertInvariant(prepared.metadataLocation !== undefined, 'a catalog of pointers is given a metadata file that was written');
      return catalog.commit(pointer, prepared.metadataLocation);
    case 'catalog':
      assertInvariant(prepared.metadataLocation === undefined, 'no metadata file is written for a catalog that writes it');
      return catalog.commit(pointer, changeBetween(prepared.base, prepared.metadata));
  }
}
