// Decides (DESIGN §6): staged descriptors → the draft of the next ledger entry. It fixes once and for all tables which descriptor
// owns which offsets: first in ledger order wins, descriptors of one entry in the order of their names. In order:
//   1. a source nobody knows yet, or more of its identity, becomes a `source` entry before anything of it lands;
//   2. an identity that differs, timestamps that disagree, or a generation whose records may have landed under another one, park
//      the source: nothing of it is dropped or decided, but what a person took for new after a comparison, which lands first;
//   3. everything else is trimmed against the coverage and against the descriptors before it, and lands.
// A descriptor that created entries cover wholly is deleted here, its files left to sweep. All of a descriptor is decided in one
// entry, its quarantine with the rest (rules "all descriptors of a list", "quarantine decided with the rest").
import { contractPaths } from '../contract/names.ts';
import type { DecidedDescriptor, EntryDraft, SourceIdentity } from '../ledger/entries.ts';
import { foldDecided } from '../ledger/fold.ts';
import { subtractRanges } from '../ledger/ranges.ts';
import { cloneState, deliveredOf, type LedgerState } from '../ledger/state.ts';
import type { TrimResult } from '../ledger/trim.ts';
import type { Descriptor } from '../ledger/types.ts';
import type { Ports } from '../ports.ts';
import { checkGenerations } from './check-generation.ts';
import { type Deadline, isHalfOver } from './deadline.ts';
import { mayAllWait } from './empty-progress.ts';
import { trimWithEvidence } from './evidence.ts';
import { KnownTables } from './known-tables.ts';
import type { LoadedLedger } from './load-ledger.ts';
import { readCandidates } from './read-candidates.ts';
import { listStaged, type StagedDescriptor } from './staged.ts';

export interface DecideRequest {
  readonly ports: Ports;
  readonly contractName: string;
  /** Its state is the fold of created entries. */
  readonly ledger: LoadedLedger;
  readonly deadline: Deadline;
  readonly mayWait?: boolean;
}

export interface Decision {
  /** Undefined: nothing is left to decide, if the decision is complete. */
  readonly draft: EntryDraft | undefined;
  /** False: more is staged than this decision looked at. */
  readonly isComplete: boolean;
  readonly covered: number;
  readonly poisoned: number;
  /** Ids of everything staged when it was listed. */
  readonly staged: ReadonlySet<string>;
  /** Tables that the descriptors looked at hold something for. */
  readonly tables: ReadonlySet<string>;
}

/** One pass over what is staged. Cost: one listing, one read per descriptor; row reads only where remembered timestamps do not settle a redelivery. */
export async function decideNext(request: DecideRequest): Promise<Decision> {
  const listed = await listStaged(request);
  if (request.mayWait && (await mayAllWait({ ...request, state: request.ledger.state }, listed))) return nothingYet(listed);
  const { candidates, poisoned, isComplete } = await readCandidates({ ...request, state: request.ledger.state }, listed);
  const staged = new Set(listed.map(({ id }) => id));
  const tables = new Set(candidates.flatMap((descriptor) => descriptor.tables.map(({ table }) => table)));
  const identity = draftOfIdentities(request.ledger.state, candidates);
  if (identity) return { draft: identity, covered: 0, poisoned, staged, tables, isComplete };
  const landing = await draftOfLanding(request, candidates);
  return { ...landing, poisoned, staged, tables, isComplete: isComplete && landing.isComplete };
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

function nothingYet(listed: readonly StagedDescriptor[]): Decision {
  return { draft: undefined, covered: 0, poisoned: 0, staged: new Set(listed.map(({ id }) => id)), tables: new Set(), isComplete: true };
}

async function draftOfLanding(
  request: DecideRequest,
  descriptors: readonly Descriptor[],
): Promise<Pick<Decision, 'draft' | 'covered' | 'isComplete'>> {
  // rule "trim inside one entry": what this entry takes so far covers for the descriptors after it.
  const work = cloneState(request.ledger.state);
  const decided: DecidedDescriptor[] = [];
  const tables = new KnownTables(request.ports);
  let covered = 0;
  let isComplete = true;
  let waiting: ParkResult | undefined;
  for (const descriptor of descriptors) {
    // Rows read for evidence take time: what is decided by now is created first.
    if (decided.length + covered > 0 && isHalfOver(request.deadline)) {
      isComplete = false;
      break;
    }
    const result = checkGenerations(work, descriptor) ?? (await trimWithEvidence({ ...request, work, decided, tables }, descriptor));
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
        if (!isPartlyAccepted(request.ledger.state, result)) return { draft: parkOf(result), covered, isComplete: false };
        waiting ??= result;
        break;
    }
  }
  const isOfWaiting = ({ sources }: DecidedDescriptor) => sources.some(({ sourceId }) => sourceId === waiting?.sourceId);
  if (waiting && !decided.some(isOfWaiting)) return { draft: parkOf(waiting), covered, isComplete: false };
  return { draft: decided.length > 0 ? { kind: 'land', descriptors: decided } : undefined, covered, isComplete: isComplete && !waiting };
}

type ParkResult = Extract<TrimResult, { kind: 'park' }>;

/** Its source has something that a person took for new: a delivery that came after the comparison must not park that again, over and over. */
function isPartlyAccepted(state: LedgerState, { sourceId, reason }: ParkResult): boolean {
  return reason === 'generation-unmapped' && state.sources.get(sourceId)?.besides?.compared !== undefined;
}

function parkOf({ sourceId, reason, message }: ParkResult): EntryDraft {
  return { kind: 'park', target: { sourceId }, reason, message };
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
