// Decides (DESIGN §6): staged descriptors → the draft of the next ledger entry. It fixes once and for all tables which descriptor
// owns which offsets: first in ledger order wins, descriptors of one entry in the order of their names. In order:
//   1. a source nobody knows yet, or more of its identity, becomes a `source` entry before anything of it lands;
//   2. an identity that differs, or timestamps that disagree, park the source: nothing of it is dropped or decided;
//   3. everything else is trimmed against the coverage and against the descriptors before it, and lands.
// A descriptor that created entries cover wholly is deleted here, its files left to sweep. All of a descriptor is decided in one
// entry, its quarantine with the rest (rules "all descriptors of a list", "quarantine decided with the rest").
import { LIMITS } from '../contract/limits.ts';
import { contractPaths } from '../contract/names.ts';
import type { DecidedDescriptor, EntryDraft, SourceIdentity } from '../ledger/entries.ts';
import { foldDecided } from '../ledger/fold.ts';
import { subtractRanges } from '../ledger/ranges.ts';
import { cloneState, deliveredOf, type LedgerState } from '../ledger/state.ts';
import type { Descriptor } from '../ledger/types.ts';
import type { Ports } from '../ports.ts';
import { trimWithEvidence } from './evidence.ts';
import type { LoadedLedger } from './load-ledger.ts';
import { listStaged, readStaged, type StagedDescriptor } from './staged.ts';

export interface DecideRequest {
  readonly ports: Ports;
  readonly contractName: string;
  /** Its state is the fold of created entries. */
  readonly ledger: LoadedLedger;
}

export interface Decision {
  /** Undefined: nothing is left to decide. */
  readonly draft: EntryDraft | undefined;
  readonly covered: number;
  readonly poisoned: number;
  /** Ids of everything staged when it was listed. */
  readonly staged: ReadonlySet<string>;
}

/** One pass over what is staged. Cost: one listing, one read per descriptor; row reads only where timestamps are not remembered. */
export async function decideNext(request: DecideRequest): Promise<Decision> {
  const listed = await listStaged(request);
  const { candidates, poisoned } = await readCandidates(request, listed);
  const staged = new Set(listed.map(({ id }) => id));
  const identity = draftOfIdentities(request.ledger.state, candidates);
  if (identity) return { draft: identity, covered: 0, poisoned, staged };
  const { draft, covered } = await draftOfLanding(request, candidates);
  return { draft, covered, poisoned, staged };
}

/** Descriptors of sources that are not parked and that no entry names (rule "decided is not covered"), up to the bounds of one entry. */
async function readCandidates(request: DecideRequest, listed: readonly StagedDescriptor[]) {
  const undecided = listed.filter(({ id }) => !request.ledger.state.decided.has(id));
  const candidates: Descriptor[] = [];
  let poisoned = 0;
  let bytes = 0;
  for (let at = 0; at < undecided.length; at += LIMITS.ledgerReadsParallel) {
    const wanted = undecided.slice(at, at + LIMITS.ledgerReadsParallel);
    for (const [i, read] of (await Promise.all(wanted.map((staged) => readStaged(request, staged)))).entries()) {
      if (read.kind === 'poisoned') poisoned++;
      // Those of parked sources do not count against the bounds: however many they are, the others are reached (promise 4).
      if (read.kind !== 'read' || isParked(request.ledger.state, read.descriptor)) continue;
      candidates.push(read.descriptor);
      bytes += wanted[i]!.sizeBytes;
    }
    if (candidates.length >= LIMITS.descriptorsPerEntryMax || bytes >= LIMITS.entryBytesMax) break;
  }
  return { candidates, poisoned };
}

/** A parked source decides nothing more; a descriptor is decided whole or not at all. */
function isParked(state: LedgerState, descriptor: Descriptor): boolean {
  return descriptor.sources.some(({ sourceId }) => state.sources.get(sourceId)?.parked !== undefined);
}

function draftOfIdentities(state: LedgerState, descriptors: readonly Descriptor[]): EntryDraft | undefined {
  const fresh = new Map<string, { sourceId: string; topic: string; observed: SourceIdentity }>();
  for (const source of descriptors.flatMap(({ sources }) => sources)) {
    const known = state.sources.get(source.sourceId);
    const made = fresh.get(source.sourceId);
    const before: SourceIdentity = { ...known?.observed, ...made?.observed };
    for (const key of ['clusterArn', 'clusterId', 'topicId'] as const) {
      const now = source.observed?.[key];
      if (now === undefined || before[key] === undefined || now === before[key]) continue;
      if (!known) continue;
      const message = `${source.sourceId} shows another ${key} than the ledger knows: give the new topic a new generation`;
      return { kind: 'park', target: { sourceId: source.sourceId }, reason: 'source-identity', message };
    }
    const observed: SourceIdentity = { ...source.observed, ...before };
    const isNews = !known || Object.keys(observed).length > Object.keys(known.observed).length;
    if (isNews) fresh.set(source.sourceId, { sourceId: source.sourceId, topic: source.topic, observed });
  }
  return fresh.size > 0 ? { kind: 'source', sources: [...fresh.values()] } : undefined;
}

async function draftOfLanding(
  request: DecideRequest,
  descriptors: readonly Descriptor[],
): Promise<{ readonly draft: EntryDraft | undefined; readonly covered: number }> {
  // rule "trim inside one entry": what this entry takes so far covers for the descriptors after it.
  const work = cloneState(request.ledger.state);
  const decided: DecidedDescriptor[] = [];
  let covered = 0;
  for (const descriptor of descriptors) {
    const result = await trimWithEvidence({ ...request, work, decided }, descriptor);
    switch (result.kind) {
      case 'kept':
        decided.push(result.decided);
        foldDecided(work, { n: work.n + 1, atMs: request.ports.clock.nowMs() }, result.decided);
        break;
      case 'covered':
        if (!isCoveredBy(request.ledger.state, descriptor)) break;
        await request.ports.files.delete(contractPaths(request.ports.root, request.contractName).descriptor(descriptor.id));
        covered++;
        break;
      case 'park':
        return { draft: { kind: 'park', target: { sourceId: result.sourceId }, reason: result.reason, message: result.message }, covered };
    }
  }
  return { draft: decided.length > 0 ? { kind: 'land', descriptors: decided } : undefined, covered };
}

/** Rule "covered by created entries": the entry being built does not count, it may never be created. */
function isCoveredBy(state: LedgerState, descriptor: Descriptor): boolean {
  return descriptor.sources.every(({ sourceId, partitions }) =>
    partitions.every((classes) => {
      const covered = state.sources.get(sourceId)?.partitions.get(classes.partition)?.covered ?? [];
      return subtractRanges(deliveredOf(classes), covered).length === 0;
    }),
  );
}
