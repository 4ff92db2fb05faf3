// The column path against the naive row-at-a-time oracle: same verdicts, same reasons, same counts, same cells.
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { readRow } from '../../../src/column-cells.ts';
import { layoutOf } from '../../../src/columns.ts';
import type { CompiledTable } from '../../../src/contract/compiled.ts';
import { createPipeline } from '../../../src/pipeline/create-pipeline.ts';
import { VERDICT } from '../../../src/pipeline/types.ts';
import { makeMessage, makeRandom } from '../../support/oracle/messages.ts';
import { judge, type OracleRule, type OracleVerdict } from '../../support/oracle/oracle.ts';
import { FLAT, NESTED, RULES_OF_FLAT, VARIANTS } from '../../support/oracle/programs.ts';
import { recordsOf } from '../../support/oracle/records.ts';

const BATCH = 150;
const NOW = Date.UTC(2026, 0, 15);
const NAMES = Object.fromEntries(Object.entries(VERDICT).map(([name, code]) => [code, name]));

function batchOf(table: CompiledTable, seed: number): (Buffer | null)[] {
  const random = makeRandom(seed);
  return Array.from({ length: BATCH }, () => {
    if (random.chance(0.01)) return random.pick([null, Buffer.alloc(0), Buffer.from('[]'), Buffer.from(' 1 ')]);
    return makeMessage(random, table.program, 0.25);
  });
}

/** What the column path says of each record, in the oracle's terms. */
function pathVerdicts(
  table: CompiledTable,
  values: readonly (Buffer | null)[],
): { verdicts: Omit<OracleVerdict, 'counts'>[]; counts: Map<string, number> } {
  const result = createPipeline(table).process(recordsOf(values, { timestampMs: NOW }), { ingestedAtMs: NOW });
  const layout = layoutOf(table.program.struct);
  const names = layout.top.map((slot) => layout.slots[slot]!.field.name);
  const judged = names.filter((name) => table.program.columns.some(({ field }) => field.name === name) || name === 'undeclared');
  const rows = new Map([...result.rowRecord].map((record, row) => [record, readRow(result.columns, layout, row)]));
  const reasons = new Map(
    result.quarantined.map(({ record, reasons: list }) => [record, list.map(({ rule, field }) => `${rule}@${field}`).sort()]),
  );
  const verdicts = values.map((_, record) => {
    const cells = rows.get(record);
    return {
      verdict: NAMES[result.verdicts[record]!] as OracleVerdict['verdict'],
      reasons: reasons.get(record) ?? [],
      row: cells && new Map(judged.map((name) => [name, cells[names.indexOf(name)]!])),
    };
  });
  return { verdicts, counts: new Map(result.counts) };
}

function expectAgreement(table: CompiledTable, seed: number, rules: readonly OracleRule[] = []): void {
  const values = batchOf(table, seed);
  const path = pathVerdicts(table, values);
  const counts = new Map<string, number>();
  values.forEach((value, i) => {
    const { counts: counted, ...expected } = judge(table.program, { value, timestampMs: NOW }, rules);
    for (const [name, n] of counted) counts.set(name, (counts.get(name) ?? 0) + n);
    expect({ message: value?.toString('latin1'), ...path.verdicts[i] }).toEqual({ message: value?.toString('latin1'), ...expected });
  });
  expect(Object.fromEntries([...path.counts].sort())).toEqual(Object.fromEntries([...counts].sort()));
}

const runs = (numRuns: number) => ({ numRuns, seed: 20_260_115 });

describe('the column path and the row-at-a-time oracle agree on verdict, reasons, counts and every cell', () => {
  it('for flat messages of every scalar type, cleaning, constraint and policy', () => {
    fc.assert(
      fc.property(fc.nat(), (seed) => expectAgreement(FLAT, seed, RULES_OF_FLAT)),
      runs(60),
    );
  });

  it('for nested messages: structs, lists, maps, several paths, shared paths, undeclared members', () => {
    fc.assert(
      fc.property(fc.nat(), (seed) => expectAgreement(NESTED, seed)),
      runs(50),
    );
  });

  it('for messages of several variants', () => {
    fc.assert(
      fc.property(fc.nat(), (seed) => expectAgreement(VARIANTS, seed)),
      runs(40),
    );
  });
});
