// The pollers of all deployed Kafka mappings: what the templates say is started, what a later deployment adds or removes is followed, and
// a mapping that is disabled through the API rests. Source of the settings is the template as CloudFormation holds it; state comes from
// the API, which knows whether somebody disabled a mapping.
import { deployedStacks, resolved } from '../stacks.ts';
import { readMapping } from './mapping.ts';
import { type Poller, startPoller } from './poller.ts';
import type { KafkaSide, LambdaSide, Mapping, PollerTally } from './types.ts';

export interface FleetOptions {
  readonly endpoint: string;
  readonly stackPrefix: string;
  readonly kafka: KafkaSide;
  readonly lambda: LambdaSide;
  /** Of one mapping at most. */
  readonly pollers: number;
}

export interface Fleet {
  /** Follows the deployed templates. */
  refresh(): Promise<void>;
  pollers(): readonly Poller[];
  of(topic: string): Poller;
  total(): PollerTally;
  stop(): Promise<void>;
}

const SYSTEM = { nowMs: () => Date.now(), sleep: (ms: number) => new Promise<void>((done) => setTimeout(done, ms)) };
const STATE_EVERY_MS = 1_000;

export async function startFleet(options: FleetOptions): Promise<Fleet> {
  const running = new Map<string, Poller>();
  const ended: PollerTally[] = [];
  const follow = async () => {
    const mappings = await deployedMappings(options);
    for (const [id, poller] of running) {
      if (mappings.some((mapping) => mapping.id === id)) continue;
      running.delete(id);
      await poller.stop();
      ended.push(poller.tally);
    }
    for (const mapping of mappings)
      if (!running.has(mapping.id)) running.set(mapping.id, await startPoller({ ...options, mapping, clock: SYSTEM }));
  };
  // One after the other: two at once would start a mapping's pollers twice.
  let following: Promise<void> = Promise.resolve();
  const refresh = () => {
    following = following.then(follow, follow);
    return following;
  };
  await refresh();
  const timer = setInterval(() => void followStates(options.endpoint, running), STATE_EVERY_MS);
  return {
    refresh,
    pollers: () => [...running.values()],
    of: (topic) => {
      const found = [...running.values()].filter(({ mapping }) => mapping.topic === topic);
      if (found.length !== 1) throw new Error(`expected one poller of ${topic}, there are ${found.length}`);
      return found[0]!;
    },
    total: () => sum([...ended, ...[...running.values()].map(({ tally }) => tally)]),
    stop: async () => {
      clearInterval(timer);
      await Promise.all([...running.values()].map((poller) => poller.stop()));
    },
  };
}

/** Every Kafka mapping of the deployed stacks. */
async function deployedMappings({ endpoint, stackPrefix }: FleetOptions): Promise<readonly Mapping[]> {
  const mappings: Mapping[] = [];
  for (const stack of await deployedStacks(endpoint, stackPrefix)) {
    for (const [logicalId, resource] of Object.entries(stack.resources)) {
      if (resource.Type !== 'AWS::Lambda::EventSourceMapping') continue;
      const id = stack.physical.get(logicalId);
      const properties = resource.Properties ?? {};
      if (id === undefined || properties['Topics'] === undefined) continue;
      const mapping = readMapping(properties, { id, functionName: resolved(stack, properties['FunctionName']) });
      if (mapping !== undefined) mappings.push(mapping);
    }
  }
  return mappings;
}

/** A question that is not answered changes nothing: the next one is a second away. */
async function followStates(endpoint: string, running: ReadonlyMap<string, Poller>): Promise<void> {
  const authorization = 'AWS4-HMAC-SHA256 Credential=test/20260101/us-east-1/lambda/aws4_request, SignedHeaders=host, Signature=none';
  for (const [id, poller] of running) {
    const answer = await fetch(`${endpoint}/2015-03-31/event-source-mappings/${id}`, { headers: { authorization } }).catch(() => undefined);
    if (!answer?.ok) continue;
    const { State } = (await answer.json()) as { readonly State?: string };
    if (State === 'Enabled' || State === 'Disabled') poller.setEnabled(State === 'Enabled');
  }
}

function sum(tallies: readonly PollerTally[]): PollerTally {
  const add = (name: Exclude<keyof PollerTally, 'errorMessages'>) => tallies.reduce((total, tally) => total + tally[name], 0);
  const most = (name: Exclude<keyof PollerTally, 'errorMessages'>) => Math.max(0, ...tallies.map((tally) => tally[name]));
  return {
    invocations: add('invocations'),
    records: add('records'),
    functionErrors: add('functionErrors'),
    errorMessages: tallies.flatMap(({ errorMessages }) => errorMessages),
    notInvoked: add('notInvoked'),
    discarded: add('discarded'),
    eventBytesMax: most('eventBytesMax'),
    partitionsMax: most('partitionsMax'),
  };
}
