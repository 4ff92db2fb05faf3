// Lands one batch of records (DESIGN §2): judge → data files → ONE descriptor → ring. Its creation makes everything the
// invocation decided durable, for all tables of the contract at once; only when this returns may Kafka progress be acknowledged
// (rule "acknowledge after descriptor"). Nothing is thrown for bad data (promise 4). No failure path deletes a data file.
import { LIMITS } from '../contract/limits.ts';
import { contractPaths } from '../contract/names.ts';
import { TransientIoError } from '../errors.ts';
import { jitteredMs } from '../iceberg/jitter.ts';
import { encodeDescriptor } from '../ledger/descriptor-codec.ts';
import { countsOfDecided } from '../ledger/state.ts';
import type { Descriptor, DescriptorTable } from '../ledger/types.ts';
import { createJudge, type Judge, type Judged, judgeRecords } from '../pipeline/judge.ts';
import { VERDICT } from '../pipeline/types.ts';
import type { Ports } from '../ports.ts';
import { type Answered, sourcesOf } from './build-descriptor.ts';
import { ensureTables } from './ensure-tables.ts';
import { openPartitionsOf } from './fan-out.ts';
import { type GroupedRecords, groupRecords } from './group-records.ts';
import { clearIfInnocent, clearMarkers, type Guarded, guardBatch } from './guard-batch.ts';
import { pause } from './pause.ts';
import { filledParts, newStage, quarantinedOf, type StageContext, stageAccepted, stageQuarantined } from './stage-rows.ts';
import type { LandBatchRequest, LandBatchResult, ResolvedContract } from './types.ts';

/** Lands a batch; acknowledged when it returns. Throws, with nothing acknowledged, when a file or the descriptor cannot be written. */
export async function landBatch(request: LandBatchRequest & Answered): Promise<LandBatchResult> {
  const { ports, contract, records } = request;
  if (records.count === 0 && (request.answered ?? []).length === 0) return NOTHING_LANDED;
  const resolved = request.resolved ?? (await ensureTables({ ports, contract }));
  const nowMs = ports.clock.nowMs();
  const targets = resolved.tables.map(({ main }) => main);
  const guarded = request.guard && (await guardBatch({ ports, contract, records, deadline: request.deadline, targets, ...request.guard }));
  const judged = judgeRecords(judgeOf(request), records, { ingestedAtMs: nowMs, ...(guarded ? { suspects: guarded.suspects } : {}) });
  try {
    return await landJudged({ request, resolved, judged, nowMs, guarded });
  } catch (error) {
    if (guarded) await clearIfInnocent(ports, guarded, { error, deadline: request.deadline });
    throw error;
  } finally {
    judged.release();
  }
}

async function landJudged(
  given: Pick<Landing, 'request' | 'resolved' | 'judged' | 'nowMs'> & { readonly guarded: Guarded | undefined },
): Promise<LandBatchResult> {
  const { request, resolved, judged, nowMs, guarded } = given;
  const { ports, contract, records } = request;
  const grouped = groupRecords(records);
  const stage = newStage({ ports, contractName: contract.name, records, grouped });
  const landing: Landing = { request, resolved, judged, grouped, nowMs, stage, judgedVerdicts: judged.verdicts.slice() };
  const main = await landAccepted(landing);
  const quarantined = quarantinedOf(stage, judged, main.poisoned);
  const quarantine = await stageQuarantined(stage, { target: resolved.tables[0]!.quarantine, quarantined, nowMs });
  const descriptor = describe(landing, [...main.tables, quarantine]);
  await createDescriptor(request, descriptor);
  reportSelfcheck(landing);
  // The committer need not wait for what only the next landing looks at.
  await ring(ports, contract.name);
  if (guarded) await clearMarkers(ports, guarded);
  return resultOf(landing, descriptor);
}

const NOTHING_LANDED: LandBatchResult = {
  descriptorId: undefined,
  records: 0,
  counts: { accepted: 0, quarantined: 0, filtered: 0, absent: 0 },
  repeated: 0,
  dataFiles: 0,
  dataBytes: 0,
  ruleCounts: {},
  partitionsOverLimit: 0,
  lateRows: 0,
};

interface Landing {
  readonly request: LandBatchRequest & Answered;
  readonly resolved: ResolvedContract;
  /** Its verdicts are final once rows that could not be encoded count as quarantined. */
  readonly judged: Judged;
  readonly judgedVerdicts: Uint8Array;
  readonly grouped: GroupedRecords;
  readonly nowMs: number;
  readonly stage: StageContext;
}

function judgeOf({ judge, pipeline, contract }: LandBatchRequest): Judge {
  if (judge) return judge;
  return pipeline ? { pipelines: [pipeline], router: undefined, unrouted: 'quarantine' } : createJudge(contract);
}

/** Accepted rows of every table. The open partitions of an invocation are shared among the tables that get rows. */
async function landAccepted({
  resolved,
  judged,
  stage,
}: Landing): Promise<{ readonly tables: readonly DescriptorTable[]; readonly poisoned: readonly number[] }> {
  const filled = filledParts(resolved.tables.length, judged);
  const partitionsMax = openPartitionsOf(filled);
  const tables: DescriptorTable[] = [];
  const poisoned: number[] = [];
  for (const [table, parts] of filled.entries()) {
    if (parts.length === 0) continue;
    const staged = await stageAccepted(stage, { target: resolved.tables[table]!.main, parts, partitionsMax });
    tables.push(staged.table);
    poisoned.push(...staged.poisoned);
  }
  for (const record of poisoned) judged.verdicts[record] = VERDICT.quarantined;
  return { tables, poisoned };
}

function describe(landing: Landing, tables: readonly DescriptorTable[]): Descriptor {
  const { request, resolved, judged, grouped, nowMs } = landing;
  const { records, contract, ports } = request;
  const keys = resolved.tables.map(({ main }) => main.key);
  const park = judged.parkRequests
    .filter(({ record }) => grouped.isRepeat[record] === 0)
    .map(({ record, rule, table }) => ({
      table: keys[table]!,
      rule,
      sourceId: records.sources[records.source[record]!]!.id,
      partition: records.topicPartition[record]!,
      offset: records.kafkaOffset[record]!,
    }));
  return {
    version: 1,
    // Listing order is the order of time: milliseconds have 13 digits until the year 2286.
    id: `${String(nowMs).padStart(15, '0')}-${ports.ids.uuid()}`,
    contract: contract.name,
    contractVersion: contract.version,
    programHash: contract.programHash,
    createdAtMs: nowMs,
    sources: sourcesOf({
      records,
      grouped,
      verdicts: judged.verdicts,
      tableOf: judged.tableOf,
      eventTimeMs: judged.eventTimeMs,
      tables: keys,
      gaps: request.gaps ?? 'absent',
      answered: request.answered ?? [],
      observed: request.observed ?? new Map(),
    }),
    tables: tables.filter(({ files }) => files.length > 0),
    ...(request.files && request.files.length > 0 ? { files: request.files } : {}),
    ...(park.length > 0 ? { park } : {}),
    ruleCounts: ruleCountsOf(landing),
  };
}

/** With records taken once that occur twice nobody knows which of them the counts speak of, as with a trimmed descriptor. */
function ruleCountsOf({ grouped, judged, judgedVerdicts }: Landing): Descriptor['ruleCounts'] {
  if (grouped.repeated > 0) return {};
  const counts = new Map(judged.counts);
  const unencoded = judged.verdicts.reduce((sum, verdict, record) => sum + (verdict === judgedVerdicts[record] ? 0 : 1), 0);
  if (unencoded > 0) counts.set('internal-error:quarantine', (counts.get('internal-error:quarantine') ?? 0) + unencoded);
  return Object.fromEntries(counts);
}

/** The single PUT that makes the batch durable. `exists` under this id is ours; while it is unknown it is tried again. */
async function createDescriptor(request: LandBatchRequest, descriptor: Descriptor): Promise<void> {
  const { ports, contract, deadline } = request;
  const uri = contractPaths(ports.root, contract.name).descriptor(descriptor.id);
  const bytes = encodeDescriptor(descriptor);
  let last: unknown;
  for (let attempt = 1; attempt <= LIMITS.ioAttemptsMax; attempt++) {
    deadline.check('creation of the descriptor');
    try {
      if ((await ports.files.create(uri, bytes)) !== 'unknown') return;
    } catch (error) {
      if (!(error instanceof TransientIoError)) throw error;
      last = error;
    }
    await pause(ports, jitteredMs(ports, { firstMs: LIMITS.conflictPauseMs, attempt }));
  }
  throw new TransientIoError(
    `descriptor could not be created in ${LIMITS.ioAttemptsMax} attempts; the batch is not acknowledged and comes again, its files are kept`,
    { code: 'descriptor-not-written', details: { contract: contract.name, uri, attempts: LIMITS.ioAttemptsMax }, cause: last },
  );
}

/** Best effort: `watch` rings again for whatever is staged, so a lost ring costs time and is counted. */
async function ring(ports: Ports, contractName: string): Promise<void> {
  try {
    await ports.doorbell.ring(contractName);
  } catch (error) {
    if (!(error instanceof TransientIoError)) throw error;
    ports.telemetry.count('ring-failed', 1, { contract: contractName });
  }
}

/** The kernels' answers were compared with the plain path's; one that differed was not used, and is a bug of ours, as a failure of theirs is. */
function reportSelfcheck({ request, judged, stage }: Landing): void {
  const failures = stage.stats.kernelFailures + (request.records.kernelsFailed === true ? 1 : 0);
  const compared = judged.selfchecked.compared + failures;
  const mismatched = judged.selfchecked.mismatched + failures;
  if (compared > 0) request.ports.telemetry.count('selfcheck-compared', compared, { contract: request.contract.name });
  if (mismatched > 0) request.ports.telemetry.count('selfcheck-mismatch', mismatched, { contract: request.contract.name });
}

function resultOf({ request, grouped, stage }: Landing, descriptor: Descriptor): LandBatchResult {
  const { stats } = stage;
  const { telemetry } = request.ports;
  if (stats.late > 0) telemetry.count('partitions-over-limit', stats.late, { contract: request.contract.name });
  if (stats.lateRows > 0) telemetry.count('late-rows', stats.lateRows, { contract: request.contract.name });
  return {
    descriptorId: descriptor.id,
    records: request.records.count,
    counts: countsOfDecided(descriptor.sources),
    repeated: grouped.repeated,
    dataFiles: stats.files,
    dataBytes: stats.bytes,
    ruleCounts: descriptor.ruleCounts,
    partitionsOverLimit: stats.late,
    lateRows: stats.lateRows,
  };
}
