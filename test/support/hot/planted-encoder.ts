// Bugs that the encoder's kernels could have, each planted in their sources as a change of text and compiled: the checks of
// encoder-differences.ts must find every one. A change that no longer applies is an error, not a bug found.
import { readFileSync } from 'node:fs';
import { compileKernels } from '../../../scripts/compile-kernels.mjs';
import { makeArena } from '../../../src/hot/memory.ts';
import { hotModule } from '../../../src/hot/module.ts';
import { hotKernels } from '../../../src/parquet/hot-kernels.ts';
import { plainKernels } from '../../../src/parquet/kernels.ts';
import { findEncoderDifference } from './encoder-differences.ts';

export interface PlantedBug {
  readonly name: string;
  /** Under src/hot/assembly/. */
  readonly file: string;
  readonly find: string;
  readonly replace: string;
}

export const ENCODER_BUGS: readonly PlantedBug[] = [
  {
    name: 'a run of eight begins one value late',
    file: 'encode-hybrid.ts',
    find: 'at = writeRun(value, end - i, width, at);',
    replace: 'at = writeRun(value, end - i - 1, width, at);',
  },
  {
    name: 'a run stops at seven values',
    file: 'encode-hybrid.ts',
    find: 'const last = min<u32>(i + 8, to);',
    replace: 'const last = min<u32>(i + 7, to);',
  },
  {
    name: 'the bits of the last group are lost',
    file: 'encode-hybrid.ts',
    find: 'for (let left = <i32>bits; left > 0; left -= 8)',
    replace: 'for (let left = <i32>bits; left > 8; left -= 8)',
  },
  {
    name: 'a delta loses its sign',
    file: 'encode-delta.ts',
    find: '<u64>(value >> 63)',
    replace: '((<u64>value) >> 63)',
  },
  {
    name: 'the least delta is that of 32 bits',
    file: 'encode-delta.ts',
    find: 'let least = i64.MAX_VALUE;',
    replace: 'let least: i64 = i32.MAX_VALUE;',
  },
  {
    name: 'the block at hand keeps deltas of the one before',
    file: 'encode-delta.ts',
    find: 'memory.fill(DELTAS + ((<usize>size) << 3), 0, (<usize>(BLOCK - size)) << 3);',
    replace: 'memory.fill(DELTAS + ((<usize>size) << 3), 0, (<usize>(BLOCK - size)) << 2);',
  },
  {
    name: 'a width of 64 bits shifts by 64',
    file: 'encode-delta.ts',
    find: 'register = taken < 64 ? value >> taken : 0;',
    replace: 'register = value >> taken;',
  },
  {
    name: 'levels are those of the next presence bit',
    file: 'encode-gather.ts',
    find: 'const here = (load<u32>(words + ((<usize>row) << 2)) >> bit) & 1',
    replace: 'const here = (load<u32>(words + ((<usize>row) << 2)) >> (bit ^ 1)) & 1',
  },
  {
    name: 'an entry that has ended goes on',
    file: 'encode-gather.ts',
    find: 'store<u32>(intoRows + at, here !== 0 ? row : ENDED);',
    replace: 'store<u32>(intoRows + at, row);',
  },
  {
    name: 'a step adds no level',
    file: 'encode-gather.ts',
    find: 'store<u8>(intoDefinition + i, <u8>(<u32>load<u8>(definition + i) + here));',
    replace: 'store<u8>(intoDefinition + i, load<u8>(definition + i));',
  },
  {
    name: 'an entry that has ended is listed as there',
    file: 'encode-gather.ts',
    find: 'found += u32(row !== ENDED);',
    replace: 'found += 1;',
  },
  {
    name: 'a row without a value is listed as there',
    file: 'encode-gather.ts',
    find: 'found += here;',
    replace: 'found += 1;',
  },
  {
    name: 'lengths of absent values are summed',
    file: 'encode-gather.ts',
    find: '* ((load<u32>(words + row) >> bit) & 1);',
    replace: '* 1;',
  },
  {
    name: 'the last row is not looked at for gaps',
    file: 'encode-gather.ts',
    find: 'for (let i: u32 = 1; i < count; i++) if (load<u32>(rows',
    replace: 'for (let i: u32 = 1; i + 1 < count; i++) if (load<u32>(rows',
  },
  {
    name: 'the largest row is the last one',
    file: 'encode-gather.ts',
    find: 'last = max<u32>(last, load<u32>(rows + ((<usize>i) << 2)));',
    replace: 'last = load<u32>(rows + ((<usize>i) << 2));',
  },
  {
    name: 'integers compare without their sign',
    file: 'encode-gather.ts',
    find: 'if (perValue === 1) extremes<i32>(words, from, to, report);',
    replace: 'if (perValue === 1) extremes<u32>(words, from, to, report);',
  },
  {
    name: 'of equal largest values the last is given',
    file: 'encode-gather.ts',
    find: '} else if (value > highest) {',
    replace: '} else if (value >= highest) {',
  },
  {
    name: 'bytes above 0x7f sort below the others',
    file: 'encode-strings.ts',
    find: 'if (wordA !== wordB) return bswap<u64>(wordA) < bswap<u64>(wordB) ? -1 : 1;',
    replace: 'if (wordA !== wordB) return <i64>bswap<u64>(wordA) < <i64>bswap<u64>(wordB) ? -1 : 1;',
  },
  {
    name: 'a value that continues another sorts as equal',
    file: 'encode-strings.ts',
    find: 'return sizeA < sizeB ? -1 : sizeA > sizeB ? 1 : 0;',
    replace: 'return 0;',
  },
  {
    name: 'the head of a short value holds bytes behind it',
    file: 'encode-strings.ts',
    find: 'return size === 0 ? 0 : head & (~(<u64>0) << (64 - (size << 3)));',
    replace: 'return size === 0 ? 0 : head;',
  },
  {
    name: 'values longer than a load are copied but for their end',
    file: 'encode-strings.ts',
    find: 'for (let done: u32 = 0; done < size; done += 16)',
    replace: 'for (let done: u32 = 0; done + 16 <= size || done === 0; done += 16)',
  },
  {
    name: 'values of one hash and size count as the same',
    file: 'encode-keys.ts',
    find: 'const textB = <usize>load<u32>(b);',
    replace: 'const textB = textA;',
  },
  {
    name: 'the key of a short value holds bytes behind it',
    file: 'encode-keys.ts',
    find: 'v128.load(KEPT + 16 - size)',
    replace: 'v128.load(KEPT + 15 - size)',
  },
  {
    name: 'short values that zeros continue count as the same',
    file: 'encode-keys.ts',
    find: '15, <i8>size)',
    replace: '15, 15)',
  },
  {
    name: 'a value of sixteen bytes loses its last to its size',
    file: 'encode-keys.ts',
    find: 'size < 16 ? shortKey',
    replace: 'size < 17 ? shortKey',
  },
  {
    name: 'values of several columns are those of the row before',
    file: 'encode-dictionary-rows.ts',
    find: 'load<u32>(<usize>load<u32>(column, DICT_LENGTH) + row);',
    replace: 'load<u32>(<usize>load<u32>(column, DICT_LENGTH) + max<usize>(row, 4) - 4);',
  },
  {
    name: 'numbered by rows, an absent value counts',
    file: 'encode-dictionary-rows.ts',
    find: '>> load<u32>(column, DICT_BIT)) & 1) === 0) continue;',
    replace: '>> (load<u32>(column, DICT_BIT) + 1)) & 1) === 0) continue;',
  },
  {
    name: 'numbered by rows, a text is taken for a longer one at its place',
    file: 'encode-dictionary-rows.ts',
    find: ' || size !== load<u32>(column, DICT_MADE_KEY + 8)',
    replace: '',
  },
  {
    name: 'numbered by rows, a block begins with a key of the one before',
    file: 'encode-dictionary-rows.ts',
    find: 'store<u32>(column, load<u32>(column, DICT_BLOCK), DICT_BLOCK_END);',
    replace: 'store<u32>(column, load<u32>(column, DICT_BLOCK) + (load<u32>(column, DICT_COUNT) > 0 ? 16 : 0), DICT_BLOCK_END);',
  },
  {
    name: 'numbered by rows, the last row of a block is left out',
    file: 'encode-dictionary-rows.ts',
    find: 'rows < rowsEnd;',
    replace: 'rows + 4 < rowsEnd;',
  },
  {
    name: 'a text of many rows is taken for a longer one at its place',
    file: 'encode-keys.ts',
    find: 'at === lastAt && size === lastSize',
    replace: 'at === lastAt',
  },
  {
    name: 'a run goes on with another id',
    file: 'encode-numbering.ts',
    find: 'lastId = id - 1;',
    replace: 'lastId = id;',
  },
  {
    name: 'a first appearance is one value late',
    file: 'encode-numbering.ts',
    find: '+ ((<usize>distinct) << 2), value);',
    replace: '+ ((<usize>distinct) << 2), value + 1);',
  },
  {
    name: 'one value more than there is room for',
    file: 'encode-numbering.ts',
    find: 'distinct === load<u32>(column, DICT_ROOM)',
    replace: 'distinct > load<u32>(column, DICT_ROOM)',
  },
  {
    name: 'values are given up by their bytes without their lengths',
    file: 'encode-numbering.ts',
    find: ' + size + load<u32>(column, DICT_PREFIX);',
    replace: ' + size;',
  },
  {
    name: 'the probe is one value late',
    file: 'encode-numbering.ts',
    find: 'if (value === probeValues &&',
    replace: 'if (value === probeValues + 1 &&',
  },
  {
    name: 'a run goes on over a shorter value',
    file: 'encode-numbering.ts',
    find: 'if (isLong && !v128.any_true(v128.xor(key, last))) {',
    replace: 'if (isLong && load<u32>(block) === i32x4.extract_lane(last, 0)) {',
  },
  {
    name: 'a block forgets how far the one before came',
    file: 'encode-numbering.ts',
    find: 'store<u32>(column, value, DICT_COUNT);',
    replace: 'store<u32>(column, value - 1, DICT_COUNT);',
  },
  {
    name: 'a table that grew forgets its last value',
    file: 'encode-numbering.ts',
    find: 'for (let id: u32 = 0; id < distinct; id++)',
    replace: 'for (let id: u32 = 0; id < distinct - 1; id++)',
  },
  {
    name: 'the dictionary is given up one value late',
    file: 'encode-numbering.ts',
    find: '&& distinct > probeDistinctMax) return',
    replace: '&& distinct > probeDistinctMax + 1) return',
  },
  {
    name: 'the largest length is that of an absent value',
    file: 'encode-gather.ts',
    find: 'const toSign: i32 = 31 - bit;',
    replace: 'const toSign: i32 = 30 - bit;',
  },
  {
    name: 'the largest length is not looked for in the last rows',
    file: 'encode-gather.ts',
    find: 'for (let i = fours; i < count; i++)',
    replace: 'for (let i = fours + 1; i < count; i++)',
  },
  {
    name: 'the largest length is one of half the rows',
    file: 'encode-gather.ts',
    find: 'v128.shuffle<i32>(most, most, 2, 3, 0, 1)',
    replace: 'most',
  },
  {
    name: 'a distinct number is kept as another',
    file: 'encode-dictionary.ts',
    find: 'store<u64>(known + ((<usize>distinct) << 3), value);',
    replace: 'store<u64>(known + ((<usize>distinct) << 3), value & ~8);',
  },
  {
    name: 'a run of numbers goes on with another id',
    file: 'encode-dictionary.ts',
    find: 'lastId = id - 1;',
    replace: 'lastId = id;',
  },
  {
    name: 'the first element of a list is repeated',
    file: 'encode-gather.ts',
    find: 'if (j > 0) store<u8>(intoRepetition + out, <u8>depth);',
    replace: 'store<u8>(intoRepetition + out, <u8>depth);',
  },
  {
    name: 'an empty list ends a level later',
    file: 'encode-gather.ts',
    find: 'store<u8>(intoDefinition + out++, <u8>level);',
    replace: 'store<u8>(intoDefinition + out++, <u8>(level + u32(row !== ENDED)));',
  },
  {
    name: 'an entry that ended has no place among the elements',
    file: 'encode-gather.ts',
    find: 'total += row === ENDED ? 1 :',
    replace: 'total += row === ENDED ? 0 :',
  },
];

/** Seeds tried on a bug before it counts as missed; the property test runs 400. */
const SEEDS = 400;
const ARENA_BYTES = 4 * 1024 * 1024;

/** The kernel in which the planted bug shows, and after how many seeds; undefined when it was missed. */
export async function findPlanted(root: string, bug: PlantedBug): Promise<{ readonly kernel: string; readonly seeds: number } | undefined> {
  const module = hotModule(Uint8Array.from(await compileKernels(root, plant(root, bug))));
  for (let seed = 1; seed <= SEEDS; seed++) {
    // A planted bug may write anywhere: every seed has memory of its own.
    const places = [hotKernels(makeArena(ARENA_BYTES, module)), plainKernels()] as const;
    const kernel = differs(places, seed);
    if (kernel !== undefined) return { kernel, seeds: seed };
  }
  return undefined;
}

/** The patched source by its path. Throws when the text to change is not there exactly once. */
export function plant(root: string, bug: PlantedBug): Map<string, string> {
  const path = `src/hot/assembly/${bug.file}`;
  const source = readFileSync(`${root}/${path}`, 'utf8');
  if (source.split(bug.find).length !== 2) throw new Error(`the bug '${bug.name}' does not apply once to ${path}`);
  return new Map([[path, source.replace(bug.find, () => bug.replace)]]);
}

function differs(places: Parameters<typeof findEncoderDifference>[0], seed: number): string | undefined {
  try {
    return findEncoderDifference(places, seed);
  } catch (error) {
    return error instanceof Error ? error.name : 'thrown';
  }
}
