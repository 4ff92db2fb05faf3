// What TypeScript and the kernel that numbers strings by rows (assembly/encode-dictionary-rows.ts) share: an entry per column, byte offsets of
// 32-bit words (this file is compiled by both, so it is constants alone). Columns, ids and first appearances lie anywhere in the arena, and so
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
/** Of the last long string: where it is, its size, its id; before the first a size that no string has. */
export const DICT_LAST_AT = 64;
export const DICT_LAST_SIZE = 68;
export const DICT_LAST_ID = 72;
export const DICT_BYTES = 80;

/** The rule gave up; there are more distinct values than room. */
export const DICT_GIVEN_UP = -1;
export const DICT_NO_ROOM = -2;
