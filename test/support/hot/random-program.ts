// Random contracts for the differential tests of the kernels, from one seed: types, cleaning, formats, constraints, policies, paths,
// nesting, variants, undeclared members, rules, event time, in combinations nobody would write down.
import type { CleanStep, CompiledTable, OnFailure, TimeFormat, UndeclaredMode, VariantPlan } from '../../../src/contract/compiled.ts';
import type { Random } from '../oracle/messages.ts';
import { type ColumnSpec, type ConstraintSpec, tableOf } from '../oracle/program.ts';

type Scalar = Exclude<ColumnSpec['type'], 'struct' | 'list' | 'map'>;

const SCALARS: readonly Scalar[] = [
  ...(['string', 'string', 'string', 'json', 'boolean', 'int', 'long', 'float', 'double', 'decimal(18,4)', 'decimal(5,0)'] as const),
  ...([
    'decimal(38,6)',
    'date',
    'time',
    'timestamp',
    'timestamptz',
    'timestamp_ns',
    'timestamptz_ns',
    'uuid',
    'fixed[3]',
    'binary',
  ] as const),
];
const NAMES = [
  'a',
  'b',
  'id',
  'country',
  'device',
  'geo',
  'long_name_of_more_than_sixteen_bytes',
  'x',
  'e\u0301',
  'a.b',
  '"q"',
  '名',
  'extra',
];
const POLICIES: readonly OnFailure[] = ['quarantine', 'quarantine', 'null-field', 'warn', 'drop', 'park'];

/** A contract of one table. */
export function randomTable(random: Random): CompiledTable {
  const count = random.chance(0.05) ? 35 + random.below(40) : 1 + random.below(7);
  const columns = Array.from({ length: count }, (_, i) => randomColumn(random, uniqueName(random, i), 2));
  const times = columns.filter(({ type }) => ['date', 'timestamp', 'timestamptz', 'timestamptz_ns'].includes(type));
  const day = 86_400_000;
  return tableOf({
    columns,
    undeclared: random.pick<UndeclaredMode>(['capture', 'capture', 'ignore', 'quarantine']),
    tombstones: random.pick(['filter', 'quarantine']),
    maxBytes: random.chance(0.1) ? 120 : 1024 * 1024,
    ...(random.chance(0.25) ? { variants: randomVariants(random, columns) } : {}),
    ...(times.length > 0 && random.chance(0.5)
      ? {
          eventTime: {
            column: random.pick(times).name,
            maxAheadMs: random.pick([null, 600_000, 100 * day]),
            maxBehindMs: random.pick([null, 800 * day, 20_000 * day]),
          },
        }
      : {}),
    ...randomRules(random, columns),
  });
}

function uniqueName(random: Random, i: number): string {
  return i === 0 || random.chance(0.5) ? `${random.pick(NAMES)}${i}` : `c${i}`;
}

function randomColumn(random: Random, name: string, depth: number): ColumnSpec {
  const kind = depth > 0 ? random.below(10) : 9;
  const common = {
    name,
    required: random.chance(0.2),
    onType: random.pick(POLICIES),
    requiredPolicy: random.pick<OnFailure>(['quarantine', 'quarantine', 'warn', 'drop']),
    ...(random.chance(0.25) ? { paths: randomPaths(random, name) } : {}),
  };
  if (kind === 0) return { ...common, type: 'struct', children: randomMembers(random, depth - 1) };
  if (kind === 1) {
    const children = [randomEntry(random, 'element', depth - 1)];
    return { ...common, type: 'list', children, constraints: randomChance(random, 0.3, () => itemConstraint(random)) };
  }
  if (kind === 2) {
    const key: ColumnSpec = random.chance(0.7)
      ? { name: 'key', type: 'string', required: true, clean: randomClean(random) }
      : { name: 'key', type: 'int', required: true, clean: ['coerce'] };
    return { ...common, type: 'map', children: [key, randomEntry(random, 'value', depth - 1)] };
  }
  return { ...common, ...randomScalar(random) };
}

function randomMembers(random: Random, depth: number): ColumnSpec[] {
  return Array.from({ length: 1 + random.below(4) }, (_, i) =>
    randomColumn(random, `${random.pick(['os', 'model', 'v', 'n'])}${i}`, depth),
  );
}

/** An element, or a map's value: read where it stands. */
function randomEntry(random: Random, name: 'element' | 'value', depth: number): ColumnSpec {
  const { paths: _, ...column } = randomColumn(random, name, depth);
  return column;
}

function randomScalar(random: Random): Pick<ColumnSpec, 'type' | 'clean' | 'formats' | 'constraints'> {
  const type = random.pick(SCALARS);
  const isTime = type.startsWith('date') || type.startsWith('time');
  return {
    type,
    clean: type === 'json' ? [] : randomClean(random),
    ...(isTime ? { formats: randomFormats(random, type) } : {}),
    constraints: randomChance(random, 0.4, () => constraintOf(random, type)),
  };
}

function randomClean(random: Random): CleanStep[] {
  const steps: readonly CleanStep[] = ['trim', 'lower', 'upper', 'empty-to-null', 'nfc', 'coerce'];
  return random.chance(0.7) ? [] : Array.from({ length: 1 + random.below(3) }, () => random.pick(steps));
}

function randomFormats(random: Random, type: string): TimeFormat[] {
  const pattern = type === 'time' ? 'HH:mm' : type === 'date' ? 'd.M.yyyy' : 'yyyy/MM/dd HH:mm';
  const formats: readonly TimeFormat[] = [
    { kind: 'iso' },
    { kind: 'iso' },
    { kind: 'epoch', unit: 'seconds' },
    { kind: 'epoch', unit: 'millis' },
    { kind: 'epoch', unit: 'micros' },
    { kind: 'pattern', pattern },
  ];
  return Array.from({ length: 1 + random.below(3) }, () => random.pick(formats));
}

function randomChance<T>(random: Random, p: number, make: () => T | undefined): T[] {
  if (!random.chance(p)) return [];
  return [make(), random.chance(0.3) ? make() : undefined].filter((each) => each !== undefined);
}

function itemConstraint(random: Random): ConstraintSpec {
  const policy = { onFailure: random.pick(POLICIES) };
  return random.pick<ConstraintSpec>([
    { kind: 'minItems', items: 1, ...policy },
    { kind: 'maxItems', items: 2, ...policy },
    { kind: 'uniqueItems', ...policy },
  ]);
}

function constraintOf(random: Random, type: Scalar): ConstraintSpec | undefined {
  const policy = { onFailure: random.pick(POLICIES), mode: random.pick(['enforce', 'enforce', 'shadow'] as const) };
  switch (type) {
    case 'string':
      return random.pick<ConstraintSpec>([
        { kind: 'minLength', codePoints: random.below(4), ...policy },
        { kind: 'maxLength', codePoints: random.below(8), ...policy },
        { kind: 'pattern', pattern: random.pick(['^[A-Z]{2}$', '[a-z]', '^\\d+$', '(?i)kr|us', '^.{0,3}$']), ...policy },
        { kind: 'validValues', values: ['KR', 'US', ' kr ', '名無し', '', 'x'.repeat(70)], ...policy },
      ]);
    case 'binary':
      return { kind: random.pick(['minLength', 'maxLength'] as const), codePoints: random.below(4), ...policy };
    case 'int':
    case 'long':
      return random.pick<ConstraintSpec>([
        { kind: 'multipleOf', divisor: random.pick([1, 2, 5, -3]), ...policy },
        { kind: 'validValues', values: [0, 1, 2, 3, 100, 500], ...policy },
        boundOf(random, random.below(100), policy),
      ]);
    case 'decimal(18,4)':
    case 'decimal(38,6)':
      return boundOf(random, random.pick([0n, -1n, 10n ** 9n, 10n ** 30n]), policy);
    case 'double':
    case 'float':
      return boundOf(random, random.pick([0, -1.5, 0.1, 1e300]), policy);
    default:
      return undefined;
  }
}

function boundOf(random: Random, bound: number | bigint, policy: { readonly onFailure: OnFailure }): ConstraintSpec {
  return { kind: random.pick(['minimum', 'maximum', 'exclusiveMinimum', 'exclusiveMaximum'] as const), bound, ...policy };
}

function randomPaths(random: Random, name: string): readonly (readonly string[])[] {
  return random.pick([
    [[name], ['geo', name]],
    [['geo', name]],
    [['geo']],
    [['x', 'y']],
    [['id'], ['x', 'id'], [name]],
    [['device', 'os']],
  ]);
}

function randomVariants(random: Random, columns: readonly ColumnSpec[]): VariantPlan[] {
  const path = random.pick([['v'], ['x', 'v'], [columns[0]!.name]]);
  const others = random.pick([[], [{ path: ['id'], values: [null, 'KR', 1, true] }]]);
  const overrides = new Map(
    columns
      .filter(({ type }) => type === 'string' || type === 'int')
      .slice(0, 2)
      .map(({ name }) => [name, { paths: [['other', name], [name]] }] as const),
  );
  return [
    { name: 'one', when: [{ path, values: [1, 'one', 'a'] }], columns: new Map() },
    { name: 'two', when: [{ path, values: [2, false, 'KR'] }, ...others], columns: overrides },
    { name: 'rest', when: random.chance(0.5) ? [{ path, values: [null, 0, 1.5, 'x', true] }] : [], columns: overrides },
  ];
}

function randomRules(random: Random, columns: readonly ColumnSpec[]): Pick<Parameters<typeof tableOf>[0], 'rules' | 'filter'> {
  const plain = columns.find(({ type, name }) => (type === 'int' || type === 'long') && /^[a-z_0-9]+$/.test(name));
  if (!plain || random.chance(0.6)) return {};
  const onFailure = random.pick(POLICIES.filter((policy) => policy !== 'null-field'));
  return {
    rules: [{ rule: 'r', source: `${plain.name} == null || ${plain.name} < 1000`, onFailure, mode: random.pick(['enforce', 'shadow']) }],
    ...(random.chance(0.5) ? { filter: `${plain.name} == 7` } : {}),
  };
}
