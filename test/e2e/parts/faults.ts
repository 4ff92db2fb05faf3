// Everything that goes wrong on a bad day, while records flow: calls to S3, Glue and SQS fail, come late or get no answer; functions are
// killed in mid-batch, run out of time, are throttled; a mapping is disabled; the doorbell is sent what is no ring. Each step waits until its
// harm was really done. What comes of it is checked afterwards against the truth, and by the audit.
import {
  DeleteFunctionConcurrencyCommand,
  GetFunctionConfigurationCommand,
  PutFunctionConcurrencyCommand,
  UpdateEventSourceMappingCommand,
  UpdateFunctionConfigurationCommand,
} from '@aws-sdk/client-lambda';
import { SetQueueAttributesCommand } from '@aws-sdk/client-sqs';
import { Admin } from '@platformatic/kafka';
import { LIMITS } from '../../../src/contract/limits.ts';
import { CALLS, type ProxyFault } from '../../interop/aws/support/fault-proxy.ts';
import { must } from '../../interop/checks.ts';
import { seeded } from '../../interop/gamegen.ts';
import type { Poller } from '../poller/poller.ts';
import { stackPrefix } from '../scope.ts';
import { findFunction, type Services } from '../services.ts';
import { lagOf } from '../settle.ts';
import { deployedStacks, resolved } from '../stacks.ts';
import { until } from '../until.ts';
import type { LocalWorld } from '../world.ts';
import { goOn } from './entries.ts';
import { poisonDoorbell } from './poison.ts';

const STORM: readonly ProxyFault[] = ['5xx before', '5xx after', 'reset before', 'reset after', 'throttled', 'slow'];
/** Share of the calls that are hit; more of a kind until it has been hit often enough. Every kind of fault at every kind of call is test/interop/aws. */
const SHARE = 0.1;
const SHARE_AT_FIRST = 0.5;
const HITS_MIN = 3;
const HITS_IN_ALL = 80;
/** A step that has not come about by then has failed: a ring that failed rests for up to five minutes. */
const STEP_MS_MAX = 8 * 60_000;
const VISIBILITY_SHORT_S = 20;
/**
 * A landing's deadline is one request (30 s) before its end, so that none of its writes is under way when it is cut off; only a process that
 * stands still crosses the end in a write. It must come to its descriptor within what is left.
 */
const TIMEOUT_SHORT_S = 42;

interface Target {
  readonly world: LocalWorld;
  readonly services: Services;
  readonly land: string;
  readonly commit: string;
  readonly doorbellUrl: string;
  readonly poller: Poller;
}

/** Records must flow on both topics until it resolves. */
export async function goThroughFaults(world: LocalWorld, services: Services, say: (what: string) => void): Promise<void> {
  const land = await findFunction(services, { FIRN_CONTRACT: world.game.contract });
  const { Environment } = await services.lambda.send(new GetFunctionConfigurationCommand({ FunctionName: land }));
  const target: Target = {
    world,
    services,
    land,
    doorbellUrl: Environment?.Variables?.['FIRN_DOORBELL_URL'] ?? '',
    commit: await doorbellFunction(world),
    poller: world.fleet!.of(world.game.topic),
  };
  const step = async (promise: string, bringAbout: (target: Target) => Promise<void>) => {
    await world.checks.check(`faults: ${promise}`, () => bringAbout(target));
    say(promise);
  };
  await step('S3, Glue and SQS fail, throttle, reset or are slow at every kind of call', storm);
  // Rings taken before it is shortened keep the longer time: long before a committer is killed.
  await setVisibility(services, target.doorbellUrl, VISIBILITY_SHORT_S);
  await Promise.all([
    (async () => {
      await step('a commit gets no answer from Glue', noAnswer);
      await step('what is no ring is sent to the doorbell', async (one) => {
        await goOn(world, services, [world.game.contract, world.access.contract]);
        await poisonDoorbell(world, services, one.doorbellUrl);
      });
      await step('commit is killed at its compare-and-swap', killCommit);
    })(),
    (async () => {
      await step('land is killed in mid-batch', killInMidBatch);
      await step('land is cut off while its last write is on its way, which arrives after it', cutOff);
    })(),
  ]);
  await step('land and commit are throttled', throttle);
  await setVisibility(services, target.doorbellUrl, LIMITS.ringVisibilityS);
  await step('a disabled mapping rests and goes on where it was', rest);
}

/** The function behind the doorbell: the mapping that reads no topic. */
async function doorbellFunction(world: LocalWorld): Promise<string> {
  for (const stack of await deployedStacks(world.endpoint, stackPrefix(world.scope))) {
    const properties = Object.values(stack.resources)
      .filter(({ Type }) => Type === 'AWS::Lambda::EventSourceMapping')
      .find(({ Properties }) => Properties?.['Topics'] === undefined)?.Properties;
    if (properties !== undefined) return resolved(stack, properties['FunctionName']);
  }
  throw new Error('no function is behind a queue');
}

async function storm({ world }: Target): Promise<void> {
  const random = seeded(20261122);
  const played = new Map<string, number>();
  const over = world.proxy.trouble((call) => {
    const hits = played.get(call) ?? 0;
    if (random() >= (hits < HITS_MIN ? SHARE_AT_FIRST : SHARE)) return undefined;
    const fault = STORM[Math.floor(random() * STORM.length)]!;
    played.set(call, hits + 1);
    return fault;
  });
  const isOver = () => CALLS.every((call) => (played.get(call) ?? 0) >= HITS_MIN) && sum(played) >= HITS_IN_ALL;
  const text = () => [...played].map(([call, count]) => `${call} ${count}`).join(', ');
  try {
    await until('every kind of call was hit often enough', isOver, { withinMs: STEP_MS_MAX, seen: text });
  } finally {
    over();
    process.stdout.write(`        storm: ${text()}\n`);
  }
}

function sum(counts: ReadonlyMap<string, number>): number {
  return [...counts.values()].reduce((total, count) => total + count, 0);
}

/** Takes one call's answer away; its caller waits until its own limit. */
async function noAnswer({ world }: Target): Promise<void> {
  const call = 'Glue.UpdateTable';
  const before = world.proxy.calls.get(call) ?? 0;
  world.proxy.arm(call, 'time-out after');
  await until(`${call} was called`, () => (world.proxy.calls.get(call) ?? 0) > before, { withinMs: STEP_MS_MAX });
  must(world.proxy.disarm(), `expected ${call} to get no answer`);
}

/** Whenever a data file is on its way, so that a process surely is at work; until one has died of it. */
async function killInMidBatch({ world, land, poller }: Target): Promise<void> {
  const [namespace, name] = world.game.table.split('.');
  const folder = `/${namespace}/${name}/data/`;
  let killed = 0;
  const over = world.proxy.trouble((call, url) => {
    if (call === 'S3.PutObject' && url.includes(folder)) killed += signal(world.emulator.workersOf(land), 'SIGKILL');
    return undefined;
  });
  const hasDied = newErrors(poller, /Worker process died|Worker returned no response|Broken pipe/);
  try {
    await until('an invocation died with its process', hasDied, { withinMs: STEP_MS_MAX, seen: () => ({ killed, ...poller.tally }) });
  } finally {
    over();
  }
}

/**
 * At its compare-and-swap: nobody is left to say whether it took effect. The rings it held are hidden for the queue's visibility timeout,
 * which must be longer than the function may live; it is shortened before, so that the run does not wait for six minutes.
 */
async function killCommit({ world, commit }: Target): Promise<void> {
  let killed = 0;
  const over = world.proxy.trouble((call) => {
    if (call === 'Glue.UpdateTable') killed += signal(world.emulator.workersOf(commit), 'SIGKILL');
    return undefined;
  });
  try {
    await until('a committer died at its compare-and-swap', () => killed > 0, { withinMs: STEP_MS_MAX });
  } finally {
    over();
  }
}

async function setVisibility({ sqs }: Services, QueueUrl: string, seconds: number): Promise<void> {
  await sqs.send(new SetQueueAttributesCommand({ QueueUrl, Attributes: { VisibilityTimeout: String(seconds) } }));
}

/** How many there were. One that has ended meanwhile is none. */
function signal(pids: readonly number[], name: NodeJS.Signals): number {
  let met = 0;
  for (const pid of pids) {
    try {
      process.kill(pid, name);
      met++;
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error;
    }
  }
  return met;
}

/**
 * The call that makes a batch durable is kept back on its way; its process stands still, as a frozen machine does, until Lambda ends it; the
 * batch comes again and lands; only then, or at the same time, the first call arrives and takes effect, too.
 */
async function cutOff({ world, services, land, poller }: Target): Promise<void> {
  const { lambda } = services;
  const staged = `/_firn/${world.game.contract}/staged/`;
  await lambda.send(new UpdateFunctionConfigurationCommand({ FunctionName: land, Timeout: TIMEOUT_SHORT_S }));
  const held = world.proxy.hold((call, url) => call === 'S3.PutObject' && url.includes(staged));
  const hasRunOut = newErrors(poller, /timed out/);
  const seen = () => ({ isHeld: held.isHeld(), ...poller.tally });
  let status: number | undefined;
  try {
    await until('a descriptor is on its way', held.isHeld, { withinMs: STEP_MS_MAX, everyMs: 20, seen });
    must(signal(world.emulator.workersOf(land), 'SIGSTOP') > 0, 'expected a process of land to stand still');
    await until('an invocation ran out of time', hasRunOut, { withinMs: STEP_MS_MAX, seen });
  } finally {
    await lambda.send(new UpdateFunctionConfigurationCommand({ FunctionName: land, Timeout: LIMITS.landTimeoutS }));
    status = await held.release();
  }
  must(status === 200, `expected the late descriptor to be created, got status ${status}`);
}

/** Has an invocation of the mapping failed like this since now? */
function newErrors(poller: Poller, what: RegExp): () => boolean {
  const before = poller.tally.functionErrors;
  return () => {
    const count = poller.tally.functionErrors - before;
    return count > 0 && poller.tally.errorMessages.slice(-count).some((message) => what.test(message));
  };
}

async function throttle({ services, land, commit, poller }: Target): Promise<void> {
  const { lambda } = services;
  const before = poller.tally.notInvoked;
  for (const FunctionName of [land, commit])
    await lambda.send(new PutFunctionConcurrencyCommand({ FunctionName, ReservedConcurrentExecutions: 0 }));
  try {
    await until('an invocation was throttled', () => poller.tally.notInvoked > before, { withinMs: STEP_MS_MAX, seen: () => poller.tally });
  } finally {
    for (const FunctionName of [land, commit]) await lambda.send(new DeleteFunctionConcurrencyCommand({ FunctionName }));
  }
}

/** Nothing is delivered while it is disabled, though records wait; then they are. */
async function rest({ world, services, poller }: Target): Promise<void> {
  const { lambda } = services;
  const { topic, group } = world.game;
  const UUID = poller.mapping.id;
  const admin = new Admin({ clientId: 'e2e', ...world.kafkaConnection });
  await lambda.send(new UpdateEventSourceMappingCommand({ UUID, Enabled: false }));
  try {
    await until('what was in flight is done', poller.isResting, { withinMs: STEP_MS_MAX, seen: () => poller.inFlight() });
    const before = poller.tally.records;
    const lag = await lagOf(admin, topic, group);
    await until('records wait', async () => (await lagOf(admin, topic, group)) > lag, { withinMs: STEP_MS_MAX });
    const during = poller.tally.records - before;
    must(during === 0, `expected nothing to be delivered while the mapping was disabled, got ${during} records`);
    await lambda.send(new UpdateEventSourceMappingCommand({ UUID, Enabled: true }));
    await until('records are delivered again', () => poller.tally.records > before, { withinMs: STEP_MS_MAX, seen: () => poller.tally });
  } finally {
    await lambda.send(new UpdateEventSourceMappingCommand({ UUID, Enabled: true }));
    await admin.close();
  }
}
