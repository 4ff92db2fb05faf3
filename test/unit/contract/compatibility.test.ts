import { describe, expect, it } from 'vitest';
import { compareContracts } from '../../../src/contract/compatibility.ts';
import { custom, loadSample, type SampleParts } from './sample.ts';

const base: SampleParts = {
  properties: [
    { name: 'id', logicalType: 'string', required: true, logicalTypeOptions: { maxLength: 10 } },
    { name: 'n', logicalType: 'integer', physicalType: 'int', logicalTypeOptions: { minimum: 0 } },
    { name: 'm', logicalType: 'number', physicalType: 'decimal(10,2)' },
    {
      name: 'k',
      logicalType: 'string',
      quality: [{ id: 'known', metric: 'invalidValues', arguments: { validValues: ['a', 'b'] }, mustBe: 0 }],
    },
    { name: 't', logicalType: 'timestamp', partitioned: true },
    { name: 's', logicalType: 'object', properties: [{ name: 'x', logicalType: 'string' }] },
  ],
  quality: [{ id: 'r', type: 'custom', engine: 'cel', implementation: 'n != 7' }],
};

type Property = Readonly<Record<string, unknown>>;
const properties = base.properties as readonly Property[];
const change = (name: string, parts: Property): SampleParts => ({
  ...base,
  properties: properties.map((one) => (one['name'] === name ? { ...one, ...parts } : one)),
});
const without = (name: string): SampleParts => ({ ...base, properties: properties.filter((one) => one['name'] !== name) });
const plus = (property: Property): SampleParts => ({ ...base, properties: [...properties, property] });

/** `rule path verdict(breaks)` of every change, with the versions a major step apart unless said. */
function changes(next: SampleParts, version = '2.0.0'): readonly string[] {
  const old = loadSample(base);
  if (!old.ok) throw new Error('the base compiles');
  const now = loadSample({ ...next, version, ids: old.ids });
  if (!now.ok) throw new Error(JSON.stringify(now.findings));
  return compareContracts(old.contract, now.contract).map((one) => `${one.rule} ${one.path} ${one.verdict}(${one.breaks})`);
}

describe('the verdict on a change', () => {
  it('the same contract has no changes, nor has one with other words', () => {
    expect(changes(base)).toEqual([]);
    expect(changes(change('id', { description: 'words' }), '1.0.1')).toEqual([]);
  });

  it.each<[string, SampleParts, readonly string[]]>([
    ['a dropped column', { ...without('n'), quality: [] }, ['column-dropped n breaking(consumers)', 'rule-loosened r compatible(none)']],
    ['an optional column', plus({ name: 'z', logicalType: 'string' }), ['column-added z compatible(none)']],
    ['a required column', plus({ name: 'z', logicalType: 'string', required: true }), ['required-added z breaking(table)']],
    [
      'a member of a struct',
      change('s', {
        properties: [
          { name: 'x', logicalType: 'string' },
          { name: 'y', logicalType: 'string' },
        ],
      }),
      ['column-added s.y compatible(none)'],
    ],
    [
      'a dropped member',
      change('s', { properties: [{ name: 'y', logicalType: 'string' }] }),
      ['column-dropped s.x breaking(consumers)', 'column-added s.y compatible(none)'],
    ],
    ['a wider type', change('n', { physicalType: 'long' }), ['type-widened n compatible(none)']],
    ['more precision', change('m', { physicalType: 'decimal(18,2)' }), ['type-widened m compatible(none)']],
    ['less precision', change('m', { physicalType: 'decimal(8,2)' }), ['type-narrowed m breaking(table)']],
    ['another scale', change('m', { physicalType: 'decimal(18,4)' }), ['type-changed m breaking(table)']],
    ['another kind of type', change('s', { logicalType: 'string', properties: undefined }), ['type-changed s breaking(table)']],
    ['required from optional', change('k', { required: true }), ['required-added k breaking(table)']],
    ['optional from required', change('id', { required: false }), ['required-removed id breaking(consumers)']],
    ['a tighter bound', change('n', { logicalTypeOptions: { minimum: 1 } }), ['rule-tightened n breaking(producers)']],
    ['a looser bound', change('n', { logicalTypeOptions: { minimum: -1 } }), ['rule-loosened n compatible(none)']],
    ['a shorter text', change('id', { logicalTypeOptions: { maxLength: 9 } }), ['rule-tightened id breaking(producers)']],
    ['a longer text', change('id', { logicalTypeOptions: { maxLength: 11 } }), ['rule-loosened id compatible(none)']],
    ['a constraint more', change('k', { logicalTypeOptions: { pattern: 'a' } }), ['rule-tightened k breaking(producers)']],
    ['a constraint less', change('id', { logicalTypeOptions: {} }), ['rule-loosened id compatible(none)']],
    [
      'one more allowed value',
      change('k', { quality: [{ id: 'known', metric: 'invalidValues', arguments: { validValues: ['b', 'a', 'c'] }, mustBe: 0 }] }),
      ['rule-loosened k compatible(none)'],
    ],
    [
      'one allowed value less',
      change('k', { quality: [{ id: 'known', metric: 'invalidValues', arguments: { validValues: ['a'] }, mustBe: 0 }] }),
      ['rule-tightened k breaking(producers)'],
    ],
    [
      'a rule that no longer rejects',
      { ...base, quality: [{ ...(base.quality![0] as Property), customProperties: custom({ onFailure: 'warn' }) }] },
      ['rule-loosened r compatible(none)'],
    ],
    [
      'a rule in other words',
      { ...base, quality: [{ ...(base.quality![0] as Property), implementation: 'n != 8' }] },
      ['rule-changed r breaking(producers)'],
    ],
    ['a rule less', { ...base, quality: [] }, ['rule-loosened r compatible(none)']],
    [
      'a rule more',
      { ...base, quality: [...base.quality!, { id: 'q', type: 'custom', engine: 'cel', implementation: 'n != 8' }] },
      ['rule-added q breaking(producers)'],
    ],
    [
      'a rule more in shadow',
      {
        ...base,
        quality: [
          ...base.quality!,
          { id: 'q', type: 'custom', engine: 'cel', implementation: 'n != 8', customProperties: custom({ mode: 'shadow' }) },
        ],
      },
      ['rule-added q compatible(none)'],
    ],
    ['another topic', { ...base, source: { name: 'sample', topic: 'other' } }, ['topic-changed firn.source.sample breaking(producers)']],
    ['a second topic', { ...base, source: [{ topic: 'sample' }, { topic: 'other' }] }, ['source-added firn.source.other compatible(none)']],
    ['a new generation', { ...base, source: { topic: 'sample', generation: 2 } }, ['generation firn.source.sample compatible(none)']],
    [
      'another cluster under the same generation',
      { ...base, source: { topic: 'sample', cluster: 'eu' } },
      ['cluster-changed firn.source.sample breaking(table)'],
    ],
    [
      'another cluster with a new generation',
      { ...base, source: { topic: 'sample', cluster: 'eu', generation: 2 } },
      ['generation firn.source.sample compatible(none)'],
    ],
    ['a smaller limit', { ...base, source: { topic: 'sample', maxBytes: 10 } }, ['rule-tightened maxBytes breaking(producers)']],
    ['another partition', { ...base, table: { partition: ['month(t)'] } }, ['partition-changed firn.table.partition compatible(none)']],
    ['another order', { ...base, table: { sort: ['id'] } }, ['sort-changed firn.table.sort compatible(none)']],
    ['another table', { ...base, table: { name: 'other' } }, ['table-renamed firn.table breaking(consumers)']],
    ['a newer format', { ...base, table: { formatVersion: 3 } }, ['format-version firn.table.formatVersion breaking(consumers)']],
    [
      'a bound on the event time',
      { ...base, firn: { eventTime: { column: 't', maxAhead: '1m' } } },
      ['rule-tightened firn.eventTime.maxAhead breaking(producers)'],
    ],
    ['another place in the message', change('k', { customProperties: custom({ path: 'kk' }) }), ['path-changed k breaking(producers)']],
    [
      'a further place in the message',
      change('k', { customProperties: custom({ path: ['k', 'kk'] }) }),
      ['path-changed k compatible(none)'],
    ],
    [
      'other members quarantined',
      { ...base, firn: { undeclared: 'quarantine' } },
      ['column-dropped undeclared breaking(consumers)', 'rule-tightened firn.undeclared breaking(producers)'],
    ],
  ])('%s', (_, next, expected) => {
    expect(changes(next)).toEqual(expected);
  });

  it('a breaking change needs a new major version, any change a new version', () => {
    expect(changes(change('n', { logicalTypeOptions: { minimum: 1 } }), '1.1.0')).toContain('version version breaking(consumers)');
    expect(changes(change('n', { logicalTypeOptions: { minimum: -1 } }), '1.1.0')).toEqual(['rule-loosened n compatible(none)']);
    expect(changes(change('n', { logicalTypeOptions: { minimum: -1 } }), '1.0.0')).toContain('version version breaking(consumers)');
    expect(changes(base, '0.9.0')).toEqual(['version version breaking(consumers)']);
  });

  it('a column removed and added again is another column', () => {
    const old = loadSample(base);
    const between = loadSample({ ...without('k'), ...(old.ok ? { ids: old.ids } : {}) });
    const again = loadSample({ ...base, version: '2.0.0', ...(between.ok ? { ids: between.ids } : {}) });
    if (!old.ok || !again.ok) throw new Error('they compile');
    expect(compareContracts(old.contract, again.contract)).toMatchObject([
      { rule: 'column-replaced', path: 'k', verdict: 'breaking', breaks: 'consumers' },
    ]);
  });
});
