// Rules over rows are judged behind runs of decoded records: whatever rows they take, wherever in a run, the result is the plain path's, in
// one batch after the other over the same memory. Rows have everything that decoding moves: nested rows, texts in aux, captured
// members, counts, event times, and variants that a message tells first or last.
import { describe, expect, it } from 'vitest';
import type { VariantPlan } from '../../../src/contract/compiled.ts';
import { seededRandom } from '../../support/fuzz/random.ts';
import { compareBatch, NOW, pipelinesOf } from '../../support/hot/differ.ts';
import { tableOf } from '../../support/oracle/program.ts';

const SEEDS = 24;
/** Some batches are of several whole runs. */
const RECORDS_MAX = 700;
const LIMIT = 1000;

const MEMBERS = new Map<string, { readonly paths: readonly (readonly string[])[] }>([['n', { paths: [['other']] }]]);
const TWO_WAYS: readonly VariantPlan[] = [
  { name: 'one', when: [{ path: ['v'], values: [1] }], columns: new Map() },
  { name: 'two', when: [{ path: ['v'], values: [2] }], columns: MEMBERS },
];

type Random = ReturnType<typeof seededRandom>;

function tableFor(random: Random) {
  return tableOf({
    columns: [
      { name: 'n', type: 'long', required: random.chance(3) },
      { name: 's', type: 'string', clean: random.chance(2) ? ['lower'] : [] },
      { name: 'd', type: 'decimal(38,6)' },
      { name: 'u', type: 'uuid' },
      { name: 'at', type: 'timestamptz', formats: [{ kind: 'iso' }] },
      { name: 'tags', type: 'list', children: [{ name: 'element', type: 'string' }] },
      {
        name: 'scores',
        type: 'map',
        children: [
          { name: 'key', type: 'string', required: true },
          { name: 'value', type: 'int' },
        ],
      },
    ],
    undeclared: random.pick(['capture', 'ignore', 'quarantine']),
    variants: random.chance(2) ? TWO_WAYS : [],
    rules: [
      { rule: 'small', source: `n == null || n < ${LIMIT}`, onFailure: random.pick(['quarantine', 'drop', 'warn']) },
      // Without a test of columns: every row is evaluated.
      ...(random.chance(2) ? [{ rule: 'sized', source: 'size(s) < 40', onFailure: 'quarantine' as const }] : []),
    ],
    ...(random.chance(2) ? { filter: 'n == 7' } : {}),
    ...(random.chance(2) ? { eventTime: { column: 'at', maxAheadMs: 60_000, maxBehindMs: null } } : {}),
  });
}

/** A message; of `large` one has a number that the rule does not clear. */
function messageOf(random: Random, large: number, hasVariants: boolean): Buffer | null {
  if (random.chance(60)) return random.pick([null, Buffer.alloc(0), Buffer.from('{'), Buffer.from('{"s":"\xff"}', 'latin1')]);
  const n = random.chance(large) ? LIMIT + random.below(5) : random.below(40);
  const isSecond = hasVariants && random.chance(2);
  const members = [
    ...(random.chance(9) ? [] : [`"${isSecond ? 'other' : 'n'}":${n}`]),
    ...(isSecond ? [] : [`"other":${random.pick(['"text"', '1', 'null'])}`]),
    `"s":"${random.pick(['Plain', 'ÉCOLE', 'a\\u00e9b\\n', 'x'.repeat(random.below(45)), ''])}"`,
    `"d":${random.pick(['1.5', '-12345678901234567890.123456', 'null'])}`,
    `"u":"00000000-0000-4000-8000-${String(n).padStart(12, '0')}"`,
    `"at":"${new Date(NOW - random.below(86_400_000) + (random.chance(50) ? 90_000_000 : 0)).toISOString()}"`,
    `"tags":[${Array.from({ length: random.below(4) }, (_, i) => `"t${i}\\t${n}"`).join(',')}]`,
    `"scores":{${Array.from({ length: random.below(3) }, (_, i) => `"k${i}":${random.pick(['1', 'null', '-5'])}`).join(',')}}`,
    ...(random.chance(3) ? [`"extra${random.below(5)}":{"a":[${n}]}`] : []),
  ].filter(() => !random.chance(12));
  if (hasVariants) {
    const discriminator = `"v":${random.chance(40) ? 3 : isSecond ? 2 : 1}`;
    if (random.chance(2)) members.unshift(discriminator);
    else members.push(discriminator);
  }
  return Buffer.from(`{${members.join(random.pick([',', ', ']))}}`);
}

describe('rules over runs of records', () => {
  it('give the results of the plain path, however often and wherever they take a row', () => {
    let settled = 0;
    for (let seed = 1; seed <= SEEDS; seed++) {
      const random = seededRandom(seed);
      const table = tableFor(random);
      const pipelines = pipelinesOf(table);
      const hasVariants = table.program.variants.length > 0;
      for (const large of [1_000_000, 300, 20, 2, 1]) {
        const values = Array.from({ length: 1 + random.below(RECORDS_MAX) }, () => messageOf(random, large, hasVariants));
        const { difference, kernelRecords } = compareBatch(table, pipelines, values);
        expect({ seed, large, difference }).toEqual({ seed, large, difference: undefined });
        settled += kernelRecords;
      }
    }
    expect(settled).toBeGreaterThan(5_000);
  });
});
