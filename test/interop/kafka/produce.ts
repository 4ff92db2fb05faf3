// Produces a generated stream to a real topic the way applications do: most of it in transactions of several batches, between them
// transactions that are aborted (several in a row by one producer, and one that spans many batches), and plain batches. Partition, key,
// value, headers and timestamps are the stream's; offsets are Kafka's, because markers and aborted records take some.
//   node test/interop/kafka/produce.ts ADDRESS TOPIC FILE [--abort-every=N] [--rate=N] [--plain]
import { createReadStream } from 'node:fs';
import { createInterface } from 'node:readline';
import { setTimeout as sleep } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { Producer, type ProducerOptions } from '@platformatic/kafka';

interface StreamRecord {
  readonly partition: number;
  readonly timestamp: number;
  readonly key: string | null;
  readonly value: string | null;
  readonly headers?: readonly Readonly<Record<string, readonly number[]>>[];
}
type Message = { topic: string; partition: number; timestamp: bigint; key: Buffer; value: Buffer; headers: Map<Buffer, Buffer> };

const BATCH = 500;
const BATCHES_PER_TRANSACTION = 4;
const ASK_EVERY_MS = 50;

export interface ProduceOptions {
  /** One aborted transaction after every so many batches; 0: none. */
  readonly abortEvery?: number;
  /** Records a second at most. */
  readonly rate?: number;
  /** How many may have been produced by now; asked again and again. */
  readonly upTo?: () => number;
  /** Records sent at once. @default 500 */
  readonly batch?: number;
  /** No transactions at all. */
  readonly isPlain?: boolean;
  /** TLS and login, where the brokers ask for them. */
  readonly connection?: Pick<ProducerOptions<Buffer, Buffer, Buffer, Buffer>, 'tls' | 'tlsServerName' | 'sasl'>;
}

export interface Produced {
  readonly records: number;
  readonly aborted: number;
}

/** Produces the whole file; resolves when all of it is acknowledged. */
export async function produce(address: string, topic: string, file: string, options: ProduceOptions = {}): Promise<Produced> {
  const { abortEvery = 7, rate, upTo, isPlain = false, batch: batchRecords = BATCH } = options;
  const base = {
    ...options.connection,
    clientId: 'producer',
    bootstrapBrokers: address.split(','),
    acks: -1,
    retries: 30,
    retryDelay: 500,
  };
  const transactional = new Producer<Buffer, Buffer, Buffer, Buffer>({
    ...base,
    idempotent: true,
    transactionalId: `t-${process.pid}-${performance.now()}`,
  });
  const plain = new Producer<Buffer, Buffer, Buffer, Buffer>({ ...base, idempotent: true, compression: 'zstd' });
  const tally = { records: 0, aborted: 0, batches: 0 };
  const startedMs = performance.now();
  try {
    let waiting: Message[][] = [];
    for await (const batch of batchesOf(file, topic, batchRecords)) {
      tally.batches++;
      if (isPlain || tally.batches % 5 === 0) await plain.send({ messages: batch });
      else waiting.push(batch);
      if (waiting.length >= BATCHES_PER_TRANSACTION) {
        await inTransaction(transactional, waiting, { isAborted: false });
        waiting = [];
      }
      if (!isPlain && abortEvery > 0 && tally.batches % abortEvery === 0)
        tally.aborted += await abortSome(transactional, batch, tally.batches);
      tally.records += batch.length;
      if (rate) await sleep(Math.max(0, (tally.records / rate) * 1000 - (performance.now() - startedMs)));
      while (upTo && upTo() < tally.records) await sleep(ASK_EVERY_MS);
    }
    if (waiting.length > 0) await inTransaction(transactional, waiting, { isAborted: false });
  } finally {
    await transactional.close();
    await plain.close();
  }
  return tally;
}

/** Two aborted transactions in a row, the second of many batches; their values would be quarantined as no JSON if they landed. */
async function abortSome(producer: Producer<Buffer, Buffer, Buffer, Buffer>, batch: readonly Message[], n: number): Promise<number> {
  const junk = batch.map((message) => ({ ...message, value: Buffer.from(`aborted ${n}`) }));
  await inTransaction(producer, [junk.slice(0, 50)], { isAborted: true });
  const many = Array.from({ length: 6 }, (_, i) => junk.slice(i * 20, i * 20 + 20));
  await inTransaction(producer, many, { isAborted: true });
  return 50 + 120;
}

async function inTransaction(
  producer: Producer<Buffer, Buffer, Buffer, Buffer>,
  batches: readonly (readonly Message[])[],
  { isAborted }: { readonly isAborted: boolean },
): Promise<void> {
  const transaction = await producer.beginTransaction();
  for (const messages of batches) await transaction.send({ messages: [...messages] });
  if (isAborted) await transaction.abort();
  else await transaction.commit();
}

async function* batchesOf(file: string, topic: string, records: number): AsyncGenerator<Message[]> {
  let batch: Message[] = [];
  for await (const line of createInterface({ input: createReadStream(file), crlfDelay: Number.POSITIVE_INFINITY })) {
    if (line === '') continue;
    batch.push(messageOf(JSON.parse(line) as StreamRecord, topic));
    if (batch.length < records) continue;
    yield batch;
    batch = [];
  }
  if (batch.length > 0) yield batch;
}

function messageOf(record: StreamRecord, topic: string): Message {
  const headers = new Map<Buffer, Buffer>();
  for (const header of record.headers ?? [])
    for (const [name, bytes] of Object.entries(header)) headers.set(Buffer.from(name), Buffer.from(bytes));
  const bytes = (text: string | null) => (text === null ? null : Buffer.from(text, 'base64')) as Buffer;
  return {
    topic,
    partition: record.partition,
    timestamp: BigInt(record.timestamp),
    key: bytes(record.key),
    value: bytes(record.value),
    headers,
  };
}

if (process.argv[1] === import.meta.filename) {
  const { values, positionals } = parseArgs({
    allowPositionals: true,
    options: { 'abort-every': { type: 'string' }, rate: { type: 'string' }, plain: { type: 'boolean' } },
  });
  const [address, topic, file] = positionals as [string, string, string];
  const options = {
    ...(values['abort-every'] ? { abortEvery: Number(values['abort-every']) } : {}),
    ...(values.rate ? { rate: Number(values.rate) } : {}),
    isPlain: values.plain ?? false,
  };
  process.stdout.write(`${JSON.stringify(await produce(address, topic, file, options))}\n`);
}
