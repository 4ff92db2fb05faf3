// `firn run` against a real broker while everything goes wrong that goes wrong: transactions are aborted between committed ones, landers
// are killed, the broker is restarted, members join and leave, the group is reset to the beginning half way, and what has landed is
// compacted while more lands. Afterwards every offset of the log is accounted for and the tables hold exactly the stream's truth.
// Upholds promises 1, 2, 4, 7 and 8 on the real thing.
import { type ChildProcess, spawn } from 'node:child_process';
import { createReadStream, mkdirSync, openSync, readFileSync, rmSync, writeFileSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { setTimeout as sleep } from 'node:timers/promises';
import { Admin } from '@platformatic/kafka';
import { keepResult } from '../../simulation/results.ts';
import { type Checks, must } from '../checks.ts';
import { checkTruth, GAME_CONTRACT, generate, seeded } from '../gamegen.ts';
import { exitOf, firn, firnJson, INTEROP_HOME, REPOSITORY } from '../processes.ts';
import { type Broker, startBroker } from './broker.ts';
import { compactBeside } from './compact.ts';
import { checkLogins } from './logins.ts';
import { produce } from './produce.ts';

export interface ChaosOptions {
  readonly records: number;
  readonly partitions: number;
  readonly kills: number;
  readonly restarts: number;
  readonly rebalances: number;
  readonly seed: number;
}

export const SHORT: ChaosOptions = { records: 100_000, partitions: 8, kills: 3, restarts: 1, rebalances: 1, seed: 20261122 };
const HOME = join(INTEROP_HOME, 'work/kafka');
const LOGIN = { user: 'firn', password: 'a-secret-of-the-suite' };
const TOPIC = 'game-events';
const GROUP = 'firn.game.game-events';

/** Runs the whole story; the warehouse and the logs of every process stay in .interop/work/kafka. */
export async function checkKafka(checks: Checks, options: ChaosOptions = SHORT): Promise<void> {
  rmSync(HOME, { recursive: true, force: true });
  mkdirSync(HOME, { recursive: true });
  const stream = generate('kafka.ndjson', options.records, ['--format=records', `--partitions=${options.partitions}`, '--seed=11']);
  const broker = await startBroker(join(HOME, 'broker'), { heapMiB: options.records > 500_000 ? 1024 : 512, login: LOGIN });
  const story: Story = {
    checks,
    options,
    broker,
    warehouse: join(HOME, 'warehouse'),
    random: seeded(options.seed),
    landers: [],
    started: 0,
    aborted: 0,
    facts: {},
  };
  const startedMs = performance.now();
  try {
    await withAdmin(broker, (admin) => admin.createTopics({ topics: [TOPIC], partitions: options.partitions, replicas: 1 }));
    await tell(story, stream);
    await judge(story, stream);
    await checkLogins({ checks, broker, warehouse: story.warehouse, folder: HOME, login: LOGIN });
    keepStory(story, Math.round((performance.now() - startedMs) / 1000));
  } finally {
    for (const { child } of story.landers) child.kill('SIGKILL');
    await broker.stop();
  }
}

interface Lander {
  readonly child: ChildProcess;
  readonly log: string;
}

interface Story {
  readonly checks: Checks;
  readonly options: ChaosOptions;
  readonly broker: Broker;
  readonly warehouse: string;
  readonly random: () => number;
  readonly landers: Lander[];
  started: number;
  aborted: number;
  /** What the last run and the audit say. */
  facts: Readonly<Record<string, number>>;
}

/** Kept for the fault report, by the size of the run. */
function keepStory({ options, checks, started, aborted, facts }: Story, seconds: number): void {
  const { passed, failed } = checks;
  const { records, partitions, kills, restarts, rebalances, seed } = options;
  const said = { records, partitions, kills, restarts, rebalances, 'group resets': 1, seed, 'landers started': started };
  keepResult(`kafka-${records}`, {
    ...said,
    'aborted records': aborted,
    ...facts,
    seconds,
    'checks passed': passed,
    'checks failed': failed,
  });
}

/** The stream in parts; during each something happens. */
async function tell(story: Story, stream: string): Promise<void> {
  const { options, checks, broker } = story;
  const happenings = shuffle(story.random, [
    ...Array.from({ length: options.kills }, () => killOne),
    ...Array.from({ length: options.restarts }, () => restartBroker),
    ...Array.from({ length: options.rebalances }, () => joinAndLeave),
  ]);
  happenings.splice(Math.ceil(happenings.length / 2), 0, resetGroup, compact);
  const parts = await cut(stream, options.records, happenings.length);
  const startedMs = performance.now();
  start(story);
  for (const [i, happen] of happenings.entries()) {
    const part = parts[i]!;
    // A broker that goes away in the middle of a transaction is the producer's story, not ours: those two do not overlap.
    const isApart = happen === restartBroker;
    const producing = (async () => {
      const produced = await produce(broker.address, TOPIC, part);
      story.aborted += produced.aborted;
    })();
    if (isApart) await producing;
    process.stdout.write(`  kafka: ${((performance.now() - startedMs) / 1000).toFixed(0)} s ${happen.name}\n`);
    await checks.check(`kafka: ${happen.name} (${i + 1} of ${happenings.length})`, () => happen(story));
    await producing;
  }
}

/** At a random moment of its work, without a word; then again. */
async function killOne(story: Story): Promise<void> {
  await sleep(500 + story.random() * 4000);
  const victim = story.landers.shift();
  must(victim && victim.child.exitCode === null, 'expected a lander to kill');
  const exit = exitOf(victim.child);
  victim.child.kill('SIGKILL');
  await exit;
  start(story);
}

async function restartBroker({ broker, random }: Story): Promise<void> {
  await broker.stop();
  await sleep(random() * 3000);
  await broker.start();
}

/** A second member takes its share, works for a while beside the first, and leaves as it should. */
async function joinAndLeave(story: Story): Promise<void> {
  start(story);
  await sleep(6000 + story.random() * 4000);
  const leaver = story.landers.pop()!;
  must((await stop(leaver)) === 0, 'expected a member that leaves to exit 0');
}

/** Everybody stops, the group goes back to the very beginning, and somebody starts again. */
async function resetGroup(story: Story): Promise<void> {
  for (const lander of story.landers.splice(0)) must((await stop(lander)) === 0, 'expected a stopped lander to exit 0');
  await waitForEmptyGroup(story);
  const partitionOffsets = Array.from({ length: story.options.partitions }, (_, partition) => ({ partition, offset: 0n }));
  await withAdmin(story.broker, (admin) =>
    admin.alterConsumerGroupOffsets({ groupId: GROUP, topics: [{ name: TOPIC, partitionOffsets }] }),
  );
  start(story);
}

/** What was landed before the reset, while it is delivered again. */
async function compact(story: Story): Promise<void> {
  const { filesBefore, filesAfter } = await compactBeside(story.warehouse);
  story.facts = { ...story.facts, 'files compacted': filesBefore, 'into files': filesAfter };
  process.stdout.write(`  kafka: ${filesBefore} files compacted into ${filesAfter} while more landed\n`);
}

/** What is left lands in one last run; then the accounting and the truth. */
async function judge(story: Story, stream: string): Promise<void> {
  const { checks, warehouse, broker } = story;
  for (const lander of story.landers.splice(0)) {
    await checks.check('kafka: a lander that is told to stop exits 0', async () => must((await stop(lander)) === 0, 'it did not'));
  }
  await waitForEmptyGroup(story);
  await checks.check('kafka: a last run catches up and exits 0', () => {
    const ran = firn(['run', GAME_CONTRACT, '--brokers', broker.address, '--warehouse', warehouse, '--once', '--json']);
    must(ran.status === 0, `exit ${ran.status}\n${ran.stderr.slice(-2000)}`);
    const last = JSON.parse(ran.stdout.trim().split('\n').at(-1)!) as { rssBytesMax: number };
    story.facts = { ...story.facts, 'MiB at most': Math.round(last.rssBytesMax / 2 ** 20) };
    process.stdout.write(
      `  kafka: ${story.started} landers started, ${story.aborted} aborted records, last run used ${Math.round(last.rssBytesMax / 2 ** 20)} MiB\n`,
    );
  });
  await checks.check('kafka: the audit is clean, and what is covered is the whole log', async () => {
    const report = firnJson(['audit', 'game.game_events', '--warehouse', warehouse]) as AuditJson;
    const sources = report.audits.flatMap((audit) => audit.sources);
    const covered = sources.reduce((sum, one) => sum + one.covered, 0);
    const ends = await endsOf(story);
    must(covered === ends, `covered ${covered} offsets, the log has ${ends}`);
    const absent = sources.reduce((sum, one) => sum + one.counts.absent, 0);
    story.facts = { ...story.facts, 'offsets covered': covered, 'of them absent': absent };
    must(absent >= story.aborted, `${absent} absent offsets, ${story.aborted} records were aborted`);
  });
  await checkTruth(checks, { stream, warehouse });
}

interface AuditJson {
  readonly audits: readonly { readonly sources: readonly { readonly covered: number; readonly counts: { readonly absent: number } }[] }[];
}

function start(story: Story): void {
  story.started++;
  const log = join(HOME, `lander-${story.started}.log`);
  const out = openSync(log, 'w');
  const args = ['run', GAME_CONTRACT, '--brokers', story.broker.address, '--warehouse', story.warehouse, '--json'];
  const main = join(REPOSITORY, 'src/cli/main.ts');
  const child = spawn(process.execPath, ['--disable-warning=ExperimentalWarning', main, ...args], { stdio: ['ignore', out, out] });
  child.once('exit', (code, signal) => writeSync(out, `exit ${code ?? signal}\n`));
  story.landers.push({ child, log });
}

/** Asks it to stop once it is a member: before, a signal only ends a process that has not begun. */
async function stop({ child, log }: Lander): Promise<number | null> {
  const until = performance.now() + 90_000;
  while (performance.now() < until && child.exitCode === null && !readFileSync(log, 'utf8').includes('"assigned"')) await sleep(100);
  if (child.exitCode !== null) return child.exitCode;
  const exit = exitOf(child);
  child.kill('SIGTERM');
  return exit;
}

/** A killed member's place is free when its session ends. */
async function waitForEmptyGroup({ broker }: Story): Promise<void> {
  await withAdmin(broker, async (admin) => {
    for (let attempt = 0; attempt < 60; attempt++) {
      const group = (await admin.describeGroups({ groups: [GROUP] })).get(GROUP);
      if (!group || group.members.size === 0) return;
      await sleep(500);
    }
    throw new Error('the group still has members after 30 s');
  });
}

async function endsOf({ broker, options }: Story): Promise<number> {
  return withAdmin(broker, async (admin) => {
    const partitions = Array.from({ length: options.partitions }, (_, partitionIndex) => ({ partitionIndex, timestamp: -1n }));
    const listed = await admin.listOffsets({ topics: [{ name: TOPIC, partitions }] });
    return listed.flatMap((topic) => topic.partitions).reduce((sum, { offset }) => sum + Number(offset), 0);
  });
}

async function withAdmin<T>(broker: Broker, use: (admin: Admin) => Promise<T>): Promise<T> {
  const admin = new Admin({ clientId: 'suite', bootstrapBrokers: [broker.address], retries: 10, retryDelay: 500 });
  try {
    return await use(admin);
  } finally {
    await admin.close();
  }
}

/** The stream's lines in so many files of about equal length, in order. */
async function cut(stream: string, records: number, count: number): Promise<readonly string[]> {
  const size = Math.ceil(records / count);
  const files: string[] = [];
  let lines: string[] = [];
  const flush = () => {
    files.push(join(HOME, `part-${files.length}.ndjson`));
    writeFileSync(files.at(-1)!, lines.map((line) => `${line}\n`).join(''));
    lines = [];
  };
  for await (const line of createInterface({ input: createReadStream(stream), crlfDelay: Number.POSITIVE_INFINITY })) {
    lines.push(line);
    if (lines.length === size && files.length < count - 1) flush();
  }
  flush();
  while (files.length < count) flush();
  must(readFileSync(files[0]!).length > 0, 'expected a stream to cut');
  return files;
}

function shuffle<T>(random: () => number, items: readonly T[]): T[] {
  return items
    .map((item) => ({ item, at: random() }))
    .sort((a, b) => a.at - b.at)
    .map(({ item }) => item);
}
