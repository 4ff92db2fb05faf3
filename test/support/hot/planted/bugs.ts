// Bugs planted in the decoding kernels: one replacement of source text each. The differential tests must find every one of them.

import { readFileSync } from 'node:fs';
import { join } from 'node:path';

const ROOT = join(import.meta.dirname, '../../../..');

export interface PlantedBug {
  readonly name: string;
  /** Under src/hot/assembly. */
  readonly file: string;
  /** Occurs once. */
  readonly from: string;
  readonly to: string;
}

export const PLANTED_BUGS: readonly PlantedBug[] = [
  { name: 'base64: bits left over are dropped', file: 'base64.ts', from: ' || load<u8>(at + size) !== 0', to: '' },
  {
    name: 'base64: the bracket behind Z is a digit',
    file: 'base64.ts',
    from: '0x13, 0x1a, 0x1b, 0x1b, 0x1b, 0x1a',
    to: '0x13, 0x12, 0x1b, 0x1b, 0x1b, 0x1a',
  },
  { name: 'base64: padding is decoded too', file: 'base64.ts', from: 'v128.store(end - padding, i8x16', to: 'v128.store(end, i8x16' },
  {
    name: 'base64: the last sixteen digits are said to be ASCII',
    file: 'base64.ts',
    from: 'all = v128.or(all, bytes)',
    to: 'if (p + 16 < end) all = v128.or(all, bytes)',
  },
  {
    name: 'a text is one byte too long',
    file: 'accept.ts',
    from: 'storeView(cell, start, length);\n  markPresent(cell);',
    to: 'storeView(cell, start, length + 1);\n  markPresent(cell);',
  },
  { name: 'the sign of an integer is lost', file: 'number.ts', from: 'isNegative ? -(<i64>value) : <i64>value', to: '<i64>value' },
  { name: 'a product of 64 bits is taken for one of 63', file: 'number.ts', from: 'if (value > <u64>i64.MAX_VALUE) return false;', to: '' },
  { name: 'a fraction of an integer is cut off', file: 'number.ts', from: 'if (value % power !== 0) return false;', to: '' },
  { name: 'a number may have no digit behind its point', file: 'number.ts', from: 'if (p === fraction) return 0;', to: '' },
  {
    name: 'the presence of the row before is left behind',
    file: 'scope.ts',
    from: 'i < words; i++, entry',
    to: 'i + 1 < words; i++, entry',
  },
  {
    name: 'present columns are counted as missing',
    file: 'scope.ts',
    from: 'SCOPE_WORD_OWN) & ~present)',
    to: 'SCOPE_WORD_OWN) & present)',
  },
  {
    name: 'a required column may be missing',
    file: 'scope.ts',
    from: '(load<u32>(word, SCOPE_WORD_REQUIRED) & ~present) !== 0 && !lacks',
    to: 'false',
  },
  { name: 'lengths are counted in bytes', file: 'accept.ts', from: '& 0xc0) !== 0x80', to: '& 0xc0) !== 0x100' },
  { name: 'a repeated key passes', file: 'object.ts', from: 'if (load<u32>(key, KEY_SEEN) === own) return 0;', to: '' },
  {
    name: 'a repeated learnt key passes',
    file: 'skip.ts',
    from: 'if (load<u32>(key, KEY_SEEN) === own) return 0;',
    to: '',
  },
  { name: 'a key is taken for one that begins like it', file: 'keys.ts', from: 'return length <= 13 ||', to: 'return length > 0 ||' },
  {
    name: 'a learnt key is taken for one of another depth',
    file: 'skip.ts',
    from: 'learnKey(depth, previous, p, base)',
    to: 'learnKey(1, previous, p, base)',
  },
  { name: 'an integer may have leading zeros', file: 'quick.ts', from: '&& (count === 1 || load<u8>(start) !== 0x30)', to: '' },
  {
    name: 'a short text may be one byte too short',
    file: 'quick.ts',
    from: 'const isWithin = length >= load<u32>(cell, CELL_POINTS_MIN) && length <= load<u32>(cell, CELL_POINTS_MAX);\n  if (!isWithin)',
    to: 'if (length + 1 < load<u32>(cell, CELL_POINTS_MIN) || length > load<u32>(cell, CELL_POINTS_MAX))',
  },
  {
    name: 'a bound of an integer is one too wide',
    file: 'quick.ts',
    from: 'integer >= load<i64>(cell, CELL_INTEGER_MIN)',
    to: 'integer >= load<i64>(cell, CELL_INTEGER_MIN) - 1',
  },
  {
    name: 'a text is read as a number as far as it is one',
    file: 'scalar.ts',
    from: 'scanNumber(textStart) === end &&',
    to: 'scanNumber(textStart) !== 0 &&',
  },
  { name: 'text is read as a number unasked', file: 'scalar.ts', from: 'load<u32>(cell, CELL_COERCES) !== 0 &&', to: '' },
  { name: 'a fraction may have leading zeros', file: 'quick.ts', from: ' || (whole > 1 && load<u8>(p) === 0x30)', to: '' },
  {
    name: 'an exponent behind a fraction is cut off',
    file: 'quick.ts',
    from: 'if ((load<u8>(end) | 0x20) === 0x65) return readScalar(cell, p);',
    to: '',
  },
  { name: 'an epoch time may be of the year 10000', file: 'quick.ts', from: 'micros >= <u64>(SECONDS_END * 1_000_000)', to: 'false' },
  { name: 'a space at the end of a short text stays', file: 'quick-text.ts', from: ' || load<u8>(p + length) === 0x20', to: '' },
  { name: 'an A in a short text stays', file: 'quick-text.ts', from: 'lettersOf(v, 0x41)', to: 'lettersOf(v, 0x42)' },
  {
    name: 'a variant is settled by the first digit',
    file: 'variant.ts',
    from: '<i64>numberOf(word, count) ===',
    to: '<i64>numberOf(word, 1) ===',
  },
  { name: 'the 61st minute passes', file: 'quick.ts', from: 'minute > 59', to: 'minute > 60' },
  {
    name: 'the day before is taken for a new one',
    file: 'time.ts',
    from: 'month === lastMonth && day === lastDay',
    to: 'month === lastMonth',
  },
  {
    name: 'a repeated unknown key passes',
    file: 'keys.ts',
    from: 'isSameText(load<u32>(at), start, length)) return false;',
    to: 'isSameText(load<u32>(at), start, length)) continue;',
  },
  { name: 'half a surrogate pair passes', file: 'scan.ts', from: 'if (low < 0xdc00 || low > 0xdfff) return -1;', to: '' },
  {
    name: 'a control character in a text passes',
    file: 'scan.ts',
    from: '0x1f1f1f1f, 0x1f1f1f1f, 0x1f1f1f1f, 0x1f1f1f1f,',
    to: '0x1e1e1e1e, 0x1e1e1e1e, 0x1e1e1e1e, 0x1e1e1e1e,',
  },
  { name: 'a code point of three bytes is written wrongly', file: 'text.ts', from: '(0xe0 | (code >> 12))', to: '(0xe0 | (code >> 13))' },
  { name: 'the last letter keeps its case', file: 'text.ts', from: 'i8x16.splat(26));', to: 'i8x16.splat(25));' },
  { name: 'a sign behind an escape is no text', file: 'text.ts', from: 'high |= u32(code > 0x7f);', to: '' },
  { name: 'a carriage return is not trimmed', file: 'text.ts', from: 'c - 9 < 5', to: 'c - 9 < 0' },
  {
    name: 'a UUID may have the digit g',
    file: 'text.ts',
    from: 'i8x16.splat(0x61)), i8x16.splat(6))',
    to: 'i8x16.splat(0x61)), i8x16.splat(26))',
  },
  {
    name: 'bits behind the last byte of base64 are ignored',
    file: 'text.ts',
    from: '(held & ((1 << bits) - 1)) === 0 ?',
    to: 'bits < 8 ?',
  },
  {
    name: 'a fraction of a second is ten times too small',
    file: 'time.ts',
    from: 'for (let i = count; i < 9; i++)',
    to: 'for (let i = count; i < 8; i++)',
  },
  { name: 'the offset of a time is added', file: 'time.ts', from: 'c === 0x2b ? offset : -offset', to: 'c === 0x2b ? -offset : offset' },
  { name: 'a time may be finer than its column', file: 'time.ts', from: '|| nanos % 1000 !== 0', to: '' },
  { name: 'times before 1970 are rounded towards it', file: 'time.ts', from: 'if (rest < 0) rest += units;', to: '' },
  {
    name: 'a timestamp may lack its offset',
    file: 'time.ts',
    from: 'return hasOffset === (type === TIME_TIMESTAMPTZ || type === TIME_TIMESTAMPTZ_NS);',
    to: 'return true;',
  },
  {
    name: 'a decimal may have one digit more',
    file: 'scalar.ts',
    from: 'abs<i64>(integer) < load<i64>(cell, CELL_LIMIT)',
    to: 'abs<i64>(integer) < load<i64>(cell, CELL_LIMIT) * 10',
  },
  { name: 'a wide decimal loses its sign', file: 'scalar.ts', from: 'integer < 0 ? u64.MAX_VALUE : 0', to: '0' },
  { name: 'an integer of 64 bits is cut to 32', file: 'scalar.ts', from: 'return <i64>(<i32>integer) === integer;', to: 'return true;' },
  {
    name: 'a list is one element too short',
    file: 'entries.ts',
    from: 'CELL_CHILD_SET), SET_ROW) - first);',
    to: 'CELL_CHILD_SET), SET_ROW) - first - 1);',
  },
  {
    name: 'elements without unread members are not marked',
    file: 'unread.ts',
    from: 'fillNulls(parent, load<u32>(parent, LEVEL_ELEMENTS) - 1)',
    to: 'fillNulls(parent, 0)',
  },
  {
    name: 'a second path wins over the first',
    file: 'scope.ts',
    from: 'if (at === 0) continue;',
    to: 'if (at === 0 || (path === 0 && paths > 1)) continue;',
  },
  {
    name: 'a variant is not looked for again',
    file: 'decode.ts',
    from: 'if (settled === <i32>current) return isRead;',
    to: 'return isRead;',
  },
  {
    name: 'the bound of the event time is a millisecond wider',
    file: 'event-time.ts',
    from: 'load<f64>(header, H_MAX_AHEAD_MS)) * scale',
    to: 'load<f64>(header, H_MAX_AHEAD_MS) + 1) * scale',
  },
  {
    name: 'a value to be judged later counts as missing',
    file: 'notes.ts',
    from: 'markPresent(cell);\n  hasFailed = true;',
    to: 'hasFailed = true;',
  },
  {
    name: 'a null where a value is required is forgotten',
    file: 'notes.ts',
    from: 'load<u32>(cell, CELL_IS_REQUIRED) !== 0) put(',
    to: 'load<u32>(cell, CELL_IS_REQUIRED) > 1) put(',
  },
  {
    name: 'a value without room for its note is taken as noted',
    file: 'notes.ts',
    from: 'if (top === end) return false;',
    to: 'if (top === end) return true;',
  },
  { name: 'a failure in an entry is noted', file: 'notes.ts', from: 'load<u32>(cell, CELL_TAKES_NOTES) === 0 ||', to: '' },
  { name: 'what lacks in an entry is noted', file: 'notes.ts', from: 'load<u32>(scope, SCOPE_TAKES_NOTES) === 0 ||', to: '' },
  { name: 'notes of another variant stay', file: 'notes.ts', from: '  top = base;\n', to: '  if (top === 0) top = base;\n' },
  { name: 'nulls of a noted record are not counted', file: 'notes.ts', from: 'store<u32>(header, nulls, H_NOTED_NULLS);', to: '' },
  { name: 'a time out of its bounds passes', file: 'decode.ts', from: 'noteTime();\n  return true;', to: 'return true;\n  return true;' },
  {
    name: 'a refused value is taken for a settled one',
    file: 'value.ts',
    from: 'return end !== 0 && noteValue(cell, p, end) ? end : 0;',
    to: 'return end;',
  },
  {
    name: 'early: a later path that was read at once wins',
    file: 'scope.ts',
    from: 'if (read === at) break;',
    to: 'if (read !== 0) break;',
  },
  {
    name: 'early: what was read at once stays where the first path has no value',
    file: 'scope.ts',
    from: 'if (read !== 0) markAbsent(',
    to: 'if (read === 1) markAbsent(',
  },
  {
    name: 'early: what the object before had read counts for the next',
    file: 'scope.ts',
    from: 'store<u32>(deferred, 0, DEFERRED_READ);',
    to: '',
  },
  {
    name: 'early: text of a cell with constraints of its own is stored unchecked',
    file: 'captured.ts',
    from: '(kind !== KIND_TEXT && kind !== KIND_TIDY) ||',
    to: '',
  },
  {
    name: 'a variant is settled by the beginning of a value seen before',
    file: 'variant.ts',
    from: '<u32>(end - p) + 1;',
    to: '<u32>(end - p);',
  },
  {
    name: 'a variant seen before is taken for the one at hand',
    file: 'variant.ts',
    from: ' || knownVariant !== current',
    to: '',
  },
  { name: 'a choice may be longer than its column allows', file: 'quick-text.ts', from: '!isPlain || !isWithin ||', to: '!isPlain ||' },
  {
    name: 'a choice may be any text',
    file: 'quick-text.ts',
    from: 'CHECK_TABLE), start, length)',
    to: 'CHECK_TABLE), start, length) && length === 0',
  },
  {
    name: 'the row of another record is named',
    file: 'decode.ts',
    from: '((<usize>row) << 2), record);',
    to: '((<usize>row) << 2), row);',
  },
];

/** Path of the kernel's source below the repository, and its text with the bug; throws where the bug no longer applies. */
export function plantBug({ file, from, to, name }: PlantedBug): readonly [path: string, source: string] {
  const path = `src/hot/assembly/${file}`;
  const parts = readFileSync(join(ROOT, path), 'utf8').split(from);
  if (parts.length !== 2) throw new Error(`${name}: its text occurs ${parts.length - 1} times in ${path}`);
  return [path, parts.join(to)];
}
