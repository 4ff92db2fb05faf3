// The columns every landed table has beside the contract's own (DESIGN §5.1): where each row came from, and what the contract does not
// name.

import type { ColumnDraft } from './column-draft.ts';
import type { TableProgram, UndeclaredMode } from './compiled.ts';
import { type Report, refuse } from './findings.ts';
import { TECHNICAL_COLUMNS } from './names.ts';
import { member } from './nodes.ts';
import { findColumn } from './plans.ts';
import type { NestedField, StructType } from './types.ts';

export const UNDECLARED_COLUMN = 'undeclared';

/** Fields after the contract's own, in their fixed order; ids are 0. */
export function technicalFields(options: {
  readonly undeclared: UndeclaredMode;
  readonly omit: readonly string[];
}): readonly NestedField[] {
  const field = (name: string, type: NestedField['type'], required: boolean, doc: string): NestedField => ({
    id: 0,
    name,
    required,
    type,
    doc,
  });
  const all = [
    ...(options.undeclared === 'capture'
      ? [field(UNDECLARED_COLUMN, 'string', false, 'JSON text of the members the contract does not name')]
      : []),
    field('source_id', 'string', true, 'source name, topic and generation'),
    field('kafka_partition', 'int', true, 'partition of the topic'),
    field('kafka_offset', 'long', true, 'offset in the partition'),
    field('kafka_timestamp', 'timestamptz', true, 'timestamp of the record'),
    field('kafka_topic', 'string', false, 'topic'),
    field('ingested_at', 'timestamptz', false, 'when the record was landed; differs when it is landed again'),
  ];
  return all.filter((one) => !options.omit.includes(one.name));
}

/** Refuses contract columns that would hide a technical one or a name of CEL. */
export function checkReservedNames(report: Report, drafts: readonly ColumnDraft[], undeclared: UndeclaredMode): void {
  const reserved = new Set<string>(TECHNICAL_COLUMNS);
  if (undeclared === 'capture') reserved.add(UNDECLARED_COLUMN);
  for (const draft of drafts) {
    const name = draft.name.toLowerCase();
    const at = member(draft.node, 'name') ?? draft.node;
    const remedy = `rename the column; firn.path: ${draft.name} keeps the key of the message`;
    if (reserved.has(name))
      refuse(report, at, { rule: 'reserved-name', message: `'${draft.name}' is a technical column of every table`, remedy });
    else if (name === 'kafka' || name === 'raw')
      refuse(report, at, { rule: 'reserved-name', message: `'${draft.name}' has a meaning of its own in rules`, remedy });
  }
}

/** Slots of the technical columns in the table's struct. */
export function technicalSlots(struct: StructType, undeclared: UndeclaredMode): TableProgram['technical'] {
  const slot = (name: string): number | undefined => findColumn(struct, name)?.slot;
  return {
    undeclared: undeclared === 'capture' ? slot(UNDECLARED_COLUMN) : undefined,
    sourceId: slot('source_id')!,
    kafkaPartition: slot('kafka_partition')!,
    kafkaOffset: slot('kafka_offset')!,
    kafkaTimestamp: slot('kafka_timestamp')!,
    kafkaTopic: slot('kafka_topic'),
    ingestedAt: slot('ingested_at'),
  };
}
