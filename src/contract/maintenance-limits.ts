// Limits of maintenance; part of LIMITS (limits.ts). Upholds promises 7 (never costs ingest) and 10 (bounded). Imports nothing.

const MIB = 1024 * 1024;
const SECOND_MS = 1000;
const MINUTE_MS = 60 * SECOND_MS;
const HOUR_MS = 60 * MINUTE_MS;
const DAY_MS = 24 * HOUR_MS;

export const MAINTENANCE_LIMITS = {
  /** Bytes of a compacted file: by default, and what a table's `write.target-file-size-bytes` may ask for. */
  compactionTargetBytes: 128 * MIB,
  compactionTargetBytesMin: 1 * MIB,
  compactionTargetBytesMax: 512 * MIB,
  /** A file below this share of the target is small. */
  compactionSmallPercent: 75,
  /**
   * Decoded values gathered before they are sorted and written as a row group. Memory of one compaction: a file as it is (at most the
   * target), one row group of it decoded (128 MiB of values, twice while it is read), the gathered values and their joined copy (2 × 128
   * MiB), the file being written and its copy (2 × target): 0.9 GB at 128 MiB, 2.1 GB at 512 MiB.
   */
  compactionChunkBytes: 128 * MIB,
  /** Files of one group: 1,000 × ~2 KB of statistics = 2 MB in its replacement, and at most as many manifests to write again. */
  compactionGroupFilesMax: 1_000,
  /** Files of like size that must have come together in a table partition that still gets rows: each row is rewritten log₈ times. */
  compactionOpenFilesMin: 8,
  /** Delete files on a data file, or percent of its rows deleted by position, above which it is rewritten whatever its size. */
  compactionDeletesMin: 5,
  compactionDeletedPercent: 10,
  /** A window counts as closed so long after its end. */
  compactionGraceMs: 15 * MINUTE_MS,
  /** Groups of one plan: 400 × ~250 bytes = 100 KB of a state's 256 KB. Age beyond which a plan's groups are planned anew. */
  planGroupsMax: 400,
  planLifeMs: 6 * HOUR_MS,
  /** Results and plans are kept for people and reports so long. */
  planHistoryMs: 7 * DAY_MS,
  /** Deadline of a compaction, an expiry, a sweep: within the 15 minutes of a function. */
  maintainDeadlineMs: 14 * MINUTE_MS,
  /** A replacement that is older is not applied any more: its life + deadlines + the life of a request < sweep's bound. */
  replacementLifeMs: 6 * HOUR_MS,
  /** The committer's time for replacements after its appends, < 2 s with the request under way; the most it looks at in one commit. */
  replacementSliceMs: 1.5 * SECOND_MS,
  replacementsPerCommitMax: 8,
  /** How long a compaction waits for the committer before it commits by itself; how often it looks. */
  replacementWaitMs: 30 * SECOND_MS,
  replacementPollMs: 500,
  /** Compare-and-swaps of a compaction or expiry after conflicts. */
  maintainAttemptsMax: 12,
  /** Every snapshot as young as this is kept; then one of each hour, for five days (Iceberg's default age), by a tag. */
  expiryRecentMs: 1 * HOUR_MS,
  expiryTagEveryMs: 1 * HOUR_MS,
  expiryTagAgeMs: 5 * DAY_MS,
  /** Objects deleted, and files copied, by one sweep of a table. */
  sweepDeletesMax: 20_000,
  sweepCopiesMax: 1_000,
  /** Recovery plans whose files a sweep leaves alone: with more it deletes nothing. */
  sweepPlansMax: 1_000,
} as const;
