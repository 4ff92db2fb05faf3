// A real Apache Kafka without containers: one node that is broker and controller (KRaft), from Maven's jars. Needs Java 17 and Maven; the
// first start fetches about 50 MB into .interop. Data stays in the broker's folder, so a stopped broker goes on where it was.
import { type ChildProcess, spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { existsSync, mkdirSync, openSync, readFileSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { INTEROP_HOME, REPOSITORY, run } from '../processes.ts';
import { type Certificates, makeCertificates } from './certificates.ts';

const POM = join(REPOSITORY, 'test/interop/kafka/pom.xml');
const READY_MS = 120_000;
const STOP_MS = 60_000;

export interface Broker {
  readonly address: string;
  /** Where it is asked who comes, if the broker was started with a login. */
  readonly secured: Secured | undefined;
  readonly directory: string;
  /** Ends it as an operator would; resolves when it has. */
  stop(): Promise<void>;
  /** Ends it without a word. */
  kill(): Promise<void>;
  /** Starts it again with its data, at the same address. */
  start(): Promise<void>;
  isRunning(): boolean;
}

export interface Secured {
  /** SASL PLAIN in the clear. */
  readonly plainAddress: string;
  /** SCRAM-SHA-512 over TLS. */
  readonly scramAddress: string;
  /** TLS, with a certificate of the client. */
  readonly mutualAddress: string;
  readonly certificates: Certificates;
}

export interface BrokerOptions {
  /** Lines for server.properties; later ones win. */
  readonly properties?: readonly string[];
  readonly heapMiB?: number;
  /** Three more listeners, on the ports above: of this login, and of certificates. */
  readonly login?: Login;
}

interface Login {
  readonly user: string;
  readonly password: string;
}

/** Starts a broker with its data in `directory` at a free port; resolves when it is ready. */
export async function startBroker(directory: string, options: BrokerOptions = {}): Promise<Broker> {
  const jars = ensureJars();
  mkdirSync(directory, { recursive: true });
  const port = await freePorts();
  const at = (above: number) => `127.0.0.1:${port + above}`;
  const certificates = options.login && makeCertificates(join(directory, 'certificates'));
  const secured = certificates && { plainAddress: at(2), scramAddress: at(3), mutualAddress: at(4), certificates };
  configure(directory, port, [
    ...(options.login && secured ? securityProperties(port, options.login, secured) : []),
    ...(options.properties ?? []),
  ]);
  format(jars, directory, options.login);
  let child: ChildProcess | undefined;
  const start = async () => {
    child = await launch(jars, directory, options.heapMiB ?? 512);
  };
  const end = async (signal: 'SIGTERM' | 'SIGKILL') => {
    const ending = child;
    child = undefined;
    if (ending) await endOf(ending, signal);
  };
  await start();
  return {
    address: at(0),
    secured,
    directory,
    start,
    stop: () => end('SIGTERM'),
    kill: () => end('SIGKILL'),
    isRunning: () => child !== undefined && child.exitCode === null && child.signalCode === null,
  };
}

/** The folder of jars of the version the pom names. */
export function ensureJars(): string {
  const version = /kafka_2\.13<\/artifactId>\s*<version>([^<]+)</.exec(readFileSync(POM, 'utf8'))![1]!;
  const folder = join(INTEROP_HOME, `kafka-${version}`);
  if (existsSync(join(folder, '.complete'))) return folder;
  const copied = run('mvn', [
    '-q',
    '-B',
    '-f',
    POM,
    'dependency:copy-dependencies',
    '-DincludeScope=runtime',
    `-DoutputDirectory=${folder}`,
  ]);
  if (copied.status !== 0)
    throw new Error(`mvn failed; Java 17, Maven and its repository are needed: ${copied.stdout.slice(-1000)}${copied.stderr.slice(-500)}`);
  writeFileSync(join(folder, '.complete'), version);
  return folder;
}

function configure(directory: string, port: number, properties: readonly string[]): void {
  const lines = [
    'process.roles=broker,controller',
    'node.id=1',
    `controller.quorum.voters=1@127.0.0.1:${port + 1}`,
    `listeners=PLAINTEXT://127.0.0.1:${port},CONTROLLER://127.0.0.1:${port + 1}`,
    `advertised.listeners=PLAINTEXT://127.0.0.1:${port}`,
    'listener.security.protocol.map=PLAINTEXT:PLAINTEXT,CONTROLLER:PLAINTEXT',
    'controller.listener.names=CONTROLLER',
    'inter.broker.listener.name=PLAINTEXT',
    `log.dirs=${join(directory, 'data')}`,
    'auto.create.topics.enable=false',
    'offsets.topic.replication.factor=1',
    'offsets.topic.num.partitions=4',
    'transaction.state.log.replication.factor=1',
    'transaction.state.log.min.isr=1',
    'transaction.state.log.num.partitions=4',
    'share.coordinator.state.topic.replication.factor=1',
    'share.coordinator.state.topic.min.isr=1',
    'share.coordinator.state.topic.num.partitions=1',
    'group.initial.rebalance.delay.ms=0',
    'log.retention.ms=-1',
    'message.timestamp.after.max.ms=9223372036854775807',
    ...properties,
  ];
  writeFileSync(join(directory, 'server.properties'), `${lines.join('\n')}\n`);
  const logging = ['rootLogger.level=INFO', 'rootLogger.appenderRef.out.ref=out', 'appender.out.type=Console', 'appender.out.name=out'];
  const layout = ['appender.out.layout.type=PatternLayout', 'appender.out.layout.pattern=%d{ISO8601} %p %c{1} %m%n'];
  writeFileSync(join(directory, 'log4j2.properties'), `${[...logging, ...layout].join('\n')}\n`);
}

/** Later lines win over those of the plain listener. */
function securityProperties(port: number, { user, password }: Login, { plainAddress, scramAddress, mutualAddress, certificates }: Secured) {
  const named = [`LOGIN://${plainAddress}`, `SCRAM://${scramAddress}`, `MUTUAL://${mutualAddress}`].join(',');
  const module = 'org.apache.kafka.common.security';
  const tls = (listener: string) => [
    `listener.name.${listener}.ssl.keystore.type=PEM`,
    `listener.name.${listener}.ssl.keystore.location=${certificates.brokerStore}`,
  ];
  return [
    `listeners=PLAINTEXT://127.0.0.1:${port},CONTROLLER://127.0.0.1:${port + 1},${named}`,
    `advertised.listeners=PLAINTEXT://127.0.0.1:${port},${named}`,
    'listener.security.protocol.map=PLAINTEXT:PLAINTEXT,CONTROLLER:PLAINTEXT,LOGIN:SASL_PLAINTEXT,SCRAM:SASL_SSL,MUTUAL:SSL',
    'sasl.enabled.mechanisms=PLAIN,SCRAM-SHA-512',
    'listener.name.login.sasl.enabled.mechanisms=PLAIN',
    `listener.name.login.plain.sasl.jaas.config=${module}.plain.PlainLoginModule required user_${user}="${password}";`,
    'listener.name.scram.sasl.enabled.mechanisms=SCRAM-SHA-512',
    `listener.name.scram.scram-sha-512.sasl.jaas.config=${module}.scram.ScramLoginModule required;`,
    ...tls('scram'),
    ...tls('mutual'),
    'listener.name.mutual.ssl.client.auth=required',
    'listener.name.mutual.ssl.truststore.type=PEM',
    `listener.name.mutual.ssl.truststore.location=${certificates.clientCertificate}`,
  ];
}

function format(jars: string, directory: string, login: Login | undefined): void {
  if (existsSync(join(directory, 'data/meta.properties'))) return;
  const id = randomBytes(16).toString('base64url');
  const config = join(directory, 'server.properties');
  const made = run('java', [
    '-Xmx128m',
    '-XX:TieredStopAtLevel=1',
    '-cp',
    `${jars}/*`,
    'kafka.tools.StorageTool',
    'format',
    '-t',
    id,
    '-c',
    config,
    ...(login === undefined ? [] : ['--add-scram', `SCRAM-SHA-512=[name=${login.user},password=${login.password}]`]),
  ]);
  if (made.status !== 0) throw new Error(`formatting the broker's folder failed: ${made.stdout.slice(-500)}${made.stderr.slice(-500)}`);
}

async function launch(jars: string, directory: string, heapMiB: number): Promise<ChildProcess> {
  const log = join(directory, 'server.log');
  writeFileSync(log, '');
  // An archive of loaded classes makes later starts three times as quick; the first broker of a machine leaves it when it ends.
  const archive = join(jars, 'broker.jsa');
  const sharing = existsSync(archive) ? `-XX:SharedArchiveFile=${archive}` : `-XX:ArchiveClassesAtExit=${archive}`;
  const jvm = [
    `-Xmx${heapMiB}m`,
    '-XX:+UseSerialGC',
    '-XX:TieredStopAtLevel=1',
    sharing,
    `-Dlog4j2.configurationFile=${join(directory, 'log4j2.properties')}`,
  ];
  const out = openSync(log, 'a');
  const child = spawn('java', [...jvm, '-cp', `${jars}/*`, 'kafka.Kafka', join(directory, 'server.properties')], {
    stdio: ['ignore', out, out],
    cwd: directory,
  });
  const until = performance.now() + READY_MS;
  while (performance.now() < until) {
    if (readFileSync(log, 'utf8').includes('Kafka Server started')) return child;
    if (child.exitCode !== null) break;
    await sleep(100);
  }
  child.kill('SIGKILL');
  throw new Error(`the broker did not start: ${readFileSync(log, 'utf8').slice(-2000)}`);
}

async function endOf(child: ChildProcess, signal: 'SIGTERM' | 'SIGKILL'): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const ended = new Promise<void>((done) => child.once('exit', () => done()));
  const timer = setTimeout(() => child.kill('SIGKILL'), STOP_MS);
  child.kill(signal);
  await ended;
  clearTimeout(timer);
}

/** A port whose successors are free too: the controller's, and those of the listeners that ask who comes. */
async function freePorts(): Promise<number> {
  for (let attempt = 0; attempt < 50; attempt++) {
    const port = await listenOnce(0);
    if (port === undefined) continue;
    const others = await Promise.all([1, 2, 3, 4].map((above) => listenOnce(port + above)));
    if (!others.includes(undefined)) return port;
  }
  throw new Error('no five free ports in a row');
}

function listenOnce(port: number): Promise<number | undefined> {
  return new Promise((done) => {
    const server = createServer();
    server.once('error', () => done(undefined));
    server.listen(port, '127.0.0.1', () => {
      const taken = (server.address() as { port: number }).port;
      server.close(() => done(taken));
    });
  });
}
