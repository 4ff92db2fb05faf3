// The inner loops of the writer behind one interface: typed arrays and positions in, a position or a count out, no objects per value and
// no state between calls. The implementation here is TypeScript; hot-kernels.ts is the same in WebAssembly over the memory of an arena,
// gives the same results, and is used in its place for columns that lie there.
import { writeHybrid } from './hybrid.ts';
import { deltaBinary } from './kernel-delta.ts';
import { dictStrings, dictWords } from './kernel-dictionary.ts';
import {
  bitsOfAll,
  type Entries,
  elements,
  gatherViews,
  gatherWords,
  integerExtremes,
  levels,
  maxLength,
  repeat,
  spanOfRows,
  step,
  sumLengths,
  there,
  type Views,
} from './kernel-gather.ts';
import { copyStrings } from './kernel-strings.ts';
import { heapRoom, type Room } from './room.ts';
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

/** Numbers as 32-bit words, one or two a value. */
export interface Words {
  readonly words: Int32Array;
  readonly perValue: 1 | 2;
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
  dictWords(values: Words & { readonly count: number }, into: DictionaryIds, rule: DictionaryRule): number;
  /** Run-length / bit-packed hybrid of values of `width` bits (1 to 24). Gives the end. */
  hybrid(values: Uint8Array | Uint32Array, span: Span & { readonly width: number }, target: Target): number;
  /** DELTA_BINARY_PACKED of 32 or 64 bit integers. Gives the end. */
  deltaBinary(values: Words, span: Span, target: Target): number;
  /** Copies byte strings, each after its length when `prefixed`, and finds the extremes by unsigned order in the same pass. Gives the end. */
  copyStrings(values: ByteValues, span: Span & { readonly prefixed: boolean }, target: Target, extremes: MinMax): number;
  /** The words of the given rows, in their order. */
  gatherWords(source: Words, rows: Uint32Array, into: Int32Array): void;
  /** The views of the given rows; the largest end of one and the sum of lengths. */
  gatherViews(source: Views, rows: Uint32Array, into: Views): { readonly end: number; readonly bytes: number };
  /** Presence of the given rows as levels 0 and 1, and the rows that are there. Gives their number. */
  levels(
    presence: { readonly words: Uint32Array; readonly bit: number },
    rows: Uint32Array,
    into: { readonly definition: Uint8Array; readonly there: Uint32Array },
  ): number;
  /** One optional step of entries: those whose row has the presence bit go on with a level more, all others end. */
  step(presence: { readonly words: Uint32Array; readonly bit: number }, entries: Entries, into: Entries): void;
  /** Entries that `repeat` makes of those of some rows: one per element, one of each that ends. */
  elements(rows: Uint32Array, length: Uint32Array): number;
  /** One list or map step: every element goes on with a level more, the first with its entry's repetition, the others with `depth`; others end. */
  repeat(
    entries: Entries & { readonly repetition: Uint8Array | undefined },
    lists: Views & { readonly depth: number },
    into: Entries & { readonly repetition: Uint8Array },
  ): void;
  /** Rows of the entries that have one, in order. Gives their number; `into` has room for all. */
  there(rows: Uint32Array, into: Uint32Array): number;
  /** Bits set in the words of all rows, as a 32-bit integer. */
  bitsOfAll(words: Uint32Array, rows: Uint32Array): number;
  /** Lengths of the given rows that have the presence bit, summed. */
  sumLengths(length: Uint32Array, presence: { readonly words: Uint32Array; readonly bit: number }, rows: Uint32Array): number;
  /** The largest length of the first `count` rows that have the presence bit; 0 of none. */
  maxLength(length: Uint32Array, presence: { readonly words: Uint32Array; readonly bit: number }, count: number): number;
  /** Do the rows follow each other without gaps? And the largest of them; 0 of none. */
  spanOfRows(rows: Uint32Array): { readonly isRange: boolean; readonly last: number };
  /** Extremes of integers of a span that is not empty; of equal ones the first. */
  integerExtremes(values: Words, span: Span, into: MinMax): void;
}

/** The distinct values of a column: ids, the first appearance of each, how many. -1: the rule gave up. */
export interface NumberedValues extends DictionaryIds {
  readonly distinct: number;
}

/** A column of strings to number: of the given rows those that have the presence bit. */
export interface StringColumn extends Views {
  readonly presence: { readonly words: Uint32Array; readonly bit: number };
  /** Distinct values there is to be room for. */
  readonly room: number;
}

/** Kernels, the memory they work in, and the bytes of a batch where they can read them. */
export interface KernelPlace {
  readonly kernels: Kernels;
  readonly room: Room;
  /** The same bytes in the kernels' memory where they were copied there, else as they are. */
  place(bytes: Buffer): Buffer;
  /**
   * What `dictStrings` makes of some columns of one batch, in one pass over the rows, so that each message is read once for all of them.
   * Undefined for a column that has more distinct values than room; of all where the memory or the columns do not allow it.
   */
  readonly numberStrings?: (
    columns: readonly StringColumn[],
    batch: { readonly bytes: Buffer; readonly rows: Uint32Array },
    rule: DictionaryRule,
  ) => (NumberedValues | undefined)[] | undefined;
}

export const KERNELS: Kernels = {
  dictStrings,
  dictWords,
  hybrid: writeHybrid,
  deltaBinary,
  copyStrings,
  gatherWords,
  gatherViews,
  levels,
  step,
  elements,
  repeat,
  there,
  bitsOfAll,
  maxLength,
  sumLengths,
  spanOfRows,
  integerExtremes,
};

/** Kernels over ordinary memory. */
export function plainKernels(kernels: Kernels = KERNELS): KernelPlace {
  return { kernels, room: heapRoom(), place: (bytes) => bytes };
}
