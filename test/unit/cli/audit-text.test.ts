// What an audit says to people about rows that other writers added or removed: part of the sum, and no violation.
import { describe, expect, it } from 'vitest';
import { printAudit } from '../../../src/cli/audit.ts';
import { systemTerminal } from '../../../src/cli/terminal.ts';
import type { AuditReport, Positions, TableAudit } from '../../../src/jobs/types.ts';

const none: Positions = { count: 0, ranges: [] };

function tableAudit(given: Partial<TableAudit>): TableAudit {
  return {
    table: 'lab.readings',
    kind: 'main',
    exists: true,
    notOurs: undefined,
    applied: 2,
    liveRows: 100,
    expectedRows: 100,
    missing: none,
    removedByOthers: none,
    removedByRule: {},
    doubles: none,
    foreign: none,
    addedByOthers: none,
    rowsWithoutPosition: 0,
    notAudited: undefined,
    entriesUnapplied: 0,
    rowsUnapplied: 0,
    ...given,
  };
}

function printed(table: TableAudit, clean: boolean): string {
  let text = '';
  const terminal = { ...systemTerminal({ isJson: false }), line: (line: string) => void (text += `${line}\n`) };
  const report: AuditReport = {
    contract: 'lab.readings',
    entry: 2,
    clean,
    sources: [],
    tables: [table],
    inTwoTables: none,
    parked: [],
    staged: { descriptors: 0, records: 0, poisoned: 0 },
  };
  printAudit(terminal, report);
  return text;
}

describe('the text of an audit', () => {
  it('rows of other writers make the sum come out and carry no cross', () => {
    const at: Positions['ranges'] = [{ sourceId: 'a/t/1', partition: 0, ranges: [[3, 4]] }];
    const text = printed(
      tableAudit({ liveRows: 102, addedByOthers: { count: 3, ranges: [] }, removedByOthers: { count: 1, ranges: at } }),
      true,
    );
    expect(text).toContain('lab.readings: 102 rows = 100 by the ledger + 3 added by other writers − 1 removed by other writers');
    expect(text).toContain('· lab.readings: rows removed by other writers: 1 at a/t/1[0] 3');
    expect(text).not.toMatch(/[✗≠]/);
  });

  it('a row too many that nobody explains is unequal and carries a cross', () => {
    const text = printed(tableAudit({ liveRows: 101, foreign: { count: 1, ranges: [] } }), false);
    expect(text).toContain('101 rows ≠ 100 by the ledger');
    expect(text).toMatch(/✗ lab\.readings: rows the ledger does not know: 1/);
  });
});
