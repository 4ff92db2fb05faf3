// Reads any structure of the Thrift compact protocol into plain data, in time and memory bounded by the bytes: integers of at most ten
// bytes, lists and binaries no longer than what is left, nesting limited. What fields mean is the caller's to know.
// Source: Apache Thrift, "Thrift Compact protocol encoding".
import { LIMITS } from '../contract/limits.ts';
import { expectFile, refuse } from './refuse.ts';

/** Integers beyond 53 bits are bigints. Binaries are views of the bytes read. */
export type ThriftValue = number | bigint | boolean | Buffer | readonly ThriftValue[] | ThriftStruct;

/** Values by field number. A class so that it differs from a list of values at run time. */
export class ThriftStruct {
  readonly #fields: ReadonlyMap<number, ThriftValue>;

  constructor(fields: ReadonlyMap<number, ThriftValue>) {
    this.#fields = fields;
  }

  /** An integer, or undefined; refuses a value of another kind. Not for counts beyond 53 bits. */
  number(field: number): number | undefined {
    const value = this.#fields.get(field);
    if (value === undefined) return undefined;
    if (typeof value === 'bigint') return Number(value);
    return typeof value === 'number' ? value : refuse(`field ${field} of its metadata is no number`);
  }

  boolean(field: number): boolean | undefined {
    const value = this.#fields.get(field);
    return value === undefined || typeof value === 'boolean' ? value : refuse(`field ${field} of its metadata is no boolean`);
  }

  bytes(field: number): Buffer | undefined {
    const value = this.#fields.get(field);
    return value === undefined || Buffer.isBuffer(value) ? value : refuse(`field ${field} of its metadata is no text`);
  }

  text(field: number): string | undefined {
    return this.bytes(field)?.toString('utf8');
  }

  struct(field: number): ThriftStruct | undefined {
    const value = this.#fields.get(field);
    return value === undefined || value instanceof ThriftStruct ? value : refuse(`field ${field} of its metadata is no structure`);
  }

  /** The structures of a list; an absent list is empty. */
  structs(field: number): readonly ThriftStruct[] {
    const value = this.#fields.get(field) ?? [];
    expectFile(Array.isArray(value), `field ${field} of its metadata is no list`);
    return value.map((item) => (item instanceof ThriftStruct ? item : refuse(`field ${field} of its metadata is no list of structures`)));
  }

  /** Number of the first field: which member a union has. */
  get member(): number | undefined {
    return this.#fields.keys().next().value;
  }
}

/** Reads the structure that begins at `from`; refuses one that is broken or reaches beyond `to`. */
export function readThrift(
  bytes: Buffer,
  span: { readonly from: number; readonly to: number },
): { readonly value: ThriftStruct; readonly end: number } {
  const cursor: Cursor = { bytes, at: span.from, to: span.to };
  const value = readStruct(cursor, 0);
  return { value, end: cursor.at };
}

interface Cursor {
  readonly bytes: Buffer;
  at: number;
  readonly to: number;
}

function readStruct(cursor: Cursor, depth: number): ThriftStruct {
  expectFile(depth < LIMITS.parquetDepthMax, 'its metadata nests too deep');
  const fields = new Map<number, ThriftValue>();
  let field = 0;
  for (;;) {
    const header = nextByte(cursor);
    const type = header & 0x0f;
    if (type === 0) return new ThriftStruct(fields);
    field = header >> 4 === 0 ? Number(zigzag(cursor)) : field + (header >> 4);
    // Booleans of fields are in the header.
    fields.set(field, type <= 2 ? type === 1 : readValue(cursor, type, depth));
  }
}

function readValue(cursor: Cursor, type: number, depth: number): ThriftValue {
  switch (type) {
    case 1:
    case 2:
      return nextByte(cursor) === 1;
    case 3:
      return (nextByte(cursor) << 24) >> 24;
    case 4:
    case 5:
    case 6:
      return zigzag(cursor);
    case 7:
      return take(cursor, 8).readDoubleLE();
    case 8:
      return take(cursor, length(cursor));
    case 9:
      return readList(cursor, depth);
    case 12:
      return readStruct(cursor, depth + 1);
    default:
      refuse(`its metadata has a field of the unknown Thrift type ${type}`);
  }
}

function readList(cursor: Cursor, depth: number): readonly ThriftValue[] {
  expectFile(depth < LIMITS.parquetDepthMax, 'its metadata nests too deep');
  const header = nextByte(cursor);
  const count = header >> 4 === 15 ? length(cursor) : header >> 4;
  // Every element takes at least one byte.
  expectFile(count <= cursor.to - cursor.at, 'a list of its metadata is longer than the metadata');
  const values: ThriftValue[] = [];
  for (let i = 0; i < count; i++) values.push(readValue(cursor, header & 0x0f, depth + 1));
  return values;
}

function zigzag(cursor: Cursor): number | bigint {
  let low = 0;
  let factor = 1;
  for (let i = 0; i < 7; i++) {
    const byte = nextByte(cursor);
    low += (byte & 0x7f) * factor;
    if (byte < 0x80) return low % 2 === 0 ? low / 2 : -(low + 1) / 2;
    factor *= 128;
  }
  let value = BigInt(low);
  for (let shift = 49n; shift < 70n; shift += 7n) {
    const byte = nextByte(cursor);
    value |= BigInt(byte & 0x7f) << shift;
    if (byte >= 0x80) continue;
    const signed = BigInt.asIntN(64, (value >> 1n) ^ -(value & 1n));
    return signed >= Number.MIN_SAFE_INTEGER && signed <= Number.MAX_SAFE_INTEGER ? Number(signed) : signed;
  }
  refuse('an integer of its metadata is too long');
}

/** A length as far as 53 bits hold it; larger ones are larger than any length. */
function length(cursor: Cursor): number {
  let value = 0;
  for (let i = 0; i < 10; i++) {
    const byte = nextByte(cursor);
    value += (byte & 0x7f) * 2 ** (7 * i);
    if (byte < 0x80) return value;
  }
  refuse('an integer of its metadata is too long');
}

function take(cursor: Cursor, count: number): Buffer {
  expectFile(count <= cursor.to - cursor.at, 'its metadata ends early');
  cursor.at += count;
  return cursor.bytes.subarray(cursor.at - count, cursor.at);
}

function nextByte(cursor: Cursor): number {
  expectFile(cursor.at < cursor.to, 'its metadata ends early');
  return cursor.bytes[cursor.at++]!;
}
