// Records of known content for the table of access events: each one's id is its number, so that what a table holds can be compared with
// what was sent.

export interface AccessMessage {
  readonly topic: string;
  readonly partition: number;
  readonly timestamp: bigint;
  readonly value: Buffer;
}

/** Record `n`, produced at `nowMs`; the partitions take turns. */
export function accessMessage(topic: string, n: number, at: { readonly nowMs: number; readonly partitions: number }): AccessMessage {
  const value = {
    event_id: eventId(n),
    event_time: at.nowMs,
    user_id: `u${n % 1000}`,
    level: 1 + (n % 99),
    revenue: 1.25,
    geo: { country: 'KR' },
    device: { model: 'm', os: 'o' },
    tags: ['a'],
  };
  return { topic, partition: n % at.partitions, timestamp: BigInt(at.nowMs), value: Buffer.from(JSON.stringify(value)) };
}

function eventId(n: number): string {
  return `00000000-0000-4000-8000-${n.toString(16).padStart(12, '0')}`;
}
