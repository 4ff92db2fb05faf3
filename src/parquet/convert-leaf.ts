// Spreads a leaf's dense values over the rows of its space, converted to the physical kind of the column (columns.ts).
import type { Column, Slot } from '../columns.ts';
import type { Conversion } from './conversion.ts';
import type { Arena, DenseValues, Views } from './dense.ts';
import type { LeafData } from './read-leaf.ts';
import { expectFile, refuse } from './refuse.ts';

export interface LeafPlace {
  readonly slot: Slot;
  readonly conversion: Conversion;
  /** Row of every dense value. */
  readonly rowOf: Uint32Array;
  readonly rows: number;
  readonly arena: Arena;
}

/** The column of a leaf. */
export function convertLeaf(data: LeafData, place: LeafPlace): Column {
  switch (place.conversion.kind) {
    case 'decimal64':
      return { kind: 'i64', v: spreadDecimals(data.values, place) };
    case 'decimal16':
      return widenDecimals(data.values, place);
    case 'int96':
      return { kind: 'i64', v: spreadInt96(data.values, place, place.conversion.unit) };
    case 'scale':
      return { kind: 'i64', v: spreadScaled(data.values, place, place.conversion.factor) };
    case 'copy':
      return spread(data.values, place);
  }
}

function spread(values: DenseValues, place: LeafPlace): Column {
  const { rowOf, rows } = place;
  switch (place.slot.kind) {
    case 'bool':
      return { kind: 'bool', v: fill(numbersOf(values), rowOf, new Uint8Array(rows)) };
    case 'i32':
      return { kind: 'i32', v: fill(numbersOf(values), rowOf, new Int32Array(rows)) };
    case 'f64':
      return { kind: 'f64', v: fill(numbersOf(values), rowOf, new Float64Array(rows)) };
    case 'i64':
      return { kind: 'i64', v: spreadScaled(values, place, 1n) };
    case 'view': {
      const views = viewsOf(values);
      return {
        kind: 'view',
        start: fill(views.start, rowOf, new Uint32Array(rows)),
        length: fill(views.length, rowOf, new Uint32Array(rows)),
      };
    }
    default:
      refuse('a leaf is read as a group');
  }
}

function fill<T extends Uint8Array | Int32Array | Uint32Array | Float64Array>(source: ArrayLike<number>, rowOf: Uint32Array, into: T): T {
  for (let i = 0; i < rowOf.length; i++) into[rowOf[i]!] = source[i]!;
  return into;
}

function spreadScaled(values: DenseValues, place: LeafPlace, factor: bigint): BigInt64Array {
  const into = new BigInt64Array(place.rows);
  const { rowOf } = place;
  if (values.kind === 'INT64' && factor === 1n) {
    for (let i = 0; i < rowOf.length; i++) into[rowOf[i]!] = values.v[i]!;
    return into;
  }
  expectFile(values.kind === 'INT64' || values.kind === 'INT32', 'a column of whole numbers has another physical type');
  for (let i = 0; i < rowOf.length; i++) into[rowOf[i]!] = fit64(BigInt(values.v[i]!) * factor);
  return into;
}

function spreadDecimals(values: DenseValues, place: LeafPlace): BigInt64Array {
  if (values.kind === 'INT32' || values.kind === 'INT64') return spreadScaled(values, place, 1n);
  const views = viewsOf(values);
  const bytes = place.arena.peek();
  const into = new BigInt64Array(place.rows);
  for (let i = 0; i < place.rowOf.length; i++) {
    into[place.rowOf[i]!] = fit64(bigEndian(bytes, { start: views.start[i]!, length: views.length[i]! }));
  }
  return into;
}

const JULIAN_DAY_OF_EPOCH = 2_440_588n;
const NANOS_PER_DAY = 86_400_000_000_000n;

/** Twelve bytes: nanoseconds of the day, then the Julian day. Source: parquet.thrift, the deprecated INT96. */
function spreadInt96(values: DenseValues, place: LeafPlace, unit: 'micros' | 'nanos'): BigInt64Array {
  const views = viewsOf(values);
  const bytes = place.arena.peek();
  const into = new BigInt64Array(place.rows);
  for (let i = 0; i < place.rowOf.length; i++) {
    const at = views.start[i]!;
    const days = BigInt(bytes.readInt32LE(at + 8)) - JULIAN_DAY_OF_EPOCH;
    const nanos = days * NANOS_PER_DAY + bytes.readBigInt64LE(at);
    // Rounds down, before 1970 as well.
    into[place.rowOf[i]!] = fit64(unit === 'nanos' ? nanos : (nanos - (((nanos % 1000n) + 1000n) % 1000n)) / 1000n);
  }
  return into;
}

/** Sixteen bytes, big endian, from any width: one new block of the arena. */
function widenDecimals(values: DenseValues, place: LeafPlace): Column {
  const { rowOf, rows, arena } = place;
  const bytes = 'start' in values ? arena.peek() : undefined;
  const wide = Buffer.alloc(rowOf.length * 16);
  for (let i = 0; i < rowOf.length; i++) {
    if ('start' in values) {
      copyWide(bytes!, { start: values.start[i]!, length: values.length[i]! }, { wide, at: i * 16 });
      continue;
    }
    expectFile(values.kind === 'INT32' || values.kind === 'INT64', 'a decimal has an impossible physical type');
    const number = BigInt(values.v[i]!);
    wide.writeBigInt64BE(number >> 64n, i * 16);
    wide.writeBigInt64BE(BigInt.asIntN(64, number), i * 16 + 8);
  }
  const base = arena.add(wide);
  const start = new Uint32Array(rows);
  const length = new Uint32Array(rows);
  for (let i = 0; i < rowOf.length; i++) {
    start[rowOf[i]!] = base + i * 16;
    length[rowOf[i]!] = 16;
  }
  return { kind: 'view', start, length };
}

function copyWide(
  bytes: Buffer,
  span: { readonly start: number; readonly length: number },
  target: { readonly wide: Buffer; readonly at: number },
): void {
  expectFile(span.length > 0 && span.length <= 16, 'a decimal has an impossible length');
  const pad = 16 - span.length;
  target.wide.fill(bytes[span.start]! >= 0x80 ? 0xff : 0, target.at, target.at + pad);
  bytes.copy(target.wide, target.at + pad, span.start, span.start + span.length);
}

function bigEndian(bytes: Buffer, span: { readonly start: number; readonly length: number }): bigint {
  expectFile(span.length > 0 && span.length <= 16, 'a decimal has an impossible length');
  const hex = bytes.toString('hex', span.start, span.start + span.length);
  return BigInt.asIntN(span.length * 8, BigInt(`0x${hex}`));
}

function fit64(value: bigint): bigint {
  expectFile(BigInt.asIntN(64, value) === value, 'a number does not fit 64 bits');
  return value;
}

function numbersOf(values: DenseValues): ArrayLike<number> {
  expectFile('v' in values && values.kind !== 'INT64', 'a column of numbers has another physical type');
  return values.v;
}

function viewsOf(values: DenseValues): Views {
  expectFile('start' in values, 'a column of bytes has another physical type');
  return values;
}
