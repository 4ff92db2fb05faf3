// Limits of the state machines of maintenance and recovery and of their functions; part of LIMITS (limits.ts). Imports nothing.

const SECOND_MS = 1000;
const MINUTE_MS = 60 * SECOND_MS;
const HOUR_MS = 60 * MINUTE_MS;

export const MACHINE_LIMITS = {
  /**
   * Functions behind tasks. Maintenance has what its function leaves, less one request (functions/shared/deadline.ts); a unit of recovery
   * stages as a landing does, with its deadline.
   */
  maintainTimeoutS: 840,
  recoverTimeoutS: 330,
  recoverDeadlineMs: 5 * MINUTE_MS,
  /** A group's columns and the files written of them; a unit of recovery is a landing, its audit reads positions alone. */
  maintainMemoryMiB: 3008,
  recoverMemoryMiB: 1769,
  /** A task waits this much longer than its function may take. */
  taskMarginS: 30,
  /** Tries of one task after the first, first pause, and the longest one; jittered. */
  taskRetriesMax: 3,
  taskRetryS: 2,
  taskRetryMaxS: 60,
  /** Groups compacted and partitions recovered at once: few, so that ingest keeps the account's concurrency. */
  maintainConcurrencyMax: 4,
  recoverConcurrencyMax: 4,
  /**
   * Groups and tables of one run of maintenance; what is left is the next run's. Step Functions keeps 25,000 events of an execution and
   * 262,144 bytes of a state: 2 × 500 × (stateEventsMax + 4) events, 2 × 500 × 30 bytes of answers.
   */
  machineItemsMax: 500,
  /** Events of one task without retries (entered, scheduled, started, succeeded, exited) and of the choice behind it. */
  stateEventsMax: 7,
  /** A whole run, waits included. Its marker keeps another run of the contract away for so long and one function's life more. */
  maintainRunS: 3 * 3600,
  recoverRunS: 3 * 3600,
  runMarkerLifeMs: 3 * HOUR_MS + 15 * MINUTE_MS,
  /** Hours between two runs of maintenance; part of them in which a run may start, so that contracts spread. */
  maintainEveryHours: 6,
  maintainWindowMinutes: 60,
  /** Intervals without a report after which maintenance is late. */
  maintainLateIntervals: 3,
  /**
   * Units of one round, partitions asked about by one unit, turns of one unit, rounds of plan and units, looks at whether all is committed:
   * 3 × (100 × (10 × 7 + 4) + 90 × (7 + 2)) events < 25,000. A turn lands for half of its deadline.
   */
  recoverUnitsMax: 100,
  recoverPartitionsPerUnit: 8,
  recoverTurnsMax: 10,
  recoverRoundsMax: 3,
  recoverWaitS: 10,
  recoverWaitsMax: 90,
  /** Live files whose rows the audit of a recovery reads; beyond, it judges by the ledger alone, and `firn audit` reads the rows. */
  recoverAuditFilesMax: 2_000,
  /** A secret with a Kafka login. */
  secretBytesMax: 64 * 1024,
} as const;
