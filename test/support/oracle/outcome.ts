// One message through the column path, in plain terms: verdict, reasons, cells by name.
import { readRow } from '../../../src/column-cells.ts';
import { layoutOf } from '../../../src/columns.ts';
import type { CompiledTable } from '../../../src/contract/compiled.ts';
import type { CellValue } from '../../../src/contract/types.ts';
import { createPipeline } from '../../../src/pipeline/create-pipeline.ts';
import type { BatchResult, Reason } from '../../../src/pipeline/types.ts';
import { recordsOf } from './records.ts';

export interface Outcome {
  readonly verdict: 'accepted' | 'quarantined' | 'filtered';
  readonly reasons: readonly Reason[];
  /** Empty unless accepted. */
  readonly row: Readonly<Record<string, CellValue>>;
  readonly counts: Readonly<Record<string, number>>;
}

export interface OutcomeOptions {
  readonly timestampMs?: number;
  readonly path?: 'hot' | 'plain';
}

const VERDICTS = ['accepted', 'quarantined', 'filtered'] as const;

export function outcomesOf(
  table: CompiledTable,
  values: readonly (Uint8Array | string | null)[],
  options: OutcomeOptions = {},
): { readonly outcomes: readonly Outcome[]; readonly result: BatchResult } {
  const pipeline = createPipeline(table, { path: options.path ?? 'hot' });
  const result = pipeline.process(recordsOf(values, options), { ingestedAtMs: 1 });
  const layout = layoutOf(table.program.struct);
  const rows = new Map([...result.rowRecord].map((record, row) => [record, readRow(result.columns, layout, row)]));
  const outcomes = values.map((_, record): Outcome => {
    const cells = rows.get(record) ?? [];
    return {
      verdict: VERDICTS[result.verdicts[record]!]!,
      reasons: result.quarantined.find((each) => each.record === record)?.reasons ?? [],
      row: Object.fromEntries(cells.map((cell, i) => [layout.struct.fields[i]!.name, cell])),
      counts: Object.fromEntries(result.counts),
    };
  });
  return { outcomes, result };
}

export function outcomeOf(table: CompiledTable, value: Uint8Array | string | null, options: OutcomeOptions = {}): Outcome {
  return outcomesOf(table, [value], options).outcomes[0]!;
}

/** `rule@field` of every reason. */
export function rulesOf(outcome: Outcome): string[] {
  return outcome.reasons.map(({ rule, field }) => `${rule}@${field}`);
}
