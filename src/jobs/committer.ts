// The committer inside a consuming process: at most one commit at a time, at most one an interval, beside reading and landing. After
// silence a commit is due at once. It also looks now and then for what others staged: a member that was killed, a Lambda. A failure
// that may pass is told and tried again at the next interval; any other is thrown to the loop at its next call.
import { LIMITS } from '../contract/limits.ts';
import { FirnError } from '../errors.ts';
import type { Ports } from '../ports.ts';
import type { RunEvent } from './run-contract.ts';
import type { CommitResult } from './types.ts';

export interface CommitterRequest {
  readonly ports: Ports;
  readonly commit: RunCommit;
  readonly commitIntervalMs: number;
  readonly onEvent: (event: RunEvent) => void;
}

/** Commits what is staged; what brings no table anything may wait for a while where `mayWait` says so. */
export type RunCommit = (options: { readonly mayWait: boolean }) => Promise<readonly CommitResult[]>;

export interface Committer {
  /** Until when a unit may gather: the next commit's time less what a commit takes. */
  dueAtMs(): number;
  /** Something was staged. */
  staged(): void;
  /** Starts a commit if one is due and none is under way. Throws what an earlier one failed with. */
  tick(): void;
  /** Commits and waits for it. */
  now(): Promise<void>;
  /** Waits for the one under way and commits what is left. */
  finish(): Promise<void>;
}

/** A committer that has not begun. */
export function makeCommitter(request: CommitterRequest): Committer {
  const { ports, commitIntervalMs } = request;
  let startedAtMs = Number.NEGATIVE_INFINITY;
  let usualMs = 0;
  let isDirty = false;
  let underWay: Promise<void> | undefined;
  let failure: unknown;
  let failures = 0;

  const run = async (mayWait: boolean): Promise<void> => {
    startedAtMs = ports.clock.nowMs();
    isDirty = false;
    const results = await request.commit({ mayWait });
    const ms = ports.clock.nowMs() - startedAtMs;
    usualMs = usualMs === 0 ? ms : usualMs * 0.8 + ms * 0.2;
    failures = 0;
    if (results.some(({ entriesCreated, tables }) => entriesCreated > 0 || tables.some(({ snapshots }) => snapshots > 0))) {
      request.onEvent({ kind: 'committed', results, ms });
    }
  };
  const begin = (mayWait: boolean): Promise<void> => {
    underWay = run(mayWait)
      .catch((error: unknown) => {
        isDirty = true;
        failures++;
        if (!(error instanceof FirnError) || !(error.isRetryable || error.name === 'CommitStateUnknownError')) failure = error;
        else request.onEvent({ kind: 'retrying', message: error.message, attempt: failures, pauseMs: commitIntervalMs });
      })
      .finally(() => {
        underWay = undefined;
      });
    return underWay;
  };
  // A commit is begun so much earlier as it takes, so that what it brings is visible about once an interval.
  const dueAtMs = () => {
    const dueMs = startedAtMs + Math.max(commitIntervalMs / 2, commitIntervalMs - usualMs);
    // The next cannot begin before the one under way ends: what is read meanwhile is one unit, not many small ones.
    return underWay ? Math.max(dueMs, startedAtMs + usualMs, ports.clock.nowMs() + LIMITS.fetchPauseMs) : dueMs;
  };
  const rethrow = () => {
    if (failure !== undefined) throw failure;
  };
  return {
    dueAtMs,
    staged: () => {
      isDirty = true;
    },
    tick: () => {
      rethrow();
      if (underWay) return;
      const nextMs = isDirty ? dueAtMs() : startedAtMs + LIMITS.runIdleCommitMs;
      if (ports.clock.nowMs() >= nextMs) void begin(true);
    },
    now: async () => {
      await underWay;
      await begin(false);
      rethrow();
    },
    finish: async () => {
      await underWay;
      rethrow();
      await run(false);
    },
  };
}
