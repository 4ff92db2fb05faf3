// What a new deployment does to the positions of one contract's sources: topics, generations, clusters, event sources. A position is an
// offset of one log: under another topic, cluster or generation it means something else.
import type { CompiledContract, SourcePlan } from './compiled.ts';
import type { DeployedCluster, Deployment } from './deployment.ts';
import type { Effect } from './deployment-effect.ts';

interface Pair<T> {
  readonly before: T;
  readonly after: T;
}

/** Every source that was and every source that is. */
export function compareDeployedSources(old: Deployment, next: Deployment, { before, after }: Pair<CompiledContract>): readonly Effect[] {
  const effects: Effect[] = [];
  for (const source of before.sources) {
    const now = after.sources.find(({ name }) => name === source.name);
    const about = `${before.name}/${source.name}`;
    if (now === undefined) {
      effects.push({
        severity: 'refused',
        rule: 'source-removed',
        about,
        message: `what is in ${source.topic} and has not landed is read no more; what has landed stays`,
        remedy: 'wait until its lag is zero, then accept it',
      });
      continue;
    }
    effects.push(...compareSource(about, { before: source, after: now }));
    const clusters = { before: clusterFor(old, source), after: clusterFor(next, now) };
    effects.push(...compareClusters(about, clusters, now.generation > source.generation));
  }
  const known = new Set(before.sources.map(({ name }) => name));
  for (const { name, topic } of after.sources)
    if (!known.has(name))
      effects.push({
        severity: 'fine',
        rule: 'source-added',
        about: `${before.name}/${name}`,
        message: `${topic} is read too, from the beginning`,
      });
  return effects;
}

function compareSource(about: string, { before, after }: Pair<SourcePlan>): readonly Effect[] {
  if (after.topic !== before.topic)
    return [
      {
        severity: 'refused',
        rule: 'topic-changed',
        about,
        message: `the topic ${before.topic} is now ${after.topic}: what has not landed of the old one is read no more`,
        remedy: 'add the new topic as a source of another name; remove the old source when its lag is zero',
      },
    ];
  if (after.generation < before.generation)
    return [
      {
        severity: 'refused',
        rule: 'generation-back',
        about,
        message: `the generation goes back from ${before.generation} to ${after.generation}: offsets of another log would count as landed`,
        remedy: `keep generation ${before.generation}, or raise it`,
      },
    ];
  if (after.generation > before.generation)
    return [
      {
        severity: 'attention',
        rule: 'generation-raised',
        about,
        message: `generation ${after.generation} of ${after.topic} is read from the beginning under an account of its own; generation ${before.generation} ends where it is`,
        remedy: 'only for a topic that was deleted and made again, or moved to another cluster',
      },
    ];
  return [];
}

function compareClusters(about: string, { before, after }: Pair<DeployedCluster>, isNewGeneration: boolean): readonly Effect[] {
  const effects: Effect[] = [];
  const isSame = before.brokers.join(',') === after.brokers.join(',');
  const overlaps =
    before.kind === 'self-managed' && after.kind === 'self-managed' && before.brokers.some((broker) => after.brokers.includes(broker));
  if (!isSame && overlaps)
    effects.push({
      severity: 'attention',
      rule: 'brokers-changed',
      about,
      message: 'the list of brokers changes: they must be those of the same cluster',
    });
  else if (!isSame && isNewGeneration)
    effects.push({
      severity: 'attention',
      rule: 'cluster-changed',
      about,
      message: `is read from ${after.brokers.join(', ')} under its new generation`,
    });
  else if (!isSame)
    effects.push({
      severity: 'refused',
      rule: 'cluster-changed',
      about,
      message: `the cluster ${before.brokers.join(', ')} is now ${after.brokers.join(', ')}: its offsets are others, they would be taken for those that landed`,
      remedy: 'raise the generation of the source',
    });
  if (isSame && before.windowS !== undefined && after.windowS === undefined && !isNewGeneration)
    effects.push({
      severity: 'refused',
      rule: 'window-restored',
      about,
      message: 'Lambda’s default window of 500 ms cannot be restored on an event source that had another',
      remedy: 'set windowS',
    });
  if (before.failedRecordsTo === undefined && after.failedRecordsTo !== undefined)
    effects.push({
      severity: 'attention',
      rule: 'gives-up',
      about,
      message: `failing batches are given up to ${after.failedRecordsTo}: what lies there stays a hole in the ledger until it is landed`,
    });
  if (isSame && before.authentication !== after.authentication)
    effects.push({
      severity: 'fine',
      rule: 'authentication-changed',
      about,
      message: `logs in by ${after.authentication}, was ${before.authentication}; the position stays`,
    });
  return effects;
}

function clusterFor({ kafka, clusters }: Deployment, { cluster }: SourcePlan): DeployedCluster {
  return cluster === undefined ? kafka : clusters[cluster]!;
}
