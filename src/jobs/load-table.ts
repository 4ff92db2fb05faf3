// A table as the catalog and its metadata file say: for the jobs, the Iceberg core's.
export { identifierOf, type LoadedTable, loadTable, metadataInPointer, parseMetadataOf } from '../iceberg/load-table.ts';
