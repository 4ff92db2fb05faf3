// Lands one batch of records (DESIGN §2): pipeline → data files → ONE descriptor → ring. Its creation makes everything the
// invocation decided durable; only when this returns may Kafka progress be acknowledged (rule "acknowledge after descriptor").
// Nothing is thrown for bad data: a row that cannot be encoded goes to the quarantine as `internal-error` with its neighbours
// unharmed (promise 4). No failure path deletes a data file.
import { LIMITS } from '../contract/limits.ts';
import { contractPaths } from '../contract/names.ts';
import { assertInvariant, TransientIoError } from '../errors.ts';
import { toStagedFile } from '../iceberg/data-file-json.ts';
import { partitionStruct } from '../iceberg/manifest-schema.ts';
import { encodeDescriptor } from '../ledger/descriptor-codec.ts';
import { countsOfDecided } from '../ledger/state.ts';
import type { Descriptor, DescriptorTable, StagedFile } from '../ledger/types.ts';
import { createPipeline } from '../pipeline/create-pipeline.ts';
import { quarantineColumns } from '../pipeline/quarantine-rows.ts';
import { type BatchResult, VERDICT } from '../pipeline/types.ts';
import type { Ports } from '../ports.ts';
import { type Answered, offsetsOf, sourcesOf } from './build-descriptor.ts';
import { encodeSafely } from './encode-safely.ts';
import { ensureTables } from './ensure-tables.ts';
import { type GroupedRecords, groupRecords } from './group-records.ts';
import { jitteredMs, pause } from './pause.ts';
import type { LandBatchRequest, LandBatchResult, ResolvedContract, ResolvedTable } from './types.ts';
import { type EncodedRows, encodeRows, fileNamer, splitRows, writeFile } from './write-rows.ts';

/** Lands a batch; acknowledged when it returns. Throws, with nothing acknowledged, when a file or the descriptor cannot be written. */
export async function landBatch(request: LandBatchRequest & Answered): Promise<LandBatchResult> {
  const { ports, contract, records } = request;
  if (records.count === 0 && (request.answered ?? []).length === 0) return NOTHING_LANDED;
  const resolved = request.resolved ?? (await ensureTables({ ports, contract }));
  const nowMs = ports.clock.nowMs();
  const pipeline = request.pipeline ?? createPipeline(contract.tables[0]!);
  const result = pipeline.process(records, { ingestedAtMs: nowMs });
  assertInvariant(result.verdicts.length >= records.count, 'every record has a verdict');
  const grouped = groupRecords(records);
  const landing: Landing = {
    request,
    resolved,
    result,
    grouped,
    nowMs,
    verdicts: result.verdicts.slice(0, records.count),
    stats: { bytes: 0, files: 0, partitions: 0 },
  };
  const nameFile = fileNamer(ports);
  const main = await landAccepted(landing, nameFile);
  const quarantine = await landQuarantined(landing, { nameFile, poisoned: main.poisoned });
  const descriptor = describe(landing, [main.table, quarantine]);
  await createDescriptor(request, descriptor);
  await ring(ports, contract.name);
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
};

interface Landing {
  readonly request: LandBatchRequest & Answered;
  readonly resolved: ResolvedContract;
  readonly result: BatchResult;
  readonly grouped: GroupedRecords;
  readonly nowMs: number;
  /** Final class of each record. */
  readonly verdicts: Uint8Array;
  readonly stats: { bytes: number; files: number; partitions: number };
}

type NameFile = ReturnType<typeof fileNamer>;

/** Accepted rows → one file per table partition. Rows that cannot be encoded come back as records to quarantine. */
async function landAccepted(
  landing: Landing,
  nameFile: NameFile,
): Promise<{ readonly table: DescriptorTable; readonly poisoned: readonly number[] }> {
  const { request, result, grouped } = landing;
  const target = landing.resolved.tables[0]!.main;
  const rows = Uint32Array.from({ length: result.columns.rows }, (_, row) => row).filter(
    (row) => grouped.isRepeat[result.rowRecord[row]!] === 0,
  );
  const staged: StagedFile[] = [];
  const poisoned: number[] = [];
  let batch: EncodedRows[] = [];
  for (const encoded of encodeSafely(target, { columns: result.columns, order: rows, nameFile })) {
    if (encoded.kind === 'poisoned') poisoned.push(result.rowRecord[encoded.row]!);
    else batch.push(encoded.rows);
    if (batch.length < LIMITS.dataFileWritesParallel) continue;
    staged.push(...(await stageFiles(landing, target, { batch, recordOf: result.rowRecord })));
    batch = [];
  }
  staged.push(...(await stageFiles(landing, target, { batch, recordOf: result.rowRecord })));
  landing.stats.partitions = staged.length;
  for (const record of poisoned) landing.verdicts[record] = VERDICT.quarantined;
  if (poisoned.length > 0) request.ports.telemetry.count('internal-error', poisoned.length, { contract: request.contract.name });
  return { table: tableOf(target, staged), poisoned };
}

/** Rejected records → the quarantine table, bytes as they came. */
async function landQuarantined(
  landing: Landing,
  given: { readonly nameFile: NameFile; readonly poisoned: readonly number[] },
): Promise<DescriptorTable> {
  const { request, result, grouped, nowMs } = landing;
  const target = landing.resolved.tables[0]!.quarantine;
  const internal = given.poisoned.map((record) => ({
    record,
    reasons: [{ rule: 'internal-error', field: '', message: 'row could not be encoded' }],
  }));
  const quarantined = [...result.quarantined.filter(({ record }) => grouped.isRepeat[record] === 0), ...internal].sort(
    (a, b) => a.record - b.record,
  );
  if (quarantined.length === 0) return tableOf(target, []);
  const columns = quarantineColumns(
    request.records,
    { ...result, quarantined },
    { contractName: request.contract.name, quarantinedAtMs: nowMs },
  );
  assertInvariant(columns.rows === quarantined.length, 'every rejected record has a quarantine row');
  const recordOf = Uint32Array.from(quarantined, ({ record }) => record);
  const staged: StagedFile[] = [];
  for (const { partition, order } of splitRows(target, columns)) {
    const encoded = encodeRows(target, { columns, order, partition, path: given.nameFile(target.location) });
    staged.push(...(await stageFiles(landing, target, { batch: [encoded], recordOf })));
  }
  return tableOf(target, staged);
}

async function stageFiles(
  landing: Landing,
  target: ResolvedTable,
  given: { readonly batch: readonly EncodedRows[]; readonly recordOf: Uint32Array },
): Promise<StagedFile[]> {
  const { ports, records } = landing.request;
  await Promise.all(given.batch.map(({ file, bytes }) => writeFile(ports, file.filePath, bytes)));
  return given.batch.map(({ file, bytes, order }) => {
    landing.stats.bytes += bytes.length;
    landing.stats.files++;
    const members = Array.from(order, (row) => given.recordOf[row]!);
    return toStagedFile({ file, partition: partitionStruct(target.spec, [target.schema]), offsets: offsetsOf(records, members) });
  });
}

function tableOf(target: ResolvedTable, files: readonly StagedFile[]): DescriptorTable {
  return { table: target.key, tableUuid: target.uuid, schemaHash: target.schemaHash, specHash: target.specHash, files };
}

function describe(landing: Landing, tables: readonly DescriptorTable[]): Descriptor {
  const { request, result, grouped, nowMs, verdicts } = landing;
  const { records, contract, ports } = request;
  const eventTimeMs = new Float64Array(records.count).fill(Number.NaN);
  for (let row = 0; row < result.columns.rows; row++) eventTimeMs[result.rowRecord[row]!] = result.eventTimeMs[row]!;
  const table = landing.resolved.tables[0]!.main.key;
  const park = result.parkRequests
    .filter(({ record }) => grouped.isRepeat[record] === 0)
    .map(({ record, rule }) => ({
      table,
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
      verdicts,
      eventTimeMs,
      table,
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
function ruleCountsOf({ grouped, result, verdicts }: Landing): Descriptor['ruleCounts'] {
  if (grouped.repeated > 0) return {};
  const counts = new Map(result.counts);
  const unencoded = verdicts.reduce((sum, verdict, record) => sum + (verdict === result.verdicts[record] ? 0 : 1), 0);
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

function resultOf(landing: Landing, descriptor: Descriptor): LandBatchResult {
  const { request, grouped, stats } = landing;
  const partitionsOverLimit = Math.max(0, stats.partitions - LIMITS.openPartitionsMax);
  if (partitionsOverLimit > 0)
    request.ports.telemetry.count('partitions-over-limit', partitionsOverLimit, { contract: request.contract.name });
  return {
    descriptorId: descriptor.id,
    records: request.records.count,
    counts: countsOfDecided(descriptor.sources),
    repeated: grouped.repeated,
    dataFiles: stats.files,
    dataBytes: stats.bytes,
    ruleCounts: descriptor.ruleCounts,
    partitionsOverLimit,
  };
}
