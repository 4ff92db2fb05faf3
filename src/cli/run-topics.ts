// `firn run`: topics into tables until stopped. Each contract has a consumer group and a loop of its own, so one that fails stops no
// other (promise 4); all share the process's memory bound.

import type { CompiledContract } from '../contract/compiled.ts';
import { LIMITS } from '../contract/limits.ts';
import { startProbe } from '../isolation/probe-process.ts';
import { makeRegularResolver } from '../jobs/resolve-regularly.ts';
import { type RunEvent, runContract } from '../jobs/run-contract.ts';
import type { Ports } from '../ports.ts';
import { type Command, EXIT, type ExitCode, type Invocation, UsageError } from './command.ts';
import { commitPatiently } from './commit-patiently.ts';
import { requireContract } from './contract-files.ts';
import { brokersOf, type KafkaPlace, kafkaOptions, sourcesOf } from './kafka-place.ts';
import { makeRunReport, type RunReport } from './run-report.ts';
import { stopSignal } from './stop-signal.ts';
import { openWarehouse } from './warehouse.ts';

export const runCommand: Command = {
  name: 'run',
  usage: 'CONTRACT… --brokers HOST:PORT[,…]',
  positionalsMin: 1,
  positionalsMax: LIMITS.runContractsMax,
  options: {
    brokers: { type: 'string', value: 'HOST:PORT[,…]', summary: 'brokers to begin with' },
    'kafka-config': {
      type: 'string',
      value: 'FILE',
      summary: 'Kafka client properties: security.protocol, sasl.*, ssl.*; $' + '{env:NAME} takes a value from the environment',
    },
    group: { type: 'string', value: 'NAME', summary: 'the consumer group (default firn.<contract>); with several contracts a prefix' },
    source: { type: 'string', value: 'NAME', summary: 'only sources of this name, where a contract has several clusters' },
    interval: { type: 'string', value: 'MS', summary: `milliseconds between commits (default ${LIMITS.commitIntervalMs})` },
    once: { type: 'boolean', summary: 'stop when everything there is has landed' },
  },
  examples: [
    ['run game-events --brokers localhost:9092', 'until Ctrl-C; any number of them may run at once'],
    ['run game-events access-events --brokers b-1:9096,b-2:9096 --kafka-config client.properties', 'two contracts, with TLS and a login'],
    ['run game-events --brokers localhost:9092 --once --json', 'catch up and stop; one JSON event a line'],
  ],
  notes: [
    'Reading begins where the ledger ends, never at the end of a topic; offsets of the group are only for others to see.',
    'A stop (Ctrl-C, SIGTERM) lands and commits what is read and leaves the group. A kill loses nothing and doubles nothing.',
  ],
  run: runTopics,
};

async function runTopics(invocation: Invocation): Promise<ExitCode> {
  const { positionals, text, terminal } = invocation;
  const place = { brokers: brokersOf(text['brokers']), configFile: text['kafka-config'] };
  const commitIntervalMs = intervalOf(text['interval']);
  const contracts: CompiledContract[] = [];
  for (const name of positionals) contracts.push(await requireContract(name));
  const ports = await openWarehouse(invocation.warehouse);
  const report = makeRunReport(terminal, contracts);
  const stop = stopSignal(() => terminal.note('stopping: landing and committing what is read; again to stop now'));
  const plan: RunPlan = {
    ports,
    place,
    commitIntervalMs,
    group: text['group'],
    sourceName: text['source'],
    contracts,
    report,
    isOnce: invocation.switches.has('once'),
  };
  const isStopping = (contract: string) => stop.isAsked() || (plan.isOnce && report.isCaughtUp(contract));
  try {
    await Promise.all(contracts.map((contract) => runOne(plan, contract, () => isStopping(contract.name))));
  } finally {
    stop.release();
  }
  report.end();
  const [failure] = report.failures();
  if (failure !== undefined) throw failure;
  const notRead = plan.isOnce && !stop.isAsked() ? report.notRead() : undefined;
  if (notRead !== undefined) terminal.note(`read by other members of the group, not by this process: ${notRead.text}`);
  if (report.hasParked()) return EXIT.fault;
  return notRead?.hasNothing ? EXIT.no : EXIT.fine;
}

interface RunPlan {
  readonly ports: Ports;
  readonly place: KafkaPlace;
  readonly commitIntervalMs: number;
  readonly group: string | undefined;
  readonly sourceName: string | undefined;
  readonly contracts: readonly CompiledContract[];
  readonly report: RunReport;
  /** Who waits for its end is told when there will be none. */
  readonly isOnce: boolean;
}

async function runOne(plan: RunPlan, contract: CompiledContract, isStopping: () => boolean): Promise<void> {
  const { ports, report, contracts } = plan;
  const onEvent = (event: RunEvent) => report.event(contract.name, event);
  try {
    const sources = sourcesOf(contract, plan.sourceName);
    const events = await openEvents(plan, contract, [...sources.keys()]);
    await runContract({
      guard: { startProbe },
      ports,
      contract,
      events,
      sources,
      resolve: makeRegularResolver({ ports, contract, reader: events, sources, guard: { startProbe } }),
      commit: (options) => commitPatiently(ports, contract.name, options),
      commitIntervalMs: plan.commitIntervalMs,
      unitBytesMax: Math.min(LIMITS.runUnitBytesMax, Math.floor(LIMITS.runGatherBytesMax / contracts.length)),
      isStopping,
      ...(plan.isOnce ? { failuresMax: LIMITS.runOnceFailuresMax } : {}),
      onEvent,
    });
  } catch (error) {
    report.failed(contract.name, error);
  }
}

async function openEvents(plan: RunPlan, contract: CompiledContract, topics: readonly string[]) {
  const { makeEventSource } = await import('../local/kafka/event-source.ts');
  const groupId = plan.group !== undefined && plan.contracts.length === 1 ? plan.group : `${plan.group ?? 'firn'}.${contract.name}`;
  return makeEventSource(await kafkaOptions(plan.place, groupId), topics);
}

function intervalOf(text: string | undefined): number {
  const ms = text === undefined ? LIMITS.commitIntervalMs : Number(text);
  if (Number.isInteger(ms) && ms >= LIMITS.runIntervalMsMin && ms <= LIMITS.runIntervalMsMax) return ms;
  throw new UsageError(
    `--interval must be ${LIMITS.runIntervalMsMin} to ${LIMITS.runIntervalMsMax} milliseconds; got ${JSON.stringify(text)}`,
    'firn help run',
  );
}
