// Empty progress: descriptors that bring no table anything, only filtered and absent offsets. They are durable where they are and nobody
// waits for them, so one entry a minute takes them together, or the entry of the next descriptor that brings rows. Without this a topic
// of filtered records alone makes an entry a second for as long as it lasts (promise 10).
import { LIMITS } from '../contract/limits.ts';
import { mapBounded } from '../iceberg/map-bounded.ts';
import type { Descriptor } from '../ledger/types.ts';
import type { FileStore } from '../ports.ts';
import { type CandidatesRequest, withoutParked } from './read-candidates.ts';
import { readStaged, type StagedDescriptor } from './staged.ts';

/** May everything undecided wait for others? Cost: one read per descriptor that this process has not seen yet. */
export async function mayAllWait(request: CandidatesRequest, listed: readonly StagedDescriptor[]): Promise<boolean> {
  const { ports, contractName, state } = request;
  const undecided = withoutParked(
    request,
    listed.filter(({ id }) => !state.decided.has(id)),
  );
  const nowMs = ports.clock.nowMs();
  const isYoung = undecided.every(({ id }) => nowMs - createdAtOf(id) < LIMITS.emptyProgressMs);
  if (undecided.length === 0 || undecided.length >= LIMITS.emptyProgressDescriptorsMax || !isYoung) return false;
  const known = knownEmpty(ports.files, contractName);
  const unknown = undecided.filter(({ id }) => !known.has(id));
  const read = await mapBounded(unknown, LIMITS.ledgerReadsParallel, (staged) => readStaged(request, staged));
  const isEmpty = read.every((one) => one.kind === 'read' && bringsNothing(one.descriptor));
  // What is not staged any more is forgotten, so memory is that of the listing.
  remember(ports.files, contractName, isEmpty ? undecided.map(({ id }) => id) : []);
  return isEmpty;
}

function bringsNothing({ sources, tables, park, files }: Descriptor): boolean {
  return sources.length > 0 && tables.length === 0 && park === undefined && files === undefined;
}

/** A descriptor's name begins with the time it was made; any other name is as old as can be. */
function createdAtOf(id: string): number {
  const match = /^(\d{15})-/.exec(id);
  return match ? Number(match[1]) : Number.NEGATIVE_INFINITY;
}

/** Descriptors are created once and never changed. */
const empty = new WeakMap<FileStore, Map<string, ReadonlySet<string>>>();

function knownEmpty(files: FileStore, contractName: string): ReadonlySet<string> {
  return empty.get(files)?.get(contractName) ?? new Set();
}

function remember(files: FileStore, contractName: string, ids: readonly string[]): void {
  const contracts = empty.get(files) ?? new Map<string, ReadonlySet<string>>();
  empty.set(files, contracts);
  contracts.set(contractName, new Set(ids));
}
