// What a failure destination was given: a hole in the ledger that everybody sees, until it is landed from the destination or Kafka is asked.
import { describe, expect, it } from 'vitest';
import { positionedBatches } from '../../../src/cli/land-positioned.ts';
import type { OpenedInput } from '../../../src/cli/open-input.ts';
import { formatOf, sniffFormat } from '../../../src/cli/sniff-format.ts';
import {
  audit,
  GAME_QUARANTINE,
  GAME_TABLE,
  type GameRecord,
  gameContract,
  type Lab,
  makeLab,
  records,
  rowsOf,
} from '../../support/memory/index.ts';

const EIGHT = records('aabxnaca');

function eventOf(some: readonly GameRecord[]): object {
  const base64 = (text: string) => Buffer.from(text).toString('base64');
  const one = ({ partition, offset, timestampMs, id, kind }: GameRecord) => ({
    topic: 'events',
    partition,
    offset,
    timestamp: timestampMs,
    timestampType: 'CREATE_TIME',
    value: base64(JSON.stringify({ id, event_time: timestampMs, kind })),
    headers: [],
  });
  return { eventSource: 'aws:kafka', records: { 'events-0': some.map(one) } };
}

/** As Lambda writes it. */
const failureOf = (payload: unknown): string =>
  JSON.stringify({
    requestContext: { requestId: 'r', functionArn: 'f', condition: 'RetryAttemptsExhausted', approximateInvokeCount: 11 },
    responseContext: { statusCode: 200, executedVersion: '$LATEST', functionError: 'Unhandled' },
    version: '1.0',
    timestamp: '2026-01-01T00:00:00.000Z',
    KafkaBatchInfo: { batchSize: 3, eventSourceArn: 'c', bootstrapServers: '', payloadSize: 1, recordsInfo: {} },
    payload,
  });

async function landObject(lab: Lab, text: string): Promise<void> {
  async function* chunks() {
    yield Buffer.from(text);
  }
  const input = { chunks } as unknown as OpenedInput;
  for await (const batch of positionedBatches({ path: 'o.json', input, format: 'lambda', contract: gameContract(), sourceName: undefined }))
    await lab.land([], batch);
}

describe('promise 1, accounted: what a failure destination took', () => {
  it.each([
    ['as text', (event: object) => JSON.stringify(event)],
    ['as an object', (event: object) => event],
  ])('is a hole until its object, with the event %s, is landed; again it adds nothing', async (_, payloadOf) => {
    const lab = makeLab();
    await lab.land(EIGHT.slice(0, 2));
    await lab.land(EIGHT.slice(6));
    expect(await lab.commit()).toMatchObject({ unverified: 4 });
    expect((await audit(lab.ports)).clean).toBe(false);
    const object = failureOf(payloadOf(eventOf(EIGHT.slice(2, 6))));
    expect(formatOf(object)).toBe('lambda');
    await landObject(lab, object);
    await landObject(lab, object);
    await lab.commit();
    expect(await rowsOf(lab.ports, GAME_TABLE)).toEqual([0, 1, 2, 5, 7].map((at) => `0:${at}:p0-${at}`));
    expect(await rowsOf(lab.ports, GAME_QUARANTINE)).toEqual(['0:3:', '0:6:']);
    expect(await audit(lab.ports)).toMatchObject({
      clean: true,
      sources: [{ covered: 8, counts: { filtered: 1 }, unverified: { count: 0 } }],
    });
  });

  it('is known by its beginning, where it is longer than what is looked at, and where it is printed over several lines', async () => {
    const object = failureOf(JSON.stringify(eventOf(records('a'.repeat(12_000)))));
    async function* chunks() {
      for (let at = 0; at < object.length; at += 256 * 1024) yield Buffer.from(object.slice(at, at + 256 * 1024));
    }
    expect(object.length).toBeGreaterThan(1.5 * 1024 * 1024);
    expect(await sniffFormat({ chunks } as unknown as OpenedInput)).toBe('lambda');
    const printed = JSON.stringify(JSON.parse(failureOf(JSON.stringify(eventOf(EIGHT)))), null, 2);
    expect(formatOf(printed)).toBe('lambda');
    const lab = makeLab();
    await landObject(lab, printed);
    await lab.commit();
    expect(await rowsOf(lab.ports, GAME_TABLE)).toHaveLength(5);
  });

  it('is refused without its event, with the way to the records', async () => {
    const lab = makeLab();
    await expect(landObject(lab, failureOf(undefined))).rejects.toThrow(/--kind resolve/);
    await expect(landObject(lab, failureOf('no JSON'))).rejects.toMatchObject({ code: 'malformed-event' });
  });
});
