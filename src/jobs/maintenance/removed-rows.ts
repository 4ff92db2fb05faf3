// Which rows a compaction left out because others had deleted them: the delete files go with the old snapshots, and without a word of it
// an audit would miss the rows (promise 1). One small object for each rewrite, written before its replacement. What it says is true of
// the snapshot it was read from, whether the replacement is applied or not; it is never changed and never deleted.
import { contractPaths } from '../../contract/names.ts';
import type { SourceRanges } from '../../ledger/entries.ts';
import { list, object, type Reader, text } from '../../ledger/json-readers.ts';
import { sourceRanges, versionOne } from '../../ledger/shapes.ts';
import type { Ports } from '../../ports.ts';
import type { Deadline } from '../deadline.ts';
import { OffsetMap } from '../offset-map.ts';
import { readStored, storeOnce } from './store-once.ts';

export interface RemovedRows {
  readonly version: 1;
  readonly tableUuid: string;
  /** Snapshot whose rows were read, in decimal. */
  readonly snapshot: string;
  readonly removed: readonly SourceRanges[];
}

const removedReader: Reader<RemovedRows> = object<RemovedRows>({
  version: versionOne,
  tableUuid: text,
  snapshot: text,
  removed: list<SourceRanges>(sourceRanges),
});

/** Cost: one create; nothing where no row was left out. */
export async function storeRemoved(
  given: {
    readonly ports: Ports;
    readonly contractName: string;
    readonly deadline: Deadline;
    readonly plan: string;
    readonly group: number;
  },
  rows: Omit<RemovedRows, 'version' | 'removed'> & { readonly removed: OffsetMap },
): Promise<void> {
  const { ports, contractName, deadline, plan, group } = given;
  if (rows.removed.count() === 0) return;
  // Another attempt may read another snapshot, in which more is deleted.
  const uri = `${contractPaths(ports.root, contractName).removed}${plan}-${group}-${rows.snapshot}.json`;
  const value: RemovedRows = { ...rows, version: 1, removed: [...rows.removed] };
  await storeOnce({ ports, deadline, what: 'rows that a compaction leaves out' }, { uri, value, reader: removedReader });
}

/** Offsets of rows of a table that compactions left out. Cost: one listing, one read for each object. */
export async function loadRemoved(
  { ports, contractName }: { readonly ports: Ports; readonly contractName: string },
  tableUuid: string,
): Promise<OffsetMap> {
  const all = new OffsetMap();
  for await (const { uri } of ports.files.list(contractPaths(ports.root, contractName).removed)) {
    const rows = await readStored(ports, { uri, reader: removedReader });
    if (rows?.tableUuid === tableUuid) for (const one of rows.removed) all.add(one);
  }
  return all;
}
