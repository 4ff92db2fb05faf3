// The whole TableInput of a Glue commit. UpdateTable replaces everything it is given and drops what it is not, so every field of
// the table as it is goes back in; only the pointer, the type and what the console shows of the schema change.
import type { StorageDescriptor, Table, TableInput } from '@aws-sdk/client-glue';
import type { Uri } from '../ports.ts';
import { glueColumns, type ShownMetadata } from './glue-columns.ts';

export const GLUE_PARAMETER = {
  tableType: 'table_type',
  metadataLocation: 'metadata_location',
  previousMetadataLocation: 'previous_metadata_location',
} as const;

export interface NextPointer {
  readonly metadataLocation: Uri;
  /** What the new metadata file says; undefined when it could not be read: the columns stay as they are. */
  readonly metadata: ShownMetadata | undefined;
}

/** The table as it is, pointing at the next metadata file. */
export function updatedTableInput(table: Table, next: NextPointer): TableInput {
  const previous = table.Parameters?.[GLUE_PARAMETER.metadataLocation];
  return {
    ...keptFields(table),
    Name: table.Name,
    TableType: 'EXTERNAL_TABLE',
    StorageDescriptor: shownStorage(table.StorageDescriptor, next.metadata),
    Parameters: {
      ...table.Parameters,
      ...pointerParameters(next.metadataLocation),
      ...(previous === undefined ? {} : { [GLUE_PARAMETER.previousMetadataLocation]: previous }),
    },
  };
}

/** A table that does not exist yet. */
export function newTableInput(name: string, next: NextPointer): TableInput {
  return {
    Name: name,
    TableType: 'EXTERNAL_TABLE',
    StorageDescriptor: shownStorage(undefined, next.metadata),
    Parameters: pointerParameters(next.metadataLocation),
  };
}

/** Iceberg tables and nothing else: `table_type` is compared without case (Iceberg's GlueToIcebergConverter does so). */
export function isIcebergTable(table: Table): boolean {
  return table.Parameters?.[GLUE_PARAMETER.tableType]?.toUpperCase() === 'ICEBERG';
}

function pointerParameters(metadataLocation: Uri): Record<string, string> {
  return { [GLUE_PARAMETER.tableType]: 'ICEBERG', [GLUE_PARAMETER.metadataLocation]: metadataLocation };
}

/** Fields of Table that TableInput has too; the others are Glue's own and are refused in a request. */
function keptFields(table: Table): Partial<TableInput> {
  const {
    Description,
    Owner,
    LastAccessTime,
    LastAnalyzedTime,
    Retention,
    PartitionKeys,
    ViewOriginalText,
    ViewExpandedText,
    TargetTable,
  } = table;
  const kept = {
    Description,
    Owner,
    LastAccessTime,
    LastAnalyzedTime,
    Retention,
    PartitionKeys,
    ViewOriginalText,
    ViewExpandedText,
    TargetTable,
  };
  return Object.fromEntries(Object.entries(kept).filter(([, value]) => value !== undefined));
}

function shownStorage(present: StorageDescriptor | undefined, metadata: ShownMetadata | undefined): StorageDescriptor {
  if (metadata === undefined) return present ?? {};
  // A comment someone gave a column in Glue stays where the schema has no doc, as in Iceberg's Java GlueCatalog.
  const comments = new Map(present?.Columns?.map(({ Name, Comment }) => [Name, Comment]));
  const columns = glueColumns(metadata).map((column) => {
    const comment = column.Comment ?? comments.get(column.Name);
    return { ...column, ...(comment === undefined ? {} : { Comment: comment }), Parameters: { ...column.Parameters } };
  });
  return { ...present, Location: metadata.location, Columns: columns };
}
