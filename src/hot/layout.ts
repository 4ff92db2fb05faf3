// The structures that TypeScript writes into an arena and the decoding kernels read: byte offsets of 32-bit words, shared by both
// languages (this file is compiled by both, so it is constants alone). All addresses are absolute; 0 is none.
//
//   HEADER (layout-header.ts) ─► sets ─► SET ─► {presence words}          one per row space, pre-order
//          ─► plans ─► root NODE ─► CELL ─► {column}   one plan per variant
//                       │  └ keys ─► KEY ─► NODE …     members by name, the expected successor first
//                       └ SCOPE                        what must be there when the object is complete

/** One row space: row being written, rows there is room for, row at the record's begin; then per 32 columns its presence words. */
export const SET_ROW = 0;
export const SET_CAPACITY = 4;
export const SET_MARK = 8;
export const SET_WORDS = 12;
export const SET_PRESENT = 16;
/** Entry of SET_PRESENT: address of the words; the word a row begins with. */
export const WORD_ADDRESS = 0;
export const WORD_INITIAL = 4;
export const WORD_BYTES = 8;

/** Memory of one column: values or starts; lengths. */
export const COL_VALUES = 0;
export const COL_LENGTHS = 4;
export const COL_BYTES = 8;

export const PLAN_ROOT = 0;
export const PLAN_SCOPE = 4;
export const PLAN_BYTES = 8;

export const NODE_CELL = 0;
export const NODE_FLAGS = 4;
export const NODE_KEYS = 8;
export const NODE_ELEMENT = 12;
export const NODE_VALUE = 16;
export const NODE_CAPTURES = 20;
export const NODE_CAPTURE_COUNT = 24;
export const NODE_SCOPE = 28;
/** KIND_* of a scalar cell that nobody reads parts of, else KIND_UNKNOWN. */
export const NODE_KIND = 32;
export const NODE_BYTES = 36;
export const NODE_IS_READ = 1;
export const NODE_TRACKS_UNREAD = 2;
/** All conditions of all variants look at this value, and nothing else does but its cell. */
export const NODE_SETTLES = 4;

/** Where a value's position is noted: the address for it; does it belong to a variant's condition? Else the deferred cell it may go to. */
export const CAPTURE_ADDRESS = 0;
export const CAPTURE_IS_CONDITION = 4;
export const CAPTURE_DEFERRED = 8;
export const CAPTURE_BYTES = 12;

/** A table of members: the first word is the key expected first, as KEY_NEXT is in a key. */
export const KEYS_FIRST = 0;
export const KEYS_MASK = 8;
export const KEYS_SLOTS = 12;
/** The keys that followed it: the one to expect first, and another. Length and hash of its name. */
export const KEY_NEXT = 0;
export const KEY_OTHER = 4;
export const KEY_LENGTH = 8;
export const KEY_HASH = 12;
export const KEY_NODE = 16;
/** Number of the object it was in last. */
export const KEY_SEEN = 20;
/** KIND_*, and the cell that takes its value, if it is of one; of KIND_CAPTURED, the capture. */
export const KEY_KIND = 24;
export const KEY_CELL = 28;
/** Of a learnt key, instead of a cell: whose objects it was met in. */
export const KEY_OWNER = 28;
/** 16 bytes that are all ones where KEY_TEXT has a byte to compare; `"name":`, zeros behind. */
export const KEY_MASK = 32;
export const KEY_TEXT = 48;
/** Who reads the value of a key: nobody; the plan; a scalar's reader, by what is in its cell. */
export const KIND_UNKNOWN = 0;
export const KIND_NODE = 1;
export const KIND_SCALAR = 2;
export const KIND_TEXT = 3;
export const KIND_UUID = 4;
export const KIND_INSTANT = 5;
export const KIND_EXACT = 6;
export const KIND_TIDY = 7;
export const KIND_FRACTION = 8;
export const KIND_EPOCH = 9;
export const KIND_CHOICE = 10;
export const KIND_CAPTURED = 11;

/** What must be there when an object is complete: per presence word its own columns and the required ones among them. */
export const SCOPE_SET = 0;
export const SCOPE_WORD_COUNT = 4;
export const SCOPE_WORDS = 8;
export const SCOPE_DEFERRED_COUNT = 12;
export const SCOPE_DEFERRED = 16;
/** Number of the scope; is it one of the table's own rows? That it lacks a required value is noted. */
export const SCOPE_ID = 20;
export const SCOPE_TAKES_NOTES = 24;
export const SCOPE_BYTES = 28;
export const SCOPE_WORD_ENTRY = 0;
export const SCOPE_WORD_OWN = 4;
export const SCOPE_WORD_REQUIRED = 8;
export const SCOPE_WORD_BYTES = 12;
/** A cell that is read when its object is complete: its node, the value it holds already, and the position of each path's value. */
export const DEFERRED_NODE = 0;
export const DEFERRED_COUNT = 4;
export const DEFERRED_READ = 8;
export const DEFERRED_STARTS = 12;

export const CELL_OP = 0;
export const CELL_SET = 4;
export const CELL_COLUMN = 8;
export const CELL_WORD = 12;
export const CELL_BIT = 16;
export const CELL_ID = 20;
export const CELL_IS_REQUIRED = 24;
export const CELL_STEPS = 28;
export const CELL_STEP_COUNT = 32;
export const CELL_FORMATS = 36;
export const CELL_FORMAT_COUNT = 40;
export const CELL_SCALE = 44;
export const CELL_PRECISION = 48;
export const CELL_BYTE_LENGTH = 52;
export const CELL_CONSTRAINTS = 56;
export const CELL_CONSTRAINT_COUNT = 60;
export const CELL_CHILD_SET = 64;
export const CELL_FIRST = 68;
export const CELL_SECOND = 72;
export const CELL_TIME = 76;
export const CELL_EPOCH_MICROS = 80;
/** Keys of a map that may be equal although their texts differ. */
export const CELL_CHECKS_KEYS = 84;
/** 64-bit: 10^precision. */
export const CELL_LIMIT = 88;
/** Of text: code points it must and may have. */
export const CELL_POINTS_MIN = 96;
export const CELL_POINTS_MAX = 100;
/** 64-bit: the range of a number that is kept as an integer, bounds included. */
export const CELL_INTEGER_MIN = 104;
export const CELL_INTEGER_MAX = 112;
/** Is the cell one of the table's own rows? A value of it that fails is noted. */
export const CELL_TAKES_NOTES = 120;
/** What text may not have to be clean as it is: TIDY_*. */
export const CELL_TIDY = 124;
/** Is text that is a number read as one? */
export const CELL_COERCES = 128;
export const CELL_BYTES = 132;
export const TIDY_SPACE_AROUND = 1;
export const TIDY_UPPER = 2;
export const TIDY_LOWER = 4;

/** The same numbers as OP in pipeline/cells.ts. */
export const OP_STRING = 0;
export const OP_JSON_TEXT = 1;
export const OP_BOOLEAN = 2;
export const OP_INT = 3;
export const OP_LONG = 4;
export const OP_FLOAT = 5;
export const OP_DOUBLE = 6;
export const OP_DECIMAL = 7;
export const OP_TIME = 8;
export const OP_UUID = 9;
export const OP_FIXED = 10;
export const OP_BINARY = 11;
export const OP_STRUCT = 12;
export const OP_LIST = 13;
export const OP_MAP = 14;

export const TIME_DATE = 0;
export const TIME_TIME = 1;
export const TIME_TIMESTAMP = 2;
export const TIME_TIMESTAMPTZ = 3;
export const TIME_TIMESTAMP_NS = 4;
export const TIME_TIMESTAMPTZ_NS = 5;

/** A time format: kind, and units per second of an epoch. */
export const FORMAT_KIND = 0;
export const FORMAT_UNITS = 4;
export const FORMAT_BYTES = 8;
export const FORMAT_ISO = 0;
export const FORMAT_EPOCH = 1;
export const FORMAT_PATTERN = 2;

export const STEP_TRIM = 1;
export const STEP_LOWER = 2;
export const STEP_UPPER = 3;
export const STEP_EMPTY_TO_NULL = 4;
export const STEP_NFC = 5;

/** A constraint that is no range in the cell itself (CELL_POINTS_MIN, CELL_INTEGER_MIN …): kind, number for the host, address of a table, 64-bit argument. */
export const CHECK_KIND = 0;
export const CHECK_ID = 4;
export const CHECK_TABLE = 8;
export const CHECK_ARGUMENT = 16;
export const CHECK_BYTES = 24;
export const CHECK_HOST = 0;
export const CHECK_MIN_LENGTH = 2;
export const CHECK_MAX_LENGTH = 3;
export const CHECK_INT_MIN = 5;
export const CHECK_INT_MAX = 6;
export const CHECK_INT_ABOVE = 7;
export const CHECK_INT_BELOW = 8;
export const CHECK_DOUBLE_MIN = 9;
export const CHECK_DOUBLE_MAX = 10;
export const CHECK_DOUBLE_ABOVE = 11;
export const CHECK_DOUBLE_BELOW = 12;
export const CHECK_MULTIPLE = 13;
export const CHECK_TEXTS = 14;

/** A set of texts: mask, then slots of hash, address, length (address 0: empty). */
export const TEXTS_MASK = 0;
export const TEXTS_SLOTS = 4;
export const TEXTS_SLOT_BYTES = 12;

/** Variants: conditions each; a condition: address of the value's position, values; a value: kind and what it is compared with. */
export const VARIANT_CONDITION_COUNT = 0;
export const VARIANT_CONDITIONS = 4;
export const VARIANT_BYTES = 8;
export const CONDITION_POSITION = 0;
export const CONDITION_VALUE_COUNT = 4;
export const CONDITION_VALUES = 8;
export const CONDITION_BYTES = 12;
export const VALUE_KIND = 0;
export const VALUE_TEXT = 4;
export const VALUE_LENGTH = 8;
export const VALUE_INTEGER = 16;
export const VALUE_BYTES = 24;
export const VALUE_NULL = 0;
export const VALUE_TRUE = 1;
export const VALUE_FALSE = 2;
export const VALUE_STRING = 3;
export const VALUE_NUMBER = 4;
/** A number that is no 53-bit integer: the plain path compares it. */
export const VALUE_OTHER = 5;

/** A container on the way to unread members: is it a list, is it open, name's start and end (0: an element), written, elements. */
export const LEVEL_IS_LIST = 0;
export const LEVEL_IS_OPEN = 4;
export const LEVEL_NAME = 8;
export const LEVEL_NAME_END = 12;
export const LEVEL_WRITTEN = 16;
export const LEVEL_ELEMENTS = 20;
export const LEVEL_BYTES = 24;

/** The same as LIMITS.jsonDepthMax and LIMITS.jsonNumberDigitsMax. */
export const DEPTH_MAX = 64;
export const NUMBER_DIGITS_MAX = 400;
