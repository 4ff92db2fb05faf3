import { describe, expect, it } from 'vitest';
import type { ColumnPlan } from '../../../src/contract/compiled.ts';
import { custom, errorsOf, loadSample, sampleTable } from './sample.ts';

function column(property: Record<string, unknown>, table?: unknown): ColumnPlan {
  return sampleTable({ properties: [{ name: 'x', ...property }], ...(table ? { table } : {}) }).program.columns[0]!;
}
const quarantine = { onFailure: 'quarantine', mode: 'enforce' };

describe('the type of a column', () => {
  it.each([
    ['string', undefined, {}, 'string'],
    ['integer', undefined, {}, 'long'],
    ['integer', undefined, { format: 'i32' }, 'int'],
    ['integer', undefined, { format: 'u64' }, 'decimal(20,0)'],
    ['number', undefined, {}, 'double'],
    ['number', undefined, { format: 'f32' }, 'float'],
    ['boolean', undefined, {}, 'boolean'],
    ['date', undefined, {}, 'date'],
    ['time', undefined, {}, 'time'],
    ['timestamp', undefined, {}, 'timestamptz'],
    ['timestamp', undefined, { timezone: false }, 'timestamp'],
    ['timestamp', undefined, { timezone: true }, 'timestamptz'],
    ['integer', 'decimal(10,0)', {}, 'decimal(10,0)'],
    ['number', ' decimal ( 18 , 4 ) ', {}, 'decimal(18,4)'],
    ['string', 'fixed(16)', {}, 'fixed[16]'],
    [undefined, 'uuid', undefined, 'uuid'],
  ])('%s stored as %s with %j is %s', (logicalType, physicalType, logicalTypeOptions, expected) => {
    expect(column({ logicalType, physicalType, logicalTypeOptions }).field.type).toBe(expected);
  });

  it('nanoseconds need format version 3', () => {
    expect(column({ logicalType: 'timestamp', physicalType: 'timestamptz_ns' }, { formatVersion: 3 }).field.type).toBe('timestamptz_ns');
    expect(errorsOf({ properties: [{ name: 'x', logicalType: 'array', physicalType: 'list<timestamp_ns>' }] })[0]).toContain(
      'format-version',
    );
  });

  it('JSON text is a string that takes any value as it was sent', () => {
    for (const logicalType of ['string', 'object', 'array']) {
      expect(column({ logicalType, physicalType: 'json' })).toMatchObject({ isJsonText: true, field: { type: 'string' } });
    }
  });
});

describe('nested columns', () => {
  it('a list, a map and a struct open their own names and slots', () => {
    const { columns } = sampleTable({
      properties: [
        { name: 'before', logicalType: 'string' },
        {
          name: 's',
          logicalType: 'object',
          properties: [
            { name: 'a', logicalType: 'integer', required: true },
            { name: 'tags', logicalType: 'array', items: { logicalType: 'object', properties: [{ name: 'k', logicalType: 'string' }] } },
          ],
        },
        { name: 'm', logicalType: 'object', physicalType: 'map<string,long>' },
      ],
    }).program;
    const flat = (plans: readonly ColumnPlan[]): unknown[] =>
      plans.flatMap((plan) => [[plan.name, plan.slot, plan.paths], ...flat(plan.children)]);
    expect(flat(columns)).toEqual([
      ['before', 0, [['before']]],
      ['s', 1, [['s']]],
      ['s.a', 2, [['a']]],
      ['s.tags', 3, [['tags']]],
      ['s.tags.element', 0, [[]]],
      ['s.tags.element.k', 1, [['k']]],
      ['m', 4, [['m']]],
      ['m.key', 0, [[]]],
      ['m.value', 1, [[]]],
    ]);
    expect(columns[1]!.field).toMatchObject({ required: false });
    expect(columns[1]!.children[0]!.required).toEqual({ rule: 'required', ...quarantine });
  });
});

describe('required', () => {
  const required = (onFailure: string) => column({ logicalType: 'string', required: true, customProperties: custom({ onFailure }) });

  it('a column whose missing values are let through is optional in the table', () => {
    expect(required('quarantine').field.required).toBe(true);
    expect(required('drop').field.required).toBe(true);
    expect(required('park').field.required).toBe(true);
    expect(required('warn').field.required).toBe(false);
    expect(required('warn').required).toMatchObject({ onFailure: 'warn' });
  });

  it('null-field cannot null what is missing: such a record is quarantined', () => {
    expect(required('null-field').required).toMatchObject({ onFailure: 'quarantine' });
    expect(required('null-field').type).toMatchObject({ onFailure: 'null-field' });
    expect(required('null-field').field.required).toBe(true);
  });

  it('a nullValues rule names and governs it', () => {
    const rule = { id: 'must-be-there', metric: 'nullValues', mustBe: 0 };
    expect(column({ logicalType: 'string', quality: [rule] }).required).toEqual({ rule: 'must-be-there', ...quarantine });
    const mild = column({ logicalType: 'string', required: true, quality: [{ ...rule, severity: 'warning' }] });
    expect(mild.required).toEqual({ rule: 'must-be-there', onFailure: 'warn', mode: 'enforce' });
    expect(mild.field.required).toBe(false);
    const shadow = column({ logicalType: 'string', required: true, quality: [{ ...rule, customProperties: custom({ mode: 'shadow' }) }] });
    expect(shadow.required?.mode).toBe('shadow');
    expect(shadow.field.required).toBe(false);
  });
});

describe('constraints', () => {
  it('bounds are cells of the column', () => {
    const bounds = (property: Record<string, unknown>) =>
      column(property).constraints.map((one) =>
        'bound' in one ? [one.kind, one.bound] : 'divisor' in one ? [one.kind, one.divisor] : one.kind,
      );
    const decimal = { logicalType: 'number', physicalType: 'decimal(18,4)' };
    expect(bounds({ ...decimal, logicalTypeOptions: { minimum: 0, maximum: 12.5, multipleOf: 0.25 } })).toEqual([
      ['minimum', 0n],
      ['maximum', 125000n],
      ['multipleOf', 2500n],
    ]);
    expect(bounds({ logicalType: 'integer', physicalType: 'int', logicalTypeOptions: { exclusiveMinimum: 1e2 } })).toEqual([
      ['exclusiveMinimum', 100],
    ]);
    expect(bounds({ logicalType: 'integer', logicalTypeOptions: { maximum: 1e15 } })).toEqual([['maximum', 10n ** 15n]]);
    expect(bounds({ logicalType: 'number', logicalTypeOptions: { minimum: -0.5 } })).toEqual([['minimum', -0.5]]);
    const day = Date.UTC(2026, 0, 31) / 86_400_000;
    expect(bounds({ logicalType: 'date', logicalTypeOptions: { minimum: '2026-01-31' } })).toEqual([['minimum', day]]);
    const micros = BigInt(Date.UTC(2026, 0, 31, 1, 2, 3)) * 1000n + 4n;
    expect(bounds({ logicalType: 'timestamp', logicalTypeOptions: { maximum: '2026-01-31T02:02:03.000004+01:00' } })).toEqual([
      ['maximum', micros],
    ]);
    expect(bounds({ logicalType: 'time', logicalTypeOptions: { minimum: '08:30' } })).toEqual([
      ['minimum', 8n * 3_600_000_000n + 30n * 60_000_000n],
    ]);
    expect(bounds({ logicalType: 'integer', logicalTypeOptions: { format: 'u8' } })).toEqual([
      ['minimum', 0],
      ['maximum', 255],
    ]);
  });

  it('a property says what their failure does, a rule of its own says it of one', () => {
    const { constraints, type } = column({
      logicalType: 'string',
      logicalTypeOptions: { minLength: 1, maxLength: 4 },
      customProperties: custom({ onFailure: 'null-field' }),
      quality: [
        {
          id: 'short-enough',
          type: 'custom',
          engine: 'firn',
          implementation: 'maxLength',
          customProperties: custom({ onFailure: 'park' }),
        },
        { id: 'is-text', type: 'custom', engine: 'firn', implementation: 'type' },
      ],
    });
    expect(constraints).toEqual([
      { kind: 'minLength', codePoints: 1, rule: 'minLength', onFailure: 'null-field', mode: 'enforce' },
      { kind: 'maxLength', codePoints: 4, rule: 'short-enough', onFailure: 'park', mode: 'enforce' },
    ]);
    expect(type).toEqual({ rule: 'is-text', onFailure: 'null-field', mode: 'enforce' });
  });

  it('a list of allowed values is converted, a uuid to lower case', () => {
    const allowed = (property: Record<string, unknown>, validValues: readonly unknown[]) =>
      column({ ...property, quality: [{ id: 'known', metric: 'invalidValues', arguments: { validValues }, mustBe: 0 }] }).constraints;
    expect(allowed({ logicalType: 'string' }, ['a', 'b'])).toEqual([
      { kind: 'validValues', values: ['a', 'b'], rule: 'known', ...quarantine },
    ]);
    expect(allowed({ logicalType: 'number', physicalType: 'decimal(4,2)' }, [1, 2.5])[0]).toMatchObject({ values: [100n, 250n] });
    expect(allowed({ logicalType: 'string', physicalType: 'uuid' }, ['ABCDEF01-2345-6789-ABCD-EF0123456789'])[0]).toMatchObject({
      values: ['abcdef01-2345-6789-abcd-ef0123456789'],
    });
  });

  it('a missingValues rule of null and empty text is required and at least one character', () => {
    const plan = column({
      logicalType: 'string',
      quality: [{ id: 'there', metric: 'missingValues', arguments: { missingValues: [null, ''] }, mustBe: 0 }],
    });
    expect(plan.required?.rule).toBe('there');
    expect(plan.constraints).toEqual([{ kind: 'minLength', codePoints: 1, rule: 'there', ...quarantine }]);
  });

  it('what is about whole tables is recorded with a warning, never silently', () => {
    const result = loadSample({
      properties: [
        {
          name: 'x',
          logicalType: 'string',
          unique: true,
          quality: [
            { metric: 'nullValues', mustBeLessThan: 5 },
            { metric: 'duplicateValues', mustBe: 0 },
            { type: 'text', description: 'nice' },
          ],
        },
      ],
      quality: [
        { metric: 'rowCount', mustBeGreaterThan: 10 },
        { type: 'sql', query: 'select 1', mustBe: 0 },
        { type: 'custom', engine: 'soda', implementation: 'x' },
      ],
    });
    expect(result.ok && result.warnings.map((finding) => finding.rule)).toEqual(Array(5).fill('not-per-row'));
    expect(result.ok && result.contract.tables[0]!.program.columns[0]).toMatchObject({
      isUnique: true,
      required: undefined,
      constraints: [],
    });
  });
});

describe('paths, formats and cleaning', () => {
  const path = (value: unknown) => column({ logicalType: 'string', customProperties: custom({ path: value }) }).paths;

  it('a path is dotted, a JSON Pointer when it begins with a slash, or a list of them', () => {
    expect(path('a.b')).toEqual([['a', 'b']]);
    expect(path('/a~1b/c.d/~01')).toEqual([['a/b', 'c.d', '~1']]);
    expect(path(['x', '/y.z'])).toEqual([['x'], ['y.z']]);
    expect(path('')).toEqual([[]]);
    expect(path('Release Date')).toEqual([['Release Date']]);
    expect(path('/')).toEqual([['']]);
  });

  it('time formats are tried in order; without one it is ISO', () => {
    const formats = (format?: string) => column({ logicalType: 'timestamp', logicalTypeOptions: format ? { format } : {} }).timeFormats;
    expect(formats()).toEqual([{ kind: 'iso' }]);
    expect(formats('epoch-seconds | iso | yyyy-MM-dd HH:mm')).toEqual([
      { kind: 'epoch', unit: 'seconds' },
      { kind: 'iso' },
      { kind: 'pattern', pattern: 'yyyy-MM-dd HH:mm' },
    ]);
    expect(column({ logicalType: 'string' }).timeFormats).toEqual([]);
  });

  it('cleaning steps keep their order; numbers may be read from text', () => {
    const clean = (logicalType: string, steps: unknown) => column({ logicalType, customProperties: custom({ clean: steps }) }).clean;
    expect(clean('string', ['trim', 'nfc', 'lower', 'empty-to-null'])).toEqual(['trim', 'nfc', 'lower', 'empty-to-null']);
    expect(clean('integer', ['trim', 'empty-to-null', 'coerce'])).toEqual(['trim', 'empty-to-null', 'coerce']);
    expect(clean('string', 'upper')).toEqual(['upper']);
    expect(
      errorsOf({ properties: [{ name: 'x', logicalType: 'string', customProperties: custom({ clean: ['lower', 'upper'] }) }] })[0],
    ).toContain('undo each other');
  });
});
