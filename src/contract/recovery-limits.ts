// Limits of recovery plans and of the isolation of poison; part of LIMITS (limits.ts). Imports nothing.

const KIB = 1024;
const MIB = 1024 * KIB;
const SECOND_MS = 1000;
const HOUR_MS = 3600 * SECOND_MS;

export const RECOVERY_LIMITS = {
  /** Isolation of poison: heap of the worker, how long it may start, stay at one record, how often it is looked at. */
  probeHeapMiB: 256,
  probeStartMs: 20 * SECOND_MS,
  probeRecordMs: 1 * SECOND_MS,
  probePollMs: 25,
  /** Harmful records told apart in one batch: 64 × 1 s < half of the landing's deadline. The rest of it is quarantined unread. */
  probeRestartsMax: 64,
  /** Time that must be left to look at suspects at all: half of it is for a slow start and ten harmful records. With less they wait. */
  probeTimeMsMin: 60 * SECOND_MS,
  /** Suspect markers looked at; their age beyond which they mean nothing. */
  suspectMarkersMax: 256,
  suspectLifeMs: 24 * HOUR_MS,
  /** Bytes of a note in an entry or plan; a recovery plan as a whole. */
  noteBytesMax: 1 * KIB,
  recoveryPlanBytesMax: 64 * MIB,
  /** Metadata files read to find a lost table's last; files of a rebuild in one plan: 20,000 × ~2 KB = 40 MB. */
  oldMetadataReadsMax: 32,
  recoveryFilesMax: 20_000,
  /** Ranges of classes in a checkpoint: 64 Ki × ~20 bytes of JSON, read in about 0.1 s. Beyond, all but the newest of each partition move to a segment. */
  classRangesMax: 65_536,
  classRangesKept: 32,
  /** Timestamps and filtered runs remembered by all partitions of a source together, and at least by each: 64 Ki × ~20 bytes of JSON. */
  rememberedTotalMax: 65_536,
  rememberedMin: 32,
  /** Descriptors that bring no table anything wait this long for others, or until there are so many: one entry a minute, not one a second. */
  emptyProgressMs: 60 * SECOND_MS,
  emptyProgressDescriptorsMax: 100,
  /** Times in a row a position may be out of range before its partition waits for a person. */
  outOfRangeMax: 6,
  /** `firn run --once` waits so long for the partitions of its topics that other members have. */
  onceWaitMs: 60 * SECOND_MS,
  /** Bytes kept of a value above recordValueBytesMax; a line above the other stops a landing: nobody can say where it would end. */
  oversizeHeadBytes: 64 * KIB,
  oversizeLineBytesMax: 256 * MIB,
  /** Segments kept decoded by a process. */
  segmentsCached: 4,
  /** Records of a new generation and landed ones compared at once: 10 million × ~60 bytes of columns and their order. */
  generationRecordsMax: 10_000_000,
  /** Older entries, not applied by a stopped table, whose rows are read to tell a repeated delivery from a recreated topic. */
  evidenceEntriesMax: 1_024,
  /** Files read for the same of one delivery. */
  evidenceFilesMax: 1_024,
  /** Files read in vain until the rest of a partition of which a timestamp was compared counts as compared. */
  evidenceMissesMax: 16,
  /** And until the source of one of which none was is parked. */
  evidenceMissesAloneMax: 128,
} as const;
