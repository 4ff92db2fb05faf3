// The story of one end-to-end run, in order. The stream's first third arrives at full speed; during the second the contract is changed and
// deployed; during the last everything fails that can, a table is dropped and brought back. Beside it flows a second topic. Then the tables
// must hold the stream's truth and every record of the second topic, once; freshness is measured; and all is destroyed again. On a real
// account the same story is told without its faults.

import { SLOW_MS } from '../interop/aws/support/fault-proxy.ts';
import { changeContract, checkChange } from './parts/change.ts';
import { deployAll, makeTopics } from './parts/deployment.ts';
import { destroyAll } from './parts/destruction.ts';
import { goThroughFaults } from './parts/faults.ts';
import { measureFreshness } from './parts/freshness.ts';
import { maintainTables } from './parts/maintenance.ts';
import { recoverByExecution } from './parts/recover-execution.ts';
import { recoverDroppedTable } from './parts/recovery.ts';
import { checkStream, makeStream, producePart, produceWhile, type Stream } from './parts/stream.ts';
import { startTraffic } from './parts/traffic.ts';
import { auditClean, readTables } from './reading.ts';
import { type Services, servicesOf } from './services.ts';
import { settle } from './settle.ts';
import type { LocalWorld, World } from './world.ts';

export interface StoryOptions {
  readonly records: number;
  readonly freshnessSeconds: number;
  /** Says when what happened. */
  readonly say: (what: string) => void;
}

/** What happens while the last third flows; it must not end before. */
type Trouble = (services: Services) => Promise<void>;

const PER_SECOND = 20;
const FRESHNESS_PER_SECOND = 500;
/** Half of a third is produced in about as long as what happens beside it takes on a slow machine. */
const CHANGE = { halvedEveryS: 60, batch: 50 };
const TROUBLE = { halvedEveryS: 240, batch: 5 };

/** On the emulator, with its faults. */
export async function tellStory(world: LocalWorld, options: StoryOptions): Promise<void> {
  const { checks } = world;
  await tell(world, options, {
    begin: async () => {
      const topics = await deployAll(world);
      await makeTopics(world, topics);
      const fleet = await world.startPolling();
      const polled = fleet.pollers().map(({ mapping }) => mapping.topic);
      await checks.equal('the pollers read the topics of the template', polled.sort(), topics);
    },
    changed: async () => {
      const before = identity(world);
      await world.fleet!.refresh();
      await checks.equal('the changed contract keeps its mapping, function and group', identity(world), before);
    },
    trouble: async (services) => {
      await goThroughFaults(world, services, options.say);
      await recoverDroppedTable(world, services);
      options.say('recovered');
    },
    kept: async (services, sent) => {
      await maintainTables(world, services);
      return recoverByExecution(world, services, sent);
    },
    slowly: () => world.proxy.trouble(() => 'slow'),
    end: async () => {
      const { errorMessages, ...total } = world.fleet!.total();
      options.say(`the pollers: ${JSON.stringify({ ...total, errors: [...new Set(errorMessages.map(errorTypeOf))] })}`);
      await world.fleet!.stop();
    },
  });
}

/** On an account, where Lambda polls by itself and nobody makes anything fail. */
export async function tellShortStory(world: World, options: StoryOptions): Promise<void> {
  await tell(world, options, {
    begin: async () => {
      // The topics come first: a mapping of a topic that does not exist fails.
      await world.project.cdk('synth', '--all', '--quiet');
      await makeTopics(world, [world.game.topic, world.access.topic]);
      await deployAll(world);
    },
    changed: async () => {},
    trouble: async () => {},
    end: async () => {},
  });
}

interface Turns {
  readonly begin: () => Promise<void>;
  readonly changed: () => Promise<void>;
  readonly trouble: Trouble;
  /** Maintenance and recovery by their machines, while nothing else flows; gives how many records of the second topic were sent in all. */
  readonly kept?: (services: Services, sent: number) => Promise<number>;
  /** Makes every call of the functions slower, until the returned function is called. */
  readonly slowly?: () => () => void;
  readonly end: () => Promise<void>;
}

async function tell(world: World, options: StoryOptions, turns: Turns): Promise<void> {
  const { say } = options;
  const services = servicesOf(world);
  const stream = await makeStream(world, { records: options.records, parts: 3 });
  say(`${stream.records} records generated`);
  await turns.begin();
  say('deployed');
  const traffic = startTraffic(world, { perSecond: PER_SECOND, first: 0 });
  await landAtFullSpeed(world, services, stream, say);
  const third = stream.records / 3;
  await produceWhile(world, { file: stream.parts[1]!, records: third, ...CHANGE }, () => changeContract(world));
  await turns.changed();
  say('the contract has changed');
  await produceWhile(world, { file: stream.parts[2]!, records: third, ...TROUBLE }, () => turns.trouble(services));
  await traffic.stop();
  await settle(world, services, [world.game, world.access]);
  say('settled');
  await judge(world, stream, traffic.sent());
  say('judged');
  const kept = (await turns.kept?.(services, traffic.sent())) ?? traffic.sent();
  say('maintained and recovered by executions');
  const sent = await measure(world, services, kept, options, turns.slowly);
  await Promise.all([checkTraffic(world, sent), checkAudits(world, 'the audit of every contract is clean before the end')]);
  say('freshness measured');
  await turns.end();
  await destroyAll(world, services);
  say('destroyed');
}

function errorTypeOf(message: string): string | undefined {
  return /"errorType": ?"([^"]*)"/.exec(message)?.[1];
}

function identity(world: LocalWorld) {
  const { id, functionName, group } = world.fleet!.of(world.game.topic).mapping;
  return { id, functionName, group };
}

async function landAtFullSpeed(world: World, services: Services, stream: Stream, say: (what: string) => void): Promise<void> {
  const startedMs = performance.now();
  const records = await producePart(world, stream.parts[0]!);
  await settle(world, services, [world.game]);
  const seconds = (performance.now() - startedMs) / 1000;
  say(`${records} records produced, landed and committed in ${seconds.toFixed(1)} s`);
}

/**
 * Freshness as it is, and again with every call slowed by what AWS calls usual for small objects (100 to 200 ms, "Performance guidelines for
 * Amazon S3"): the difference is the calls that a record waits for in a row. Gives how many records were sent in all.
 */
async function measure(world: World, services: Services, first: number, options: StoryOptions, slowly: Turns['slowly']): Promise<number> {
  const setting = { perSecond: FRESHNESS_PER_SECOND, seconds: options.freshnessSeconds };
  const plain = await measureFreshness(world, { ...setting, first, under: 'as it is' });
  await settle(world, services, [world.access]);
  if (slowly === undefined) return first + plain.sent;
  const quickAgain = slowly();
  const second = { ...setting, first: first + plain.sent, under: `with every call ${SLOW_MS} ms slower` };
  const slow = await measureFreshness(world, second).finally(quickAgain);
  await settle(world, services, [world.access]);
  options.say(`a record waits for about ${((slow.p50Ms - plain.p50Ms) / SLOW_MS).toFixed(1)} calls in a row`);
  return first + plain.sent + slow.sent;
}

async function judge(world: World, stream: Stream, sent: number): Promise<void> {
  await Promise.all([checkStream(world, stream), checkChange(world), checkTraffic(world, sent)]);
  await checkAudits(world, 'the audit of every contract is clean');
}

/** Every record of the second topic is in its table, once. */
async function checkTraffic(world: World, sent: number): Promise<void> {
  const { answers } = await readTables(world, [world.access.table], {
    rows: 'select count(*), count(distinct event_id), count(distinct (kafka_partition, kafka_offset)) from access_events',
  });
  const all = [[String(sent), String(sent), String(sent)]];
  await world.checks.equal('every record of the second topic is in its table once', answers['rows'], all);
}

async function checkAudits(world: World, promise: string): Promise<void> {
  await world.checks.check(promise, async () => {
    const { audits } = await auditClean(world, '--all');
    const names = audits.map(({ contract }) => contract);
    const missing = [world.game.contract, world.access.contract].filter((name) => !names.includes(name));
    if (missing.length > 0) throw new Error(`expected ${missing.join(' and ')} in the audit, got ${names.join(', ')}`);
  });
}
