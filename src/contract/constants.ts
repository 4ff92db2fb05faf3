// Constants of a contract (bounds, allowed values) → cells of the column's own type, exactly: decimals unscaled, times in the
// column's unit. A constant that does not fit its column is a finding, as a value that does not fit is a violation.
import { type Report, refuse } from './findings.ts';
import { parseIsoDate, parseIsoTime, parseIsoTimestamp } from './iso-time.ts';
import { type DocNode, describeNode } from './nodes.ts';
import { decimalOf, type PrimitiveType } from './types.ts';

export type Constant = string | number | bigint | boolean;

/** The cell of a constant, or undefined after a finding. uuid constants stay text: lower case, with hyphens. */
export function constantCell(report: Report, node: DocNode, type: PrimitiveType): Constant | undefined {
  const cell = node.kind === 'scalar' ? convert(node.value, { source: node.source, type }) : undefined;
  if (cell !== undefined) return cell;
  const message = `expected ${EXPECTED[type.replace(/[([].*$/, '')] ?? 'a constant'} that fits ${type}, got ${describeNode(node)}`;
  return refuse(report, node, { rule: 'constant', message, remedy: 'mend the constant or the type' });
}

const EXPECTED: Readonly<Record<string, string>> = {
  boolean: 'true or false',
  int: 'an integer',
  long: 'an integer',
  float: 'a number',
  double: 'a number',
  decimal: 'a number',
  date: "a date like '2026-01-31'",
  time: "a time like '13:45:00'",
  timestamp: "a time without offset like '2026-01-31T13:45:00'",
  timestamptz: "a time like '2026-01-31T13:45:00Z'",
  timestamp_ns: "a time without offset like '2026-01-31T13:45:00'",
  timestamptz_ns: "a time like '2026-01-31T13:45:00Z'",
  string: 'text',
  uuid: 'a UUID',
};

const INT: Span = [-(2n ** 31n), 2n ** 31n - 1n];
const LONG: Span = [-(2n ** 63n), 2n ** 63n - 1n];
const FLOAT_MAX = 3.4028234663852886e38;
type Span = readonly [bigint, bigint];

function convert(value: unknown, as: { readonly source: string; readonly type: PrimitiveType }): Constant | undefined {
  const { type } = as;
  const number = typeof value === 'bigint' ? value.toString() : typeof value === 'number' ? as.source : undefined;
  const text = typeof value === 'string' ? value : undefined;
  const decimal = decimalOf(type);
  if (decimal) return number === undefined ? undefined : scaled(number, decimal);
  switch (type) {
    case 'boolean':
      return typeof value === 'boolean' ? value : undefined;
    case 'int': {
      const whole = number === undefined ? undefined : within(unscaled(number, 0), INT);
      return whole === undefined ? undefined : Number(whole);
    }
    case 'long':
      return number === undefined ? undefined : within(unscaled(number, 0), LONG);
    case 'float':
    case 'double':
      return number === undefined ? undefined : floating(Number(value), type);
    case 'string':
      return text;
    case 'uuid':
      return text !== undefined && /^[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}$/.test(text) ? text.toLowerCase() : undefined;
    default:
      return text === undefined ? undefined : temporal(text, type);
  }
}

function floating(value: number, type: 'float' | 'double'): number | undefined {
  if (!Number.isFinite(value)) return undefined;
  return type === 'float' && Math.abs(value) > FLOAT_MAX ? undefined : value;
}

function temporal(text: string, type: PrimitiveType): Constant | undefined {
  switch (type) {
    case 'date':
      return parseIsoDate(text);
    case 'time':
      return parseIsoTime(text);
    case 'timestamp':
    case 'timestamp_ns':
    case 'timestamptz':
    case 'timestamptz_ns': {
      const parsed = parseIsoTimestamp(text, type.endsWith('_ns') ? 'nanos' : 'micros');
      if (!parsed || (parsed.hasOffset && !type.startsWith('timestamptz'))) return undefined;
      return within(parsed.value, LONG);
    }
    default:
      return undefined;
  }
}

function within(value: bigint | undefined, span: Span): bigint | undefined {
  return value !== undefined && value >= span[0] && value <= span[1] ? value : undefined;
}

function scaled(text: string, decimal: { readonly precision: number; readonly scale: number }): bigint | undefined {
  const limit = 10n ** BigInt(decimal.precision) - 1n;
  return within(unscaled(text, decimal.scale), [-limit, limit]);
}

const NUMBER = /^([+-]?)(\d*)(?:\.(\d*))?(?:[eE]([+-]?\d{1,4}))?$/;
const SHIFT_MAX = 400;

/** The number times 10^scale, when that is an integer. No double is in between. */
export function unscaled(text: string, scale: number): bigint | undefined {
  const match = NUMBER.exec(text);
  if (!match) return undefined;
  const fraction = match[3] ?? '';
  const digits = `${match[2]}${fraction}`;
  if (digits === '' || digits.length > SHIFT_MAX) return undefined;
  const shift = Number(match[4] ?? 0) - fraction.length + scale;
  const magnitude = BigInt(digits);
  const signed = match[1] === '-' ? -magnitude : magnitude;
  if (signed === 0n) return 0n;
  if (Math.abs(shift) > SHIFT_MAX) return undefined;
  if (shift >= 0) return signed * 10n ** BigInt(shift);
  const divisor = 10n ** BigInt(-shift);
  return signed % divisor === 0n ? signed / divisor : undefined;
}
