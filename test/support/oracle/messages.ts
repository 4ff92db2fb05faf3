// Messages for the differential tests, from one seed: values that fit, values that almost fit, odd numbers, times and texts, odd
// spacing, key order and escapes, and bytes damaged at random.
import type { ColumnPlan, TableProgram } from '../../../src/contract/compiled.ts';

export interface Random {
  /** 0 ≤ n < max. */
  below(max: number): number;
  pick<T>(list: readonly T[]): T;
  chance(p: number): boolean;
}

/** mulberry32: small, fast, the same everywhere. */
export function makeRandom(seed: number): Random {
  let state = seed >>> 0;
  const unit = () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let t = state;
    t = Math.imul(t ^ (t >>> 15), t | 1);
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61);
    return ((t ^ (t >>> 14)) >>> 0) / 4294967296;
  };
  return {
    below: (max) => Math.floor(unit() * max),
    pick: (list) => list[Math.floor(unit() * list.length)]!,
    chance: (p) => unit() < p,
  };
}

/** A message for the program; `damage` is the share of messages whose bytes are changed. */
export function makeMessage(random: Random, program: TableProgram, damage: number): Buffer {
  const space = random.chance(0.7) ? () => '' : () => random.pick(['', ' ', '\n', '\t \r']);
  const plans = random.chance(0.3) ? shuffled(random, program.columns) : program.columns;
  const text = space() + objectText(random, plans, { space, depth: 0 }) + space();
  const bytes = Buffer.from(text);
  return random.chance(damage) ? damaged(random, bytes) : bytes;
}

interface Writing {
  readonly space: () => string;
  readonly depth: number;
}

function shuffled<T>(random: Random, list: readonly T[]): T[] {
  const out = [...list];
  for (let i = out.length - 1; i > 0; i--) {
    const j = random.below(i + 1);
    [out[i], out[j]] = [out[j]!, out[i]!];
  }
  return out;
}

/** Members by path: paths of several columns may share their first keys. */
function objectText(random: Random, plans: readonly ColumnPlan[], writing: Writing): string {
  const tree = new Map<string, Tree>();
  for (const plan of plans) {
    for (const path of plan.paths) if (!random.chance(0.12)) place(tree, path, plan);
  }
  return treeText(random, tree, writing);
}

type Tree = ColumnPlan | Map<string, Tree>;

function place(tree: Map<string, Tree>, path: readonly string[], plan: ColumnPlan): void {
  const [key, ...rest] = path;
  if (key === undefined) return;
  const before = tree.get(key);
  if (rest.length === 0) {
    if (!before) tree.set(key, plan);
    return;
  }
  const inner = before instanceof Map ? before : new Map<string, Tree>();
  // A struct that is read as such and by paths into it: its members are written along.
  if (before && !(before instanceof Map)) for (const child of before.children) for (const each of child.paths) place(inner, each, child);
  tree.set(key, inner);
  place(inner, rest, plan);
}

function treeText(random: Random, tree: ReadonlyMap<string, Tree>, writing: Writing): string {
  const { space } = writing;
  const members = [...tree].map(([key, value]) => {
    const text =
      value instanceof Map
        ? random.chance(0.05)
          ? anyText(random, 1)
          : treeText(random, value, writing)
        : valueText(random, value, writing);
    return `${keyText(random, key)}${space()}:${space()}${text}`;
  });
  if (random.chance(0.15))
    members.splice(random.below(members.length + 1), 0, `${keyText(random, random.pick(ODD_KEYS))}:${anyText(random, 2)}`);
  if (random.chance(0.03) && members.length > 0) members.push(random.pick(members));
  return `{${space()}${members.join(`${space()},${space()}`)}${space()}}`;
}

const ODD_KEYS = ['extra', '__proto__', 'constructor', '', 'e\u0301', 'a.b', '"', '\\', '名', '🐉', 'id', 'x', 'toString'];

function keyText(random: Random, key: string): string {
  return random.chance(0.03) ? escaped(random, key) : JSON.stringify(key);
}

/** The same text with some characters as escapes. */
function escaped(random: Random, text: string): string {
  let out = '"';
  for (let i = 0; i < text.length; i++) {
    const unit = text.charCodeAt(i);
    const code = unit.toString(16).padStart(4, '0');
    out +=
      random.chance(0.4) || (unit >= 0xd800 && unit <= 0xdfff)
        ? `\\u${random.chance(0.5) ? code.toUpperCase() : code}`
        : JSON.stringify(text[i]).slice(1, -1);
  }
  return `${out}"`;
}

function valueText(random: Random, plan: ColumnPlan, writing: Writing): string {
  const roll = random.below(100);
  if (roll < 3) return 'null';
  if (roll < 7) return anyText(random, 2);
  if (roll < 10) return random.pick(NUMBERS);
  const { type } = plan.field;
  if (plan.isJsonText) return anyText(random, 3);
  if (typeof type === 'string') return scalarText(random, plan, type);
  const inner = { ...writing, depth: writing.depth + 1 };
  if (type.type === 'struct') return objectText(random, plan.children, inner);
  const { space } = writing;
  const items = Array.from({ length: random.below(4) }, () => valueText(random, plan.children[plan.children.length - 1]!, inner));
  if (type.type === 'list') return `[${space()}${items.join(`${space()},${space()}`)}${space()}]`;
  return `{${items.map((item, i) => `${keyText(random, mapKey(random, plan.children[0]!, i))}:${item}`).join(',')}}`;
}

function mapKey(random: Random, plan: ColumnPlan, i: number): string {
  if (plan.field.type === 'string') return random.pick([`k${i}`, ` K${i} `, `k${i}`, 'ß', '']);
  return random.pick([`${i}`, `${i}.0`, `${i}e0`, 'x', `${random.below(5)}`]);
}

function scalarText(random: Random, plan: ColumnPlan, type: string): string {
  const asText = plan.clean.includes('coerce') && random.chance(0.3);
  const text = rawScalar(random, plan, type);
  return asText && !text.startsWith('"') ? `"${text}"` : text;
}

function rawScalar(random: Random, plan: ColumnPlan, type: string): string {
  if (type === 'boolean') return random.pick(['true', 'false', 'true', '"true"', '"TRUE"', '0']);
  if (type === 'uuid') return random.pick([uuid(random), uuid(random).replace('-', ''), uuid(random).toUpperCase(), '"zz"']);
  if (type === 'binary' || type.startsWith('fixed')) return random.pick(BASE64);
  if (type.startsWith('date') || type.startsWith('time')) return timeText(random, plan);
  if (type === 'string') {
    const valid = plan.constraints.flatMap((constraint) => (constraint.kind === 'validValues' ? constraint.values.map(String) : []));
    const text = valid.length > 0 && random.chance(0.8) ? random.pick(valid) : random.pick(TEXTS);
    return random.chance(0.2) ? escaped(random, text) : JSON.stringify(text);
  }
  return random.chance(0.5) ? String(random.below(2000) - 20) : random.pick(NUMBERS);
}

function uuid(random: Random): string {
  const digits = Array.from({ length: 32 }, () => random.below(16).toString(16)).join('');
  return `"${digits.replace(/^(.{8})(.{4})(.{4})(.{4})/, '$1-$2-$3-$4-')}"`;
}

const BASE64 = [
  '""',
  '"AA=="',
  '"AAE="',
  '"AAEC"',
  '"AAECAw=="',
  '"AB=="',
  '"A"',
  '"AA="',
  '"A-_B"',
  '"AAEC "',
  '"AA==AAEC"',
  '"\\u0041AEC"',
];

const TEXTS = [
  '',
  ' ',
  'a',
  'KR',
  ' kr ',
  '\u00a0us\u3000',
  '\ufeffUS',
  '\u0085jp',
  'Straße',
  'İstanbul',
  'ΑΣ',
  'e\u0301',
  'é',
  '名無し',
  '🐉🐉',
  'x'.repeat(70),
  'tab\there',
  '"quoted"\\',
  '\u0000\u001f',
  '/',
  'ab12',
  'ABC',
  'true',
  '12',
  '1e2',
  '\t12 ',
];

/** Numbers around every border. */
export const NUMBERS = [
  '0',
  '-0',
  '-0.0',
  '0.0',
  '1.0',
  '1e2',
  '1E+2',
  '10e-1',
  '3.7',
  '-1',
  '0.1e1',
  '1.50',
  '12.3456',
  '12.34567',
  '99999999999999.9999',
  '100000000000000',
  '1e14',
  '123456789012345',
  '1234567890123456',
  '9007199254740991',
  '9007199254740993',
  '9223372036854775807',
  '9223372036854775808',
  '-9223372036854775808',
  '-9223372036854775809',
  '2147483647',
  '2147483648',
  '-2147483648',
  '-2147483649',
  '2147483648.0',
  '1e18',
  '1e19',
  '1e37',
  '1e38',
  '99999999999999999999999999999999999999',
  '0.000001',
  '1e-7',
  '1e-400',
  '1e400',
  '-1e400',
  '1.7976931348623157e308',
  '1.7976931348623159e308',
  '4.9e-324',
  '2e-324',
  '3.4028234663852886e38',
  '3.4028235677973366e38',
  '3.4028235677973367e38',
  '3.40282356779733661637539395458142568447e38',
  '16777217',
  '16777217.0000000001',
  '1.0000000596046448',
  '1.00000005960464477539062500001',
  '1.00000005960464477539062499999',
  '1e-45',
  '7e-46',
  '0.1',
  '0.3',
  '123456789.123456789123456789',
  '0.00000000000000000000000000000000000001',
  `1${'0'.repeat(30)}e-30`,
  `${'1'.repeat(401)}`,
  `0.${'0'.repeat(399)}1`,
  `1${'0'.repeat(398)}`,
  '1700000000',
  '1700000000000',
  '1700000000000000',
  '253402300799',
  '253402300800',
  '-62135596800',
  '-62135596801',
  '86400000',
  '86399999999',
  '253402300799999999',
  '-62135596800000001',
  '1e6',
  '500',
]; // prettier-ignore

function timeText(random: Random, plan: ColumnPlan): string {
  if (random.chance(0.3)) return random.pick(NUMBERS);
  const two = (max: number) => String(random.below(max)).padStart(2, '0');
  const year = random.pick(['2026', '2024', '1900', '2000', '0001', '9999', '0000', '1969']);
  const date = `${year}-${two(14)}-${random.pick([two(33), '29', '28', '01'])}`;
  const clock = `${two(25)}:${two(61)}:${random.pick([two(60), '60', '59'])}`;
  const fraction = random.pick(['', '', '.5', '.123456', '.1234567', '.123456000', '.0000001', '.1234567890', '.', '.000']);
  const offset = random.pick(['Z', 'Z', 'z', '+00:00', '-00:00', '+05:30', '-14:00', '+24:00', '+0530', '', '+23:59']);
  const join = random.pick(['T', 'T', 'T', 't', ' ']);
  const shape = random.below(8);
  if (shape === 0) return `"${date}"`;
  if (shape === 1) return `"${random.chance(0.5) ? clock + fraction : clock.slice(0, 5)}"`;
  if (shape === 2 || plan.timeFormats.some(({ kind }) => kind === 'pattern')) {
    return `"${random.pick([`${date.replaceAll('-', '/')} ${clock.slice(0, 5)}`, `${random.below(33)}.${random.below(14)}.${year}`, '07.0008.2026'])}"`;
  }
  return `"${date}${join}${clock}${fraction}${offset}${random.pick(['', '', '', '', ' '])}"`;
}

/** Any JSON value. */
function anyText(random: Random, depth: number): string {
  switch (random.below(depth > 0 ? 8 : 6)) {
    case 0:
      return 'null';
    case 1:
      return random.pick(['true', 'false']);
    case 2:
      return random.pick(NUMBERS);
    case 3:
      return random.pick(['"\\ud800"', '"\\udc00x"', '"\\ud83d\\udc09"', '"\\uD83Dx"', '"\\u0000"', '"\\/\\b\\f\\n\\r\\t"']);
    case 6:
      return `[${Array.from({ length: random.below(3) }, () => anyText(random, depth - 1)).join(', ')}]`;
    case 7:
      return `{${Array.from({ length: random.below(3) }, () => `${keyText(random, random.pick(ODD_KEYS))}: ${anyText(random, depth - 1)}`).join(',')}}`;
    default:
      return random.chance(0.3) ? escaped(random, random.pick(TEXTS)) : JSON.stringify(random.pick(TEXTS));
  }
}

const INTERESTING = [
  0x00, 0x1f, 0x20, 0x22, 0x2c, 0x2d, 0x2e, 0x30, 0x39, 0x3a, 0x45, 0x5b, 0x5c, 0x5d, 0x65, 0x6e, 0x74, 0x75, 0x7b, 0x7d, 0x7f, 0x80, 0xbf,
  0xc0, 0xc3, 0xe2, 0xed, 0xef, 0xf0, 0xf4, 0xff,
];

function damaged(random: Random, bytes: Buffer): Buffer {
  const out = Buffer.from(bytes);
  const at = random.below(out.length);
  switch (random.below(6)) {
    case 0:
      return out.subarray(0, at);
    case 1:
      out[at] = out[at]! ^ (1 << random.below(8));
      return out;
    case 2:
      out[at] = random.pick(INTERESTING);
      return out;
    case 3:
      return Buffer.concat([out.subarray(0, at), Buffer.from([random.pick(INTERESTING)]), out.subarray(at)]);
    case 4:
      return Buffer.concat([out.subarray(0, at), out.subarray(at + 1 + random.below(3))]);
    default:
      return Buffer.concat([out, Buffer.from(random.pick(['}', ' x', '\0', ',', '{}', '\ufeff']))]);
  }
}
