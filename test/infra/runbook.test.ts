// Every alarm names a section of the runbook that is there, and every section is named by an alarm or says which other signal leads to it.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { deploy, resourcesOf } from './support/deployment.ts';

const RUNBOOK = readFileSync(join(import.meta.dirname, '../../docs/runbook.md'), 'utf8');
const sections = [...RUNBOOK.matchAll(/^## (.+)$/gm)].map(([, name]) => name!);
const { ingestTemplate, maintenanceTemplate } = deploy();
const alarms = [ingestTemplate, maintenanceTemplate].flatMap((template) =>
  [...resourcesOf(template, 'AWS::CloudWatch::Alarm')].map(([id, { Properties }]) => ({
    id,
    description: String(Properties['AlarmDescription']),
  })),
);
const named = (description: string) => / See docs\/runbook\.md#([a-z-]+)\.$/.exec(description)?.[1];

describe('the runbook', () => {
  it('has a section for every alarm', () => {
    expect(alarms.length).toBeGreaterThan(20);
    expect(alarms.filter(({ description }) => !sections.includes(named(description) ?? '')).map(({ id }) => id)).toEqual([]);
  });

  it('has no section that nothing leads to', () => {
    /** Told by an error's message or by `firn audit`, not by an alarm. */
    const told = ['ledger-lost'];
    const led = new Set([...alarms.map(({ description }) => named(description)), ...told]);
    expect(sections.filter((section) => !led.has(section))).toEqual([]);
  });

  it('says in every section what it means and what to do', () => {
    for (const section of sections) {
      const text = RUNBOOK.split(`\n## ${section}\n`)[1]!.split('\n## ')[0]!;
      expect([section, text.includes('**Do.**') || /\| do \|/.test(text)]).toEqual([section, true]);
    }
  });

  it('is named by the failures of the machines', () => {
    const anchors = [...JSON.stringify(maintenanceTemplate.toJSON()).matchAll(/runbook\.md#([a-z-]+)/g)].map(([, name]) => name!);
    expect(anchors.filter((anchor) => !sections.includes(anchor))).toEqual([]);
    expect(anchors).toEqual(expect.arrayContaining(['maintenance-fails', 'recovery-fails']));
  });
});
