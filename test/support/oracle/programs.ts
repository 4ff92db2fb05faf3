// The contracts of the differential tests: between them every type, cleaning step, constraint, policy and way of reading a message.

import type { OracleRule } from './oracle.ts';
import { type ColumnSpec, tableOf } from './program.ts';

const iso = { kind: 'iso' } as const;
const epoch = (unit: 'seconds' | 'millis' | 'micros') => ({ kind: 'epoch', unit }) as const;
const pattern = (text: string) => ({ kind: 'pattern', pattern: text }) as const;
const element = (spec: Omit<ColumnSpec, 'name'>): ColumnSpec => ({ name: 'element', ...spec });

export const FLAT = tableOf({
  columns: [
    { name: 'id', type: 'uuid', required: true },
    { name: 'at', type: 'timestamptz', formats: [iso, epoch('millis')] },
    { name: 'seconds', type: 'timestamptz', formats: [epoch('seconds')], onType: 'null-field' },
    { name: 'local', type: 'timestamp', formats: [iso, pattern('yyyy/MM/dd HH:mm'), epoch('micros')], onType: 'warn' },
    { name: 'nanos', type: 'timestamptz_ns', formats: [iso, epoch('micros')], onType: 'null-field', typeMode: 'shadow' },
    { name: 'day', type: 'date', formats: [iso, pattern('d.M.yyyy'), epoch('seconds')], onType: 'null-field' },
    { name: 'clock', type: 'time', formats: [iso, epoch('micros')], onType: 'drop' },
    { name: 'flag', type: 'boolean', clean: ['trim', 'lower', 'coerce'], onType: 'null-field' },
    {
      name: 'level',
      type: 'int',
      constraints: [
        { kind: 'minimum', bound: 1 },
        { kind: 'maximum', bound: 999, onFailure: 'warn' },
      ],
    },
    {
      name: 'score',
      type: 'long',
      clean: ['coerce', 'trim'],
      onType: 'null-field',
      constraints: [{ kind: 'exclusiveMaximum', bound: 9_007_199_254_740_993n, onFailure: 'null-field' }],
    },
    { name: 'step', type: 'long', onType: 'drop', constraints: [{ kind: 'multipleOf', divisor: 5, onFailure: 'park', rule: 'fives' }] },
    { name: 'ratio', type: 'double', clean: ['coerce'], constraints: [{ kind: 'exclusiveMinimum', bound: -1, mode: 'shadow' }] },
    { name: 'single', type: 'float', onType: 'null-field' },
    {
      name: 'money',
      type: 'decimal(18,4)',
      clean: ['coerce'],
      onType: 'null-field',
      constraints: [{ kind: 'minimum', bound: 0n, onFailure: 'drop' }],
    },
    { name: 'small', type: 'decimal(5,0)', onType: 'null-field' },
    {
      name: 'large',
      type: 'decimal(38,6)',
      onType: 'null-field',
      constraints: [{ kind: 'maximum', bound: 10n ** 30n, onFailure: 'null-field' }],
    },
    { name: 'blob', type: 'binary', onType: 'null-field', constraints: [{ kind: 'maxLength', codePoints: 3, onFailure: 'null-field' }] },
    { name: 'code', type: 'fixed[3]', onType: 'null-field' },
    {
      name: 'country',
      type: 'string',
      clean: ['trim', 'upper', 'empty-to-null'],
      onType: 'null-field',
      constraints: [{ kind: 'validValues', values: ['KR', 'US', 'JP', 'STRASSE'], onFailure: 'null-field', rule: 'country-known' }],
    },
    {
      name: 'nick',
      type: 'string',
      clean: ['nfc', 'lower'],
      required: true,
      requiredPolicy: 'warn',
      onType: 'null-field',
      constraints: [{ kind: 'minLength', codePoints: 1, onFailure: 'null-field' }],
    },
    {
      name: 'note',
      type: 'string',
      onType: 'null-field',
      constraints: [
        { kind: 'maxLength', codePoints: 8, onFailure: 'warn' },
        { kind: 'pattern', pattern: '[A-Z]{2}', onFailure: 'warn' },
      ],
    },
    { name: 'blank', type: 'string', clean: ['empty-to-null', 'trim'], onType: 'null-field' },
    { name: 'json', type: 'json' },
  ],
  rules: [
    { rule: 'level-or-step', source: 'level == null || step == null || level <= step' },
    { rule: 'score-warn', source: 'score != null && score >= 0', onFailure: 'warn' },
  ],
  eventTime: { column: 'at', maxAheadMs: 600_000, maxBehindMs: 800 * 86_400_000 },
  maxBytes: 3000,
  tombstones: 'quarantine',
});

const enforce = { onFailure: 'quarantine', mode: 'enforce' } as const;

/** The row rules of FLAT in plain code. */
export const RULES_OF_FLAT: readonly OracleRule[] = [
  {
    policy: { rule: 'level-or-step', ...enforce },
    columns: ['level', 'step'],
    holds: (row) => row.get('level') === null || row.get('step') === null || (row.get('level') as number) <= (row.get('step') as bigint),
  },
  {
    policy: { rule: 'score-warn', onFailure: 'warn', mode: 'enforce' },
    columns: ['score'],
    holds: (row) => row.get('score') !== null && (row.get('score') as bigint) >= 0n,
  },
];

const DEVICE: ColumnSpec = {
  name: 'device',
  type: 'struct',
  children: [
    { name: 'model', type: 'string', required: true },
    { name: 'os', type: 'string', paths: [['os'], ['system', 'name']], clean: ['lower'] },
    { name: 'memory', type: 'int', onType: 'null-field', required: true, requiredPolicy: 'drop' },
  ],
};

export const NESTED = tableOf({
  columns: [
    { name: 'id', type: 'string' },
    DEVICE,
    { name: 'country', type: 'string', paths: [['geo', 'country'], ['country']], onType: 'null-field' },
    { name: 'city', type: 'string', paths: [['geo', 'place', 'city']], onType: 'null-field' },
    { name: 'geo_text', type: 'json', paths: [['geo', 'place']] },
    { name: 'id_again', type: 'string', paths: [['id']], clean: ['upper'], onType: 'null-field' },
    {
      name: 'tags',
      type: 'list',
      onType: 'null-field',
      children: [element({ type: 'string', clean: ['trim'], onType: 'null-field' })],
      constraints: [
        { kind: 'uniqueItems', onFailure: 'warn' },
        { kind: 'maxItems', items: 2, onFailure: 'null-field' },
      ],
    },
    {
      name: 'grid',
      type: 'list',
      onType: 'null-field',
      children: [
        element({
          type: 'list',
          onType: 'null-field',
          children: [element({ type: 'int', onType: 'null-field' })],
          constraints: [{ kind: 'minItems', items: 1, onFailure: 'null-field' }],
        }),
      ],
    },
    {
      name: 'items',
      type: 'list',
      children: [
        element({
          type: 'struct',
          children: [
            { name: 'sku', type: 'string', required: true, onType: 'drop' },
            { name: 'n', type: 'long', onType: 'null-field' },
          ],
        }),
      ],
    },
    {
      name: 'scores',
      type: 'map',
      onType: 'null-field',
      children: [
        { name: 'key', type: 'string', required: true, clean: ['trim', 'lower'] },
        { name: 'value', type: 'double', onType: 'null-field' },
      ],
    },
    {
      name: 'by_id',
      type: 'map',
      onType: 'null-field',
      children: [
        { name: 'key', type: 'int', required: true, clean: ['coerce'] },
        { name: 'value', type: 'struct', onType: 'null-field', children: [{ name: 'v', type: 'int', onType: 'null-field' }] },
      ],
    },
    { name: 'items_text', type: 'json', paths: [['items']] },
    { name: 'odd', type: 'string', paths: [['a"b\\c']], onType: 'null-field' },
  ],
});

export const VARIANTS = tableOf({
  columns: [
    { name: 'id', type: 'string', required: true },
    { name: 'at', type: 'timestamptz' },
    { name: 'amount', type: 'decimal(18,4)', paths: [['amount']], onType: 'null-field' },
    DEVICE,
    { name: 'v', type: 'int', onType: 'null-field' },
  ],
  variants: [
    { name: 'one', when: [{ path: ['v'], values: [1, 'one'] }], columns: new Map() },
    {
      name: 'two',
      when: [
        { path: ['v'], values: [2, -1] },
        { path: ['device', 'model'], values: ['a', 'KR', null, true] },
      ],
      columns: new Map([
        ['at', { timeFormats: [epoch('millis')] }],
        ['amount', { paths: [['price', 'amount']], clean: ['coerce'] }],
        ['device.model', { clean: ['upper'] }],
      ]),
    },
    { name: 'three', when: [{ path: ['v'], values: [500, 0, null] }], columns: new Map([['id', { paths: [['event', 'id'], ['id']] }]]) },
  ],
  undeclared: 'ignore',
});
