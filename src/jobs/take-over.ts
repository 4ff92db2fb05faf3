// Before a consumer reads partitions it was given: what is staged is decided, the ledger is read, cluster and topics are compared with
// what it knows of them, and each partition begins behind what is covered. Another topic under a known name parks its source; nothing
// of it is read. The group is told where reading begins, so that what others see of it is true.
import { LIMITS } from '../contract/limits.ts';
import type { RecordSource } from '../decode/records.ts';
import { InputRefusedError } from '../errors.ts';
import type { Assignment, EventSource } from '../kafka-ports.ts';
import type { SourceIdentity } from '../ledger/entries.ts';
import { olderGenerations } from '../ledger/generations.ts';
import type { LedgerState } from '../ledger/state.ts';
import type { Ports } from '../ports.ts';
import { startDeadline } from './deadline.ts';
import { type Positions, placeOf } from './gather-unit.ts';
import { inheritGeneration } from './inherit-generation.ts';
import { loadLedger } from './load-ledger.ts';
import { planGeneration } from './plan-generation.ts';
import { recordPark } from './record-park.ts';
import { identityMismatch, identityOf } from './source-identity.ts';
import { type StartPositions, startPositions } from './start-positions.ts';

export interface TakeOverRequest {
  readonly ports: Ports;
  readonly contractName: string;
  readonly events: EventSource;
  /** The contract's sources by topic. */
  readonly sources: ReadonlyMap<string, RecordSource>;
  readonly assignment: Assignment;
}

/** What is not read, and why. */
export interface Halted {
  readonly sourceId: string;
  readonly partition?: number;
  readonly reason: 'parked' | 'behind' | 'refused' | 'topic-changed' | 'generation';
  readonly message: string;
}

export interface Taken {
  readonly positions: Positions;
  readonly observed: ReadonlyMap<string, SourceIdentity>;
  readonly halted: readonly Halted[];
  readonly lost: StartPositions['lost'];
  /** Of all its topics, whoever reads them. */
  readonly partitions: number;
}

/** Positions of everything assigned that can be read. Cost: the ledger, one metadata request, two requests for ends per topic. */
export async function takeOver(request: TakeOverRequest): Promise<Taken> {
  const { ports, contractName, events, sources, assignment } = request;
  const topics = await events.describe([...sources.keys()]);
  const before = await loadLedger({ ports, contractName });
  const compared = await compareGenerations(request, before.state);
  const { state } = compared.isChanged ? await loadLedger({ ports, contractName }) : before;
  const observed = new Map(topics.map((topic) => [sources.get(topic.topic)!.id, identityOf(topic)]));
  const taken = {
    positions: new Map() as Positions,
    observed,
    halted: [] as Halted[],
    lost: [] as StartPositions['lost'][number][],
    partitions: 0,
  };
  taken.partitions = topics.reduce((sum, topic) => sum + topic.partitions, 0);
  for (const topic of topics) {
    const source = sources.get(topic.topic)!;
    const why = await parkedOf(request, { state, source, observed: observed.get(source.id)! });
    if (why !== undefined) {
      taken.halted.push({ sourceId: source.id, reason: 'parked', message: why });
      continue;
    }
    const doubt = compared.doubts.get(source.id);
    if (doubt !== undefined) {
      taken.halted.push({ sourceId: source.id, reason: 'generation', message: doubt });
      continue;
    }
    const partitions = assignment.partitions.filter((one) => one.topic === topic.topic).map(({ partition }) => partition);
    const ends = await events.ends(topic.topic, partitions);
    const start = startPositions(state, { source, ends, topicId: topic.topicId });
    for (const position of start.positions)
      taken.positions.set(placeOf(position), { ...position, endOffset: ends.get(position.partition)!.endOffset });
    taken.lost.push(...start.lost);
    for (const { partition, from, endOffset } of start.behind) {
      const message = `Kafka ends at offset ${endOffset}, the ledger has covered up to ${from}: it waits for the replica to catch up; if the topic was made again, give it a new generation`;
      taken.halted.push({ sourceId: source.id, partition, reason: 'behind', message });
    }
  }
  return taken;
}

/**
 * A generation that has landed nothing is compared with what landed under the older ones, once, by whichever member comes first. By source:
 * why it could not be, which halts it until a person has decided.
 */
async function compareGenerations(request: TakeOverRequest, state: LedgerState): Promise<Compared> {
  const { ports, contractName, events, sources } = request;
  const doubts = new Map<string, string>();
  let isChanged = false;
  for (const source of sources.values()) {
    if (!isToCompare(state, source.id)) continue;
    try {
      const plan = await planGeneration({ ports, contractName, reader: events, source, isAccepted: false });
      await inheritGeneration({ ports, contractName, deadline: startDeadline(ports.clock, LIMITS.commitDeadlineMs), plan });
      isChanged = true;
    } catch (error) {
      if (!(error instanceof InputRefusedError)) throw error;
      doubts.set(source.id, error.message);
    }
  }
  return { doubts, isChanged };
}

interface Compared {
  readonly doubts: ReadonlyMap<string, string>;
  readonly isChanged: boolean;
}

function isToCompare(state: LedgerState, sourceId: string): boolean {
  const known = state.sources.get(sourceId);
  const isNew = !known?.isMapped && (known?.partitions.size ?? 0) === 0;
  const isOpen = known?.parked === undefined || known.parked.reason === 'generation-unmapped';
  return isNew && isOpen && olderGenerations(state, sourceId).length > 0;
}

/** Why a source is not read: it is parked, or shows another identity and is parked now. */
async function parkedOf(
  { ports, contractName }: TakeOverRequest,
  given: { readonly state: LedgerState; readonly source: RecordSource; readonly observed: SourceIdentity },
): Promise<string | undefined> {
  const known = given.state.sources.get(given.source.id);
  if (known?.parked) return known.parked.message;
  const message = identityMismatch(known, given.observed);
  if (message === undefined) return undefined;
  const deadline = startDeadline(ports.clock, LIMITS.commitDeadlineMs);
  await recordPark({ ports, contractName, deadline, target: { sourceId: given.source.id }, reason: 'source-identity', message });
  return message;
}
