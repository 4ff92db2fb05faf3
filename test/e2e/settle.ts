// Waits until everything produced is in the tables: the group has read to the end of the topic, and nothing is staged any more (a
// descriptor is deleted when every table has applied it). Progress is what moves the deadline; standing still fails.
import { setTimeout as sleep } from 'node:timers/promises';
import { Admin } from '@platformatic/kafka';
import { patiently } from './patience.ts';
import type { Flow } from './scope.ts';
import { objectKeys, type Services } from './services.ts';
import type { World } from './world.ts';

const LOOK_EVERY_MS = 500;

/** Throws if nothing moves for as long as the world allows. */
export async function settle(world: World, services: Services, flows: readonly Flow[]): Promise<void> {
  const admin = new Admin({ clientId: 'e2e', ...world.kafkaConnection });
  try {
    let last = '';
    let movedMs = performance.now();
    for (;;) {
      const states = await patiently(() => Promise.all(flows.map((flow) => stateOf(world, services, admin, flow))));
      if (states.every(({ lag, staged }) => lag === 0 && staged === 0)) return;
      const now = JSON.stringify(states);
      if (now !== last) movedMs = performance.now();
      last = now;
      if (performance.now() - movedMs > world.standstillMs)
        throw new Error(
          `nothing moved for ${world.standstillMs / 60_000} minutes: ${now}\n${JSON.stringify(world.trace?.(), null, 1) ?? ''}`,
        );
      await sleep(LOOK_EVERY_MS);
    }
  } finally {
    await admin.close();
  }
}

async function stateOf(world: World, services: Services, admin: Admin, { topic, group, contract }: Flow) {
  const staged = await objectKeys(services, world.warehouse, `_firn/${contract}/staged/`);
  return { topic, lag: await lagOf(admin, topic, group), staged: staged.length };
}

/** Records of the topic that the group has not read. */
export async function lagOf(admin: Admin, topic: string, group: string): Promise<number> {
  const metadata = await admin.metadata({ topics: [topic] });
  const count = metadata.topics.get(topic)?.partitionsCount ?? 0;
  const partitions = Array.from({ length: count }, (_, partitionIndex) => ({ partitionIndex, timestamp: -1n }));
  const ends = (await admin.listOffsets({ topics: [{ name: topic, partitions }] }))[0]?.partitions ?? [];
  const groups = await admin.listConsumerGroupOffsets({ groups: [group] });
  const read = new Map(
    groups
      .flatMap((one) => one.topics)
      .filter(({ name }) => name === topic)
      .flatMap((one) => one.partitions)
      .map((one) => [one.partitionIndex, one.committedOffset]),
  );
  return ends.reduce((lag, { partitionIndex, offset }) => {
    const committed = read.get(partitionIndex) ?? 0n;
    return lag + Number(offset - (committed > 0n ? committed : 0n));
  }, 0);
}
