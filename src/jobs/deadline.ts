// The deadline of a writing process (DESIGN §2): counted from its start, checked directly before each descriptor, entry,
// checkpoint and compare-and-swap; past it the process writes no more. Together with the life of a request it is what lets sweep
// and the ledger's history trust their age bounds (rules "stager deadline", "committer deadline", "bound above deadline").
import { DeadlineError } from '../errors.ts';
import type { Clock } from '../ports.ts';

export interface Deadline {
  readonly startedAtMs: number;
  readonly endsAtMs: number;
  /** Throws DeadlineError once the time is over; `step` says what is not done any more. */
  check(step: string): void;
  remainingMs(): number;
}

/** Starts counting now. */
export function startDeadline(clock: Clock, ms: number): Deadline {
  const startedAtMs = clock.nowMs();
  const endsAtMs = startedAtMs + ms;
  return {
    startedAtMs,
    endsAtMs,
    remainingMs: () => endsAtMs - clock.nowMs(),
    check(step) {
      const now = clock.nowMs();
      if (now < endsAtMs) return;
      throw new DeadlineError(
        `deadline over by ${now - endsAtMs} ms before: ${step}; nothing more is written, the next ring or retry goes on`,
        {
          code: 'deadline',
        },
      );
    },
  };
}

/** Half of its time is over: what was decided by now still has to be created and applied. */
export function isHalfOver(deadline: Deadline): boolean {
  return deadline.remainingMs() < (deadline.endsAtMs - deadline.startedAtMs) / 2;
}
