// The library: contracts, the landing path and the Iceberg writer as functions over data, with the ports they go out by. The
// command line is `firn`; the infrastructure is `firn/cdk`. Names here are the public interface; everything else may change.

// Values and ports.
export { buildColumns, readCell, readRow } from './column-cells.ts';
export { type Column, type ColumnSet, isPresent, type Layout, layoutOf, type Selection, type Slot } from './columns.ts';
// Contracts.
export type { CompiledContract, CompiledTable, SourcePlan, TableIdentifier, TableProgram } from './contract/compiled.ts';
export { ERROR_NAMES, type ErrorName } from './contract/error-names.ts';
export {
  type FieldIdsFile,
  formatFieldIds as formatContractFieldIds,
  parseFieldIds as parseContractFieldIds,
} from './contract/field-ids.ts';
export type { Finding } from './contract/findings.ts';
export { LIMITS } from './contract/limits.ts';
export { type LoadOptions, type LoadResult, loadContract } from './contract/load-contract.ts';
export { contractPaths, PROPERTY, QUARANTINE_STRUCT, quarantineIdentifier, SUMMARY, tableKey, tableLocation } from './contract/names.ts';
export { contractFromJson, contractToJson } from './contract/serialize.ts';
export type { CellValue, IcebergType, ListType, MapType, NestedField, PrimitiveType, StructType } from './contract/types.ts';
// Records in, verdicts out.
export { type DecodeEventOptions, decodeLambdaEvent } from './decode/lambda-event.ts';
export { type NdjsonBatch, type NdjsonOptions, readNdjson } from './decode/ndjson.ts';
export type { KafkaRecords, RecordHeader, RecordSource } from './decode/records.ts';
export * from './errors.ts';
export { type AppendRequest, type PropertiesRequest, prepareAppend, prepareProperties } from './iceberg/append.ts';
export type { ConflictScope } from './iceberg/check-conflicts.ts';
// Iceberg tables, usable without Kafka.
export { type CherryPickRequest, prepareCherryPick } from './iceberg/cherry-pick.ts';
export { type CommitLoopRequest, type Committed, runCommit } from './iceberg/commit-loop.ts';
export type { PreparedCommit } from './iceberg/commit-metadata.ts';
export { commitTable } from './iceberg/commit-table.ts';
export { createTable } from './iceberg/create-table.ts';
export { type DeleteRowsRequest, prepareDeleteRows } from './iceberg/delete-rows.ts';
export { loadDeletionVector } from './iceberg/deletion-vector.ts';
export { type Evolution, type EvolutionRequest, planEvolution } from './iceberg/evolve.ts';
export { type Expiry, type ExpiryRequest, isGcEnabled, planExpiry } from './iceberg/expire.ts';
export type { Expression, Literal } from './iceberg/expressions/types.ts';
export { formatFieldIds, parseFieldIds, remapStruct } from './iceberg/field-ids.ts';
export {
  type DeleteFilesRequest,
  type Isolation,
  type OverwriteRequest,
  prepareDeleteFiles,
  prepareOverwrite,
  prepareReplace,
  prepareRowDelta,
  type ReplaceRequest,
  type RowDeltaRequest,
} from './iceberg/file-operations.ts';
export { currentSnapshot, findSnapshot, isAncestor, snapshotOfRef } from './iceberg/find-snapshot.ts';
export { type LoadedTable, loadTable } from './iceberg/load-table.ts';
export { parseMetadata, serializeMetadata } from './iceberg/metadata-json.ts';
export { type FileMetrics, type MetricsRequest, metricsOf } from './iceberg/metrics.ts';
export { type NewTableRequest, newTableMetadata } from './iceberg/new-table.ts';
export {
  type OverwriteByFilterRequest,
  prepareOverwriteByFilter,
  prepareReplacePartitions,
  type ReplacePartitionsRequest,
} from './iceberg/overwrite.ts';
export { type PartitionRows, type SplitRequest, splitByPartition } from './iceberg/partition-split.ts';
export { type PuffinFooter, readPuffinBlob, readPuffinFooter, writePuffin } from './iceberg/puffin.ts';
export {
  fastForward,
  putRef,
  type RefRetention,
  removeRef,
  renameBranch,
  rollBack,
  rollBackToTime,
  setCurrent,
  setRetention,
} from './iceberg/refs.ts';
export { REFUSALS, type RefusalCode } from './iceberg/refusals.ts';
export { prepareRewriteManifests, type RewriteManifestsRequest } from './iceberg/rewrite-manifests.ts';
export { hasPosition, type PositionSet, positionSetOf, positionsOf, unionPositions } from './iceberg/roaring.ts';
export { planFiles, planScan, type ScanPlan, type ScanRequest, type ScanTask } from './iceberg/scan.ts';
export { type AppendedFile, type ChangedFile, type IncrementalRequest, planAppends, planChanges } from './iceberg/scan-incremental.ts';
export { type ChosenSnapshot, chooseSnapshot, type SnapshotChoice } from './iceberg/scan-snapshot.ts';
export { sortRows } from './iceberg/sort-rows.ts';
export {
  changeProperties,
  moveLocation,
  prepareUpdate,
  removeStatistics,
  type StatisticsFile,
  setStatistics,
  upgradeFormat,
} from './iceberg/table-updates.ts';
export type { DataFile, PartitionSpec, Snapshot, SnapshotRef, SortOrder, TableMetadata, TableSchema } from './iceberg/types.ts';
export { findUnreachable, type UnreachableFiles } from './iceberg/unreachable-files.ts';
export { type PartitionChange, updatePartition } from './iceberg/update-partition.ts';
export { type SchemaChange, updateSchema } from './iceberg/update-schema.ts';
export { updateSortOrder } from './iceberg/update-sort-order.ts';
// Jobs over ports.
export { auditTable } from './jobs/audit-table.ts';
export { commitContract } from './jobs/commit-contract.ts';
export { type Deadline, startDeadline } from './jobs/deadline.ts';
export { describeTable } from './jobs/describe-table.ts';
export { ensureTables } from './jobs/ensure-tables.ts';
export { loadFileProgress } from './jobs/file-progress.ts';
export { landBatch } from './jobs/land-batch.ts';
export { type LoadedLedger, loadLedger } from './jobs/load-ledger.ts';
export { type DeletesReader, newDeletesReader } from './jobs/read-deletes.ts';
export { readTask, type TaskRequest, type TaskRows } from './jobs/read-task.ts';
export type { AuditReport, CommitResult, LandBatchRequest, LandBatchResult, ResolvedContract, TableDescription } from './jobs/types.ts';
// One machine: a directory and SQLite.
export { type LocalPortsOptions, makeLocalPorts } from './local/system.ts';
// Parquet.
export { encodeParquet } from './parquet/encode.ts';
export { readColumns } from './parquet/read.ts';
export { type FileFooter, readFooter } from './parquet/read-footer.ts';
export type { EncodedFile, EncodeRequest, LeafStats } from './parquet/types.ts';
export { createPipeline, type Pipeline } from './pipeline/create-pipeline.ts';
export { type BatchResult, type QuarantinedRecord, type Reason, VERDICT } from './pipeline/types.ts';
export * from './ports.ts';
// REST catalogs.
export { anonymous, bearerToken, type ClientCredentials, clientCredentials } from './rest/authorisers.ts';
export { makeRestCatalog, type RestCatalogOptions } from './rest/rest-catalog.ts';
export { type AwsCredentials, type SigV4Options, sigV4 } from './rest/sigv4.ts';
export type { RestAuthoriser, RestRequest } from './rest/types.ts';
