// Carries out the plan of a new generation: one `source` entry that names the offsets whose records landed under the older ones. May be
// applied twice and be killed anywhere: once the source is mapped, or the park that the plan answers is over, there is nothing to do.
// Refused when an older generation has landed more since, or the new one has landed offsets that the plan inherits.

import { olderGenerations } from '../ledger/generations.ts';
import { intersectRanges } from '../ledger/ranges.ts';
import type { LedgerState } from '../ledger/state.ts';
import type { Ports } from '../ports.ts';
import { appendEntry } from './append-entry.ts';
import type { Deadline } from './deadline.ts';
import { placeKey } from './offset-map.ts';
import { endsOf, type GenerationPlan } from './plan-generation.ts';
import { refuseGeneration as refuse } from './refuse-generation.ts';

export interface InheritRequest {
  readonly ports: Ports;
  readonly contractName: string;
  readonly deadline: Deadline;
  readonly plan: GenerationPlan;
}

/** The number of the entry; undefined when the generation is mapped already. */
export async function inheritGeneration(request: InheritRequest): Promise<number | undefined> {
  const { sourceId, topic, observed, inherited, mapping, park } = request.plan;
  const entry = await appendEntry({
    ...request,
    draft: ({ state }) => {
      const known = state.sources.get(sourceId);
      if (park === undefined ? known?.isMapped : known?.parked?.entry !== park) return undefined;
      if (park === undefined) refuseMoved(state, request.plan);
      refuseLanded(state, request.plan);
      return { kind: 'source', sources: [{ sourceId, topic, observed, inherited, mapping }] };
    },
  });
  return entry?.n;
}

function refuseMoved(state: LedgerState, plan: GenerationPlan): void {
  const now = new Map(endsOf(olderGenerations(state, plan.sourceId)).map((one) => [placeKey(one), one.end]));
  const moved = plan.ends.find((one) => now.get(placeKey(one)) !== one.end);
  if (moved || now.size !== plan.ends.length) {
    throw refuse(
      plan.sourceId,
      `an older generation has landed more since the plan was made${moved ? ` (${moved.sourceId})` : ''}; plan again`,
    );
  }
}

function refuseLanded(state: LedgerState, plan: GenerationPlan): void {
  const known = state.sources.get(plan.sourceId);
  const landed = plan.inherited.find(({ partition, ranges }) => {
    const classes = known?.partitions.get(partition);
    return classes !== undefined && intersectRanges(ranges, classes.covered).length > 0;
  });
  if (landed)
    throw refuse(
      plan.sourceId,
      `partition ${landed.partition} covers offsets by now that it would inherit: they have landed, and are in the table twice, or were declared absent; plan again`,
    );
}
