// Conditions judged on columns agree with the evaluator wherever they tell: random conditions over random rows, nulls and edges included.
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { buildColumns } from '../../../src/column-cells.ts';
import { type CellValue, type ColumnSet, layoutOf } from '../../../src/columns.ts';
import type { StructType } from '../../../src/contract/types.ts';
import { makeSetBuilder, type SetBuilder } from '../../../src/pipeline/builders.ts';
import { HOLDS, UNSURE } from '../../../src/pipeline/cel/column-test.ts';
import { compileCel } from '../../../src/pipeline/cel/compile.ts';
import { compileRowTest, runTestOf } from '../../../src/pipeline/cel/row-test.ts';
import { makeRowView } from '../../../src/pipeline/cel/row-view.ts';
import { celOf } from '../../support/oracle/program.ts';

const TYPES = {
  i: 'int',
  l: 'long',
  k: 'long',
  m: 'decimal(18,4)',
  n: 'decimal(9,4)',
  d: 'double',
  s: 'string',
  b: 'boolean',
  t: 'timestamptz',
  u: 'timestamp',
  ns: 'timestamptz_ns',
  day: 'date',
  clock: 'time',
} as const;
type Name = keyof typeof TYPES;

const STRUCT: StructType = {
  type: 'struct',
  fields: Object.entries(TYPES).map(([name, type], i) => ({ id: i + 1, name, required: false, type })),
};

const LONGS = [0n, 1n, -1n, 5000n, 4999n, 5001n, 2n ** 31n, -(2n ** 31n), 2n ** 32n, 2n ** 53n + 1n, 2n ** 63n - 1n, -(2n ** 63n)];
/** 2026-03-14T12:30:00Z and a little around it, in microseconds. */
const TIMES = [-1n, 0n, 1n, 1000n].map((step) => 1_773_491_400_000_000n + step);
const TEXTS = ['', 'refund', 'refun', 'refunds', 'Åb🐉', 'a\u0000', 'a'];

const cellArbitraries: Readonly<Record<Name, fc.Arbitrary<CellValue>>> = {
  i: fc.constantFrom(0, 1, -1, 5, 2 ** 31 - 1, -(2 ** 31)),
  l: fc.constantFrom(...LONGS),
  k: fc.constantFrom(...LONGS),
  m: fc.constantFrom(...LONGS.slice(0, 9)),
  n: fc.constantFrom(...LONGS.slice(0, 6)),
  d: fc.constantFrom(0, -0, 0.5, 5, Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY, 2 ** 53),
  s: fc.constantFrom(...TEXTS),
  b: fc.boolean(),
  t: fc.constantFrom(...TIMES),
  u: fc.constantFrom(...TIMES),
  ns: fc.constantFrom(...TIMES.map((time) => time * 1000n)),
  day: fc.constantFrom(20_525, 20_526, 20_527),
  clock: fc.constantFrom(0n, 3_600_000_000n, 3_600_000_001n),
};

const rowArbitrary = fc.record(
  Object.fromEntries(Object.entries(cellArbitraries).map(([name, cell]) => [name, fc.option(cell, { nil: null, freq: 4 })])),
);

const NUMBERS = [
  '0',
  '-1',
  '5',
  '0.5',
  '0.49995',
  '-0.00005',
  '5000',
  '4294967296',
  '9007199254740993',
  '9223372036854775807',
  '1e300',
  '0.0',
];
const MOMENTS = ["timestamp('2026-03-14T12:30:00Z')", "timestamp('2026-03-14T12:30:00.0000005Z')", "timestamp('2026-03-14T00:00:00Z')"];
const QUOTED = TEXTS.slice(0, 5).map((text) => `'${text}'`);
const CONSTANTS = [...NUMBERS, ...MOMENTS, ...QUOTED, "duration('1h')", 'true', 'false', 'null'];

/** Constants that a column is usually compared with, and now and then any. */
function besideArbitrary(name: Name): fc.Arbitrary<string> {
  const type = TYPES[name];
  const usual =
    type === 'string'
      ? QUOTED
      : type === 'boolean'
        ? ['true', 'false']
        : type === 'time'
          ? ["duration('1h')"]
          : type.startsWith('t') || type === 'date'
            ? MOMENTS
            : NUMBERS;
  return fc.oneof(
    { weight: 5, arbitrary: fc.constantFrom(...usual) },
    { weight: 1, arbitrary: fc.constantFrom(...CONSTANTS) },
    { weight: 2, arbitrary: fc.constantFrom(...Object.keys(TYPES)) },
    { weight: 1, arbitrary: fc.constant('null') },
  );
}

const nameArbitrary = fc.constantFrom(...(Object.keys(TYPES) as Name[]));
const operatorArbitrary = fc.constantFrom('==', '!=', '<', '<=', '>', '>=');

const comparisonArbitrary = nameArbitrary.chain((name) =>
  fc
    .tuple(operatorArbitrary, besideArbitrary(name), fc.boolean())
    .map(([op, other, isMirrored]) => (isMirrored ? `${other} ${op} ${name}` : `${name} ${op} ${other}`)),
);
const membershipArbitrary = nameArbitrary.chain((name) =>
  fc.array(besideArbitrary(name), { minLength: 1, maxLength: 4 }).map((items) => `${name} in [${items.join(', ')}]`),
);

const { condition } = fc.letrec<{ condition: string }>((tie) => ({
  condition: fc.oneof(
    { depthSize: 'small', withCrossShrink: true },
    comparisonArbitrary,
    membershipArbitrary,
    fc.constantFrom('b', 'true', 'false', 'l + 1 > 0', "s.startsWith('re')"),
    fc.tuple(nameArbitrary, tie('condition')).map(([name, inner]) => `(${name} == null || ${inner})`),
    tie('condition').map((inner) => `!(${inner})`),
    fc.tuple(tie('condition'), fc.constantFrom('&&', '||'), tie('condition')).map(([left, op, right]) => `(${left} ${op} ${right})`),
    fc.tuple(tie('condition'), tie('condition'), tie('condition')).map(([first, then, otherwise]) => `(${first} ? ${then} : ${otherwise})`),
  ),
}));

/** The columns as the builders that rules look at. */
function builderOf(columns: ColumnSet): SetBuilder {
  const set = makeSetBuilder(STRUCT);
  set.present = [...columns.present];
  columns.columns.forEach((column, slot) => {
    const into = set.columns[slot]!;
    if (column.kind === 'view') Object.assign(into, { start: column.start, length: column.length });
    else if (column.kind === 'i64')
      Object.assign(into, { i64: column.v, lohi: new Int32Array(column.v.buffer, column.v.byteOffset, column.v.length * 2) });
    else if (column.kind === 'i32' || column.kind === 'f64' || column.kind === 'bool') Object.assign(into, { [column.kind]: column.v });
  });
  return set;
}

describe('a condition judged on columns', () => {
  it('holds, or does not, only where the evaluator says the same, row by row and over runs, and tells often', () => {
    let told = 0;
    let asked = 0;
    fc.assert(
      fc.property(condition, fc.array(rowArbitrary, { minLength: 1, maxLength: 8 }), (source, rows) => {
        const names = layoutOf(STRUCT).slots.map((slot) => slot.field.name);
        const columns = buildColumns(
          STRUCT,
          rows.map((row) => names.map((name) => row[name]!)),
        );
        const set = builderOf(columns);
        const view = makeRowView(set, () => columns.bytes);
        const evaluate = compileCel(celOf(source), view);
        const test = compileRowTest(celOf(source), view);
        const runTest = test && runTestOf(test, celOf(source), view);
        const cleared = rows.map((_, row) => test?.(row) === HOLDS);
        for (let from = 0; from <= rows.length; from++) {
          const first = cleared.indexOf(false, from);
          expect([source, from, runTest?.(from, rows.length) ?? from]).toEqual([
            source,
            from,
            test ? (first < 0 ? rows.length : first) : from,
          ]);
        }
        for (let row = 0; row < rows.length; row++) {
          set.row = row;
          const truth = test?.(row) ?? UNSURE;
          asked++;
          if (truth === UNSURE) continue;
          told++;
          expect([source, evaluate()]).toEqual([source, truth === HOLDS]);
        }
      }),
      { numRuns: 4000 },
    );
    expect(told / asked).toBeGreaterThan(0.3);
  });

  it('is left to the evaluator where its budget of steps may end it', () => {
    const set = makeSetBuilder(STRUCT);
    const view = makeRowView(set, () => Buffer.alloc(0));
    expect(compileRowTest(celOf('b || 1 in raw.large'), view)).toBeUndefined();
    expect(compileRowTest(celOf('b || 1 in [l, k]'), view)).toBeDefined();
    expect(compileRowTest(celOf('l in [1, 2]'), view)).toBeDefined();
  });
});
