// The encoder's kernels in WebAssembly beside those in TypeScript, on the same seeded inputs: the first kernel whose results or bytes
// differ, by name. Used by the property test and by the planted bugs, which it must find.
import { hybridBytesMax } from '../../../src/parquet/hybrid.ts';
import { deltaBytesMax } from '../../../src/parquet/kernel-delta.ts';
import type { KernelPlace } from '../../../src/parquet/kernels.ts';
import type { ByteValues } from '../../../src/parquet/values.ts';
import { type Random, seededRandom } from '../fuzz/random.ts';
import { makeRule, makeRuns, makeStrings, makeWords, put } from './encoder-inputs.ts';

/** What a kernel gave, as text that can be compared. */
type Run = (random: Random, place: KernelPlace) => unknown;

/** Name of a kernel that does not give what the other one gives; undefined when all agree. */
export function findEncoderDifference(places: readonly [KernelPlace, KernelPlace], seed: number): string | undefined {
  for (const [name, run] of Object.entries(CHECKS)) {
    const [one, other] = places.map((place) => {
      const to = place.room.mark();
      const result = JSON.stringify(run(seededRandom(seed), place));
      place.room.reset(to);
      return result;
    });
    if (one !== other) return name;
  }
  return undefined;
}

const GUARD = 0x77;

const CHECKS: Readonly<Record<string, Run>> = {
  dictStrings: (random, place) => {
    const [values] = makeStrings(random, [place]);
    const into = { ids: place.room.u32(values!.count).fill(0), first: place.room.u32(values!.count).fill(0) };
    const distinct = place.kernels.dictStrings(values!, into, makeRule(random));
    return distinct < 0 ? distinct : [[...into.ids], [...into.first.subarray(0, distinct)]];
  },
  numberStrings: (random, place) => {
    const made = [...makeStrings(random, [place]), ...makeStrings(random, [place]), ...makeStrings(random, [place])];
    // Of columns of one batch the rows that all have, and all in one memory.
    const rows = makeRows(random, place, Math.min(...made.map(({ count }) => count)));
    const rule = makeRule(random);
    const presence = put(
      place.room.u32(Math.max(...made.map(({ count }) => count))),
      Array.from({ length: Math.max(...made.map(({ count }) => count)) }, () => random.below(8)),
    );
    const isFull = random.chance(2);
    const columns = joinBytes(place, made).map((values, i) => ({
      ...values,
      fixed: undefined,
      presence: { words: isFull ? presence.map((word) => word | 7) : presence, bit: i },
      room: random.pick([1, 40, 700, 2400]),
    }));
    const placed = columns.map((values) => ({
      ...values,
      presence: { ...values.presence, words: put(place.room.u32(values.presence.words.length), values.presence.words) },
    }));
    const ahead = place.numberStrings?.(placed, { bytes: columns[0]!.bytes, rows }, rule);
    return placed.map((values, i) => {
      const there = rows.filter((row) => (values.presence.words[row]! >>> i) & 1);
      const own = put(place.room.u32(there.length), there);
      const gathered = { start: place.room.u32(own.length), length: place.room.u32(own.length) };
      const { end, bytes: totalBytes } = place.kernels.gatherViews(values, own, gathered);
      const into = { ids: place.room.u32(own.length).fill(0), first: place.room.u32(own.length).fill(0) };
      const given: ByteValues = { ...values, ...gathered, count: own.length, end, totalBytes };
      const { ids, first, distinct } = ahead?.[i] ?? { ...into, distinct: place.kernels.dictStrings(given, into, rule) };
      return distinct < 0 ? distinct : [[...ids.subarray(0, own.length)], [...first.subarray(0, distinct)]];
    });
  },
  dictWords: (random, place) => {
    const perValue = random.chance(2) ? 1 : 2;
    const words = makeWords(random, perValue);
    const count = words.length / perValue;
    const into = { ids: place.room.u32(count).fill(0), first: place.room.u32(count).fill(0) };
    const values = { words: put(place.room.i32(words.length), words), perValue, count } as const;
    const distinct = place.kernels.dictWords(values, into, makeRule(random));
    return distinct < 0 ? distinct : [[...into.ids], [...into.first.subarray(0, distinct)]];
  },
  hybrid: (random, place) => {
    const width = 1 + random.below(24);
    const isLevels = width <= 8 && random.chance(2);
    const runs = makeRuns(random, width);
    const values = put(isLevels ? place.room.u8(runs.length) : place.room.u32(runs.length), runs);
    const from = random.below(Math.min(20, runs.length + 1));
    return written(place, hybridBytesMax(runs.length, width), (target) =>
      place.kernels.hybrid(values, { from, to: runs.length, width }, target),
    );
  },
  deltaBinary: (random, place) => {
    const perValue = random.chance(2) ? 1 : 2;
    const words = makeWords(random, perValue);
    const count = words.length / perValue;
    const values = { words: put(place.room.i32(words.length), words), perValue } as const;
    const from = random.below(Math.min(3, count + 1));
    return written(place, deltaBytesMax(count, perValue), (target) => place.kernels.deltaBinary(values, { from, to: count }, target));
  },
  copyStrings: (random, place) => {
    const [values] = makeStrings(random, [place]);
    const extremes = { min: -2, max: -2 };
    const from = random.below(Math.min(3, values!.count + 1));
    const size = values!.totalBytes + 4 * values!.count;
    const bytes = written(place, size, (target) =>
      place.kernels.copyStrings(values!, { from, to: values!.count, prefixed: random.chance(2) }, target, extremes),
    );
    return [bytes, extremes];
  },
  gather: (random, place) => {
    const perValue = random.chance(2) ? 1 : 2;
    const words = makeWords(random, perValue);
    const rows = makeRows(random, place, words.length / perValue);
    const into = place.room.i32(rows.length * perValue).fill(0);
    place.kernels.gatherWords({ words: put(place.room.i32(words.length), words), perValue }, rows, into);
    return [...into];
  },
  gatherViews: (random, place) => {
    const [values] = makeStrings(random, [place]);
    const rows = makeRows(random, place, values!.count);
    const into = { start: place.room.u32(rows.length).fill(0), length: place.room.u32(rows.length).fill(0) };
    return [place.kernels.gatherViews(values!, rows, into), [...into.start], [...into.length]];
  },
  levels: (random, place) => {
    const presence = makeRuns(random, 24);
    const bit = random.below(32);
    const words = put(
      place.room.u32(presence.length),
      presence.map((word) => (random.chance(2) ? word : ~word)),
    );
    const rows = makeRows(random, place, presence.length);
    const into = { definition: place.room.u8(rows.length).fill(9), there: place.room.u32(rows.length).fill(0) };
    const found = place.kernels.levels({ words, bit }, rows, into);
    return [[...into.definition], [...into.there.subarray(0, found)], place.kernels.bitsOfAll(words, rows) | 0];
  },
  step: (random, place) => {
    const words = put(
      place.room.u32(40),
      Array.from({ length: 40 }, () => random.below(2 ** 31) * 2 + random.below(2)),
    );
    const rows = makeRows(random, place, 40);
    for (let i = 0; i < rows.length; i++) if (random.chance(4)) rows[i] = 0xffff_ffff;
    const definition = place.room.u8(rows.length).map(() => random.below(5));
    const entries = { row: rows, definition: put(place.room.u8(rows.length), [...definition]) };
    const into = { row: place.room.u32(rows.length).fill(9), definition: place.room.u8(rows.length).fill(9) };
    place.kernels.step({ words, bit: random.below(32) }, entries, into);
    const there = place.room.u32(rows.length);
    const found = place.kernels.there(into.row, there);
    return [[...into.row], [...into.definition], [...there.subarray(0, found)]];
  },
  repeat: (random, place) => {
    const rows = makeRows(random, place, 40);
    for (let i = 0; i < rows.length; i++) if (random.chance(4)) rows[i] = 0xffff_ffff;
    const some = (size: number, below: number) => Array.from({ length: size }, () => random.below(below));
    const entries = {
      row: rows,
      definition: put(place.room.u8(rows.length), some(rows.length, 5)),
      repetition: random.chance(2) ? put(place.room.u8(rows.length), some(rows.length, 3)) : undefined,
    };
    const lists = {
      start: put(place.room.u32(40), some(40, 1000)),
      length: put(place.room.u32(40), some(40, 4)),
      depth: 1 + random.below(3),
    };
    const total = place.kernels.elements(rows, lists.length);
    const into = { row: place.room.u32(total).fill(9), definition: place.room.u8(total).fill(9), repetition: place.room.u8(total).fill(9) };
    place.kernels.repeat(entries, lists, into);
    return [[...into.row], [...into.definition], [...into.repetition]];
  },
  maxLength: (random, place) => {
    const [values] = makeStrings(random, [place]);
    const presence = Array.from({ length: values!.count }, () => random.below(2 ** 31) * 2 + random.below(2));
    const words = put(place.room.u32(values!.count), presence);
    return place.kernels.maxLength(values!.length, { words, bit: random.below(32) }, random.below(values!.count + 1));
  },
  sumLengths: (random, place) => {
    const [values] = makeStrings(random, [place]);
    const presence = Array.from({ length: values!.count }, () => random.below(2 ** 31) * 2 + random.below(2));
    const words = put(place.room.u32(values!.count), presence);
    return place.kernels.sumLengths(values!.length, { words, bit: random.below(32) }, makeRows(random, place, values!.count));
  },
  spanOfRows: (random, place) => {
    const first = random.below(1000);
    const rows = Array.from({ length: random.below(40) }, (_, i) => first + i);
    // A range, or one with a row in the wrong place, or any rows.
    if (rows.length > 0 && random.chance(2)) rows[random.below(rows.length)]! += random.below(3);
    return [place.kernels.spanOfRows(put(place.room.u32(rows.length), rows)), place.kernels.spanOfRows(makeRows(random, place, 30))];
  },
  integerExtremes: (random, place) => {
    const perValue = random.chance(2) ? 1 : 2;
    const words = makeWords(random, perValue);
    const count = words.length / perValue;
    if (count === 0) return undefined;
    const found = { min: -1, max: -1 };
    const from = random.below(count);
    place.kernels.integerExtremes({ words: put(place.room.i32(words.length), words), perValue }, { from, to: count }, found);
    return found;
  },
};

/** The values over one memory that holds the bytes of all. */
function joinBytes({ room }: KernelPlace, columns: readonly ByteValues[]): ByteValues[] {
  const all = Buffer.concat(columns.map(({ bytes }) => bytes));
  const bytes = put(room.bytes(all.length), all).subarray(0, all.length);
  let shift = 0;
  return columns.map((values) => {
    const by = shift;
    shift += values.bytes.length;
    return {
      ...values,
      bytes,
      start: put(
        room.u32(values.count),
        values.start.map((at) => at + by),
      ),
    };
  });
}

function makeRows(random: Random, { room }: KernelPlace, count: number): Uint32Array {
  const rows = Array.from({ length: count }, (_, row) => row).filter(() => !random.chance(5));
  for (let i = rows.length - 1; i > 0; i--) {
    const j = random.below(i + 1);
    [rows[i], rows[j]] = [rows[j]!, rows[i]!];
  }
  return put(room.u32(rows.length), rows);
}

/** The end, the bytes before it, and whether what lies before the beginning is untouched. */
function written(
  { room }: KernelPlace,
  size: number,
  write: (target: { readonly out: Buffer; readonly at: number }) => number,
): readonly unknown[] {
  const out = room.bytes(size + 8).fill(GUARD);
  const end = write({ out, at: 5 });
  return [end, out.subarray(0, end).toString('hex'), end <= size + 5];
}
