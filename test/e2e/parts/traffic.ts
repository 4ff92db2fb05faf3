// Steady traffic on the second topic, record by record of known content: what lands beside everything that happens, and what freshness is
// measured with. Every record's id is its number, so that the table can be compared with what was sent.
import { setTimeout as sleep } from 'node:timers/promises';
import { Producer } from '@platformatic/kafka';
import { accessMessage } from '../../interop/freshness/access-message.ts';
import type { Span } from '../../interop/freshness/reading.ts';
import type { World } from '../world.ts';

export interface Traffic {
  /** Records acknowledged by the broker so far. */
  sent(): number;
  /** Those of them whose timestamp is in the span. */
  sentIn(span: Span): number;
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
  const sends: { readonly nowMs: number; readonly records: number }[] = [];
  let sent = 0;
  let isStopping = false;
  const running = (async () => {
    while (!isStopping) {
      const records = Math.floor(((performance.now() - startedMs) / 1000) * perSecond) - sent;
      if (records > 0) {
        const nowMs = Date.now();
        const at = { nowMs, partitions: PARTITIONS };
        const messages = Array.from({ length: records }, (_, i) => accessMessage(world.access.topic, first + sent + i, at));
        await producer.send({ messages: messages as never });
        sent += records;
        sends.push({ nowMs, records });
      }
      await sleep(TICK_MS);
    }
    await producer.close();
  })();
  // Reported by stop().
  running.catch(() => undefined);
  return {
    sent: () => sent,
    sentIn: ({ fromMs, untilMs }) => sends.reduce((sum, { nowMs, records }) => sum + (nowMs >= fromMs && nowMs < untilMs ? records : 0), 0),
    stop: async () => {
      isStopping = true;
      await running;
    },
  };
}
