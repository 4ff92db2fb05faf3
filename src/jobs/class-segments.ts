// Reads the segments that hold the classes of old offsets (src/ledger/archive.ts) back into a state: for all partitions, where a person or a
// plan asks, or for the few of which old records are delivered again. Segments never change, so the last few are kept decoded.
import { LIMITS } from '../contract/limits.ts';
import { contractPaths } from '../contract/names.ts';
import { InputRefusedError } from '../errors.ts';
import { parseSegment, restoreClasses, restoreClassesLeft, type SegmentPartition } from '../ledger/archive.ts';
import { countsOfSource, type LedgerState, NOTHING_ARCHIVED, type PartitionState } from '../ledger/state.ts';
import type { FileStore } from '../ports.ts';
import { LEDGER_REMEDY, type LedgerRequest, type LoadedLedger, loadLedger, parseObject, pathOf } from './load-ledger.ts';
import { placeKey } from './offset-map.ts';

export interface PartitionPlace {
  readonly sourceId: string;
  readonly partition: number;
}

/** The ledger with the class of every offset it ever covered. Cost: that of `loadLedger`, and every segment. */
export async function loadWholeLedger(request: LedgerRequest): Promise<LoadedLedger> {
  const ledger = await loadLedger(request);
  await restoreAll(request, ledger.state);
  return ledger;
}

/** The same for a state at hand; afterwards it names no segment. */
export async function restoreAll(request: LedgerRequest, state: LedgerState): Promise<void> {
  const places = [...state.sources.values()].flatMap(({ sourceId, partitions }) =>
    [...partitions.values()].map(({ partition }) => ({ sourceId, partition })),
  );
  await restorePlaces(request, state, places);
  state.segments = [];
}

/** Gives some partitions of a state their classes back. Throws InputRefusedError when a segment is gone or is none. */
export async function restorePlaces(request: LedgerRequest, state: LedgerState, places: readonly PartitionPlace[]): Promise<void> {
  const wanted = new Map<string, PartitionState>();
  for (const place of places) {
    const partition = state.sources.get(place.sourceId)?.partitions.get(place.partition);
    if (partition && hasArchived(partition)) wanted.set(placeKey(place), partition);
  }
  if (wanted.size === 0) return;
  const held = new Map<string, SegmentPartition[]>();
  for (const name of state.segments.toReversed()) {
    for (const one of await readSegment(request, name)) {
      const key = placeKey(one);
      if (wanted.has(key)) held.set(key, [...(held.get(key) ?? []), one]);
    }
  }
  for (const [key, partition] of wanted) restoreClasses(partition, held.get(key) ?? []);
}

/** Gives a state back what the segments that are left say; afterwards it names none. Of a lost ledger alone (salvage-ledger.ts). */
export async function restoreWhatIsLeft(request: LedgerRequest, state: LedgerState): Promise<void> {
  const segments = [];
  for (const name of state.segments.toReversed()) segments.push(await readIfLeft(request, name));
  for (const { sourceId, partitions } of state.sources.values()) {
    for (const partition of partitions.values()) {
      const isIts = (one: SegmentPartition): boolean => one.sourceId === sourceId && one.partition === partition.partition;
      restoreClassesLeft(
        partition,
        segments.flatMap((segment): readonly (SegmentPartition | 'gone')[] => segment?.filter(isIts) ?? ['gone']),
      );
    }
  }
  for (const source of state.sources.values()) source.counts = countsOfSource(source);
  state.segments = [];
}

/** Undefined when it is gone or cannot be read. */
async function readIfLeft(request: LedgerRequest, name: string): Promise<readonly SegmentPartition[] | undefined> {
  try {
    return await readSegment(request, name);
  } catch (error) {
    if (error instanceof InputRefusedError) return undefined;
    throw error;
  }
}

/** Does the partition cover offsets whose class it does not know itself? */
export function hasArchived({ archived }: PartitionState): boolean {
  return archived !== NOTHING_ARCHIVED && Object.values(archived).some((count) => count > 0);
}

async function readSegment(request: LedgerRequest, name: string): Promise<readonly SegmentPartition[]> {
  const { ports, contractName } = request;
  const cache = cacheOf(ports.files);
  const uri = contractPaths(ports.root, contractName).segment(name);
  const known = cache.get(uri);
  if (known) return known;
  const bytes = await ports.files.read(uri);
  if (!bytes) {
    throw new InputRefusedError(`ledger of ${contractName}: ${pathOf(ports, uri)} is gone; ${LEDGER_REMEDY}`, {
      code: 'segment-missing',
      details: { contract: contractName, uri },
    });
  }
  const parsed = parseObject(request, uri, () => parseSegment(bytes, { name, contract: contractName }));
  if (cache.size >= LIMITS.segmentsCached) cache.delete(cache.keys().next().value!);
  cache.set(uri, parsed);
  return parsed;
}

const caches = new WeakMap<FileStore, Map<string, readonly SegmentPartition[]>>();

function cacheOf(files: FileStore): Map<string, readonly SegmentPartition[]> {
  const known = caches.get(files) ?? new Map<string, readonly SegmentPartition[]>();
  caches.set(files, known);
  return known;
}
