// What is staged of one source and not covered: offsets, timestamps and what is in their rows, by partition. What a generation that was parked
// has delivered, an older one (plan-late-generation.ts) or a new one, of which Kafka may have some records no more (plan-generation.ts).
// Reads only: descriptors that no entry names, and the rows of their files that are of the source.
import { LIMITS } from '../contract/limits.ts';
import { currentSchema } from '../iceberg/evolve.ts';
import { identifierOf, loadTable } from '../iceberg/load-table.ts';
import { ROW, type RowContent } from '../ledger/match-contents.ts';
import { containsOffset, intersectRanges, type Ranges } from '../ledger/ranges.ts';
import type { LedgerState, SourceState } from '../ledger/state.ts';
import type { Descriptor, PartitionTimestamps } from '../ledger/types.ts';
import type { Ports } from '../ports.ts';
import { parkedUri } from './materialise-files.ts';
import { refuseGeneration as refuse } from './refuse-generation.ts';
import { readContents } from './row-contents.ts';
import type { RowPosition } from './row-positions.ts';
import { listStaged, readStaged } from './staged.ts';
import { TimestampLog } from './timestamp-log.ts';

export type FilteredRun = PartitionTimestamps['filteredTimestamps'][number];

export interface StagedRecords {
  readonly log: TimestampLog;
  /** Runs of filtered offsets of which bounds alone are known. */
  readonly bounds: FilteredRun[];
}

/** Its id, and what it covers. */
export type StagedSource = Pick<SourceState, 'sourceId' | 'partitions'>;

export interface StagedRequest {
  readonly ports: Ports;
  readonly contractName: string;
  /** Also what is in the rows, for which all their columns are decoded. @default false: their contents are ROW.unknown */
  readonly withContents?: boolean;
}

/** By partition. Throws InputRefusedError `generation-refused` where a staged file is gone, or where more is staged than is compared. */
export async function stagedRecords(request: StagedRequest, state: LedgerState, source: StagedSource): Promise<Map<number, StagedRecords>> {
  const gathered = new Gathered(source);
  for (const staged of await listStaged(request)) {
    // What is decided waits for its tables; in those that have applied it the files may be gone.
    if (state.decided.has(staged.id)) continue;
    const read = await readStaged(request, staged);
    if (read.kind !== 'read') continue;
    const own = read.descriptor.sources.find(({ sourceId }) => sourceId === source.sourceId);
    if (!own) continue;
    for (const { partition, edges, filteredTimestamps } of own.partitions) {
      for (const [offset, ms] of edges) gathered.add(partition, { offset, ms, content: [ROW.unknown, 0] });
      gathered.addFiltered(partition, filteredTimestamps);
    }
    await readRows(request, read.descriptor, gathered);
  }
  return gathered.found;
}

class Gathered {
  readonly found = new Map<number, StagedRecords>();
  readonly source: StagedSource;
  #count = 0;

  constructor(source: StagedSource) {
    this.source = source;
  }

  isCovered(partition: number, offset: number): boolean {
    return containsOffset(this.#covered(partition), offset);
  }

  add(partition: number, { offset, ms, content }: { readonly offset: number; readonly ms: number; readonly content: RowContent }): void {
    if (this.isCovered(partition, offset)) return;
    this.#of(partition).log.add(offset, ms, content);
    this.#count++;
    if (this.#count > LIMITS.generationRecordsMax)
      throw refuse(
        this.source.sourceId,
        `more than ${LIMITS.generationRecordsMax} staged records are to be compared; let it go on as new with --kind unpark`,
      );
  }

  /**
   * A run of several has bounds alone: its first timestamp stands for all, and what it does not tell is refused. Of one that is partly
   * covered the first may be that of a covered record, so it tells nothing of the others.
   */
  addFiltered(partition: number, runs: readonly FilteredRun[]): void {
    for (const run of runs) {
      const [start, end, ms] = run;
      const isCut = intersectRanges(this.#covered(partition), [[start, end]]).length > 0;
      const content: RowContent = [isCut ? ROW.unknown : ROW.none, 0];
      for (let offset = start; offset < end; offset++) this.add(partition, { offset, ms, content });
      if (end - start > 1) this.found.get(partition)?.bounds.push(run);
    }
  }

  #covered(partition: number): Ranges {
    return this.source.partitions.get(partition)?.covered ?? [];
  }

  #of(partition: number): StagedRecords {
    const known = this.found.get(partition) ?? { log: new TimestampLog(), bounds: [] };
    this.found.set(partition, known);
    return known;
  }
}

async function readRows(
  { ports, contractName, withContents = false }: StagedRequest,
  { tables }: Descriptor,
  gathered: Gathered,
): Promise<void> {
  const { sourceId } = gathered.source;
  for (const { table, files } of tables) {
    const metadata = (await loadTable(ports, identifierOf(table)))?.metadata;
    if (!metadata) throw refuse(sourceId, `the catalog does not know ${table}, for which records of it are staged`);
    for (const { path } of files) {
      const bytes = (await ports.files.read(path)) ?? (await ports.files.read(parkedUri(ports, contractName, path)));
      if (!bytes) throw refuse(sourceId, `a staged data file is gone: ${path}; restore it from a copy`);
      const isWanted = (at: RowPosition): boolean =>
        withContents && at.sourceId === sourceId && !gathered.isCovered(at.partition, at.offset);
      await readContents({ bytes, schema: currentSchema(metadata), table, isWanted }, (at, content) => {
        if (at.sourceId === sourceId) gathered.add(at.partition, { offset: at.offset, ms: at.timestampMs, content });
      });
    }
  }
}
