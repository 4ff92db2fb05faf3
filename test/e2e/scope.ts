// The names of one run's deployment. On the emulator they are the repository's own; on an account where others live everything of the run
// is named by it: stacks, groups, namespaces, topics.

export interface Scope {
  /** FirnConfig.environment: stacks are `firn-<environment>-…`. */
  readonly environment: string;
  /** Glue database of the contracts; the repository's own is `game`. */
  readonly namespace: string;
  /** Before every topic's name. */
  readonly topicPrefix: string;
}

/** Records of one topic on their way into the tables of one contract. */
export interface Flow {
  readonly topic: string;
  readonly group: string;
  readonly contract: string;
  /** `namespace.table` */
  readonly table: string;
}

export const OWN_SCOPE: Scope = { environment: 'dev', namespace: 'game', topicPrefix: '' };

/** Of the stacks' names. */
export function stackPrefix({ environment }: Scope): string {
  return `firn-${environment}-`;
}

/** The generated stream. */
export function gameFlow(scope: Scope): Flow {
  return flowOf(scope, { dataset: 'game-events', table: 'game_events', topic: 'game-events' });
}

/** The steady traffic beside it. */
export function accessFlow(scope: Scope): Flow {
  return flowOf(scope, { dataset: 'access-events', table: 'access_events', topic: 'game.access-events' });
}

function flowOf(scope: Scope, name: { readonly dataset: string; readonly table: string; readonly topic: string }): Flow {
  const { environment, namespace, topicPrefix } = scope;
  const contract = `${namespace}.${name.dataset}`;
  const topic = `${topicPrefix}${name.topic}`;
  return {
    topic,
    // A source that is given no name has its topic's.
    group: `firn.${environment}.${contract}.${topic}.g1`,
    contract,
    table: `${namespace}.${name.table}`,
  };
}
