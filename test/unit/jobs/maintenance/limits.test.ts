// What the limits of maintenance must satisfy together: each line is the arithmetic that a promise rests on.
import { describe, expect, it } from 'vitest';
import { LIMITS } from '../../../../src/contract/limits.ts';

describe('limits of maintenance', () => {
  it('a file is swept only after the last commit that may bring it has come or died (promise 3)', () => {
    // Written by a compaction within its deadline, committed within the replacement's life, by a request that may act late.
    expect(LIMITS.maintainDeadlineMs + LIMITS.replacementLifeMs + LIMITS.requestLifeMs).toBeLessThan(LIMITS.sweepInFlightMs);
    expect(LIMITS.maintainDeadlineMs + LIMITS.planLifeMs).toBeLessThan(LIMITS.sweepInFlightMs);
    expect(LIMITS.maintainDeadlineMs).toBeLessThan(15 * 60_000);
  });

  it('the committer keeps less than two seconds for replacements, a compaction waits for several of its rounds (promise 7)', () => {
    expect(LIMITS.replacementSliceMs).toBeLessThan(2_000);
    expect(LIMITS.replacementWaitMs).toBeGreaterThanOrEqual(10 * (LIMITS.commitIntervalMs + LIMITS.replacementSliceMs));
    expect(LIMITS.replacementWaitMs).toBeLessThan(LIMITS.maintainDeadlineMs / 2);
  });

  it('a plan fits into the state of a state machine, its results outlive it (promise 10)', () => {
    expect(LIMITS.planGroupsMax * 400).toBeLessThan(256 * 1024);
    expect(LIMITS.planHistoryMs).toBeGreaterThan(LIMITS.planLifeMs);
    expect(LIMITS.compactionTargetBytes).toBeLessThanOrEqual(LIMITS.compactionTargetBytesMax);
  });
});
