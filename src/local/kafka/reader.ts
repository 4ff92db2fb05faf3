// KafkaReader over @platformatic/kafka: metadata, ends and fetches with connections of their own, so that a waiting fetch never holds
// up a heartbeat. One request per leader at a time, the partitions in turn, so none starves; answers are unpacked only as far as
// there is room (promise 10). What was aborted is left out here, not by the client, whose own filter keeps one aborted transaction
// per producer and answer.
import { setTimeout as sleep } from 'node:timers/promises';
import { type ClusterMetadata, ConnectionPool, Consumer } from '@platformatic/kafka';
import { LIMITS } from '../../contract/limits.ts';
import type { KafkaPosition, KafkaReader, KafkaSlice } from '../../kafka-ports.ts';
import type { ClientOptions } from './client-options.ts';
import { asked, askMetadata, type Client, describe, ends, fetchVersion, isStillTheTopic } from './cluster.ts';
import { type FetchedPartition, sendFetch, topicKeyOf } from './fetch-protocol.ts';
import { makeRoom, type Room, sliceOf } from './slices.ts';
import { makeTlsAlerts, type TlsAlerts } from './tls-alerts.ts';

export interface ReadingClient extends KafkaReader {
  /** The client whose group membership an event source uses. */
  readonly consumer: Consumer;
  readonly alerts: TlsAlerts;
}

/** A reader of a cluster; connects with the first call. */
export function makeKafkaReader(options: ClientOptions): ReadingClient {
  const consumer = new Consumer(options);
  // An emitter without a listener turns an error that is reported elsewhere, too, into the end of the process.
  consumer.on('error', () => undefined);
  const pool = new ConnectionPool(options.clientId, options);
  const alerts = makeTlsAlerts();
  alerts.watch(consumer, 'client:broker:connect');
  alerts.watch(pool, 'connect');
  const client: Client = {
    consumer,
    pool,
    alerts,
    version: undefined,
    known: new Map(),
    metadata: undefined,
    turn: 0,
  };
  return {
    consumer,
    alerts,
    describe: (topics) => describe(client, topics),
    ends: (topic, partitions) => ends(client, topic, partitions),
    read: (wanted, bounds) => read(client, wanted, bounds),
    close: async () => {
      await client.pool.close();
      await consumer.close(true);
    },
  };
}

type Bounds = Parameters<KafkaReader['read']>[1];

async function read(client: Client, wanted: readonly KafkaPosition[], bounds: Bounds): Promise<readonly KafkaSlice[]> {
  if (wanted.length === 0) return [];
  const topics = [...new Set(wanted.map(({ source }) => source.topic))];
  const missing = topics.filter((topic) => !client.known.has(topic));
  if (missing.length > 0) await describe(client, missing);
  const metadata = client.metadata ?? (await askMetadata(client, [...client.known.keys()]));
  client.version ??= await fetchVersion(client);
  const byLeader = Map.groupBy(inTurn(client, wanted), (position) => leaderOf(metadata, position));
  const room = makeRoom(bounds);
  const bytesMax = Math.max(LIMITS.fetchPartitionBytes, Math.floor(bounds.bytesMax / byLeader.size));
  const startedMs = performance.now();
  const reads = [...byLeader].map(([leader, positions]) => fetchFrom(client, { metadata, leader, positions, bounds, bytesMax, room }));
  const slices = answersOf(await Promise.allSettled(reads));
  // An answer without news that comes at once (a leader that moved, a broker that starts) would otherwise be asked for without pause.
  const restMs = Math.min(bounds.waitMs, LIMITS.fetchPauseMs) - (performance.now() - startedMs);
  if (slices.length === 0 && restMs > 0) await sleep(restMs);
  const served = new Set(slices.filter(({ kind }) => kind === 'records').map(placeOf));
  client.turn = served.size > 0 ? wanted.findIndex((position) => served.has(placeOf(position))) + 1 : client.turn;
  return slices;
}

/** What the leaders that answered gave; one that is down holds up no other. */
function answersOf(settled: readonly PromiseSettledResult<KafkaSlice[]>[]): KafkaSlice[] {
  const failed = settled.filter((one) => one.status === 'rejected');
  const slices = settled.flatMap((one) => (one.status === 'fulfilled' ? one.value : []));
  if (failed.length > 0 && slices.length === 0) throw failed[0]!.reason;
  return slices;
}

interface LeaderRead {
  readonly metadata: ClusterMetadata;
  readonly leader: number;
  readonly positions: readonly KafkaPosition[];
  readonly bounds: Bounds;
  readonly bytesMax: number;
  readonly room: Room;
}

async function fetchFrom(client: Client, one: LeaderRead): Promise<KafkaSlice[]> {
  const version = client.version!;
  const broker = one.metadata.brokers.get(one.leader);
  if (!broker) {
    client.metadata = undefined;
    return [];
  }
  const byTopic = Map.groupBy(one.positions, ({ source }) => source.topic);
  const topics = [...byTopic].map(([topic, positions]) => ({
    topic,
    topicId: client.known.get(topic)?.topicId,
    partitions: positions.map(({ partition, from }) => ({ partition, from })),
  }));
  const plan = { version, waitMs: one.bounds.waitMs, bytesMax: one.bytesMax, partitionBytesMax: LIMITS.fetchPartitionBytes, topics };
  const fetched = await asked(
    client,
    `read from broker ${one.leader}`,
    client.pool.get(broker).then((connection) => sendFetch(connection, plan)),
  ).catch((error: unknown) => {
    client.metadata = undefined;
    throw error;
  });
  const places = new Map(
    one.positions.map((position) => [
      `${position.partition} ${topicKeyOf(version, topics.find(({ topic }) => topic === position.source.topic)!)}`,
      position,
    ]),
  );
  const slices: KafkaSlice[] = [];
  for (const partition of fetched) {
    const position = places.get(`${partition.partition} ${partition.topicKey}`);
    const slice = position ? await sliceOrError(client, position, partition, one.room) : staleLeaders(client);
    if (slice) slices.push(slice);
  }
  return slices;
}

/** Kafka's error codes: "Protocol guide, Error Codes". */
const CODE = {
  none: 0,
  outOfRange: 1,
  unknownTopic: 3,
  notAuthorised: 29,
  unknownTopicId: 100,
  inconsistentTopicId: 103,
  unsupportedCompression: 76,
} as const;

async function sliceOrError(
  client: Client,
  position: KafkaPosition,
  fetched: FetchedPartition,
  room: Room,
): Promise<KafkaSlice | undefined> {
  switch (fetched.errorCode) {
    case CODE.none:
      return sliceOf(position, fetched, room);
    case CODE.outOfRange:
      return { ...position, kind: 'out-of-range' };
    case CODE.notAuthorised:
      return { ...position, kind: 'refused', message: 'not authorised to read it: give the user Read on the topic' };
    case CODE.unsupportedCompression:
      return { ...position, kind: 'refused', message: 'the broker cannot give its compression to this client' };
    case CODE.unknownTopic:
    case CODE.unknownTopicId:
    case CODE.inconsistentTopicId:
      return (await isStillTheTopic(client, position.source.topic)) ? undefined : { ...position, kind: 'topic-changed' };
    default:
      // A leader that moved, a replica that lags: with fresh leaders the next read goes on.
      return staleLeaders(client);
  }
}

function staleLeaders(client: Client): undefined {
  client.metadata = undefined;
  return undefined;
}

/** Beginning behind the partition that was served last: a broker fills its answer in the order it is asked. */
function inTurn(client: Client, wanted: readonly KafkaPosition[]): readonly KafkaPosition[] {
  const from = client.turn % wanted.length;
  return from === 0 ? wanted : [...wanted.slice(from), ...wanted.slice(0, from)];
}

function leaderOf(metadata: ClusterMetadata, { source, partition }: KafkaPosition): number {
  return metadata.topics.get(source.topic)?.partitions[partition]?.leader ?? -1;
}

function placeOf({ source, partition }: KafkaPosition): string {
  return `${partition} ${source.id}`;
}
