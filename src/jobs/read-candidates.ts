// The staged descriptors that may be decided now (DESIGN §6), in the order of their names, up to the bounds of one entry. Those nobody
// may decide, of parked sources or unreadable ones, count against no bound: however many they are, the others are reached (promise
// 4). A descriptor is created once and never changed, so a process reads each of those once and remembers why it was set aside; and
// reading stops at half the deadline, so a backlog of them is worked off in bounded units (promise 10).
import { LIMITS } from '../contract/limits.ts';
import type { LedgerState } from '../ledger/state.ts';
import type { Descriptor } from '../ledger/types.ts';
import type { FileStore, Ports } from '../ports.ts';
import { type Deadline, isHalfOver } from './deadline.ts';
import { type ReadDescriptor, readStaged, type StagedDescriptor } from './staged.ts';

export interface CandidatesRequest {
  readonly ports: Ports;
  readonly contractName: string;
  readonly state: LedgerState;
  readonly deadline: Deadline;
}

export interface Candidates {
  readonly candidates: readonly Descriptor[];
  readonly poisoned: number;
  /** False: more is staged than was looked at. */
  readonly isComplete: boolean;
}

/** Cost: one read per descriptor that was not set aside before by this process. */
export async function readCandidates(request: CandidatesRequest, listed: readonly StagedDescriptor[]): Promise<Candidates> {
  const { ports, contractName, state } = request;
  // rule "decided is not covered": what an entry names is never decided again.
  const undecided = listed.filter(({ id }) => !state.decided.has(id));
  const aside = setAsideOf(ports.files, contractName, undecided);
  const known = undecided.filter((staged) => aside.get(keyOf(staged)) === 'poisoned').length;
  if (known > 0) ports.telemetry.count('descriptor-poisoned', known, { contract: contractName });
  const unread = undecided.filter((staged) => !isSetAside(state, aside.get(keyOf(staged))));
  const candidates: Descriptor[] = [];
  let poisoned = known;
  let bytes = 0;
  for (let at = 0; at < unread.length; ) {
    if (at > 0 && isHalfOver(request.deadline)) return { candidates, poisoned, isComplete: false };
    const wanted = windowOf(unread, at);
    at += wanted.length;
    for (const { staged, read } of await readAll(request, wanted)) {
      if (read.kind === 'poisoned') poisoned++;
      const why = reasonOf(state, read);
      if (why) aside.set(keyOf(staged), why);
      if (why || read.kind !== 'read') continue;
      const isFull = candidates.length >= LIMITS.descriptorsPerEntryMax || bytes + staged.sizeBytes > LIMITS.entryBytesMax;
      if (isFull && candidates.length > 0) return { candidates, poisoned, isComplete: false };
      candidates.push(read.descriptor);
      bytes += staged.sizeBytes;
    }
  }
  return { candidates, poisoned, isComplete: true };
}

/** All but those of parked sources, as far as this process has read them; unreadable ones stay, as each commit tells of them. */
export function withoutParked(request: CandidatesRequest, undecided: readonly StagedDescriptor[]): readonly StagedDescriptor[] {
  const aside = remembered.get(request.ports.files)?.get(request.contractName);
  return undecided.filter((staged) => {
    const why = aside?.get(keyOf(staged));
    return why === 'poisoned' || !isSetAside(request.state, why);
  });
}

/** Descriptors read at once: so many, and no more bytes than one entry may have. */
function windowOf(unread: readonly StagedDescriptor[], from: number): StagedDescriptor[] {
  const wanted: StagedDescriptor[] = [];
  let bytes = 0;
  for (const staged of unread.slice(from, from + LIMITS.ledgerReadsParallel)) {
    bytes += staged.sizeBytes;
    if (wanted.length > 0 && bytes > LIMITS.entryBytesMax) break;
    wanted.push(staged);
  }
  return wanted;
}

async function readAll(
  request: CandidatesRequest,
  wanted: readonly StagedDescriptor[],
): Promise<{ readonly staged: StagedDescriptor; readonly read: ReadDescriptor }[]> {
  return Promise.all(wanted.map(async (staged) => ({ staged, read: await readStaged(request, staged) })));
}

/** Why a descriptor is set aside: it cannot be read, or by the sources it has records of, as one of them is parked. */
type SetAside = 'poisoned' | readonly string[];

/** A parked source decides nothing more; a descriptor is decided whole or not at all. */
function reasonOf(state: LedgerState, read: ReadDescriptor): SetAside | undefined {
  if (read.kind === 'poisoned') return 'poisoned';
  if (read.kind === 'gone') return undefined;
  const sourceIds = read.descriptor.sources.map(({ sourceId }) => sourceId);
  return isSetAside(state, sourceIds) ? sourceIds : undefined;
}

function isSetAside(state: LedgerState, why: SetAside | undefined): boolean {
  return why === 'poisoned' || (why?.some((sourceId) => state.sources.get(sourceId)?.parked !== undefined) ?? false);
}

/** Facts about immutable objects by store and contract: they hold for as long as the objects are staged, whoever asks. */
const remembered = new WeakMap<FileStore, Map<string, Map<string, SetAside>>>();

/** What this process set aside of what is staged now; the rest is forgotten, so memory is that of the listing. */
function setAsideOf(files: FileStore, contractName: string, staged: readonly StagedDescriptor[]): Map<string, SetAside> {
  const contracts = remembered.get(files) ?? new Map<string, Map<string, SetAside>>();
  remembered.set(files, contracts);
  const before = contracts.get(contractName);
  const aside = new Map<string, SetAside>();
  for (const one of staged) {
    const why = before?.get(keyOf(one));
    if (why !== undefined) aside.set(keyOf(one), why);
  }
  contracts.set(contractName, aside);
  return aside;
}

/** Name and size: an object that somebody mended under its name is read again. */
function keyOf({ id, sizeBytes }: StagedDescriptor): string {
  return `${id} ${sizeBytes}`;
}
