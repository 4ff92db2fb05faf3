// Contracts with one defect each, found by directory scan. The first line of a case names the findings it must give, and nothing
// else: `# expect: <rule>@<line>, …`.
import { readdirSync, readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { loadContract } from '../../../src/contract/load-contract.ts';

const folder = new URL('./bad/', import.meta.url);
const cases = readdirSync(folder).sort();

describe('a contract with a defect is refused where the defect is', () => {
  it('there are cases', () => {
    expect(cases.length).toBeGreaterThanOrEqual(40);
  });

  it.each(cases)('%s', (name) => {
    const text = readFileSync(new URL(name, folder), 'utf8');
    const expected = /^# expect: (.+)$/m.exec(text)?.[1]?.split(', ');
    const result = loadContract(text, { file: `schemas/test/${name}` });
    expect(result.ok).toBe(false);
    if (result.ok) return;
    const errors = result.findings.filter((finding) => finding.severity === 'error');
    expect(errors.map((finding) => `${finding.rule}@${finding.line}`)).toEqual(expected);
    for (const finding of errors) {
      expect(finding.file).toBe(`schemas/test/${name}`);
      expect(finding.message.length).toBeGreaterThan(10);
      expect(finding.message.length).toBeLessThan(400);
    }
  });
});
