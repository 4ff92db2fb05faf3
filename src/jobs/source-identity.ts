// What is seen of the cluster and topic behind a source, and whether it is what the ledger knows (DESIGN §5.2). Pure.
import type { KafkaTopic } from '../kafka-ports.ts';
import type { SourceIdentity } from '../ledger/entries.ts';
import type { SourceState } from '../ledger/state.ts';

/** What a topic shows of itself. */
export function identityOf({ clusterId, topicId }: KafkaTopic): SourceIdentity {
  return { ...(clusterId === undefined ? {} : { clusterId }), ...(topicId === undefined ? {} : { topicId }) };
}

/** What is seen of the source and differs from what the ledger knows, in words; undefined when nothing does. */
export function identityMismatch(known: SourceState | undefined, observed: SourceIdentity): string | undefined {
  for (const key of ['clusterArn', 'clusterId', 'topicId'] as const) {
    const [before, now] = [known?.observed[key], observed[key]];
    if (before === undefined || now === undefined || before === now) continue;
    return `${known!.sourceId} shows another ${key} than the ledger knows: give the new topic a new generation`;
  }
  return undefined;
}
