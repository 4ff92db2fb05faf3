// Limits as a schedule of some hundred steps meets them: checkpoints every few entries, few entries a commit, and times in ticks of
// ten seconds. Every relation between them that the protocol rests on is kept (and asserted): only the scale differs.
import { LIMITS } from '../../../src/contract/limits.ts';

export const TICK_MS = 10_000;

/** How old a file must be before other engines' orphan removal takes it: above the age at which Firn copies it. */
export const ORPHAN_AGE_MS = 110 * TICK_MS;

const SCALED = {
  landDeadlineMs: 30 * TICK_MS,
  commitDeadlineMs: 30 * TICK_MS,
  requestLifeMs: 10 * TICK_MS,
  sweepInFlightMs: 60 * TICK_MS,
  ledgerHistoryMs: 70 * TICK_MS,
  fileCheckAgeMs: 5 * TICK_MS,
  fileCopyAgeMs: 40 * TICK_MS,
  checkpointThinningMs: 10 * TICK_MS,
  checkpointEveryEntries: 3,
  checkpointsKept: 2,
  entriesPerCommitMax: 3,
  entriesPerPassMax: 3,
  descriptorsPerEntryMax: 3,
  rememberedTimestampsMax: 6,
  rememberedRunsMax: 3,
  classRangesMax: 6,
  classRangesKept: 2,
  manifestsMax: 4,
  metadataPreviousVersionsMax: 3,
  conflictPauseMs: 5,
  planLifeMs: 40 * TICK_MS,
  replacementLifeMs: 12 * TICK_MS,
  replacementWaitMs: 3 * TICK_MS,
  replacementPollMs: TICK_MS,
  replacementSliceMs: 5 * TICK_MS,
  maintainAttemptsMax: 2,
  expiryRecentMs: 8 * TICK_MS,
  expiryTagEveryMs: 6 * TICK_MS,
  expiryTagAgeMs: 60 * TICK_MS,
  compactionOpenFilesMin: 2,
} as const satisfies Partial<Record<keyof typeof LIMITS, number>>;

/** Puts the scaled limits in force for this process. */
export function scaleLimits(): void {
  const { commitDeadlineMs, requestLifeMs, sweepInFlightMs, ledgerHistoryMs, fileCopyAgeMs, replacementLifeMs } = SCALED;
  const isKept =
    commitDeadlineMs + requestLifeMs < sweepInFlightMs &&
    commitDeadlineMs + requestLifeMs < ledgerHistoryMs &&
    commitDeadlineMs + replacementLifeMs + requestLifeMs < sweepInFlightMs &&
    fileCopyAgeMs + commitDeadlineMs + requestLifeMs < ORPHAN_AGE_MS;
  if (!isKept) throw new Error('the scaled limits break a relation the protocol rests on');
  Object.assign(LIMITS as Record<string, number>, SCALED);
}
