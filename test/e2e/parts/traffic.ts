// Steady traffic on the second topic, record by record of known content: what lands beside everything that happens, and what freshness is
// measured with. Every record's id is its number, so that the table can be compared with what was sent.
import { setTimeout as sleep } from 'node:timers/promises';
import { Producer } from '@platformatic/kafka';
import type { World } from '../world.ts';

export interface Traffic {
  /** Records acknowledged by the broker so far. */
  sent(): number;
  /** Ends it when the last record is acknowledged. */
  stop(): Promise<void>;
}

const PARTITIONS = 6;
const TICK_MS = 50;

/** `first` is the number of the first record; each call of one run goes on where the last one ended. */
export function startTraffic(world: World, options: { readonly perSecond: number; readonly first: number }): Traffic {
  const { perSecond, first } = options;
  const producer = new Producer({
    clientId: 'e2e-traffic',
    ...world.kafkaConnection,
    acks: -1,
    idempotent: true,
    retries: 10,
  });
  const startedMs = performance.now();
  let sent = 0;
  let isStopping = false;
  const running = (async () => {
    while (!isStopping) {
      const due = Math.floor(((performance.now() - startedMs) / 1000) * perSecond) - sent;
      if (due > 0) {
        const messages = Array.from({ length: due }, (_, i) => message(world.access.topic, first + sent + i));
        await producer.send({ messages: messages as never });
        sent += due;
      }
      await sleep(TICK_MS);
    }
    await producer.close();
  })();
  // Reported by stop().
  running.catch(() => undefined);
  return {
    sent: () => sent,
    stop: async () => {
      isStopping = true;
      await running;
    },
  };
}

function message(topic: string, n: number) {
  const nowMs = Date.now();
  const value = {
    event_id: eventId(n),
    event_time: nowMs,
    user_id: `u${n % 1000}`,
    level: 1 + (n % 99),
    revenue: 1.25,
    geo: { country: 'KR' },
    device: { model: 'm', os: 'o' },
    tags: ['a'],
  };
  return { topic, partition: n % PARTITIONS, timestamp: BigInt(nowMs), value: Buffer.from(JSON.stringify(value)) };
}

export function eventId(n: number): string {
  return `00000000-0000-4000-8000-${n.toString(16).padStart(12, '0')}`;
}
