// Everything that goes wrong on a bad day, while records flow: calls to S3, Glue and SQS fail, come late or get no answer; functions are
// killed in mid-batch, run out of time, are throttled; a mapping is disabled; the doorbell is sent what is no ring. Each step waits until its
// harm was really done. What comes of it is checked afterwards against the truth, and by the audit.
import { GetFunctionConfigurationCommand } from '@aws-sdk/client-lambda';
import { SetQueueAttributesCommand } from '@aws-sdk/client-sqs';
import { LIMITS } from '../../../src/contract/limits.ts';
import { CALLS, type ProxyFault } from '../../interop/aws/support/fault-proxy.ts';
import { must } from '../../interop/checks.ts';
import { seeded } from '../../interop/gamegen.ts';
import { stackPrefix } from '../scope.ts';
import { findFunction, type Services } from '../services.ts';
import { deployedStacks, resolved } from '../stacks.ts';
import { until } from '../until.ts';
import type { LocalWorld } from '../world.ts';
import { goOn } from './entries.ts';
import { STEP_MS_MAX, signal, type Target } from './fault-target.ts';
import { cutOff, killInMidBatch, rest, throttle } from './land-faults.ts';
import { poisonDoorbell } from './poison.ts';

const STORM: readonly ProxyFault[] = ['5xx before', '5xx after', 'reset before', 'reset after', 'throttled', 'slow'];
/** Share of the calls that are hit; more of a kind until it has been hit often enough. Every kind of fault at every kind of call is test/interop/aws. */
const SHARE = 0.1;
const SHARE_AT_FIRST = 0.5;
const HITS_MIN = 3;
const HITS_IN_ALL = 150;
const STORM_MS_MAX = 3 * 60_000;
const VISIBILITY_SHORT_S = 20;
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
    await until('every kind of call was hit often enough', isOver, { withinMs: STORM_MS_MAX, seen: text });
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
