// The library: contracts, the landing path and the Iceberg writer as functions over data, with the ports they go out by.
// The command line is `firn`; the infrastructure is `firn/cdk`.
export * from './column-cells.ts';
export * from './columns.ts';
export * from './contract/compiled.ts';
export * from './contract/error-names.ts';
export * from './contract/limits.ts';
export * from './contract/names.ts';
export type { FirnError } from './errors.ts';
export * from './errors.ts';
export * from './ports.ts';
