// One contract consumed until told to stop (`firn run`): assignment → positions from the ledger → units → landBatch → acknowledge → commit.
//   - A unit gathers until the next commit is due, so a record waits at most about one interval; after silence the first goes at once.
//   - Kafka progress is acknowledged only after landBatch has returned; nothing reads on from it, so it may fail or be wrong.
//   - Commits go on beside reading. A failure that may pass is told and tried again after a bounded pause; nothing is given up meanwhile.
// May be killed anywhere and run many times at once: the ledger decides (promises 2, 4, 5, 10).
import type { CompiledContract } from '../contract/compiled.ts';
import { LIMITS } from '../contract/limits.ts';
import type { RecordSource } from '../decode/records.ts';
import { FirnError } from '../errors.ts';
import { jitteredMs } from '../iceberg/jitter.ts';
import type { EventSource } from '../kafka-ports.ts';
import { createJudge } from '../pipeline/judge.ts';
import type { Ports } from '../ports.ts';
import { makeCommitter, type RunCommit } from './committer.ts';
import { ensureTables } from './ensure-tables.ts';
import { gatherUnit, type Unit } from './gather-unit.ts';
import { haltPartitions } from './halt-partitions.ts';
import { landBatch } from './land-batch.ts';
import { pause } from './pause.ts';
import type { ResolveResult } from './resolve-offsets.ts';
import type { RegularResolver } from './resolve-regularly.ts';
import { type Halted, type Taken, takeOver } from './take-over.ts';
import type { CommitResult, LandBatchRequest, LandBatchResult, ResolvedContract } from './types.ts';

export type RunEvent =
  /** `elsewhere`: partitions of its topics that this process has not been given. */
  | { readonly kind: 'assigned'; readonly partitions: number; readonly elsewhere: number; readonly lag: number }
  | { readonly kind: 'landed'; readonly result: LandBatchResult; readonly lag: number; readonly ms: number }
  | { readonly kind: 'committed'; readonly results: readonly CommitResult[]; readonly ms: number }
  | { readonly kind: 'halted'; readonly halted: Halted }
  | { readonly kind: 'lost'; readonly sourceId: string; readonly partition: number; readonly from: number; readonly to: number }
  | { readonly kind: 'resolved'; readonly result: ResolveResult }
  | { readonly kind: 'retrying'; readonly message: string; readonly attempt: number; readonly pauseMs: number };

export interface RunContractRequest {
  readonly ports: Ports;
  readonly contract: CompiledContract;
  readonly events: EventSource;
  /** Gets past poison that ends the process. */
  readonly guard?: LandBatchRequest['guard'];
  /** The contract's sources by topic. */
  readonly sources: ReadonlyMap<string, RecordSource>;
  /** Commits what is staged. */
  readonly commit: RunCommit;
  readonly commitIntervalMs: number;
  readonly unitBytesMax: number;
  readonly isStopping: () => boolean;
  /** Rounds that fail one after another before the last failure ends the run. @default none: it goes on for as long as it takes */
  readonly failuresMax?: number;
  readonly onEvent: (event: RunEvent) => void;
  /** Asks Kafka about unverified offsets when it is due. */
  readonly resolve?: RegularResolver;
}

interface Run extends RunContractRequest {
  readonly judge: ReturnType<typeof createJudge>;
  readonly committer: ReturnType<typeof makeCommitter>;
  resolved: { readonly contract: ResolvedContract; readonly atMs: number } | undefined;
  epoch: number | undefined;
  taken: Taken;
  /** When halted partitions are looked at again. */
  recheckAtMs: number;
  /** Gathered and not yet durable. */
  unit: Unit | undefined;
  failures: number;
  hasWorked: boolean;
  /** Times in a row that Kafka had nothing at a position its own bounds allow, by place. */
  readonly outOfRange: Map<string, number>;
}

const NOTHING_TAKEN: Taken = { positions: new Map(), observed: new Map(), halted: [], lost: [], partitions: 0 };

/** Runs until `isStopping`; finishes the unit it is at, commits and leaves. Throws what no repeat mends, or none within `failuresMax`. */
export async function runContract(request: RunContractRequest): Promise<void> {
  const run: Run = {
    ...request,
    judge: createJudge(request.contract),
    committer: makeCommitter(request),
    resolved: undefined,
    epoch: undefined,
    taken: NOTHING_TAKEN,
    recheckAtMs: Number.POSITIVE_INFINITY,
    unit: undefined,
    failures: 0,
    hasWorked: false,
    outOfRange: new Map(),
  };
  try {
    while (!request.isStopping()) await step(run);
    if (run.unit) await landUnit(run, run.unit);
    await run.committer.finish();
  } finally {
    await leave(run);
  }
}

/** A group that cannot be told frees the partitions when the session ends. */
async function leave({ events, ports, contract }: Run): Promise<void> {
  try {
    await events.close();
  } catch (error) {
    if (!(error instanceof FirnError)) throw error;
    ports.telemetry.log('warn', 'the group could not be left', { contract: contract.name, reason: error.message });
  }
}

/** One round; a failure that may pass becomes a pause. */
async function step(run: Run): Promise<void> {
  try {
    await workOnce(run);
    run.failures = 0;
    run.hasWorked = true;
  } catch (error) {
    if (!mayPass(error, run)) throw error;
    run.failures++;
    if (run.failuresMax !== undefined && run.failures >= run.failuresMax) throw error;
    const firstMs = LIMITS.runRetryMsMin;
    const pauseMs = Math.min(LIMITS.runRetryMsMax, jitteredMs(run.ports, { firstMs, attempt: Math.min(run.failures, 10) }));
    run.onEvent({ kind: 'retrying', message: error.message, attempt: run.failures, pauseMs });
    // In short sleeps, so that a stop is not held up.
    for (let left = pauseMs; left > 0 && !run.isStopping(); left -= LIMITS.fetchWaitMs)
      await pause(run.ports, Math.min(left, LIMITS.fetchWaitMs));
  }
}

/** Once it has worked, a topic or permission that is gone may come back; before, it is a mistake to be told at once. */
function mayPass(error: unknown, run: Run): error is FirnError {
  if (!(error instanceof FirnError)) return false;
  return (
    error.isRetryable ||
    error.name === 'CommitStateUnknownError' ||
    (run.hasWorked && error.code.startsWith('kafka-')) ||
    (run.hasWorked && error.code === 'topic-missing')
  );
}

async function workOnce(run: Run): Promise<void> {
  const { events, ports, committer } = run;
  if (run.unit) await landUnit(run, run.unit);
  const assignment = await events.assignment();
  const isRecheck = ports.clock.nowMs() >= run.recheckAtMs;
  if (assignment.epoch !== run.epoch || isRecheck) {
    await committer.now();
    run.taken = await takeOver({ ...run, contractName: run.contract.name, assignment });
    run.epoch = assignment.epoch;
    await announce(run, assignment.partitions.length);
  }
  if (run.taken.positions.size === 0) await pause(ports, LIMITS.fetchWaitMs);
  run.unit = await gatherUnit({
    source: events,
    clock: ports.clock,
    positions: run.taken.positions,
    untilMs: committer.dueAtMs(),
    recordsMax: LIMITS.runUnitRecordsMax,
    bytesMax: run.unitBytesMax,
    isStopping: run.isStopping,
  });
  await haltPartitions(run, run.unit);
  await landUnit(run, run.unit);
  await resolveDue(run);
  committer.tick();
}

async function resolveDue(run: Run): Promise<void> {
  const reading = new Set([...run.taken.positions.values()].map(({ source, partition }) => `${partition} ${source.topic}`));
  const result = await run.resolve?.((topic, partition) => reading.has(`${partition} ${topic}`));
  if (!result || result.landed + result.noRecord + result.beforeLogStart + result.left.length + result.parked.length === 0) return;
  if (result.landed > 0) run.committer.staged();
  if (result.parked.length > 0) run.epoch = undefined;
  run.onEvent({ kind: 'resolved', result });
}

async function announce(run: Run, partitions: number): Promise<void> {
  const { taken } = run;
  run.recheckAtMs = taken.halted.length > 0 ? run.ports.clock.nowMs() + LIMITS.runHaltedRetryMs : Number.POSITIVE_INFINITY;
  run.onEvent({ kind: 'assigned', partitions, elsewhere: taken.partitions - partitions, lag: lagOf(taken) });
  for (const { source, partition, from, to } of taken.lost) run.onEvent({ kind: 'lost', sourceId: source.id, partition, from, to });
  for (const halted of taken.halted) run.onEvent({ kind: 'halted', halted });
  await acknowledge(
    run,
    [...taken.positions.values()].map(({ source, partition, from }) => ({ topic: source.topic, partition, next: from })),
  );
}

async function landUnit(run: Run, unit: Unit): Promise<void> {
  const { ports, contract, judge } = run;
  if (unit.deadline.remainingMs() <= 0) return forgetUnit(run);
  if (unit.records.count > 0 || unit.answered.some(({ ranges }) => ranges.length > 0)) {
    const startedMs = ports.clock.nowMs();
    const resolved = await resolve(run);
    const { records, answered, deadline } = unit;
    const result = await landBatch({
      ports,
      contract,
      resolved,
      judge,
      ...(run.guard ? { guard: run.guard } : {}),
      deadline,
      records,
      answered,
      observed: run.taken.observed,
    });
    run.committer.staged();
    run.onEvent({ kind: 'landed', result, lag: lagOf(run.taken), ms: ports.clock.nowMs() - startedMs });
    // Before the group is told: readers wait for the commit, nobody for the group.
    run.committer.tick();
  }
  run.unit = undefined;
  await acknowledge(run, unit.next);
}

/** Held for too long, by a store that was gone or a process that slept: it is read again from where the ledger ends. */
function forgetUnit(run: Run): void {
  run.ports.telemetry.count('unit-expired', 1, { contract: run.contract.name });
  run.unit = undefined;
  run.epoch = undefined;
}

/** What failed here is made good by the next unit: the group's offsets are for people to see. */
async function acknowledge(run: Run, next: Unit['next']): Promise<void> {
  try {
    await run.events.acknowledge(next);
  } catch (error) {
    if (!(error instanceof FirnError)) throw error;
    run.ports.telemetry.count('acknowledge-failed', 1, { contract: run.contract.name });
    run.ports.telemetry.log('warn', 'the group could not be told how far this member is', {
      contract: run.contract.name,
      reason: error.message,
    });
  }
}

async function resolve(run: Run): Promise<ResolvedContract> {
  const nowMs = run.ports.clock.nowMs();
  if (!run.resolved || nowMs - run.resolved.atMs > LIMITS.resolvedLifeMs) {
    run.resolved = { contract: await ensureTables({ ports: run.ports, contract: run.contract }), atMs: nowMs };
  }
  return run.resolved.contract;
}

/** Committed records not yet read, over the partitions that are read. */
function lagOf({ positions }: Taken): number {
  let lag = 0;
  for (const { from, endOffset } of positions.values()) lag += Math.max(0, endOffset - from);
  return lag;
}
