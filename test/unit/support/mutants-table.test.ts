// The fault report's table of mutants: a checkout without result files keeps the rows that stand in it.
import { describe, expect, it } from 'vitest';
import { mergeMutants, mutantsTable, parseMutantsTable } from '../../fault/report/mutants.ts';

const ROWS = [
  { file: 'src/a.ts', killed: 8, survived: 2, equivalent: 1, date: '2026-01-01' },
  { file: 'src/b.ts', killed: 3, survived: 0, equivalent: 0, date: '2026-01-02' },
];

describe('the table of mutants', () => {
  it('is read as it was written, without the sum of all', () => {
    expect(mutantsTable(ROWS)).toContain('| `src/a.ts` | 11 | 8 | 1 | 80.0 % | 2026-01-01 |');
    expect(parseMutantsTable(mutantsTable(ROWS))).toEqual(ROWS);
    expect(parseMutantsTable('')).toEqual([]);
  });

  it('takes fresh results in place of those of the same file, in order of file', () => {
    const fresh = { ...ROWS[0]!, killed: 10, survived: 0, date: '2026-02-02' };
    expect(mergeMutants(ROWS, [fresh])).toEqual([fresh, ROWS[1]]);
    expect(mergeMutants([ROWS[1]!], [fresh])).toEqual([fresh, ROWS[1]]);
  });
});
