// Where decoded values go: one arena for all bytes, and dense typed arrays in physical form per column.
import { expectFile, refuse } from './refuse.ts';

/** Bytes that views point into: page bodies, joined once at the end. A class because it owns the memory. */
export class Arena {
  #parts: Buffer[] = [];
  #size = 0;
  readonly #sizeMax: number;

  constructor(sizeMax: number) {
    this.#sizeMax = sizeMax;
  }

  /** Where the bytes will be. */
  add(bytes: Buffer): number {
    const at = this.#size;
    this.#size += bytes.length;
    expectFile(this.#size <= this.#sizeMax, `its strings and binaries exceed ${this.#sizeMax} bytes`);
    this.#parts.push(bytes);
    return at;
  }

  /** Bytes added so far. */
  get sizeBytes(): number {
    return this.#size;
  }

  /** All bytes so far in one piece. Joins them at most once per addition. */
  peek(): Buffer {
    if (this.#parts.length !== 1) this.#parts = [Buffer.concat(this.#parts)];
    return this.#parts[0]!;
  }

  /** All bytes, with 64 spare ones at the end for wide loads. */
  finish(): Buffer {
    return Buffer.concat([...this.#parts, Buffer.alloc(64)]);
  }
}

/** Dense values of a column in physical form. */
export type DenseValues =
  | { readonly kind: 'BOOLEAN'; readonly v: Uint8Array }
  | { readonly kind: 'INT32'; readonly v: Int32Array }
  | { readonly kind: 'INT64'; readonly v: BigInt64Array }
  | { readonly kind: 'FLOAT'; readonly v: Float32Array }
  | { readonly kind: 'DOUBLE'; readonly v: Float64Array }
  | {
      readonly kind: 'BYTE_ARRAY' | 'FIXED_LEN_BYTE_ARRAY';
      readonly start: Uint32Array;
      readonly length: Uint32Array;
      readonly width: number;
    };

const INT96_BYTES = 12;

/** Room for `count` values of a physical type. `width` is the length of fixed values. */
export function newDense(type: string | undefined, count: number, width: number): DenseValues {
  switch (type) {
    case 'BOOLEAN':
      return { kind: type, v: new Uint8Array(count) };
    case 'INT32':
      return { kind: type, v: new Int32Array(count) };
    case 'INT64':
      return { kind: type, v: new BigInt64Array(count) };
    case 'FLOAT':
      return { kind: type, v: new Float32Array(count) };
    case 'DOUBLE':
      return { kind: type, v: new Float64Array(count) };
    case 'INT96':
      return { kind: 'FIXED_LEN_BYTE_ARRAY', start: new Uint32Array(count), length: new Uint32Array(count), width: INT96_BYTES };
    case 'BYTE_ARRAY':
    case 'FIXED_LEN_BYTE_ARRAY':
      return { kind: type, start: new Uint32Array(count), length: new Uint32Array(count), width };
    default:
      refuse(`a column of the physical type ${String(type).slice(0, 20)} is not read`);
  }
}

export type Views = Extract<DenseValues, { readonly start: Uint32Array }>;

/** Positions at…at + count of a column's dense values. */
export interface DecodeTarget {
  readonly into: DenseValues;
  readonly at: number;
  readonly count: number;
}
