// Everything that goes wrong on a bad day, while records flow: calls to S3, Glue and SQS fail, come late or get no answer; functions are
// killed in mid-batch, run out of time, are throttled; a mapping is disabled; the doorbell is sent what is no ring. Each step waits until its
// harm was really done. What comes of it is checked afterwards against the truth, and by the audit.
import { setTimeout as sleep } from 'node:timers/promises';
import {
  DeleteFunctionConcurrencyCommand,
  GetFunctionConfigurationCommand,
  PutFunctionConcurrencyCommand,
  UpdateEventSourceMappingCommand,
  UpdateFunctionConfigurationCommand,
} from '@aws-sdk/client-lambda';
import { SetQueueAttributesCommand } from '@aws-sdk/client-sqs';
import { LIMITS } from '../../../src/contract/limits.ts';
import type { ProxyFault } from '../../interop/aws/support/fault-proxy.ts';
import { must } from '../../interop/checks.ts';
import { seeded } from '../../interop/gamegen.ts';
import type { Poller } from '../poller/poller.ts';
import { stackPrefix } from '../scope.ts';
import { findFunction, type Services } from '../services.ts';
import { deployedStacks, resolved } from '../stacks.ts';
import type { LocalWorld } from '../world.ts';
import { poisonDoorbell } from './poison.ts';

/** Calls of every landing and commit; each must have been hit by the storm. */
const CALLS = [
  'S3.PutObject',
  'S3.GetObject',
  'S3.ListObjectsV2',
  'S3.DeleteObject',
  'Glue.GetTable',
  'Glue.UpdateTable',
  'SQS.SendMessage',
];
const STORM: readonly ProxyFault[] = ['5xx before', '5xx after', 'reset before', 'reset after', 'throttled', 'slow'];
/** Share of the calls that are hit; more of a kind until it has been hit often enough. */
const SHARE = 0.1;
const SHARE_AT_FIRST = 0.5;
const HITS_MIN = 3;
const HITS_IN_ALL = 150;
const STORM_MS_MAX = 3 * 60_000;
const STEP_MS_MAX = 90_000;
const VISIBILITY_SHORT_S = 20;
const RINGS_TAKEN_MS = 15_000;

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
  const steps: readonly (readonly [string, (target: Target) => Promise<void>])[] = [
    ['S3, Glue and SQS fail, throttle, reset or are slow at every kind of call', storm],
    ['a commit gets no answer from Glue', noAnswer],
    ['land is killed in mid-batch', killInMidBatch],
    ['what is no ring is sent to the doorbell', (one) => poisonDoorbell(world, services, one.doorbellUrl)],
    ['commit is killed at work', killCommit],
    ['land runs out of time, and its late call arrives after it', runOutOfTime],
    ['land and commit are throttled', throttle],
    ['a disabled mapping rests and goes on where it was', rest],
  ];
  for (const [promise, step] of steps) {
    await world.checks.check(`faults: ${promise}`, () => step(target));
    say(promise);
  }
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
  world.proxy.trouble((call) => {
    const hits = played.get(call) ?? 0;
    if (random() >= (hits < HITS_MIN ? SHARE_AT_FIRST : SHARE)) return undefined;
    const fault = STORM[Math.floor(random() * STORM.length)]!;
    played.set(call, hits + 1);
    return fault;
  });
  try {
    await until(
      'every kind of call was hit often enough',
      () => CALLS.every((call) => (played.get(call) ?? 0) >= HITS_MIN) && sum(played) >= HITS_IN_ALL,
      STORM_MS_MAX,
    );
  } finally {
    world.proxy.trouble(undefined);
    const text = [...played].map(([call, count]) => `${call} ${count}`).join(', ');
    process.stdout.write(`        storm: ${text}\n`);
  }
}

function sum(counts: ReadonlyMap<string, number>): number {
  return [...counts.values()].reduce((total, count) => total + count, 0);
}

/** Takes one call's answer away; its caller waits until its own limit. */
async function noAnswer({ world }: Target): Promise<void> {
  const call = 'Glue.UpdateTable';
  world.proxy.arm(call, 'time-out after');
  const before = world.proxy.calls.get(call) ?? 0;
  await until(`${call} was called`, () => (world.proxy.calls.get(call) ?? 0) > before, STEP_MS_MAX);
  must(world.proxy.disarm(), `expected ${call} to get no answer`);
}

async function killInMidBatch({ world, land, poller }: Target): Promise<void> {
  // Slow enough to be met at work.
  world.proxy.trouble((call) => (call === 'S3.PutObject' ? 'slow' : undefined));
  const hasDied = newErrors(poller, /Worker process died|Broken pipe/);
  try {
    await until(
      'an invocation died with its process',
      () => {
        if (poller.inFlight() > 0) kill(world.emulator.workersOf(land));
        return hasDied();
      },
      STEP_MS_MAX,
    );
  } finally {
    world.proxy.trouble(undefined);
  }
}

/**
 * At its compare-and-swap: nobody is left to say whether it took effect. The rings it held are hidden for the queue's visibility timeout,
 * which must be longer than the function may live; the step shortens it, so that the run does not wait for six minutes.
 */
async function killCommit({ world, services, commit, doorbellUrl }: Target): Promise<void> {
  let killed = 0;
  await setVisibility(services, doorbellUrl, VISIBILITY_SHORT_S);
  // Rings taken before keep the longer time.
  await sleep(RINGS_TAKEN_MS);
  world.proxy.trouble((call) => {
    if (call === 'Glue.UpdateTable') killed += kill(world.emulator.workersOf(commit));
    return undefined;
  });
  try {
    await until('a committer died at its compare-and-swap', () => killed > 0, STEP_MS_MAX);
  } finally {
    world.proxy.trouble(undefined);
    await setVisibility(services, doorbellUrl, LIMITS.ringVisibilityS);
  }
}

async function setVisibility({ sqs }: Services, QueueUrl: string, seconds: number): Promise<void> {
  await sqs.send(new SetQueueAttributesCommand({ QueueUrl, Attributes: { VisibilityTimeout: String(seconds) } }));
}

function kill(pids: readonly number[]): number {
  for (const pid of pids) {
    try {
      process.kill(pid, 'SIGKILL');
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error;
    }
  }
  return pids.length;
}

async function runOutOfTime({ world, services, land, poller }: Target): Promise<void> {
  const { lambda } = services;
  await lambda.send(new UpdateFunctionConfigurationCommand({ FunctionName: land, Timeout: 2 }));
  const hasRunOut = newErrors(poller, /timed out/);
  world.proxy.trouble((call) => (call === 'S3.PutObject' ? 'late' : undefined));
  try {
    await until('an invocation ran out of time', hasRunOut, STEP_MS_MAX);
  } finally {
    world.proxy.trouble(undefined);
    await lambda.send(new UpdateFunctionConfigurationCommand({ FunctionName: land, Timeout: LIMITS.landTimeoutS }));
  }
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
    await until('an invocation was throttled', () => poller.tally.notInvoked > before, STEP_MS_MAX);
  } finally {
    for (const FunctionName of [land, commit]) await lambda.send(new DeleteFunctionConcurrencyCommand({ FunctionName }));
  }
}

async function rest({ services, poller }: Target): Promise<void> {
  const { lambda } = services;
  const UUID = poller.mapping.id;
  await lambda.send(new UpdateEventSourceMappingCommand({ UUID, Enabled: false }));
  await sleep(2_500);
  await until('what was in flight is done', () => poller.inFlight() === 0, STEP_MS_MAX);
  const before = poller.tally.records;
  await sleep(3_000);
  const during = poller.tally.records - before;
  await lambda.send(new UpdateEventSourceMappingCommand({ UUID, Enabled: true }));
  must(during === 0, `expected nothing to be delivered while the mapping was disabled, got ${during} records`);
  await until('records are delivered again', () => poller.tally.records > before, STEP_MS_MAX);
}

/** Asks again and again; throws when it is not so in time. */
export async function until(what: string, isSo: () => boolean | Promise<boolean>, withinMs: number, everyMs = 100): Promise<void> {
  const endMs = performance.now() + withinMs;
  while (!(await isSo())) {
    if (performance.now() > endMs) throw new Error(`waited ${withinMs / 1000} s in vain: ${what}`);
    await sleep(everyMs);
  }
}
