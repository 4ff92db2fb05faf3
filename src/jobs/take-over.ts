// Before a consumer reads partitions it was given: what is staged is decided, the ledger is read, cluster and topics are compared with
// what it knows of them, and each partition begins behind what is covered. Another topic under a known name parks its source; nothing
// of it is read. The group is told where reading begins, so that what others see of it is true.
import { LIMITS } from '../contract/limits.ts';
import type { RecordSource } from '../decode/records.ts';
import type { Assignment, EventSource, KafkaTopic } from '../kafka-ports.ts';
import type { SourceIdentity } from '../ledger/entries.ts';
import type { LedgerState, SourceState } from '../ledger/state.ts';
import type { Ports } from '../ports.ts';
import { startDeadline } from './deadline.ts';
import { type Positions, placeOf } from './gather-unit.ts';
import { loadLedger } from './load-ledger.ts';
import { recordPark } from './record-park.ts';
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
  readonly reason: 'parked' | 'behind' | 'refused' | 'topic-changed';
  readonly message: string;
}

export interface Taken {
  readonly positions: Positions;
  readonly observed: ReadonlyMap<string, SourceIdentity>;
  readonly halted: readonly Halted[];
  readonly lost: StartPositions['lost'];
}

/** Positions of everything assigned that can be read. Cost: the ledger, one metadata request, two requests for ends per topic. */
export async function takeOver(request: TakeOverRequest): Promise<Taken> {
  const { ports, contractName, events, sources, assignment } = request;
  const topics = await events.describe([...sources.keys()]);
  const { state } = await loadLedger({ ports, contractName });
  const observed = new Map(topics.map((topic) => [sources.get(topic.topic)!.id, identityOf(topic)]));
  const taken = { positions: new Map() as Positions, observed, halted: [] as Halted[], lost: [] as StartPositions['lost'][number][] };
  for (const topic of topics) {
    const source = sources.get(topic.topic)!;
    const why = await parkedOf(request, { state, source, observed: observed.get(source.id)! });
    if (why !== undefined) {
      taken.halted.push({ sourceId: source.id, reason: 'parked', message: why });
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

/** What a topic shows of itself. */
export function identityOf({ clusterId, topicId }: KafkaTopic): SourceIdentity {
  return { ...(clusterId === undefined ? {} : { clusterId }), ...(topicId === undefined ? {} : { topicId }) };
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

/** What is seen of the source and differs from what the ledger knows, in words; undefined when nothing does. */
export function identityMismatch(known: SourceState | undefined, observed: SourceIdentity): string | undefined {
  for (const key of ['clusterArn', 'clusterId', 'topicId'] as const) {
    const [before, now] = [known?.observed[key], observed[key]];
    if (before === undefined || now === undefined || before === now) continue;
    return `${known!.sourceId} shows another ${key} than the ledger knows: give the new topic a new generation`;
  }
  return undefined;
}
