import { describe, expect, it } from 'vitest';
import { nearestName } from '../../../src/contract/suggest.ts';
import { custom, errorsOf, loadSample, sampleTable } from './sample.ts';

const id = { name: 'id', logicalType: 'string' };
const quarantine = { onFailure: 'quarantine', mode: 'enforce' };

describe('versions of the standard', () => {
  it.each(['v3.0.0', 'v3.0.1', 'v3.0.2', 'v3.1.0', 'v3.2.0'])('%s is read', (apiVersion) => {
    expect(errorsOf({ properties: [id], apiVersion })).toEqual([]);
  });

  it('v3.0: an exclusive bound is a flag beside the bound', () => {
    const constraints = (logicalTypeOptions: unknown) =>
      sampleTable({ properties: [{ name: 'n', logicalType: 'integer', logicalTypeOptions }], apiVersion: 'v3.0.2' }).program.columns[0]!
        .constraints;
    expect(constraints({ minimum: 1, exclusiveMinimum: true })).toEqual([
      { kind: 'exclusiveMinimum', bound: 1n, rule: 'exclusiveMinimum', ...quarantine },
    ]);
    expect(constraints({ maximum: 1, exclusiveMaximum: false })).toEqual([{ kind: 'maximum', bound: 1n, rule: 'maximum', ...quarantine }]);
  });

  it('v3.0: rules have names of their own, and their values beside them', () => {
    const quality = [
      { rule: 'invalidValues', validValues: ['a'], mustBe: 0, name: 'unit-known' },
      { rule: 'nullCheck', mustBe: 0 },
    ];
    const plan = sampleTable({ properties: [{ ...id, quality }], apiVersion: 'v3.0.2' }).program.columns[0]!;
    expect(plan.constraints).toEqual([{ kind: 'validValues', values: ['a'], rule: 'unit-known', ...quarantine }]);
    expect(plan.required).toEqual({ rule: 'required', ...quarantine });
    expect(loadSample({ properties: [{ ...id, quality }], apiVersion: 'v3.0.2' })).toMatchObject({ warnings: [] });
  });

  it('v3.0: a key the standard does not close is a warning, one it closes an error', () => {
    const open = loadSample({ properties: [{ ...id, quality: [{ rule: 'nullCheck', mustBe: 0, extra: 1 }] }], apiVersion: 'v3.0.2' });
    expect(open.ok && open.warnings.map((finding) => finding.rule)).toEqual(['standard']);
    expect(errorsOf({ properties: [{ ...id, extra: 1 }], apiVersion: 'v3.0.2' })).toHaveLength(1);
  });

  it('v3.2: enumerations and maps', () => {
    const map = { key: { logicalType: 'string' }, value: { logicalType: 'integer', required: true, logicalTypeOptions: { minimum: 0 } } };
    const properties = [
      { ...id, enum: [{ value: 'a', label: 'A' }, { value: 'b' }] },
      { name: 'm', logicalType: 'map', map },
    ];
    const [first, second] = sampleTable({ properties, apiVersion: 'v3.2.0' }).program.columns;
    expect(first!.constraints).toEqual([{ kind: 'validValues', values: ['a', 'b'], rule: 'validValues', ...quarantine }]);
    expect(second!.field.type).toMatchObject({ type: 'map', key: 'string', value: 'long', 'value-required': true });
    expect(second!.children.map((child) => [child.name, child.constraints.length])).toEqual([
      ['m.key', 0],
      ['m.value', 1],
    ]);
    expect(errorsOf({ properties, apiVersion: 'v3.1.0' }).length).toBeGreaterThanOrEqual(2);
  });
});

describe('names of firn', () => {
  it('one of a wrong place says where it belongs, another tool’s name is left alone', () => {
    expect(errorsOf({ properties: [{ ...id, customProperties: custom({ filter: 'true' }) }] })).toEqual([
      'firn-place: firn.filter does not belong to a property',
    ]);
    expect(errorsOf({ properties: [{ ...id, customProperties: [{ property: 'other.tool', value: 1 }] }] })).toEqual([]);
  });

  it('what this version does not do is refused, never ignored', () => {
    for (const firn of [{ derive: '1' }, { lookup: {} }])
      expect(errorsOf({ properties: [{ ...id, customProperties: custom(firn) }] })[0]).toContain('not supported by this version');
    const evolve = loadSample({ properties: [id], firn: { evolve: 'additive' } });
    expect(evolve.ok && evolve.warnings[0]?.message).toContain('no effect without a schema registry');
  });
});

describe('did you mean', () => {
  it.each([
    ['requird', ['required', 'unique'], 'required'],
    ['unqiue', ['required', 'unique'], 'unique'],
    ['epoch_millis', ['iso', 'epoch-millis', 'epoch-micros'], 'epoch-millis'],
    ['starts', ['size', 'startsWith'], 'startsWith'],
    ['banana', ['required', 'unique'], undefined],
    ['x'.repeat(1000), ['required'], undefined],
  ])('%s', (name, known, expected) => {
    expect(nearestName(name, known)).toBe(expected);
  });
});
