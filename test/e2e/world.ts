// Everything one end-to-end run stands on: emulator, proxy, broker, a project of its own, the pollers. Opened in order, closed in reverse
// order on every way out, each process and folder of it.
import { mkdtempSync, rmSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type FaultProxy, startFaultProxy } from '../interop/aws/support/fault-proxy.ts';
import type { Checks } from '../interop/checks.ts';
import { type Broker, startBroker } from '../interop/kafka/broker.ts';
import type { ProduceOptions } from '../interop/kafka/produce.ts';
import { PYTHON } from '../interop/processes.ts';
import { ACCOUNT, type Emulator, REGION, startEmulator } from './emulator/emulator.ts';
import { type Fleet, startFleet } from './poller/fleet.ts';
import { makeRealKafka, type RealKafka } from './poller/kafka-side.ts';
import { makeLambdaSide } from './poller/lambda-side.ts';
import { killAll, plainEnvironment } from './processes.ts';
import { makeProject, type Project } from './project.ts';
import { accessFlow, type Flow, gameFlow, OWN_SCOPE, type Scope, stackPrefix } from './scope.ts';

/** What readers and commands need. */
export interface World {
  readonly checks: Checks;
  /** Temporary files of the run. */
  readonly home: string;
  readonly python: string;
  readonly region: string;
  readonly account: string;
  /** Of the emulated AWS; undefined on a real account. */
  readonly endpoint: string | undefined;
  /** Whole environment of commands and readers. */
  readonly environment: Readonly<Record<string, string>>;
  readonly kafkaConnection: KafkaConnection;
  readonly project: Project;
  readonly scope: Scope;
  readonly game: Flow;
  readonly access: Flow;
  /** `s3://bucket`, once deployed. */
  warehouse: string;
  /** Calls of the functions so far, by name, where somebody counts them. */
  readonly calls?: ReadonlyMap<string, number>;
  /** Nothing moves for so long: it has failed. */
  readonly standstillMs: number;
  /** What the run's own parts say of themselves, for the message of a failure. */
  readonly trace?: () => unknown;
}

/** How this process reaches the brokers. */
export interface KafkaConnection extends NonNullable<ProduceOptions['connection']> {
  readonly bootstrapBrokers: string[];
}

/** With the means to do harm. */
export interface LocalWorld extends World {
  readonly endpoint: string;
  readonly emulator: Emulator;
  readonly proxy: FaultProxy;
  readonly broker: Broker;
  readonly kafka: RealKafka;
  /** Starts with the first deployment. */
  fleet: Fleet | undefined;
  startPolling(): Promise<Fleet>;
  close(): Promise<void>;
}

/** Of one mapping at once: several batches in flight, several partitions in each. */
const POLLERS = 2;
/** Longer than a ring may be hidden, and than one that failed rests. */
const STANDSTILL_MS = 4 * 60_000;

/** Starts all of it; what was started is stopped again if anything fails. */
export async function openWorld(checks: Checks): Promise<LocalWorld> {
  const home = mkdtempSync(join(tmpdir(), 'firn-e2e-'));
  const closing: (() => unknown)[] = [() => rmSync(home, { recursive: true, force: true, maxRetries: 5 })];
  const close = () => closeAll(closing);
  process.once('exit', killAll);
  try {
    const [port, proxyPort] = [await freePort(), await freePort()];
    const proxy = await startFaultProxy(`http://127.0.0.1:${port}`, proxyPort);
    closing.push(() => proxy.stop());
    const starting = [startEmulator({ python: PYTHON, port, proxyPort, directory: home }), startBroker(join(home, 'broker'))] as const;
    for (const one of starting) closing.push(async () => (await one.catch(() => undefined))?.stop());
    const [emulator, broker] = await Promise.all(starting);
    process.once('exit', () => void broker.kill());
    const kafka = makeRealKafka(broker.address);
    closing.push(() => kafka.close());
    const environment = environmentOf(emulator.endpoint);
    const lambda = makeLambdaSide({ endpoint: emulator.endpoint, region: REGION });
    closing.push(() => lambda.close());
    const world: LocalWorld = {
      checks,
      home,
      python: PYTHON,
      region: REGION,
      account: ACCOUNT,
      endpoint: emulator.endpoint,
      environment,
      kafkaConnection: { bootstrapBrokers: [broker.address] },
      project: makeProject({ root: join(home, 'project'), environment: awsVariables(emulator.endpoint) }),
      scope: OWN_SCOPE,
      game: gameFlow(OWN_SCOPE),
      access: accessFlow(OWN_SCOPE),
      warehouse: '',
      standstillMs: STANDSTILL_MS,
      calls: proxy.calls,
      trace: () => ({ pollers: world.fleet?.total(), emulator: emulator.lastWords() }),
      emulator,
      proxy,
      broker,
      kafka,
      fleet: undefined,
      startPolling: async () => {
        const fleet = await startFleet({
          endpoint: emulator.endpoint,
          stackPrefix: stackPrefix(OWN_SCOPE),
          kafka,
          lambda,
          pollers: POLLERS,
        });
        world.fleet = fleet;
        closing.push(() => fleet.stop());
        return fleet;
      },
      close,
    };
    return world;
  } catch (error) {
    await close();
    throw error;
  }
}

/** Last opened, first closed; one that fails keeps no other from being closed. */
async function closeAll(closing: (() => unknown)[]): Promise<void> {
  const failures: unknown[] = [];
  for (let one = closing.pop(); one !== undefined; one = closing.pop()) {
    try {
      await one();
    } catch (error) {
      failures.push(error);
    }
  }
  if (failures.length > 0) throw new AggregateError(failures, `closing: ${failures.map((error) => (error as Error).message).join('; ')}`);
}

/** The key is this run's own: the CDK remembers accounts by key. */
function awsVariables(endpoint: string): Record<string, string> {
  return {
    AWS_ENDPOINT_URL: endpoint,
    AWS_ACCESS_KEY_ID: 'e2e',
    AWS_SECRET_ACCESS_KEY: 'test',
    AWS_REGION: REGION,
    AWS_DEFAULT_REGION: REGION,
  };
}

function environmentOf(endpoint: string): Record<string, string> {
  return { ...plainEnvironment(), ...awsVariables(endpoint), NO_COLOR: '1' };
}

async function freePort(): Promise<number> {
  const server = createServer();
  return new Promise((done, fail) => {
    server.once('error', fail);
    server.listen(0, '127.0.0.1', () => {
      const { port } = server.address() as { port: number };
      server.close(() => done(port));
    });
  });
}
