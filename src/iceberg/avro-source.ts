// A cursor over hostile Avro bytes: every length is checked against what is left before anything is read or allocated, and
// whatever does not fit throws InputRefusedError. Source: Apache Avro specification, "Binary Encoding".
import { LIMITS } from '../contract/limits.ts';
import { InputRefusedError } from '../errors.ts';

/**
 * Values that may still be read from one file. Some take no bytes, so that bytes alone bound neither time nor memory: named records
 * that repeat each other double with every level.
 */
export class ValueBudget {
  #left: number;
  readonly #valuesMax: number;

  constructor(valuesMax: number) {
    this.#left = valuesMax;
    this.#valuesMax = valuesMax;
  }

  /** To be called before the values are made. */
  spend(values: number): void {
    this.#left -= values;
    if (this.#left < 0) throw refused(`it holds more than ${this.#valuesMax} values (avroValuesMax)`);
  }
}

export class AvroSource {
  readonly #bytes: Buffer;
  readonly #values: ValueBudget;
  #at = 0;

  /** `values` is shared by all blocks of a file. */
  constructor(bytes: Uint8Array, values: ValueBudget = new ValueBudget(LIMITS.avroValuesMax)) {
    this.#bytes = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length);
    this.#values = values;
  }

  spend(values: number): void {
    this.#values.spend(values);
  }

  get left(): number {
    return this.#bytes.length - this.#at;
  }

  byte(): number {
    this.#need(1);
    return this.#bytes[this.#at++]!;
  }

  /** A zig-zag integer: a number where it is safe, else a bigint. */
  long(): number | bigint {
    let value = 0;
    let scale = 1;
    const start = this.#at;
    // Seven bytes hold 49 bits: exact in a double; longer ones are read again as bigint.
    for (let i = 0; i < 7; i += 1) {
      const byte = this.byte();
      value += (byte & 0x7f) * scale;
      if (byte < 0x80) return value % 2 === 0 ? value / 2 : -(value + 1) / 2;
      scale *= 128;
    }
    this.#at = start;
    return this.#bigLong();
  }

  /** An integer within the safe range of numbers. */
  safe(what: string): number {
    const value = this.long();
    if (typeof value === 'number') return value;
    throw refused(`${what} is out of range`);
  }

  /** A length: not negative and not beyond the end. */
  size(what: string): number {
    const size = this.safe(what);
    if (size < 0 || size > this.left) throw refused(`${what} is ${size} with ${this.left} bytes left`);
    return size;
  }

  float(): number {
    this.#need(4);
    this.#at += 4;
    return this.#bytes.readFloatLE(this.#at - 4);
  }

  double(): number {
    this.#need(8);
    this.#at += 8;
    return this.#bytes.readDoubleLE(this.#at - 8);
  }

  /** A copy of the next bytes, so that small values do not keep a file's memory. */
  raw(length: number): Uint8Array {
    return new Uint8Array(this.view(length));
  }

  /** The next bytes without a copy. */
  view(length: number): Buffer {
    this.#need(length);
    this.#at += length;
    return this.#bytes.subarray(this.#at - length, this.#at);
  }

  text(): string {
    return this.view(this.size('text length')).toString('utf8');
  }

  /** Ten bytes at most: 49 bits in the first seven, 15 in the others, the last of which may hold one alone. */
  #bigLong(): number | bigint {
    let low = 0;
    let high = 0;
    for (let i = 0; i < 10; i += 1) {
      const byte = this.byte();
      if (i < 7) low += (byte & 0x7f) * 2 ** (7 * i);
      else high += (byte & 0x7f) * 2 ** (7 * (i - 7));
      if (byte >= 0x80) continue;
      if (high >= 2 ** 15) break;
      const zigzag = (BigInt(high) << 49n) | BigInt(low);
      const signed = (zigzag & 1n) === 0n ? zigzag >> 1n : -(zigzag >> 1n) - 1n;
      const number = Number(signed);
      return Number.isSafeInteger(number) ? number : signed;
    }
    throw refused('an integer has more than 64 bits');
  }

  #need(length: number): void {
    if (length > this.left) throw refused(`${length} bytes wanted with ${this.left} left`);
  }
}

/** The error of every malformed Avro file. */
export function refused(problem: string): InputRefusedError {
  return new InputRefusedError(`Avro file cannot be read: ${problem}; the file is damaged or not Avro`, { code: 'avro-malformed' });
}
