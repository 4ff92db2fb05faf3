// The quarantine table of a table (DESIGN §5.5), implied by every contract.
import type { CompiledTable, PartitionFieldPlan, SortFieldPlan, TableIdentifier } from './compiled.ts';
import { QUARANTINE_STRUCT, quarantineIdentifier } from './names.ts';
import type { StructType } from './types.ts';

export interface QuarantineTable {
  readonly identifier: TableIdentifier;
  readonly struct: StructType;
  readonly partition: readonly PartitionFieldPlan[];
  readonly sort: readonly SortFieldPlan[];
  readonly formatVersion: 2 | 3;
  readonly properties: Readonly<Record<string, string>>;
}

/** What to create beside the table. Its format version is the table's, so that one set of readers serves both. */
export function quarantineTable(table: CompiledTable): QuarantineTable {
  return {
    identifier: quarantineIdentifier(table.identifier),
    struct: QUARANTINE_STRUCT,
    partition: [{ column: 'quarantined_at', transform: 'day', name: 'quarantined_at_day' }],
    sort: [{ column: 'quarantined_at', transform: 'identity', direction: 'asc', nullOrder: 'nulls-first' }],
    formatVersion: table.formatVersion,
    properties: {},
  };
}
