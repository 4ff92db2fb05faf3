// What TypeScript and the kernels that number strings (assembly/encode-numbering.ts) share: an entry per column, byte offsets of 32-bit
// words (this file is compiled by both, so it is constants alone). Columns, ids and first appearances lie anywhere in the arena, and so
// does what the kernel works in:
//
//   hashes[room] by id · keys[room] of 16 bytes by id · slots[1024 · 4^k], id + 1 by hash, of which at most half are taken

export const DICT_START = 0;
export const DICT_LENGTH = 4;
/** Presence words, and the bit of the column. */
export const DICT_PRESENT = 8;
export const DICT_BIT = 12;
export const DICT_IDS = 16;
export const DICT_FIRST = 20;
export const DICT_HASHES = 24;
export const DICT_KEYS = 28;
export const DICT_SLOTS = 32;
/** Distinct values there is room for. */
export const DICT_ROOM = 36;
/** Distinct values so far, or why the column is not numbered. */
export const DICT_DISTINCT = 40;
/** Values so far; mask of the slots; probes beyond the first; 64-bit: bytes of the distinct values as a page has them. */
export const DICT_COUNT = 44;
export const DICT_MASK = 48;
export const DICT_PROBES = 52;
export const DICT_DISTINCT_BYTES = 56;
/** Key of the last long string and its id; before the first one a key that no string has. */
export const DICT_LAST_KEY = 64;
export const DICT_LAST_ID = 80;
/** Bytes that a page puts before each of the values. */
export const DICT_PREFIX = 84;
/** Keys of the block of rows at hand, and where the next one goes; key and place of the long string that one was made of last. */
export const DICT_BLOCK = 88;
export const DICT_BLOCK_END = 92;
export const DICT_MADE_KEY = 96;
export const DICT_BYTES = 112;

/** Rows of a block, and bytes of its keys. */
export const DICT_BLOCK_ROWS = 64;
export const DICT_BLOCK_BYTES = 1024;

/** The rule gave up; there are more distinct values than room. */
export const DICT_GIVEN_UP = -1;
export const DICT_NO_ROOM = -2;
