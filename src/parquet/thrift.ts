// Writer of the Thrift compact protocol, as far as Parquet's metadata needs it: varints, binaries, lists and nested structs.
// Field ids are the numbers of parquet.thrift; fields are written in ascending order, so every header is one byte.
// Source: Apache Thrift, "Thrift Compact protocol encoding".
import { assertInvariant } from '../errors.ts';

/** Element types of lists, as the compact protocol numbers them. */
export const THRIFT = { bool: 1, i32: 5, i64: 6, binary: 8, struct: 12 } as const;
type ThriftElement = (typeof THRIFT)[keyof typeof THRIFT];

const FIELD_TRUE = 1;
const FIELD_FALSE = 2;
const FIELD_I16 = 4;
const FIELD_LIST = 9;
const VARINT_BYTES_MAX = 10;

/** A growing buffer holding one struct; a class because it owns its memory. */
export class ThriftWriter {
  #buffer: Buffer;
  #used = 0;
  #lastField = 0;

  /** `sizeBytes`: what the struct probably takes. */
  constructor(sizeBytes = 512) {
    this.#buffer = Buffer.allocUnsafe(sizeBytes);
  }

  /** Begins another struct in the same memory: what `finish` gave is void. */
  restart(): this {
    this.#used = 0;
    this.#lastField = 0;
    return this;
  }

  i16(field: number, value: number): void {
    this.#header(field, FIELD_I16);
    this.#varint(zigzag32(value));
  }

  /** Also for enums. */
  i32(field: number, value: number): void {
    this.#header(field, THRIFT.i32);
    this.#varint(zigzag32(value));
  }

  i64(field: number, value: number): void {
    this.#header(field, THRIFT.i64);
    this.#varint(zigzag64(value));
  }

  bool(field: number, value: boolean): void {
    this.#header(field, value ? FIELD_TRUE : FIELD_FALSE);
  }

  binary(field: number, bytes: Uint8Array): void {
    this.#header(field, THRIFT.binary);
    this.#bytes(bytes);
  }

  string(field: number, text: string): void {
    this.binary(field, Buffer.from(text, 'utf8'));
  }

  struct(field: number, write: () => void): void {
    const outer = this.open(field);
    write();
    this.close(outer);
  }

  /** Begins a nested struct: `struct` without a function of its own. Gives what `close` takes. */
  open(field: number): number {
    this.#header(field, THRIFT.struct);
    return this.#nest();
  }

  /** Ends the struct that was begun last. */
  close(outer: number): void {
    this.#byte(0);
    this.#lastField = outer;
  }

  i32List(field: number, values: readonly number[]): void {
    this.#listHeader(field, THRIFT.i32, values.length);
    for (const value of values) this.#varint(zigzag32(value));
  }

  i64List(field: number, values: readonly number[]): void {
    this.#listHeader(field, THRIFT.i64, values.length);
    for (const value of values) this.#varint(zigzag64(value));
  }

  boolList(field: number, values: readonly boolean[]): void {
    this.#listHeader(field, THRIFT.bool, values.length);
    for (const value of values) this.#byte(value ? FIELD_TRUE : FIELD_FALSE);
  }

  binaryList(field: number, values: readonly Uint8Array[]): void {
    this.#listHeader(field, THRIFT.binary, values.length);
    for (const value of values) this.#bytes(value);
  }

  structList<T>(field: number, items: readonly T[], write: (item: T, index: number) => void): void {
    this.#listHeader(field, THRIFT.struct, items.length);
    for (let i = 0; i < items.length; i++) {
      const outer = this.#nest();
      write(items[i]!, i);
      this.close(outer);
    }
  }

  /** A field as another writer encoded it, as its first field: type and value; only the number is this writer's. */
  encoded(field: number, bytes: Uint8Array): void {
    this.#header(field, bytes[0]! & 0x0f);
    this.#raw(bytes.subarray(1));
  }

  /** The first fields of a struct as another writer's `fields`, up to the given number. */
  prepared(bytes: Uint8Array, lastField: number): void {
    assertInvariant(this.#lastField === 0, 'prepared fields begin their struct');
    this.#raw(bytes);
    this.#lastField = lastField;
  }

  /** A copy of the fields so far, without the end of the struct. */
  fields(): Buffer {
    return Buffer.from(this.#buffer.subarray(0, this.#used));
  }

  /** Ends the outermost struct and gives its bytes. */
  finish(): Buffer {
    this.#byte(0);
    return this.#buffer.subarray(0, this.#used);
  }

  #nest(): number {
    const outer = this.#lastField;
    this.#lastField = 0;
    return outer;
  }

  #header(field: number, type: number): void {
    const delta = field - this.#lastField;
    assertInvariant(delta > 0 && delta <= 15, 'thrift fields are written in ascending order');
    this.#byte((delta << 4) | type);
    this.#lastField = field;
  }

  #listHeader(field: number, type: ThriftElement, count: number): void {
    this.#header(field, FIELD_LIST);
    if (count < 15) {
      this.#byte((count << 4) | type);
    } else {
      this.#byte(0xf0 | type);
      this.#varint(count);
    }
  }

  #bytes(bytes: Uint8Array): void {
    this.#varint(bytes.length);
    this.#raw(bytes);
  }

  #raw(bytes: Uint8Array): void {
    this.#reserve(bytes.length);
    this.#buffer.set(bytes, this.#used);
    this.#used += bytes.length;
  }

  /** Unsigned LEB128 of a safe integer. */
  #varint(value: number): void {
    this.#reserve(VARINT_BYTES_MAX);
    const buffer = this.#buffer;
    let left = value;
    // Beyond 31 bits by division: shifts are of 32 bits.
    while (left > 0x7fff_ffff) {
      buffer[this.#used++] = (left % 0x80) | 0x80;
      left = Math.floor(left / 0x80);
    }
    while (left >= 0x80) {
      buffer[this.#used++] = (left & 0x7f) | 0x80;
      left >>>= 7;
    }
    buffer[this.#used++] = left;
  }

  #byte(value: number): void {
    this.#reserve(1);
    this.#buffer[this.#used++] = value;
  }

  #reserve(count: number): void {
    if (this.#used + count <= this.#buffer.length) return;
    const grown = Buffer.allocUnsafe(Math.max(this.#buffer.length * 2, this.#used + count));
    this.#buffer.copy(grown, 0, 0, this.#used);
    this.#buffer = grown;
  }
}

/** Fields on their own, to be written by `encoded` or `prepared`. */
export function fieldBytes(write: (thrift: ThriftWriter) => void): Buffer {
  const thrift = new ThriftWriter();
  write(thrift);
  return thrift.fields();
}

function zigzag32(value: number): number {
  assertInvariant(value === (value | 0), 'a thrift i32 fits 32 bits');
  return ((value << 1) ^ (value >> 31)) >>> 0;
}

function zigzag64(value: number): number {
  assertInvariant(value >= 0 && value <= Number.MAX_SAFE_INTEGER / 2, 'a count or offset of the file is a safe integer');
  return value * 2;
}
