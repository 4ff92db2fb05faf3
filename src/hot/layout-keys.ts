// Keys that the kernels learn or note while they read: sizes and limits, shared by both languages as layout.ts is.

/** Keys that no plan names, learnt in a batch: their number, slots, and entries of up to LEARNT_TEXT_MAX bytes. */
export const LEARNT_COUNT = 0;
export const LEARNT_SLOTS = 16;
export const LEARNT_KEYS_MAX = 256;
export const LEARNT_SLOTS_MAX = 1024;
export const LEARNT_TEXT_MAX = 61;
export const LEARNT_ENTRY_BYTES = 128;
export const LEARNT_BYTES = 16 + 1024 * 4 + 256 * 128;
/** Keys that come first, by depth: two words as in a key. */
export const FIRST_BYTES = 8;
/** An unknown key on the stack: start, length, hash. */
export const KEY_ENTRY_BYTES = 12;
/** Unknown keys of one object that are compared with each other; an object of more is read by the plain path. */
export const UNKNOWN_KEYS_MAX = 128;
