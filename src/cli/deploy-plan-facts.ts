// What facts of Amazon MSK say about a source that is about to be read.
import type { MskFacts } from '../aws/msk-facts.ts';
import type { DeployedCluster } from '../contract/deployment.ts';
import type { Effect } from '../contract/deployment-effect.ts';

export interface PlannedSource {
  /** `contract/source`. */
  readonly about: string;
  readonly topic: string;
  readonly cluster: DeployedCluster;
}

export function factEffects({ about, topic, cluster }: PlannedSource, facts: MskFacts): readonly Effect[] {
  const effects: Effect[] = [];
  const add = (severity: Effect['severity'], rule: string, message: string) => effects.push({ severity, rule, about, message });
  if (facts.cluster === undefined) {
    add('attention', 'cluster-unknown', `MSK said nothing about ${cluster.brokers[0]} (${facts.why ?? 'no answer'})`);
    return effects;
  }
  const { type, state, logins } = facts.cluster;
  if (state !== 'ACTIVE') add('attention', 'cluster-state', `the cluster is ${state}`);
  if (logins !== undefined && !logins.includes(cluster.authentication))
    add(
      'refused',
      'login-off',
      `the cluster takes ${logins.join(', ') || 'no login'}, not ${cluster.authentication}: nothing could be read`,
    );
  if (facts.partitions === 'absent') add('attention', 'topic-missing', `there is no topic ${topic} yet; reading begins when it is made`);
  else if (facts.partitions === undefined)
    add(
      'fine',
      'topic-unknown',
      type === 'SERVERLESS' ? `of Serverless MSK knows no topics` : `MSK said nothing about ${topic} (${facts.why ?? 'no answer'})`,
    );
  else if (cluster.pollers !== 'on-demand' && cluster.pollers.maximum > facts.partitions)
    add(
      'attention',
      'pollers-idle',
      `${topic} has ${facts.partitions} partitions: Lambda uses no more pollers than that, ${cluster.pollers.maximum} are asked for`,
    );
  else add('fine', 'topic', `${topic} has ${facts.partitions} partitions: at most so many landings at once`);
  return effects;
}
