// What others compose their own CDK apps from.
export { type BuildOptions, type BuiltApp, buildApp } from './build-app.ts';
export type {
  FirnConfig,
  KafkaConfig,
  MaintenanceConfig,
  MskConfig,
  NetworkConfig,
  SecretAuthentication,
  SelfManagedKafkaConfig,
} from './config.ts';
export { FirnMaintenance, type FirnMaintenanceProps, type Recovery } from './constructs/firn-maintenance.ts';
export { FirnPipeline, type FirnPipelineProps, type FunctionCode } from './constructs/firn-pipeline.ts';
export { IcebergTable, type IcebergTableProps } from './constructs/iceberg-table.ts';
export { loadContracts } from './contracts.ts';
export type { EventSourceConfig, FailureHandling, OnDemandPollers, ProvisionedPollers } from './event-source-config.ts';
export { makeFunctionCode } from './function-code.ts';
export { type SecretRef, secretRef } from './secret-ref.ts';
export { DataStack, type DataStackProps } from './stacks/data.ts';
export { IngestStack, type IngestStackProps } from './stacks/ingest.ts';
export { MaintenanceStack, type MaintenanceStackProps } from './stacks/maintenance.ts';
