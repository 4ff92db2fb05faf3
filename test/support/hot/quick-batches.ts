// Values around the shapes that the kernels' quick readers take (hot/assembly/quick.ts), one message each: fractions, epoch times, texts
// that are clean or nearly so, numbers that settle a variant.
import type { CompiledTable } from '../../../src/contract/compiled.ts';
import { tableOf } from '../oracle/program.ts';

interface QuickBatch {
  readonly name: string;
  readonly table: CompiledTable;
  readonly values: readonly Buffer[];
}

const FRACTIONS = [
  '0',
  '-0',
  '7',
  '1234567',
  '12345678',
  '01',
  '0.5',
  '00.5',
  '1.',
  '.5',
  '-1.5',
  '1.0000001',
  '1.00000001',
  '0.123456789',
  '9.5e3',
];
const EXPONENTS = [
  '1e2',
  '1E2',
  '1.5E-3',
  '12345678901234567',
  '0.1',
  '0.2',
  '4.35',
  '1234567.7654321',
  '9007199.2547409',
  '1.5x',
  '1 ',
  '[1]',
  'null',
];
const EPOCHS = [
  '0',
  '1',
  '999',
  '1772695726766',
  '9999999999999',
  '253402300799',
  '253402300799999',
  '253402300800',
  '253402300800000',
  '-1',
];
const ODD_EPOCHS = ['01', '1.0', '1.5', '1e3', '1772695726.766', '17726957267660', '"1772695726766"', 'null', 'true', '2534023008000'];
const TEXTS = [
  '',
  ' ',
  'android',
  ' android',
  'android ',
  'Android',
  'ANDROID',
  'androiD',
  'A',
  'a',
  'Z',
  'z',
  '[',
  '@',
  '`',
  '{',
  '\u007f',
  'é',
  'É ',
  'aé',
];
const LONG_TEXTS = [
  'exactly fifteen',
  'exactly sixteen.',
  'Exactly sixteen.',
  'a far longer text than fits',
  'a\\u0041',
  '\\u0020',
  'a\\tb',
  '\\n',
  'a b',
];

const NUMBER_TEXTS = [
  ...[
    '0',
    '-0',
    '7',
    '7.',
    '7x',
    '7 ',
    ' 7',
    '',
    ' ',
    '-',
    '-1',
    '1.25',
    '1.255',
    '12345678.91',
    '123456789012',
    '1e2',
    '1e-2',
    '0x1',
    '007',
  ],
  ...['\\u0031', '1\\u0032', '12\\u0020', '99999999999999999999', 'NaN', 'true', '1772695726766', '0.1'],
].map((text) => `"${text}"`);

export function quickBatches(): readonly QuickBatch[] {
  const text = (value: string) => Buffer.from(value);
  const each = (columns: readonly string[], values: readonly string[]) =>
    values.flatMap((value) => columns.map((column) => text(`{"${column}":${value}}`)));
  const texts = [...TEXTS, ...LONG_TEXTS].map((value) => `"${value}"`);
  return [
    {
      name: 'fractions',
      table: tableOf({ columns: [{ name: 'f', type: 'double' }] }),
      values: each(['f'], [...FRACTIONS, ...EXPONENTS]),
    },
    {
      name: 'numbers from text',
      table: tableOf({
        columns: [
          { name: 'f', type: 'double', clean: ['coerce'] },
          { name: 'g', type: 'float', clean: ['trim', 'coerce'] },
          { name: 'n', type: 'long', clean: ['coerce'] },
          { name: 'i', type: 'int', clean: ['trim', 'coerce', 'empty-to-null'] },
          { name: 'd', type: 'decimal(9,2)', clean: ['coerce'], constraints: [{ kind: 'minimum', bound: 0, onFailure: 'quarantine' }] },
          { name: 'w', type: 'decimal(38,4)', clean: ['coerce'] },
          { name: 'at', type: 'timestamptz', clean: ['coerce'], formats: [{ kind: 'epoch', unit: 'millis' }] },
          { name: 'plain', type: 'long' },
        ],
      }),
      values: each(['f', 'g', 'n', 'i', 'd', 'w', 'at', 'plain'], NUMBER_TEXTS),
    },
    {
      name: 'epoch times',
      table: tableOf({
        columns: (['seconds', 'millis', 'micros'] as const).map((unit) => ({
          name: unit,
          type: 'timestamptz',
          formats: [{ kind: 'epoch', unit }, { kind: 'iso' }],
        })),
      }),
      values: each(['seconds', 'millis', 'micros'], [...EPOCHS, ...ODD_EPOCHS, '"2026-01-15T00:00:00Z"']),
    },
    {
      name: 'texts that are clean or nearly so',
      table: tableOf({
        columns: [
          { name: 'lower', type: 'string', clean: ['trim', 'lower'] },
          { name: 'upper', type: 'string', clean: ['upper', 'empty-to-null'], paths: [['upper'], ['other']] },
          { name: 'both', type: 'string', clean: ['lower', 'upper'] },
          { name: 'some', type: 'string', required: true, clean: ['empty-to-null'] },
          { name: 'few', type: 'string', clean: ['trim'], constraints: [{ kind: 'maxLength', codePoints: 7, onFailure: 'quarantine' }] },
        ],
      }),
      values: each(['lower', 'upper', 'other', 'both', 'some', 'few'], [...texts, '7', 'null', '{}']).map((value) =>
        value.includes('"some"') ? value : text(value.toString().replace('{', '{"some":"x",')),
      ),
    },
    {
      name: 'numbers that settle a variant',
      table: tableOf({
        columns: [{ name: 'n', type: 'long' }],
        variants: [1, 12, 1234567, 12345678].map((value) => ({
          name: `v${value}`,
          when: [{ path: ['v'], values: [value] }],
          columns: new Map([['n', { paths: [[`n${value}`]] }]]),
        })),
      }),
      values: ['1', '12', '1.0', '12e0', '1234567', '12345678', '123456', '10', '-1', '-12', '2', '1234567.0', '123456780e-1'].map(
        (value) => text(`{"v":${value},"n1":1,"n12":2,"n1234567":3,"n12345678":4}`),
      ),
    },
  ];
}
