// Every limit of Firn, by name and with its arithmetic; infra reads the same numbers and a test asserts how they relate.
// Upholds promise 10 (bounded). Imports nothing but its own parts.
import { HOT_LIMITS } from './hot-limits.ts';
import { ICEBERG_LIMITS } from './iceberg-limits.ts';
import { MACHINE_LIMITS } from './machine-limits.ts';
import { MAINTENANCE_LIMITS } from './maintenance-limits.ts';
import { PARQUET_LIMITS } from './parquet-limits.ts';
import { RECOVERY_LIMITS } from './recovery-limits.ts';

const KIB = 1024;
const MIB = 1024 * KIB;
const SECOND_MS = 1000;
const MINUTE_MS = 60 * SECOND_MS;
const HOUR_MS = 60 * MINUTE_MS;

export const LIMITS = {
  ...RECOVERY_LIMITS,
  ...HOT_LIMITS,
  ...MACHINE_LIMITS,
  /** Lambda's synchronous payload: the largest Kafka event. */
  invocationPayloadBytes: 6 * MIB,
  /** A value that an event can carry: base64 makes 4 bytes of 3, and 16 KiB are for its key, headers and frame. Larger ones are never delivered. */
  invocationValueBytesMax: ((6 * MIB - 16 * KIB) / 4) * 3,
  /** Records in one Kafka event source batch (AWS maximum). */
  invocationRecordsMax: 10_000,
  /** A record's value above this is quarantined as `oversize` unless the contract says otherwise. */
  recordValueBytesDefault: 1 * MIB,
  recordValueBytesMax: 16 * MIB,
  /** Nesting of a JSON message; deeper is the violation `too-deep`. */
  jsonDepthMax: 64,
  /** Digits of a JSON number; longer is the violation `type`. */
  jsonNumberDigitsMax: 400,
  /** Members of `reasons` kept per rejected record; the count of the rest is in the last one. */
  reasonsPerRecordMax: 32,
  /** CEL evaluation steps per row and rule. */
  celStepsMax: 10_000,
  celSourceBytesMax: 8 * KIB,
  /** Nesting of a CEL expression (parentheses, ternaries, selections), and operators of one precedence in a row. */
  celDepthMax: 32,
  celChainMax: 256,
  /** 2,000 columns of 500 bytes. YAML is read at about 50 KB and 10,000 lines a second: a hostile file costs seconds, not minutes. */
  contractBytesMax: 1 * MIB,
  contractLinesMax: 50_000,
  /** Levels and values of a contract file, aliases expanded; findings reported at once. */
  contractDepthMax: 64,
  contractNodesMax: 100_000,
  findingsMax: 200,
  /** Bytes of a regular expression; instructions of its compiled program (RE2's own measure of cost per input byte). */
  patternBytesMax: 1 * KIB,
  patternInstructionsMax: 5_000,
  /** Values of an enumeration, variants of a table, sources of a contract, keys of a message path. */
  validValuesMax: 10_000,
  variantsMax: 64,
  sourcesMax: 64,
  /** Tables of one contract. */
  tablesMax: 64,
  pathKeysMax: 64,
  /** Nesting of a column's type. */
  columnDepthMax: 32,
  columnsMax: 2_000,
  /** Records and value bytes in one unit of `firn land`: one descriptor each. */
  landBatchRecordsMax: 50_000,
  landBatchBytesMax: 32 * MIB,
  /** A line of `--format records|lambda`: a 16 MiB value in base64 (x 4/3), key and headers besides. */
  inputLineBytesMax: 32 * MIB,
  /** Open table partitions of one invocation. */
  openPartitionsMax: 32,
  /** Encoded data files of one invocation written at the same time. */
  dataFileWritesParallel: 4,
  /** Decompressed size of one ledger object, descriptor or metadata file read back. */
  ledgerObjectBytesMax: 256 * MIB,
  metadataBytesMax: 512 * MIB,
  /** A checkpoint follows every so many entries. */
  checkpointEveryEntries: 64,
  /** Newest checkpoints that always stay; of older ones one per this long until the history period is over. */
  checkpointsKept: 3,
  checkpointThinningMs: HOUR_MS,
  /** Timestamps and runs of filtered offsets remembered per topic partition: 1,024 × ~30 bytes of JSON each. */
  rememberedTimestampsMax: 1024,
  rememberedRunsMax: 1024,
  /** Attempts to read a ledger that changes underneath; entries read at once. */
  ledgerLoadAttemptsMax: 5,
  ledgerReadsParallel: 16,
  /** Ledger entries, and a table's own metadata files, that a warm process remembers: so many bytes of each. */
  rememberedBytesMax: 16 * MIB,
  /** Table metadata that a process has written and still knows: more than the tables of a contract; versions of one table share their snapshots. */
  knownMetadataMax: 64,
  /** Snapshots in it, of all tables together: 32,768 × ~1.3 KB = 43 MB; an hour of nine tables with a commit a second. */
  knownSnapshotsMax: 32_768,
  /** Old entries collected after one checkpoint: 512 / 16 at once × ~20 ms < 1 s. More than are created between two checkpoints. */
  collectedEntriesMax: 512,
  /** Finished descriptors deleted in one pass: all that a pass decides (8 entries × 500), 4,000 / 16 at once × ~20 ms = 5 s. */
  retiredDescriptorsMax: 4000,
  deletesParallel: 16,
  /** A descriptor: decided, in an entry of its own, it is somewhat larger and must still be within one ledger object. */
  descriptorBytesMax: 128 * MIB,
  /** Staged bytes decided in one entry: far below what one ledger object may hold. */
  entryBytesMax: 32 * MIB,
  /** Entries created before the tables are brought up to them. */
  entriesPerPassMax: 8,
  /** Passes of load → decide → apply in one commit before it leaves the rest to the next ring. */
  commitPassesMax: 8,
  /** First pause after a conflict; doubles each time: 8 attempts pause at most 50 × (2⁷ − 1) ms ≈ 6.4 s in all. */
  conflictPauseMs: 50,
  /** A topic partition that covered nothing for this long does not hold the watermark back. */
  activePartitionMs: 10 * MINUTE_MS,
  /** Rows read of one audit or evidence batch; positions listed in a report. */
  reportedPositionsMax: 100,
  /** Descriptors in one entry, entries in one table commit. */
  descriptorsPerEntryMax: 500,
  entriesPerCommitMax: 64,
  /** Data files of one table commit: 20,000 × ~2 KB with their statistics = 40 MB. At least one entry is taken whatever it has. */
  filesPerCommitMax: 20_000,
  /** Attempts of a commit's compare-and-swap after conflicts, of an idempotent read or write. */
  commitAttemptsMax: 8,
  /** What a table's `commit.retry.*` may ask for at most: repeats after conflicts, one wait, all of them together. */
  commitRetriesMax: 32,
  commitRetryWaitMsMax: 1 * MINUTE_MS,
  commitRetryTotalMsMax: 30 * MINUTE_MS,
  ioAttemptsMax: 5,
  ioTimeoutMs: 30 * SECOND_MS,
  /** Files that share one unit of `firn land`. */
  landBatchSourcesMax: 1_000,
  /** `firn land` commits at most once in an interval, and after so many batches; units of one backlog's commit. */
  landCommitIntervalMs: 5 * SECOND_MS,
  landCommitBatchesMax: 100,
  commitUnitsMax: 10_000,
  /** Files of one `firn land`; a source name. */
  inputFilesMax: 100_000,
  sourceNameBytesMax: 512,
  /** `firn query`: looks at all pointers until two agree; length of the SQL; rows of a table for people. */
  momentAttemptsMax: 20,
  querySqlBytesMax: 1 * MIB,
  queryTableRowsMax: 1_000,
  /** Files that `firn query` fetches from S3: bytes of all; fetched at once, in parts, so memory stays under 8 × 16 MiB. */
  queryFetchBytesMax: 4 * 1024 * MIB,
  queryFetchesAtOnce: 8,
  queryFetchPartBytes: 16 * MIB,
  /** Bytes read of a file's end to find its footer in one read; files that only our own reader reads rightly, written anew for a query. */
  queryFooterBytes: 64 * KIB,
  queryRewriteBytesMax: 1024 * MIB,
  /**
   * `firn run`: bytes of record batches asked for at once, and of one partition in it. One read unpacks at most runUnitBytesMax more
   * than it had room for: a batch. Contracts run by one process; partitions of one contract.
   */
  fetchBytesMax: 8 * MIB,
  fetchPartitionBytes: 1 * MIB,
  batchDecompressedBytesMax: 64 * MIB,
  /** What a record costs beside its bytes while it waits to be packed. */
  recordOverheadBytes: 200,
  /** Longest wait of one read for news, so that other brokers' records and a stop are not held up; shortest when nothing comes. */
  fetchWaitMs: 250,
  fetchPauseMs: 100,
  runContractsMax: 64,
  runPartitionsMax: 10_000,
  /** Records and unpacked bytes of one unit of `firn run`: one descriptor. All contracts of a process gather in runMemoryBytes together. */
  runUnitRecordsMax: 25_000,
  runUnitBytesMax: 16 * MIB,
  runGatherBytesMax: 64 * MIB,
  /** `--interval` of `firn run`. */
  runIntervalMsMin: 100,
  runIntervalMsMax: 10 * MINUTE_MS,
  /** `firn run` looks for others' staged descriptors at least this often; asks Kafka about unverified offsets. */
  runIdleCommitMs: 10 * SECOND_MS,
  runResolveMs: 1 * MINUTE_MS,
  /** Gaps of one partition asked about in one go; reads until one of them is answered. */
  resolveGapsMax: 10_000,
  resolveReadsMax: 100,
  /** Pause after a failure: doubles from the first to the longest. */
  runRetryMsMin: 200,
  runRetryMsMax: 5 * SECOND_MS,
  /** Failures in a row after which `firn run --once` gives up: some three minutes of pauses. */
  runOnceFailuresMax: 40,
  /** A partition or source that was refused is tried again after this. */
  runHaltedRetryMs: 30 * SECOND_MS,
  /** Memory of one `firn run` process that its bounds allow for: see ARCHITECTURE, "Memory of firn run". */
  runMemoryBytes: 1024 * MIB,
  /** Consumer group: a killed member's partitions are free again after the session; how long the group waits for members to rejoin. */
  groupSessionMs: 10 * SECOND_MS,
  groupHeartbeatMs: 2 * SECOND_MS,
  groupRebalanceMs: 20 * SECOND_MS,
  /** A properties file for Kafka. */
  kafkaConfigBytesMax: 64 * KIB,
  /** SQLite catalog: one wait for its lock (blocks the process), and all waits of one step together. */
  catalogLockWaitMs: 25,
  catalogBusyMs: 10 * SECOND_MS,
  /** Deadline of every writing process, from its start. */
  landDeadlineMs: 5 * MINUTE_MS,
  commitDeadlineMs: 5 * MINUTE_MS,
  /** Longest life of a request after it was sent: a signature on S3. */
  requestLifeMs: 15 * MINUTE_MS,
  /** Age below which no unreferenced file is swept: > deadline + request life. */
  sweepInFlightMs: 24 * HOUR_MS,
  /** How long a covered ledger entry stays after its checkpoint: > deadline + request life. */
  ledgerHistoryMs: 24 * HOUR_MS,
  /** Before committing a file older than this, apply looks whether it still exists; */
  fileCheckAgeMs: 1 * HOUR_MS,
  /** … and above this, it copies it to a new name first. */
  fileCopyAgeMs: 24 * HOUR_MS,
  /** Doorbell: commits per contract at most one per interval. */
  commitIntervalMs: 1 * SECOND_MS,
  ...ICEBERG_LIMITS,
  ...MAINTENANCE_LIMITS,
  ...PARQUET_LIMITS,
  /** Pause before a repeat: full jitter under 2 × this, 4 × this … up to the other. */
  ioBackoffMsMin: 50,
  ioBackoffMsMax: 2 * SECOND_MS,
  /** Making a connection; connections kept per process. */
  connectTimeoutMs: 3 * SECOND_MS,
  connectionsMax: 64,
  /** REST catalogs: entries asked for per page, pages of one listing, namespaces below one another; bytes of an answer that is an error. */
  restPageSize: 1_000,
  restPagesMax: 1_000,
  restNamespaceDepthMax: 16,
  restErrorBytesMax: 64 * KIB,
  /** An access token is fetched anew this long before it ends: longer than any one request lives. */
  tokenRenewalMs: 1 * MINUTE_MS,
  /** Glue's limit of a column comment. */
  glueCommentCharsMax: 255,
  /** Lambda settings. */
  landTimeoutS: 330,
  commitTimeoutS: 330,
  landMemoryMiB: 1769,
  commitMemoryMiB: 1024,
  watchTimeoutS: 50,
  watchMemoryMiB: 512,
  /** Kafka event source: window in which a batch gathers. Fresh: 1 s window + 2 s landing + 2 s doorbell + 3 s commit < 10 s. */
  landWindowS: 1,
  /** How long a warm land function trusts the tables it has seen before it looks again. */
  resolvedLifeMs: 1 * MINUTE_MS,
  /**
   * Doorbell queue: rings handed to one invocation (SQS FIFO maximum), invocations at once, deliveries before the dead-letter queue. Not one
   * ring alone: a contract rings once an interval, and where a commit takes longer than that its rings would pile up without end.
   */
  ringsPerInvocationMax: 10,
  commitConcurrencyMax: 20,
  ringDeliveriesMax: 10,
  /** A ring delivered so often may have ended its process: its contract is committed alone, the others of its batch in another invocation. */
  ringSuspectDeliveries: 3,
  /**
   * A ring is visible again this long after its delivery if nobody answered: longer than the function lives, and not the six times
   * AWS suggests, because a crashed committer would block its contract's group for that long and a second committer is harmless.
   */
  ringVisibilityS: 360,
} as const;
