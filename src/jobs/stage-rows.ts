// Judged records → staged data files of a table: accepted rows by table partition, rejected records as they came. Nothing is thrown
// for bad data: a row that cannot be encoded comes back as a record to quarantine, its neighbours unharmed (promise 4). At most
// LIMITS.openPartitionsMax table partitions are open in an invocation; the rows of all others go into one late file under the
// table's unpartitioned spec (promise 10), to be brought home by compaction.
import { LIMITS } from '../contract/limits.ts';
import type { KafkaRecords } from '../decode/records.ts';
import { assertInvariant } from '../errors.ts';
import { toStagedFile } from '../iceberg/data-file-json.ts';
import { partitionStruct } from '../iceberg/manifest-schema.ts';
import type { PartitionSpec } from '../iceberg/types.ts';
import type { DescriptorTable, StagedFile } from '../ledger/types.ts';
import type { Judged, JudgedPart } from '../pipeline/judge.ts';
import { quarantineColumns } from '../pipeline/quarantine-rows.ts';
import type { QuarantinedRecord } from '../pipeline/types.ts';
import type { Ports } from '../ports.ts';
import { offsetsOf } from './build-descriptor.ts';
import { encodeSafely } from './encode-safely.ts';
import { groupByTablePartition } from './fan-out.ts';
import type { GroupedRecords, RecordGroup } from './group-records.ts';
import { ensureLateSpec } from './late-spec.ts';
import type { ResolvedTable } from './types.ts';
import { type EncodedRows, encodeRows, type FileNamer, fileNamer, splitRows, writeFile } from './write-rows.ts';

export interface StageContext {
  readonly ports: Ports;
  readonly contractName: string;
  readonly records: KafkaRecords;
  /** The records by source and partition. */
  readonly groups: readonly RecordGroup[];
  /** 1 for records that are not to be staged: repeats of an offset in the batch. */
  readonly isLeftOut: Uint8Array;
  readonly nameFile: FileNamer;
  readonly stats: StageStats;
}

export interface StageStats {
  bytes: number;
  files: number;
  /** Table partitions the accepted rows are spread over. */
  partitions: number;
  /** Of these, the ones that shared a late file, and its rows. */
  late: number;
  lateRows: number;
  /** Files on which the kernels failed. */
  kernelFailures: number;
}

/** What staging one batch shares; nothing is staged yet. */
export function newStage(
  given: Pick<StageContext, 'ports' | 'contractName' | 'records'> & { readonly grouped: GroupedRecords },
): StageContext {
  const { grouped, ...rest } = given;
  const stats = { bytes: 0, files: 0, partitions: 0, late: 0, lateRows: 0, kernelFailures: 0 };
  return { ...rest, groups: grouped.groups, isLeftOut: grouped.isRepeat, nameFile: fileNamer(given.ports), stats };
}

/** Accepted rows by table of the contract: the parts that hold any. */
export function filledParts(tables: number, judged: Judged): JudgedPart[][] {
  return Array.from({ length: tables }, (_, table) => judged.parts.filter((part) => part.table === table && part.columns.rows > 0));
}

export interface StagedRows {
  readonly table: DescriptorTable;
  /** Records whose rows could not be encoded. */
  readonly poisoned: readonly number[];
}

/** Accepted rows of one table → data files. `partitionsMax`: this table's share of the open partitions. */
export async function stageAccepted(
  context: StageContext,
  given: { readonly target: ResolvedTable; readonly parts: readonly JudgedPart[]; readonly partitionsMax: number },
): Promise<StagedRows> {
  const { target, parts, partitionsMax } = given;
  const staged: StagedFile[] = [];
  const poisoned: number[] = [];
  for (const part of parts) {
    const order = keptRows(part, context.isLeftOut);
    const groups = groupByTablePartition(target, part.columns, order);
    const lateSpec = await lateSpecFor(context, { target, partitions: groups?.length ?? 1, partitionsMax });
    let batch: EncodedRows[] = [];
    const flush = async () => {
      staged.push(...(await stageFiles(context, target, { batch, recordOf: part.rowRecord })));
      batch = [];
    };
    const rows = {
      columns: part.columns,
      order,
      ...(groups ? { groups } : {}),
      nameFile: context.nameFile,
      ...(lateSpec ? { late: { spec: lateSpec, partitionsMax } } : {}),
    };
    for (const encoded of encodeSafely(target, rows)) {
      if (encoded.kind === 'rows') batch.push(encoded.rows);
      else {
        poisoned.push(part.rowRecord[encoded.row]!);
        if (encoded.kernelsFailed) context.stats.kernelFailures++;
      }
      if (batch.length >= LIMITS.dataFileWritesParallel) await flush();
    }
    await flush();
  }
  if (poisoned.length > 0) context.ports.telemetry.count('internal-error', poisoned.length, { contract: context.contractName });
  return { table: descriptorTable(target, staged), poisoned };
}

/** The rows of a part in order, without those of repeated records. */
function keptRows({ columns, rowRecord }: JudgedPart, isLeftOut: Uint8Array): Uint32Array {
  const order = new Uint32Array(columns.rows);
  let kept = 0;
  for (let row = 0; row < columns.rows; row++) if (isLeftOut[rowRecord[row]!] === 0) order[kept++] = row;
  return order.subarray(0, kept);
}

/** Undefined while the rows fit into the open partitions. */
async function lateSpecFor(
  context: StageContext,
  given: { readonly target: ResolvedTable; readonly partitions: number; readonly partitionsMax: number },
): Promise<PartitionSpec | undefined> {
  const { target, partitions, partitionsMax } = given;
  context.stats.partitions += partitions;
  if (partitions <= partitionsMax) return undefined;
  context.stats.late += partitions - (partitionsMax - 1);
  return ensureLateSpec(context.ports, target);
}

/** Rejected records → the quarantine table, bytes as they came. */
export async function stageQuarantined(
  context: StageContext,
  given: { readonly target: ResolvedTable; readonly quarantined: readonly QuarantinedRecord[]; readonly nowMs: number },
): Promise<DescriptorTable> {
  const { target, quarantined, nowMs } = given;
  if (quarantined.length === 0) return descriptorTable(target, []);
  const options = { contractName: context.contractName, quarantinedAtMs: nowMs };
  const columns = quarantineColumns(context.records, { quarantined }, options);
  assertInvariant(columns.rows === quarantined.length, 'every rejected record has a quarantine row');
  const recordOf = Uint32Array.from(quarantined, ({ record }) => record);
  const staged: StagedFile[] = [];
  for (const { partition, order } of splitRows(target, columns)) {
    const encoded = encodeRows(target, { columns, order, partition, path: context.nameFile(target) });
    staged.push(...(await stageFiles(context, target, { batch: [encoded], recordOf })));
  }
  return descriptorTable(target, staged);
}

/** The rejected records of a batch that are staged, those that could not be encoded among them, in order. */
export function quarantinedOf(context: StageContext, judged: Judged, poisoned: readonly number[]): QuarantinedRecord[] {
  const reasons = [{ rule: 'internal-error', field: '', message: 'row could not be encoded' }];
  const internal = poisoned.map((record) => ({ record, reasons }));
  const kept = judged.quarantined.filter(({ record }) => context.isLeftOut[record] === 0);
  return [...kept, ...internal].sort((a, b) => a.record - b.record);
}

async function stageFiles(
  context: StageContext,
  target: ResolvedTable,
  given: { readonly batch: readonly EncodedRows[]; readonly recordOf: Uint32Array },
): Promise<StagedFile[]> {
  const { ports, records, stats } = context;
  await Promise.all(given.batch.map(({ file, bytes }) => writeFile(ports, file.filePath, bytes)));
  return given.batch.map(({ file, bytes, order, spec, kernelsFailed }) => {
    stats.bytes += bytes.length;
    stats.files++;
    if (kernelsFailed) stats.kernelFailures++;
    if (spec['spec-id'] !== target.spec['spec-id']) stats.lateRows += file.recordCount;
    const offsets = offsetsOf(records, context.groups, { order, recordOf: given.recordOf });
    return toStagedFile({ file, partition: partitionStruct(spec, [target.schema]), offsets });
  });
}

function descriptorTable(target: ResolvedTable, files: readonly StagedFile[]): DescriptorTable {
  return { table: target.key, tableUuid: target.uuid, schemaHash: target.schemaHash, specHash: target.specHash, files };
}
