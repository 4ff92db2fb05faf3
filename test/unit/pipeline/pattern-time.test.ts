import { describe, expect, it } from 'vitest';
import { outcomeOf, rulesOf } from '../../support/oracle/outcome.ts';
import { tableOf } from '../../support/oracle/program.ts';

function read(pattern: string, text: string, type: 'timestamptz' | 'timestamp' | 'date' | 'time' = 'timestamptz') {
  const table = tableOf({ columns: [{ name: 'c', type, formats: [{ kind: 'pattern', pattern }] }] });
  const outcome = outcomeOf(table, JSON.stringify({ c: text }));
  return outcome.verdict === 'accepted' ? outcome.row['c'] : rulesOf(outcome).join();
}

const micros = (iso: string) => BigInt(Date.parse(iso)) * 1000n;

describe('a text in a JDK pattern', () => {
  it.each([
    ['yyyy/MM/dd HH:mm', '2001/01/01 06:55', '2001-01-01T06:55:00Z'],
    ['MMM d yyyy HH', 'Jun 12 1998 07', '1998-06-12T07:00:00Z'],
    ['d MMMM uuuu, h:mm a', '2 May 2026, 12:05 AM', '2026-05-02T00:05:00Z'],
    ['EEE, dd MMM yyyy HH:mm:ss XXX', 'Sun, 01 Mar 2026 10:00:00 +05:30', '2026-03-01T04:30:00Z'],
    ["yyyy-MM-dd'T'HH:mm:ss[.SSS]X", '2026-03-01T10:00:00.250Z', '2026-03-01T10:00:00.250Z'],
    ["yyyy-MM-dd'T'HH:mm:ss[.SSS]X", '2026-03-01T10:00:00-07', '2026-03-01T17:00:00Z'],
    ['yyyyMMddHHmmssSSS', '20260301100000250', '2026-03-01T10:00:00.250Z'],
    ['yyyy-DDD HH', '2024-366 23', '2024-12-31T23:00:00Z'],
    ['yy-M-d k z', '26-3-1 24 UTC', '2026-03-01T00:00:00Z'],
  ])('%s reads %s', (pattern, text, iso) => {
    expect(read(pattern, text)).toBe(micros(iso));
  });

  it.each([
    ['yyyy/MM/dd HH:mm', '2001/02/29 06:55'],
    ['yyyy/MM/dd HH:mm', '2001/01/01 06:55 '],
    ['yyyy/MM/dd HH:mm', '2001/01/01 24:00'],
    ['yyyy/MM/dd HH:mm', '2001-01-01 06:55'],
    ['MMM d yyyy HH', 'jun 12 1998 07'],
    ['EEE yyyy-MM-dd HH', 'Mon 2026-03-01 10'],
    ['h:mm a yyyy-MM-dd', '13:00 PM 2026-03-01'],
    ['yyyy-DDD HH', '2025-366 10'],
    ['yyyy-MM-dd HH XXX', '2026-03-01 10 +19:00'],
    ['yyyy-MM-dd', '2026-03-01'],
  ])('%s refuses %s', (pattern, text) => {
    expect(read(pattern, text)).toBe('type@c');
  });

  it('gives dates from days and times from clocks, and nothing that is more than the column keeps', () => {
    expect(read('dd.MM.yyyy', '02.01.1970', 'date')).toBe(1);
    expect(read('HH.mm', '01.30', 'time')).toBe(5_400_000_000n);
    expect(read('dd.MM.yyyy HH', '02.01.1970 05', 'date')).toBe('type@c');
    expect(read('yyyy-MM-dd HH:mm X', '2026-03-01 10:00 Z', 'timestamp')).toBe('type@c');
  });
});
