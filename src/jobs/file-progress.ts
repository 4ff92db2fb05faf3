// How far a file source has come (DESIGN §5.7): the ledger's word, or that of a descriptor that is staged and will be decided. A
// landing that goes on from here neither repeats nor leaves out a line, even if the process died before its commit.
import type { FileProgress } from '../ledger/types.ts';
import type { Ports } from '../ports.ts';
import { loadLedger } from './load-ledger.ts';
import { listStaged, readStaged } from './staged.ts';

/** The longest covered prefix known of the source; undefined when nothing of it has landed. */
export async function loadFileProgress(request: {
  readonly ports: Ports;
  readonly contractName: string;
  readonly sourceId: string;
}): Promise<FileProgress | undefined> {
  // Staged first: what is decided between the two readings is then in the ledger.
  const staged: FileProgress[] = [];
  for (const one of await listStaged(request)) {
    const read = await readStaged(request, one);
    if (read.kind === 'read') staged.push(...(read.descriptor.files ?? []).filter(({ sourceId }) => sourceId === request.sourceId));
  }
  const { state } = await loadLedger(request);
  const decided = state.sources.get(request.sourceId)?.file;
  return [...staged, ...(decided ? [decided] : [])].reduce<FileProgress | undefined>(
    (longest, one) => (longest && longest.lines >= one.lines ? longest : one),
    undefined,
  );
}
