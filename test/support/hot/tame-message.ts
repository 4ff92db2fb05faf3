// Messages that mostly fit their contract, so that the kernels settle them: what the oracle's generator, which looks for trouble, rarely
// makes. Numbers, times and texts are within their types, constraints are kept where that is easy, keys come in the contract's order.
import type { ColumnPlan, TableProgram } from '../../../src/contract/compiled.ts';
import { decimalOf, fixedLengthOf } from '../../../src/contract/types.ts';
import type { Random } from '../oracle/messages.ts';

const TEXTS = [
  '',
  'a',
  'KR',
  'US',
  ' kr ',
  'ABC',
  'abc',
  '12',
  '名無し',
  'é',
  '🐉x',
  'tab\there',
  '"q"\\',
  'x'.repeat(70),
  'plain text of some length',
];
const ESCAPES = ['\\u004b\\u0052', '\\ud83d\\udc09', '\\u540d', '\\n\\t\\"', 'a\\u00e9b', '\\/'];

export function tameMessage(random: Random, program: TableProgram): Buffer {
  const space = random.chance(0.85) ? '' : random.pick([' ', '\n  ', '\t']);
  return Buffer.from(objectText(random, program.columns, space));
}

type Tree = Map<string, Tree | string>;

function objectText(random: Random, plans: readonly ColumnPlan[], space: string): string {
  const tree: Tree = new Map();
  for (const plan of plans) {
    if (!plan.required && random.chance(0.1)) continue;
    const path = random.pick(plan.paths);
    place(tree, path, !plan.required && random.chance(0.05) ? 'null' : valueText(random, plan, space));
  }
  if (random.chance(0.15))
    tree.set(random.pick(['extra', 'more', 'extra2']), random.pick(['1', '"x"', '{"a":[1,{"b":null}]}', '[]', 'true']));
  return treeText(tree, space);
}

function place(tree: Tree, path: readonly string[], text: string): void {
  const [key, ...rest] = path;
  if (key === undefined) return;
  const before = tree.get(key);
  if (rest.length === 0) {
    if (before === undefined) tree.set(key, text);
    return;
  }
  if (typeof before === 'string') return;
  const inner: Tree = before ?? new Map();
  tree.set(key, inner);
  place(inner, rest, text);
}

function treeText(tree: Tree, space: string): string {
  const members = [...tree].map(
    ([key, value]) => `${JSON.stringify(key)}${space}:${space}${typeof value === 'string' ? value : treeText(value, space)}`,
  );
  return `{${space}${members.join(`${space},${space}`)}${space}}`;
}

function valueText(random: Random, plan: ColumnPlan, space: string): string {
  const { type } = plan.field;
  if (plan.isJsonText) return random.pick(['1', '"x"', '{"a": [1, 2, {"b": "c"}]}', '[]', 'true', '{}']);
  if (typeof type === 'string') return scalarText(random, plan, type);
  if (type.type === 'struct') return objectText(random, plan.children, space);
  const count = random.pick([0, 1, 1, 2, 3]);
  const inner = plan.children[plan.children.length - 1]!;
  const items = Array.from({ length: count }, () => valueText(random, inner, space));
  if (type.type === 'list') return `[${space}${items.join(`${space},${space}`)}${space}]`;
  const key = plan.children[0]!.field.type === 'string' ? (i: number) => `k${i}` : (i: number) => `${i}`;
  return `{${items.map((item, i) => `"${key(i)}":${item}`).join(',')}}`;
}

function scalarText(random: Random, plan: ColumnPlan, type: string): string {
  if (type === 'string') return stringText(random, plan);
  if (type === 'boolean') return random.pick(['true', 'false']);
  if (type === 'uuid') return `"${hex(random, 8)}-${hex(random, 4)}-${hex(random, 4)}-${hex(random, 4)}-${hex(random, 12)}"`;
  if (type === 'binary') return random.pick(['""', '"AA=="', '"AAEC"', '"/+8="']);
  if (fixedLengthOf(type as 'fixed[3]') !== undefined) return '"AAEC"';
  if (type.startsWith('date') || type.startsWith('time')) return timeText(random, plan, type);
  if (type === 'double' || type === 'float')
    return random.pick(['0', '-0.0', '1.5', '3.25e2', '1e-3', `${random.below(1e6) / 8}`, '12345678901234567', '0.1']);
  const decimal = decimalOf(type as 'decimal(5,0)');
  if (decimal) return decimal.scale > 0 ? random.pick(['0', '1', '12.34', '-7.5', '99.9999', '1e3', '0.0001']) : `${random.below(99999)}`;
  return random.pick(['0', '1', '-1', '2', '5', '100', '1.0', '1e2', '2147483647', '-2147483648', `${random.below(1e6)}`]);
}

function hex(random: Random, digits: number): string {
  return Array.from({ length: digits }, () => random.pick([...'0123456789abcdefABCDEF'])).join('');
}

function stringText(random: Random, plan: ColumnPlan): string {
  const valid = plan.constraints.flatMap((constraint) => (constraint.kind === 'validValues' ? constraint.values.map(String) : []));
  if (valid.length > 0) return JSON.stringify(random.pick(valid));
  return random.chance(0.15) ? `"${random.pick(ESCAPES)}"` : JSON.stringify(random.pick(TEXTS));
}

function timeText(random: Random, plan: ColumnPlan, type: string): string {
  const format = random.pick(plan.timeFormats.length > 0 ? plan.timeFormats : [{ kind: 'iso' } as const]);
  const day = `${random.pick(['2026', '2024', '1970', '1969', '2262'])}-0${1 + random.below(9)}-1${random.below(10)}`;
  const clock = `1${random.below(10)}:0${random.below(10)}:5${random.below(10)}`;
  if (format.kind === 'epoch') return epochText(random, format.unit, type);
  if (format.kind === 'pattern') {
    return type === 'time'
      ? `"${clock.slice(0, 5)}"`
      : type === 'date'
        ? `"1.2.2026"`
        : `"${day.replaceAll('-', '/')} ${clock.slice(0, 5)}"`;
  }
  if (type === 'date') return `"${day}"`;
  const fraction = random.pick(['', '.5', '.123', '.123456', '.000']);
  if (type === 'time') return `"${clock}${fraction}"`;
  const isZoned = type.startsWith('timestamptz');
  return `"${day}T${clock}${fraction}${isZoned ? random.pick(['Z', 'z', '+09:00', '-05:30']) : ''}"`;
}

function epochText(random: Random, unit: 'seconds' | 'millis' | 'micros', type: string): string {
  const per = { seconds: 1, millis: 1e3, micros: 1e6 }[unit];
  if (type === 'time') return String(random.below(86_400) * per);
  const seconds = type === 'date' ? random.below(20_000) * 86_400 : random.pick([-1, 1]) * random.below(1_800_000_000);
  return random.chance(0.2) ? `${seconds * per}.0` : String(seconds * per);
}
