// What a consumer does about partitions that could not be read on: they are left out until the next look, and their neighbours go on (promise
// 4). A position out of range is found anew from the ledger, after a jittered pause and not for ever: a broker that says so again and again
// contradicts its own bounds, which a person must look at.
import { LIMITS } from '../contract/limits.ts';
import { jitteredMs } from '../iceberg/jitter.ts';
import type { Ports } from '../ports.ts';
import { placeOf, type Unit } from './gather-unit.ts';
import { pause } from './pause.ts';
import type { Halted, Taken } from './take-over.ts';

export interface Halting {
  readonly ports: Ports;
  readonly taken: Taken;
  readonly outOfRange: Map<string, number>;
  readonly onEvent: (event: { readonly kind: 'halted'; readonly halted: Halted }) => void;
  epoch: number | undefined;
  recheckAtMs: number;
}

/** Notes the problems of a unit. Pauses once where positions must be found anew. */
export async function haltPartitions(run: Halting, { problems, answered }: Unit): Promise<void> {
  for (const one of answered) run.outOfRange.delete(placeOf(one));
  let again = 0;
  for (const problem of problems) {
    run.taken.positions.delete(placeOf(problem));
    const times = problem.kind === 'out-of-range' ? (run.outOfRange.get(placeOf(problem)) ?? 0) + 1 : 0;
    if (problem.kind === 'out-of-range') run.outOfRange.set(placeOf(problem), times);
    if (problem.kind === 'out-of-range' && times < LIMITS.outOfRangeMax) {
      again = Math.max(again, times);
      run.epoch = undefined;
      continue;
    }
    run.onEvent({ kind: 'halted', halted: haltedOf(problem) });
    run.recheckAtMs = Math.min(run.recheckAtMs, run.ports.clock.nowMs() + LIMITS.runHaltedRetryMs);
  }
  if (again > 0) {
    const pauseMs = jitteredMs(run.ports, { firstMs: LIMITS.runRetryMsMin, attempt: again });
    await pause(run.ports, Math.min(LIMITS.runRetryMsMax, pauseMs));
  }
}

function haltedOf(problem: Unit['problems'][number]): Halted {
  const { source, partition, from } = problem;
  const place = { sourceId: source.id, partition };
  switch (problem.kind) {
    case 'refused':
      return { ...place, reason: 'refused', message: problem.message };
    case 'topic-changed':
      return { ...place, reason: 'topic-changed', message: 'the topic was deleted or made again while it was read' };
    case 'out-of-range': {
      const message = `Kafka says ${LIMITS.outOfRangeMax} times that offset ${from} is out of range, though it is within the bounds it names: look at the partition's leader and replicas`;
      return { ...place, reason: 'refused', message };
    }
  }
}
