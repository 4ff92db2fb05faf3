// Constraints for the decoding kernels: those on lengths, numbers and small sets are compared there, all others are asked of the host,
// which is the plain path's own test (constraints.ts).
import type { Constraint } from '../contract/compiled.ts';
import {
  CHECK_ARGUMENT,
  CHECK_BYTES,
  CHECK_DOUBLE_ABOVE,
  CHECK_DOUBLE_BELOW,
  CHECK_DOUBLE_MAX,
  CHECK_DOUBLE_MIN,
  CHECK_HOST,
  CHECK_ID,
  CHECK_INT_ABOVE,
  CHECK_INT_BELOW,
  CHECK_INT_MAX,
  CHECK_INT_MIN,
  CHECK_KIND,
  CHECK_MAX_LENGTH,
  CHECK_MIN_LENGTH,
  CHECK_MULTIPLE,
  CHECK_TABLE,
  CHECK_TEXTS,
  OP_DECIMAL,
  OP_INT,
  OP_LONG,
  TEXTS_MASK,
  TEXTS_SLOT_BYTES,
  TEXTS_SLOTS,
} from '../hot/layout.ts';
import type { Cell } from './cells.ts';
import type { BoundConstraint } from './constraints.ts';
import { hashBytes, type Image, link, put, putBytes, putDouble, putLong, take } from './hot-image.ts';

/** Constraints that are no ranges kept in the cell itself. */
export function separateChecks(cell: Cell): readonly BoundConstraint[] {
  return cell.constraints.filter(({ constraint }) => !isPlainLength(cell, constraint) && rangeOf(cell, constraint) === undefined);
}

/** Writes a cell's constraints; their offset. `hosts` collects what the host is asked, by number. */
export function putConstraints(image: Image, cell: Cell, hosts: BoundConstraint[]): number {
  const constraints = separateChecks(cell);
  if (constraints.length === 0) return 0;
  const at = take(image, constraints.length * CHECK_BYTES);
  constraints.forEach((bound, i) => {
    const check = at + i * CHECK_BYTES;
    put(image, check + CHECK_ID, hosts.length);
    hosts.push(bound);
    put(image, check + CHECK_KIND, putConstraint(image, check, cell, bound.constraint));
  });
  return at;
}

/** Writes the argument; the kind. */
function putConstraint(image: Image, check: number, cell: Cell, constraint: Constraint): number {
  switch (constraint.kind) {
    case 'minLength':
    case 'maxLength': {
      if (cell.type === 'string') return CHECK_HOST;
      return putCount(image, check, constraint.codePoints, constraint.kind === 'minLength' ? CHECK_MIN_LENGTH : CHECK_MAX_LENGTH);
    }
    case 'minItems':
      return putCount(image, check, constraint.items, CHECK_MIN_LENGTH);
    case 'maxItems':
      return putCount(image, check, constraint.items, CHECK_MAX_LENGTH);
    case 'minimum':
    case 'maximum':
    case 'exclusiveMinimum':
    case 'exclusiveMaximum':
      return putBound(image, check, cell, constraint);
    case 'multipleOf': {
      const divisor = isInteger(cell) ? asLong(constraint.divisor) : undefined;
      if (divisor === undefined || divisor === 0n) return CHECK_HOST;
      putLong(image, check + CHECK_ARGUMENT, divisor);
      return CHECK_MULTIPLE;
    }
    case 'validValues':
      if (cell.type !== 'string') return CHECK_HOST;
      link(image, check + CHECK_TABLE, putTexts(image, constraint.values.map(String)));
      return CHECK_TEXTS;
    case 'pattern':
    case 'uniqueItems':
      return CHECK_HOST;
  }
}

/** Code points that text of a cell must and may have, compared where the text is stored: empty text that is made null is not stored. */
export function pointsOf(cell: Cell): { readonly min: number; readonly max: number } {
  let min = cell.clean.steps.includes('empty-to-null') ? 1 : 0;
  let max = 0xffff_ffff;
  for (const { constraint } of cell.constraints) {
    if (!isPlainLength(cell, constraint)) continue;
    if (constraint.kind === 'minLength') min = Math.max(min, constraint.codePoints);
    else max = Math.min(max, constraint.codePoints);
  }
  return { min, max };
}

/** The range that all bounds of a cell leave, if it is kept as an integer. */
export function integersOf(cell: Cell): Range {
  let { min, max } = ALL_INTEGERS;
  for (const { constraint } of cell.constraints) {
    const range = rangeOf(cell, constraint);
    if (range && range.min > min) min = range.min;
    if (range && range.max < max) max = range.max;
  }
  return { min, max };
}

interface Range {
  readonly min: bigint;
  readonly max: bigint;
}

const ALL_INTEGERS: Range = { min: -(2n ** 63n), max: 2n ** 63n - 1n };

/** A bound on a number that is kept as an integer, bounds included; undefined for any other constraint. */
function rangeOf(cell: Cell, constraint: Constraint): Range | undefined {
  if (!INTEGER_OPS.has(cell.op) || !isInteger(cell) || !('bound' in constraint)) return undefined;
  const bound = asLong(constraint.bound);
  if (bound === undefined) return undefined;
  switch (constraint.kind) {
    case 'minimum':
      return { ...ALL_INTEGERS, min: bound };
    case 'maximum':
      return { ...ALL_INTEGERS, max: bound };
    case 'exclusiveMinimum':
      return bound === ALL_INTEGERS.max ? undefined : { ...ALL_INTEGERS, min: bound + 1n };
    case 'exclusiveMaximum':
      return bound === ALL_INTEGERS.min ? undefined : { ...ALL_INTEGERS, max: bound - 1n };
  }
}

const INTEGER_OPS: ReadonlySet<number> = new Set([OP_INT, OP_LONG, OP_DECIMAL]);

type Length = Extract<Constraint, { readonly codePoints: number }>;

function isPlainLength(cell: Cell, constraint: Constraint): constraint is Constraint & Length {
  if (cell.type !== 'string' || (constraint.kind !== 'minLength' && constraint.kind !== 'maxLength')) return false;
  const { codePoints } = constraint;
  return Number.isInteger(codePoints) && codePoints >= 0 && codePoints <= 0xffff_ffff;
}

function putCount(image: Image, check: number, count: number, kind: number): number {
  if (!Number.isInteger(count) || count < 0 || count > 0xffff_ffff) return CHECK_HOST;
  put(image, check + CHECK_ARGUMENT, count);
  return kind;
}

type Bound = Extract<Constraint, { readonly bound: number | bigint }>;

function putBound(image: Image, check: number, cell: Cell, { kind, bound }: Bound): number {
  if (cell.column.kind === 'f64' && typeof bound === 'number') {
    putDouble(image, check + CHECK_ARGUMENT, bound);
    return DOUBLE_KINDS[kind];
  }
  const long = isInteger(cell) ? asLong(bound) : undefined;
  if (long === undefined) return CHECK_HOST;
  putLong(image, check + CHECK_ARGUMENT, long);
  return INTEGER_KINDS[kind];
}

const INTEGER_KINDS = {
  minimum: CHECK_INT_MIN,
  maximum: CHECK_INT_MAX,
  exclusiveMinimum: CHECK_INT_ABOVE,
  exclusiveMaximum: CHECK_INT_BELOW,
} as const;
const DOUBLE_KINDS = {
  minimum: CHECK_DOUBLE_MIN,
  maximum: CHECK_DOUBLE_MAX,
  exclusiveMinimum: CHECK_DOUBLE_ABOVE,
  exclusiveMaximum: CHECK_DOUBLE_BELOW,
} as const;

function isInteger(cell: Cell): boolean {
  return cell.column.kind === 'i32' || cell.column.kind === 'i64';
}

/** As a 64-bit integer, if it is one exactly. */
function asLong(value: number | bigint): bigint | undefined {
  if (typeof value === 'number' && !Number.isSafeInteger(value)) return undefined;
  const long = BigInt(value);
  return BigInt.asIntN(64, long) === long ? long : undefined;
}

/** A hash table of texts, at most half full. */
function putTexts(image: Image, texts: readonly string[]): number {
  const distinct = [...new Set(texts)].map((text) => Buffer.from(text));
  const size = 2 ** Math.ceil(Math.log2(distinct.length * 2 + 2));
  const table = take(image, TEXTS_SLOTS + size * TEXTS_SLOT_BYTES);
  put(image, table + TEXTS_MASK, size - 1);
  const taken = new Set<number>();
  for (const text of distinct) {
    const hash = hashBytes(text);
    let slot = (hash & (size - 1)) >>> 0;
    while (taken.has(slot)) slot = (slot + 1) & (size - 1);
    taken.add(slot);
    const at = table + TEXTS_SLOTS + slot * TEXTS_SLOT_BYTES;
    put(image, at, hash);
    link(image, at + 4, putBytes(image, text));
    put(image, at + 8, text.length);
  }
  return table;
}
