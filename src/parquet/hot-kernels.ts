// The writer's kernels in WebAssembly. They see nothing but the memory of one arena: a call whose arrays all lie there goes to the module,
// any other (the arena was full, or a column came from elsewhere) to the TypeScript kernel, which gives the same result. Which arena that is
// says open-kernels.ts.
import { assertInvariant } from '../errors.ts';
import { dictionaryWorkBytes } from '../hot/encode-kernels.ts';
import { type Arena, alloc, freeBytes, mark, reset } from '../hot/memory.ts';
import { assertAddress } from '../hot/module.ts';
import { arraysOf } from './arena-arrays.ts';
import { hotNumberStrings } from './hot-number-strings.ts';
import { KERNELS, type KernelPlace, type Kernels, type Words } from './kernels.ts';
import { roomOver, SPARE_BYTES } from './room.ts';
import type { ByteValues } from './values.ts';

/** Kernels and room over an arena. */
export function hotKernels(arena: Arena): KernelPlace {
  const report = alloc(arena, 16, 16);
  assertAddress(arena.memory, report, 'the report of the encoder');
  const over: Over = { arena, report, results: new DataView(arena.buffer, report, 16) };
  return {
    ...plainKernelsIn(arena),
    kernels: kernelsOver(over),
    numberStrings: hotNumberStrings(arena),
  };
}

/** TypeScript's kernels with the room of an arena: for few rows they are quicker than the calls that would hand these over. */
export function plainKernelsIn(arena: Arena): KernelPlace {
  return { kernels: KERNELS, room: roomOver((size) => take(arena, size), stackOf(arena)), place: (bytes) => bytes };
}

interface Over {
  readonly arena: Arena;
  /** Where kernels put results beside the first. */
  readonly report: number;
  readonly results: DataView;
}

function stackOf(arena: Arena) {
  return { mark: () => mark(arena), reset: (to: number) => reset(arena, to) };
}

/** Arena memory, ordinary memory when the arena is full. */
function take(arena: Arena, size: number): { readonly buffer: ArrayBuffer; readonly at: number } {
  if (freeBytes(arena) < size + 64) return { buffer: new ArrayBuffer(size), at: 0 };
  return { buffer: arena.buffer, at: alloc(arena, size, 16) };
}

/** Is there something behind the last value for wide loads to read? */
function hasSpare(arena: Arena, { bytes, end }: ByteValues): boolean {
  return bytes.byteOffset + end + SPARE_BYTES <= arena.buffer.byteLength;
}

function kernelsOver(over: Over): Kernels {
  const { arena, report, results } = over;
  const hot = arena.kernels;
  const { isIn, at } = arraysOf(arena);
  return {
    ...dictionaryKernels(over),
    ...levelKernels(over),
    hybrid(values, span, target) {
      if (!isIn(values, target.out)) return KERNELS.hybrid(values, span, target);
      const { from, to, width } = span;
      assertInvariant(width > 0 && width <= 24, 'a level or dictionary id has 1 to 24 bits');
      const out = at(target.out) + target.at;
      const end =
        values.BYTES_PER_ELEMENT === 1
          ? hot.encodeHybridBytes(at(values), from, to, width, out)
          : hot.encodeHybridWords(at(values), from, to, width, out);
      return target.at + end - out;
    },
    deltaBinary(values, span, target) {
      if (!isIn(values.words, target.out)) return KERNELS.deltaBinary(values, span, target);
      const out = at(target.out) + target.at;
      return target.at + hot.encodeDelta(at(values.words), values.perValue, span.from, span.to, out) - out;
    },
    copyStrings(values, span, target, extremes) {
      const { bytes, start, length } = values;
      if (!isIn(bytes, start, length, target.out) || !hasSpare(arena, values)) return KERNELS.copyStrings(values, span, target, extremes);
      const out = at(target.out) + target.at;
      const end = hot.encodeCopyStrings(bytes.byteOffset, at(start), at(length), span.from, span.to, span.prefixed ? 1 : 0, out, report);
      extremes.min = results.getInt32(0, true);
      extremes.max = results.getInt32(4, true);
      return target.at + end - out;
    },
    gatherWords(source, rows, into) {
      if (!isIn(source.words, rows, into)) return KERNELS.gatherWords(source, rows, into);
      const gather = source.perValue === 1 ? hot.encodeGather32 : hot.encodeGather64;
      gather(at(source.words), at(rows), rows.length, at(into));
    },
    gatherViews(source, rows, into) {
      if (!isIn(source.start, source.length, rows, into.start, into.length)) return KERNELS.gatherViews(source, rows, into);
      hot.encodeGatherViews(at(source.start), at(source.length), at(rows), rows.length, at(into.start), at(into.length), report);
      return { end: results.getFloat64(0, true), bytes: results.getFloat64(8, true) };
    },
    bitsOfAll(words, rows) {
      return isIn(words, rows) ? hot.encodeBitsOfAll(at(words), at(rows), rows.length) : KERNELS.bitsOfAll(words, rows);
    },
    sumLengths(length, { words, bit }, rows) {
      if (!isIn(length, words, rows)) return KERNELS.sumLengths(length, { words, bit }, rows);
      return hot.encodeSumLengths(at(length), at(words), bit, at(rows), rows.length);
    },
    maxLength(length, { words, bit }, count) {
      if (!isIn(length, words)) return KERNELS.maxLength(length, { words, bit }, count);
      return hot.encodeMaxLength(at(length), at(words), bit, count) >>> 0;
    },
    spanOfRows(rows) {
      if (!isIn(rows)) return KERNELS.spanOfRows(rows);
      return { isRange: hot.encodeIsRange(at(rows), rows.length) === 1, last: hot.encodeLastRow(at(rows), rows.length) };
    },
    integerExtremes(values: Words, span, into) {
      if (!isIn(values.words)) return KERNELS.integerExtremes(values, span, into);
      hot.encodeExtremes(at(values.words), values.perValue, span.from, span.to, report);
      into.min = results.getInt32(0, true);
      into.max = results.getInt32(4, true);
    },
  };
}

function levelKernels({ arena }: Over): Pick<Kernels, 'levels' | 'step' | 'elements' | 'repeat' | 'there'> {
  const hot = arena.kernels;
  const { isIn, at } = arraysOf(arena);
  return {
    levels(presence, rows, into) {
      if (!isIn(presence.words, rows, into.definition, into.there)) return KERNELS.levels(presence, rows, into);
      return hot.encodeLevels(at(presence.words), presence.bit, at(rows), rows.length, at(into.definition), at(into.there));
    },
    step({ words, bit }, { row, definition }, into) {
      if (!isIn(words, row, definition, into.row, into.definition)) return KERNELS.step({ words, bit }, { row, definition }, into);
      hot.encodeStep(at(words), bit, at(row), at(definition), row.length, at(into.row), at(into.definition));
    },
    elements(rows, length) {
      return isIn(rows, length) ? hot.encodeElements(at(rows), rows.length, at(length)) : KERNELS.elements(rows, length);
    },
    repeat(entries, lists, into) {
      const { row, definition, repetition = definition } = entries;
      const isInside = isIn(row, definition, repetition, lists.start, lists.length) && isIn(into.row, into.definition, into.repetition);
      if (!isInside) return KERNELS.repeat(entries, lists, into);
      hot.encodeRepeat(
        at(row),
        at(definition),
        entries.repetition ? at(entries.repetition) : 0,
        row.length,
        at(lists.start),
        at(lists.length),
        lists.depth,
        at(into.row),
        at(into.definition),
        at(into.repetition),
      );
    },
    there(rows, into) {
      return isIn(rows, into) ? hot.encodeThere(at(rows), rows.length, at(into)) : KERNELS.there(rows, into);
    },
  };
}

function dictionaryKernels({ arena }: Over): Pick<Kernels, 'dictStrings' | 'dictWords'> {
  const hot = arena.kernels;
  const { isIn, at } = arraysOf(arena);
  /** What numbering values takes, for the time of a call; undefined when it does not fit. */
  const withWork = (count: number, call: (work: number) => number): number | undefined => {
    const size = dictionaryWorkBytes(count);
    if (freeBytes(arena) < size + 64) return undefined;
    const to = mark(arena);
    const result = call(alloc(arena, size, 16));
    reset(arena, to);
    return result;
  };
  return {
    dictStrings(values, into, rule) {
      const { bytes, start, length, count, fixed } = values;
      const { bytesMax, probeValues, probeDistinctMax } = rule;
      const run = (work: number): number =>
        hot.encodeDictStrings(
          bytes.byteOffset,
          at(start),
          at(length),
          count,
          at(into.ids),
          at(into.first),
          work,
          fixed === undefined ? 4 : 0,
          bytesMax,
          probeValues,
          probeDistinctMax,
        );
      const found = isIn(bytes, start, length, into.ids, into.first) && hasSpare(arena, values) ? withWork(count, run) : undefined;
      return found ?? KERNELS.dictStrings(values, into, rule);
    },
    dictWords(values, into, rule) {
      const { words, perValue, count } = values;
      const distinctMax = rule.bytesMax / (4 * perValue);
      const run = (work: number): number =>
        hot.encodeDictWords(
          at(words),
          perValue,
          count,
          at(into.ids),
          at(into.first),
          work,
          distinctMax,
          rule.probeValues,
          rule.probeDistinctMax,
        );
      const found = isIn(words, into.ids, into.first) ? withWork(count, run) : undefined;
      return found ?? KERNELS.dictWords(values, into, rule);
    },
  };
}
