// Which rows of a run the evaluator is asked about, and how often the tests of columns look at them.
import { describe, expect, it } from 'vitest';
import type { RunTest } from '../../../src/pipeline/cel/row-test.ts';
import { makeParts } from '../../../src/pipeline/parts.ts';
import { firstRefused } from '../../../src/pipeline/row-rules.ts';
import { tableOf } from '../../support/oracle/program.ts';

const ROWS = 256;
const RULES = makeParts(tableOf({ columns: [{ name: 'n', type: 'long' }] })).rowRules;

/** Rules whose tests leave the rows of the lists, and the number of looks at rows. */
function rulesLeaving(...left: readonly (readonly number[])[]) {
  let looks = 0;
  const testOf =
    (rows: readonly number[]): RunTest =>
    (from, to) => {
      for (let row = from; row < to; row++) {
        looks++;
        if (rows.includes(row)) return row;
      }
      return to;
    };
  return { rules: { ...RULES, runTests: left.map(testOf) }, looks: () => looks };
}

const all = Array.from({ length: ROWS }, (_, row) => row);
const run = { from: 0, to: ROWS };

describe('rules over a run of rows', () => {
  it('look at no row more than twice, however many rows one of the tests does not clear', () => {
    for (const left of [
      [[], all, []],
      [all, []],
      [[], [0, 7, 200], all.filter((row) => row % 3 === 0)],
    ]) {
      const { rules, looks } = rulesLeaving(...left);
      expect(firstRefused(rules, run, () => true)).toBe(ROWS);
      expect(looks()).toBeLessThanOrEqual(left.length * 2 * ROWS);
    }
  });

  it('ask of every row that some test does not clear, in order, until one does not hold', () => {
    for (const left of [[[], [3, 9, 100, 255]], [[9, 10], [10, 3], [255]], [[0, 1], all.filter((row) => row > 250)], [[]]]) {
      for (const refused of [-1, 9, 10, 255]) {
        const asked: number[] = [];
        const first = firstRefused(rulesLeaving(...left).rules, { from: 2, to: ROWS }, (row) => {
          asked.push(row);
          return row !== refused;
        });
        const wanted = all.filter((row) => row >= 2 && left.flat().includes(row));
        const at = wanted.indexOf(refused);
        expect([asked, first]).toEqual(at < 0 ? [wanted, ROWS] : [wanted.slice(0, at + 1), refused]);
      }
    }
  });

  it('ask of every row where a rule has no test', () => {
    const asked: number[] = [];
    expect(firstRefused({ ...RULES, runTests: undefined }, { from: 4, to: 9 }, (row) => asked.push(row) < 3)).toBe(6);
    expect(asked).toEqual([4, 5, 6]);
  });
});
