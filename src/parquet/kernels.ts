// The inner loops of the writer behind one interface: typed arrays and byte positions in, a position or a count out, no objects per
// value and no state between calls. The implementation here is TypeScript; another one (WebAssembly over the same memory) must give
// the same results, and is handed to the writer in its place.

import { writeHybrid } from './hybrid.ts';
import { deltaBinary } from './kernel-delta.ts';
import { dictStrings, dictWords } from './kernel-dictionary.ts';
import { copyStrings } from './kernel-strings.ts';
import type { ByteValues } from './values.ts';

/** Positions from..to of a column's values. */
export interface Span {
  readonly from: number;
  readonly to: number;
}

/** Where bytes go: from `at` on. The caller has made room. */
export interface Target {
  readonly out: Buffer;
  readonly at: number;
}

/** When a dictionary is given up while it is built. */
export interface DictionaryRule {
  /** Bytes of the dictionary page (PLAIN) beyond which it is given up. */
  readonly bytesMax: number;
  /** Values looked at first, and how many of them may be distinct. */
  readonly probeValues: number;
  readonly probeDistinctMax: number;
}

/** What `dictStrings` and `dictWords` fill. */
export interface DictionaryIds {
  /** Id of every value; room for all of them. */
  readonly ids: Uint32Array;
  /** Position of the first appearance by id; room for as many as there are values. */
  readonly first: Uint32Array;
}

/** Positions of the smallest and the largest value of a span. */
export interface MinMax {
  min: number;
  max: number;
}

export interface Kernels {
  /** Numbers distinct byte strings in order of appearance. The number of distinct values, or -1 when the rule gives up. */
  dictStrings(values: ByteValues, into: DictionaryIds, rule: DictionaryRule): number;
  /** The same over values of one or two 32-bit words. */
  dictWords(
    values: { readonly words: Int32Array; readonly perValue: 1 | 2; readonly count: number },
    into: DictionaryIds,
    rule: DictionaryRule,
  ): number;
  /** Run-length / bit-packed hybrid of values of `width` bits (1 to 24). Gives the end. */
  hybrid(values: Uint8Array | Uint32Array, span: Span & { readonly width: number }, target: Target): number;
  /** DELTA_BINARY_PACKED of 32 or 64 bit integers. Gives the end. */
  deltaBinary(values: { readonly words: Int32Array; readonly perValue: 1 | 2 }, span: Span, target: Target): number;
  /** Copies byte strings, each after its length when `prefixed`, and finds the extremes by unsigned order in the same pass. Gives the end. */
  copyStrings(values: ByteValues, span: Span & { readonly prefixed: boolean }, target: Target, extremes: MinMax): number;
}

export const KERNELS: Kernels = { dictStrings, dictWords, hybrid: writeHybrid, deltaBinary, copyStrings };
