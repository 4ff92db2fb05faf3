// Records that are wrong in one way or several, one message each: what the kernels note and the plain path's functions judge where the row
// lies. Most columns' failures reject, those of `mild`, `soft` and `items` do not.
import type { CompiledTable } from '../../../src/contract/compiled.ts';
import { NOTES_MAX } from '../../../src/hot/layout-header.ts';
import { tableOf } from '../oracle/program.ts';

interface NotedBatch {
  readonly name: string;
  readonly table: CompiledTable;
  readonly values: readonly Buffer[];
}

const GOOD: Readonly<Record<string, string>> = {
  id: '"a"',
  at: '"2026-01-15T00:00:00Z"',
  n: '5',
  flag: 'true',
  raw: '{"x":1}',
  where: '{"city":"b","zip":"c"}',
  tags: '["d"]',
  one: '"e"',
  mild: '"f"',
  soft: '1',
  items: '[{"k":"g"}]',
};

const BAD: Readonly<Record<string, readonly string[]>> = {
  id: ['null', '""', '"longer than it may be"', '7', '{}', '[1]', 'true', '"\\u00e9\\u00e9\\u00e9\\u00e9\\u00e9"'],
  at: ['null', '"2026-01-15T00:00:60Z"', '"2026-02-15T00:00:00Z"', '1e3', '[]', '{"at":{"at":1}}'],
  n: ['null', '-1', '1.5', '99999999999', '1e300', '"5"', 'false', '[[5]]'],
  flag: ['null', '"true"', '0', '{"flag":true}'],
  raw: ['null', '"far longer than it may be"', '[1,2,3,4,5,6,7,8]'],
  where: ['null', '{}', '{"city":null}', '{"city":"","zip":7}', '"b"', '[{"city":"b"}]', '{"zip":{"city":1}}'],
  tags: ['[]', '["d","d"]', '"d"', '{"0":"d"}', '[7]', 'null', '[null]'],
  one: ['" "', '5', 'null', '"E\\u0301\\u0301\\u0301\\u0301"'],
  soft: ['-1', '"1"', '[]', 'null'],
  items: ['[{}]', '[{"k":null},{"k":"g"},{}]', '[{"k":5}]', '[[]]', '[null]', '{}'],
  mild: ['7', '"  "', '"far too long for it"'],
};

/** Each bad value alone, and every two of different columns. Judged with Kafka timestamps of 2026-01-15T00:00:00Z. */
export function notedBatches(): readonly NotedBatch[] {
  const wrong = Object.entries(BAD).flatMap(([name, values]) => values.map((value) => ({ [name]: value })));
  const pairs = wrong.flatMap((one, i) => wrong.slice(i + 1).map((other) => ({ ...one, ...other })));
  const missing = Object.keys(GOOD).map((name) => ({ [name]: '' }));
  const values = [...missing, ...wrong, ...pairs].map(messageOf);
  return [
    { name: 'records that fail in one place or two', table: tableFor(), values },
    { name: 'records with as many notes as there is room for, and more', ...crowded() },
  ];
}

/** The first columns bad, the others as they should be, one of them perhaps missing: with notes before, in and behind the last that fits. */
function crowded(): Omit<NotedBatch, 'name'> {
  const columns = Array.from({ length: NOTES_MAX + 8 }, (_, i) => ({ name: `c${i}`, type: 'int', required: true }) as const);
  const values: Buffer[] = [];
  for (let bad = NOTES_MAX - 2; bad <= NOTES_MAX + 2; bad++) {
    for (const value of ['null', '"x"']) {
      for (const missing of [NOTES_MAX + 7, columns.length]) {
        const members = columns.flatMap(({ name }, i) => (i === missing ? [] : [`"${name}":${i < bad ? value : i}`]));
        values.push(Buffer.from(`{"other":1,${members.join(',')}}`), Buffer.from(`{${members.slice(bad).join(',')}}`));
      }
    }
  }
  return { table: tableOf({ columns }), values };
}

function messageOf(changes: Readonly<Record<string, string>>): Buffer {
  const members = Object.entries({ ...GOOD, ...changes }).filter(([, value]) => value !== '');
  return Buffer.from(`{${members.map(([name, value]) => `"${name}":${value}`).join(',')}}`);
}

function tableFor(): CompiledTable {
  const long = { kind: 'maxLength', codePoints: 4, onFailure: 'quarantine' } as const;
  const short = { kind: 'minLength', codePoints: 1, onFailure: 'quarantine' } as const;
  return tableOf({
    columns: [
      { name: 'id', type: 'string', required: true, constraints: [short, long] },
      { name: 'at', type: 'timestamptz', required: true, formats: [{ kind: 'iso' }] },
      { name: 'n', type: 'int', required: true, constraints: [{ kind: 'minimum', bound: 0, onFailure: 'drop' }] },
      { name: 'flag', type: 'boolean', required: true },
      { name: 'raw', type: 'json', constraints: [{ ...long, codePoints: 12 }] },
      {
        name: 'where',
        type: 'struct',
        required: true,
        children: [
          { name: 'city', type: 'string', required: true, constraints: [short] },
          { name: 'zip', type: 'string' },
        ],
      },
      {
        name: 'tags',
        type: 'list',
        children: [{ name: 'element', type: 'string', required: true }],
        constraints: [
          { kind: 'minItems', items: 1, onFailure: 'quarantine' },
          { kind: 'uniqueItems', onFailure: 'quarantine' },
        ],
      },
      {
        name: 'one',
        type: 'string',
        required: true,
        paths: [['one'], ['other']],
        clean: ['trim', 'lower', 'empty-to-null'],
        constraints: [long],
      },
      { name: 'mild', type: 'string', constraints: [{ ...long, onFailure: 'warn' }] },
      { name: 'soft', type: 'long', onType: 'null-field', constraints: [{ kind: 'minimum', bound: 0, onFailure: 'null-field' }] },
      {
        name: 'items',
        type: 'list',
        constraints: [{ kind: 'minItems', items: 1, onFailure: 'null-field' }],
        children: [{ name: 'element', type: 'struct', children: [{ name: 'k', type: 'string', required: true }] }],
      },
    ],
    rules: [{ rule: 'five', source: 'n == null || n <= 5', onFailure: 'quarantine' }],
    eventTime: { column: 'at', maxAheadMs: 60_000, maxBehindMs: 60_000 },
  });
}
