// A value of which only the beginning is at hand is quarantined as such, whatever else is known of the record.
import { describe, expect, it } from 'vitest';
import { createJudge, judgeRecords, TRUNCATED } from '../../../src/pipeline/judge.ts';
import { gameContract, gameRecords, records } from '../../support/memory/index.ts';

describe('promise 9, no silent schema loss: the beginning of a value', () => {
  it('is never redriven as a whole one, even where its batch did harm', () => {
    const batch = { ...gameRecords(records('aa')), truncated: new Map([[1, { bytes: 20_000_000, sha256: 'ab' }]]) };
    const suspects = new Map([[1, { rule: 'internal-error', field: '', message: 'not looked at' }]]);
    const judged = judgeRecords(createJudge(gameContract()), batch, { ingestedAtMs: 0, suspects });
    expect(judged.quarantined.map(({ record, reasons }) => [record, reasons.map(({ rule }) => rule)])).toEqual([[1, [TRUNCATED]]]);
    judged.release();
  });
});
