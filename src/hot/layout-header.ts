// The header of a batch for the decoding kernels: byte offsets, as in layout.ts, of what TypeScript tells them and they tell back.
// Words unless said otherwise; addresses are absolute, 0 is none.

/** Of the batch. Counters are written by the kernels. */
export const H_AUX_TOP = 0;
export const H_AUX_END = 4;
export const H_SETS = 8;
export const H_SET_COUNT = 12;
export const H_PLANS = 16;
export const H_PLAN = 20;
export const H_VARIANTS = 24;
export const H_VARIANT_COUNT = 28;
export const H_CONDITIONS = 32;
export const H_CONDITION_COUNT = 36;
export const H_VALUE_START = 40;
export const H_VALUE_END = 44;
export const H_VALUE_MAX = 48;
export const H_SOURCE = 52;
export const H_SOURCE_TEXTS = 56;
export const H_PARTITION = 60;
/** Doubles: Kafka offset, Kafka timestamp (ms) by record. */
export const H_OFFSET = 64;
export const H_TIMESTAMP = 68;
/** Results: record of every row; event time of every row (doubles, ms). */
export const H_ROW_RECORD = 72;
export const H_EVENT_TIME_MS = 76;
/** Columns of the technical values, 0 where switched off. */
export const H_COL_SOURCE_ID = 80;
export const H_COL_PARTITION = 84;
export const H_COL_OFFSET = 88;
export const H_COL_TIMESTAMP = 92;
export const H_COL_TOPIC = 96;
export const H_COL_INGESTED = 100;
/** Undeclared members: UNDECLARED_*; column and presence of the captured text; room for gathering it. */
export const H_UNDECLARED = 104;
export const H_COL_UNDECLARED = 108;
export const H_WORD_UNDECLARED = 112;
export const H_BIT_UNDECLARED = 116;
export const H_UNREAD_TEXT = 120;
export const H_UNREAD_END = 124;
export const H_LEVELS = 128;
/** Open objects' unknown keys: KEY_ENTRY_BYTES each. */
export const H_KEY_STACK = 132;
export const H_KEY_STACK_END = 136;
/** Keys learnt in this batch, and which come first, by depth. */
export const H_LEARNT = 156;
export const H_FIRSTS = 160;
/** Event time: its cell's column and presence, 0 where there is none; is it a date? */
export const H_EVENT_COLUMN = 140;
export const H_EVENT_WORD = 144;
export const H_EVENT_BIT = 148;
export const H_EVENT_IS_DATE = 152;
/** Doubles. Bounds are infinite where there are none. */
export const H_UNITS_PER_MS = 168;
export const H_MAX_AHEAD_MS = 176;
export const H_MAX_BEHIND_MS = 184;
export const H_INGESTED_US = 192;
/** Sums over the batch, as doubles. */
export const H_MISSING_SUM = 200;
export const H_NULLS_SUM = 208;
export const H_UNREAD_SUM = 216;
/** Room for notes; the end of those of the record that the kernels stopped at, 0 when it was not read to its end. */
export const H_NOTES = 224;
export const H_NOTES_END = 228;
export const H_NOTES_TOP = 232;
/** Of that record: where its texts begin in aux, values missing and null, unread members. */
export const H_NOTED_AUX = 236;
export const H_NOTED_MISSING = 240;
export const H_NOTED_NULLS = 244;
export const H_NOTED_UNREAD = 248;
/** Set by TypeScript: the next record is handed over like that although nothing is wrong with it. */
export const H_NOTES_ALL = 252;
export const HEADER_BYTES = 256;

export const UNDECLARED_IGNORE = 0;
export const UNDECLARED_CAPTURE = 1;
export const UNDECLARED_QUARANTINE = 2;

/** What is wrong with a record that was read to its end: a cell's value, a required cell's null, a scope; the cell or scope; where the value is. */
export const NOTE_KIND = 0;
export const NOTE_ID = 4;
export const NOTE_START = 8;
export const NOTE_END = 12;
export const NOTE_BYTES = 16;
export const NOTE_VALUE = 1;
export const NOTE_NULL = 2;
export const NOTE_SCOPE = 3;
/** A record with more is read again by the plain path. */
export const NOTES_MAX = 64;
