// What goes wrong on the side of landing: killed in mid-batch, cut off while a write is on its way, throttled, its mapping disabled.
import {
  DeleteFunctionConcurrencyCommand,
  PutFunctionConcurrencyCommand,
  UpdateEventSourceMappingCommand,
  UpdateFunctionConfigurationCommand,
} from '@aws-sdk/client-lambda';
import { Admin } from '@platformatic/kafka';
import { LIMITS } from '../../../src/contract/limits.ts';
import { must } from '../../interop/checks.ts';
import type { Poller } from '../poller/poller.ts';
import { lagOf } from '../settle.ts';
import { until } from '../until.ts';
import { STEP_MS_MAX, signal, type Target } from './fault-target.ts';

/**
 * A landing's deadline is one request (30 s) before its end, so that none of its writes is under way when it is cut off; only a process that
 * stands still crosses the end in a write. It must come to its descriptor within what is left.
 */
const TIMEOUT_SHORT_S = 42;

/** Whenever a data file is on its way, so that a process surely is at work; until one has died of it. */
export async function killInMidBatch({ world, land, poller }: Target): Promise<void> {
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
 * The call that makes a batch durable is kept back on its way; its process stands still, as a frozen machine does, until Lambda ends it; the
 * batch comes again and lands; only then, or at the same time, the first call arrives and takes effect, too.
 */
export async function cutOff({ world, services, land, poller }: Target): Promise<void> {
  const { lambda } = services;
  const staged = `/_firn/${world.game.contract}/staged/`;
  // Nothing is in flight meanwhile: the change would end it, and so little time is too little to look at what ended a process.
  await whileResting({ services, poller }, async () => {
    await lambda.send(new UpdateFunctionConfigurationCommand({ FunctionName: land, Timeout: TIMEOUT_SHORT_S }));
  });
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

export async function throttle({ services, land, commit, poller }: Target): Promise<void> {
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
export async function rest({ world, services, poller }: Target): Promise<void> {
  const { topic, group } = world.game;
  const admin = new Admin({ clientId: 'e2e', ...world.kafkaConnection });
  const before = await whileResting({ services, poller }, async () => {
    const delivered = poller.tally.records;
    const lag = await lagOf(admin, topic, group);
    await until('records wait', async () => (await lagOf(admin, topic, group)) > lag, { withinMs: STEP_MS_MAX });
    const during = poller.tally.records - delivered;
    must(during === 0, `expected nothing to be delivered while the mapping was disabled, got ${during} records`);
    return delivered;
  }).finally(() => admin.close());
  await until('records are delivered again', () => poller.tally.records > before, { withinMs: STEP_MS_MAX, seen: () => poller.tally });
}

/** Every batch begun is done with before, and none is begun until it is over. */
async function whileResting<T>({ services, poller }: Pick<Target, 'services' | 'poller'>, act: () => Promise<T>): Promise<T> {
  const enable = (Enabled: boolean) => services.lambda.send(new UpdateEventSourceMappingCommand({ UUID: poller.mapping.id, Enabled }));
  await enable(false);
  try {
    await until('what was in flight is done', poller.isResting, { withinMs: STEP_MS_MAX, seen: () => poller.tally });
    return await act();
  } finally {
    await enable(true);
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
