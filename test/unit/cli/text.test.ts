// Small parts of the command line: the form of an input, suggestions, tables, sizes.
import { describe, expect, it } from 'vitest';
import { snippetsFor } from '../../../src/cli/demo-snippets.ts';
import { freshnessText } from '../../../src/cli/show.ts';
import { formatOf } from '../../../src/cli/sniff-format.ts';
import { editDistance, suggestion } from '../../../src/cli/suggest.ts';
import { formatBytes, formatCount, formatDuration, tableText, textWidth } from '../../../src/cli/table-text.ts';
import { formatJson } from '../../../src/cli/terminal.ts';

describe('the form of an input', () => {
  const record = { topic: 't', partition: 0, offset: 1, timestamp: 2, timestampType: 'CREATE_TIME', key: null, value: 'e30=', headers: [] };

  it('is told by the first line, and in doubt it is events', () => {
    const lambda = { eventSource: 'aws:kafka', records: { 't-0': [] } };
    const cases: readonly (readonly [string, string])[] = [
      [JSON.stringify(lambda), 'lambda'],
      [JSON.stringify(lambda, null, 2), 'lambda'],
      [JSON.stringify({ ...lambda, eventSource: 'SelfManagedKafka' }), 'lambda'],
      [`\ufeff\n\n${JSON.stringify(record)}\n{`, 'records'],
      [JSON.stringify({ ...record, value: null }), 'records'],
      [JSON.stringify({ ...record, offset: '1' }), 'events'],
      [JSON.stringify({ ...record, more: 1 }), 'events'],
      [JSON.stringify({ eventSource: 'aws:sqs', records: {} }), 'events'],
      ['{"a": 1}\n', 'events'],
      ['', 'events'],
      ['garbage', 'events'],
      ['[1]', 'events'],
      ['null', 'events'],
    ];
    for (const [text, expected] of cases) expect(formatOf(text), text.slice(0, 60)).toBe(expected);
  });
});

describe('words for people', () => {
  it('a suggestion is made only for a near word', () => {
    expect(suggestion('qurey', ['query', 'audit'])).toBe(' (did you mean query?)');
    expect(suggestion('xyzzy', ['query', 'audit'])).toBe('');
    expect(suggestion('x', [])).toBe('');
    for (const [a, b, distance] of [
      ['', 'abc', 3],
      ['kitten', 'sitting', 3],
      ['same', 'same', 0],
    ] as const)
      expect([editDistance(a, b), editDistance(b, a)]).toEqual([distance, distance]);
  });

  it('freshness tells when the table was committed and how far its event times reach', () => {
    const now = Date.UTC(2026, 0, 2);
    const watermarkMs = now - 3_600_000;
    const both = { lastCommitMs: now - 5_000, watermarkMs, ageMs: now - watermarkMs };
    expect(freshnessText(both, now)).toBe(`committed 5.0 s ago, event times up to ${new Date(watermarkMs).toISOString()}`);
    const unknown = { lastCommitMs: now - 60_000, watermarkMs: undefined, ageMs: undefined };
    expect(freshnessText(unknown, now)).toBe('committed 1 min 0 s ago, event times unknown');
    expect(freshnessText({ ...both, watermarkMs: 9e15 }, now)).toContain('event times up to 9000000000000000 ms');
    expect(freshnessText({ ...unknown, lastCommitMs: undefined }, now)).toBe('nothing committed yet');
  });

  it('counts, sizes and times are short and right', () => {
    expect([0, 999, 1000, 1234567, -12345, 12345678901234567890n].map(formatCount)).toEqual([
      '0',
      '999',
      '1,000',
      '1,234,567',
      '-12,345',
      '12,345,678,901,234,567,890',
    ]);
    expect([0, 1023, 1024, 1536, 10 * 1024 ** 2, 3 * 1024 ** 4].map(formatBytes)).toEqual([
      '0 B',
      '1023 B',
      '1.0 KiB',
      '1.5 KiB',
      '10 MiB',
      '3.0 TiB',
    ]);
    expect([0, 999, 1500, 59_400, 93_000, 3_660_000, 172_800_000].map(formatDuration)).toEqual([
      '0 ms',
      '999 ms',
      '1.5 s',
      '59 s',
      '1 min 33 s',
      '1 h 1 min',
      '2 d',
    ]);
  });

  it('columns line up also for wide characters and long cells', () => {
    const lines = tableText(
      ['name', 'n'],
      [
        ['日本', '1'],
        ['e\u0301t', '22'],
        ['x'.repeat(100), '333'],
      ],
      { alignRight: [1], cellWidthMax: 10 },
    );
    expect(new Set(lines.slice(2).map(textWidth)).size).toBe(1);
    expect(lines.at(-1)).toBe(`${'x'.repeat(9)}…  333`);
  });

  it('JSON keeps all digits, and has maps and bytes', () => {
    expect(formatJson({ a: 2n ** 70n, b: new Map([['k', 1]]), c: Uint8Array.of(1, 2) })).toBe(
      `{\n  "a": ${2n ** 70n},\n  "b": {\n    "k": 1\n  },\n  "c": "AQI="\n}`,
    );
  });

  it('the snippets name the catalog as Java looks for it, and quote odd folders', () => {
    const snippets = snippetsFor("/data/it's here", "file:///data/it's here/aviation/flights/metadata/1.metadata.json");
    expect(snippets.map(({ engine }) => engine)).toEqual(['PyIceberg', 'DuckDB', 'Spark', 'Firn']);
    expect(snippets[0]!.code).toContain(`SqlCatalog("firn", uri="sqlite:////data/it's here/catalog.db")`);
    expect(snippets[1]!.code).toContain("iceberg_scan('/data/it''s here/aviation/flights/metadata/1.metadata.json')");
    expect(snippets[3]!.code).toContain(`--warehouse '/data/it'\\''s here'`);
  });
});
