// What happens to the world of a schedule between the steps of its processes: topics grow, are made again, mirrored or compacted, groups
// are reset, contracts change, others act on the tables.
import { actAsOther } from './actors/others.ts';
import type { SimWorld } from './world.ts';

/** What happens to the world between the steps of its processes. */
export async function disturb(world: SimWorld, kind: string): Promise<void> {
  const { random, producer } = world;
  const source = random.pick(world.sources);
  switch (kind) {
    case 'other':
      return actAsOther(world);
    case 'produce':
      return producer.produce(source, 1 + random.below(3));
    case 'version':
      // Rows of two versions compare with nothing.
      if (!world.sources.some(({ older }) => older)) world.version = world.version === 1 ? 2 : 1;
      return;
    case 'reset':
      source.position = source.position.map((position) => random.below(position + 1));
      return;
  }
  if (source.kind === 'file') return;
  // While two clusters are read neither is made again or loses records: the operator compares what they have.
  if (source.older) return;
  world.ghost.trace.push(`${kind} of ${source.name}`);
  if (kind === 'recreate') producer.recreate(source);
  // Every other mirror is read beside the cluster that it takes over from.
  const isBeside = source.log.flat().length % 2 === 0;
  if (kind === 'mirror' && isBeside) producer.mirrorBeside(source);
  else if (kind === 'mirror') producer.mirror(source);
  // A compacted topic loses records that have landed; one that has not is lost to everybody.
  if (kind === 'compact-topic') {
    const { where } = world.ghost.ledger(source.contract);
    source.log = source.log.map((log) => log.map((record) => (record && where.has(record.id) && random.next() < 0.2 ? undefined : record)));
  }
}
