// Dictionary encoding of one column chunk: distinct values in order of appearance and an id per value, or the decision that it does not
// pay. The whole chunk is either dictionary or not, because all its values are here before its first page is written. The rule:
//   - given up at once when of the first 1,024 values more than 97 % are distinct, or when the dictionary passes its limit of bytes;
//   - then size decides, by an estimate of both forms after compression (`isWorthIt`).

import { assertInvariant } from '../errors.ts';
import { widthOf } from './hybrid.ts';
import type { DictionaryRule, Kernels, NumberedValues } from './kernels.ts';
import { plainBytes } from './plain.ts';
import type { Room } from './room.ts';
import type { Values } from './values.ts';

export interface Dictionary {
  /** Id of every value. */
  readonly ids: Uint32Array;
  /** Position of the first value with an id. */
  readonly first: Uint32Array;
  /** The distinct values, by id. */
  readonly entries: Values;
  /** Bits of an id in a data page. */
  readonly width: number;
}

/** Values looked at before a column without repetitions is given up, and how many of them may be distinct. */
const PROBE_VALUES = 1024;
const PROBE_DISTINCT_MAX = Math.floor(PROBE_VALUES * 0.97);
/** Header and encoding entries of the additional page. */
const PAGE_OVERHEAD = 40;
/** What a repetition costs in the plain form once compressed: a match of so many bytes, or this share of short values' own bytes. */
const REPEATED_BYTES = 4;
const REPEATED_SHARE = 0.5;
/** With fewer values the page alone costs more than all repetitions. */
const VALUES_MIN = 2 + Math.floor(PAGE_OVERHEAD / REPEATED_BYTES);
/** Ids are written in at most this many bits. */
const DISTINCT_MAX = 2 ** 24;

export interface BuiltDictionary {
  /** Undefined when plain is better. */
  readonly dictionary: Dictionary | undefined;
  /** Undefined when nobody counted to the end. */
  readonly distinct: number | undefined;
}

/** A dictionary of the values. `numbered`: what `numberStrings` made of them ahead, under the same rule. */
export function buildDictionary(
  values: Values,
  context: { readonly kernels: Kernels; readonly room: Room; readonly bytesMax: number; readonly numbered?: NumberedValues | undefined },
): BuiltDictionary {
  if (values.count < VALUES_MIN || values.kind === 'bool') return NO_DICTIONARY;
  const { ids, first: all, distinct } = context.numbered ?? numberValues(values, context);
  if (distinct < 0 || distinct > DISTINCT_MAX) return NO_DICTIONARY;
  assertInvariant(ids.length === values.count, 'every value of a column has its id');
  const first = all.subarray(0, distinct);
  const entries = pick(values, first, context);
  const width = Math.max(1, widthOf(distinct - 1));
  return { dictionary: isWorthIt(values, { entries, width }) ? { ids, first, entries, width } : undefined, distinct };
}

export const NO_DICTIONARY: BuiltDictionary = { dictionary: undefined, distinct: undefined };

/** When a dictionary of so many bytes at most is given up. */
export function dictionaryRule(bytesMax: number): DictionaryRule {
  return { bytesMax, probeValues: PROBE_VALUES, probeDistinctMax: PROBE_DISTINCT_MAX };
}

/**
 * Is the dictionary smaller? A distinct value costs about the same in either form, so what counts are the repetitions: an id of
 * `width` bits for every value, against what the compressor makes of a value it has seen before.
 */
function isWorthIt(values: Values, dictionary: { readonly entries: Values; readonly width: number }): boolean {
  const { count } = values;
  const distinct = dictionary.entries.count;
  const idBytes = PAGE_OVERHEAD + (count * dictionary.width) / 8;
  const repeatedPlain = plainBytes(values, { from: 0, to: count }) - plainBytes(dictionary.entries, { from: 0, to: distinct });
  return idBytes < Math.min(REPEATED_BYTES * (count - distinct), REPEATED_SHARE * repeatedPlain);
}

function numberValues(
  values: Exclude<Values, { kind: 'bool' }>,
  { kernels, room, bytesMax }: { readonly kernels: Kernels; readonly room: Room; readonly bytesMax: number },
): NumberedValues {
  const into = { ids: room.u32(values.count), first: room.u32(values.count) };
  const rule = dictionaryRule(bytesMax);
  const distinct = values.kind === 'bytes' ? kernels.dictStrings(values, into, rule) : kernels.dictWords(wordsOf(values), into, rule);
  return { ...into, distinct };
}

/** Numbers as 32-bit words. */
export function wordsOf(values: Exclude<Values, { kind: 'bool' | 'bytes' }>): {
  readonly words: Int32Array;
  readonly perValue: 1 | 2;
  readonly count: number;
} {
  const { count } = values;
  switch (values.kind) {
    case 'i32':
      return { words: values.v, perValue: 1, count };
    case 'i64':
      return { words: values.lohi, perValue: 2, count };
    case 'f32':
      return { words: new Int32Array(values.v.buffer, values.v.byteOffset, count), perValue: 1, count };
    case 'f64':
      return { words: new Int32Array(values.v.buffer, values.v.byteOffset, count * 2), perValue: 2, count };
  }
}

/** The values at the given positions. Copies bits, so that a NaN keeps its payload. */
function pick(
  values: Exclude<Values, { kind: 'bool' }>,
  at: Uint32Array,
  { kernels, room }: { readonly kernels: Kernels; readonly room: Room },
): Values {
  const count = at.length;
  if (values.kind === 'bytes') {
    const into = { start: room.u32(count), length: room.u32(count) };
    const { bytes: totalBytes } = kernels.gatherViews(values, at, into);
    return { ...values, count, ...into, totalBytes };
  }
  const { words, perValue } = wordsOf(values);
  const picked = room.i32(count * perValue);
  kernels.gatherWords({ words, perValue }, at, picked);
  switch (values.kind) {
    case 'i32':
      return { kind: 'i32', count, v: picked };
    case 'i64':
      return { kind: 'i64', count, lohi: picked };
    case 'f32':
      return { kind: 'f32', count, v: new Float32Array(picked.buffer, picked.byteOffset, count) };
    case 'f64':
      return { kind: 'f64', count, v: new Float64Array(picked.buffer, picked.byteOffset, count) };
  }
}
