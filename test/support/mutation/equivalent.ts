// Mutants that no test can kill because they behave as the original does, each with its reason. Found by the line they are in and what
// they change, not by number, so that the list does not rot; one that fits no mutant any more is found by a test and by `npm run mutate`.
import type { Mutant } from './mutants.ts';

export interface Equivalent {
  readonly file: string;
  /** Part of the mutant's line; what is changed, or the beginning of it, is between ⟦ and ⟧. */
  readonly code: string;
  readonly after: string;
  /** Part of the line above, where the line alone does not say which one it is. */
  readonly above?: string;
  readonly reason: string;
}

const [DECIDE, CREATE] = ['src/jobs/decide.ts', 'src/jobs/create-entry.ts'];
const [RANGES, MATCH, CONTENTS] = ['src/ledger/ranges.ts', 'src/ledger/match-generations.ts', 'src/ledger/match-contents.ts'];
const ANY_NEGATIVE = 'Any negative number says that there is none.';
const OWN_TIME = 'Any time that no record has, as none has half a millisecond, and no other pair.';
const EMPTY = 'It saves steps: without a source there is none to look at.';
const FALSY = 'Whoever asks takes undefined as it takes false.';
const NOT_BUILT =
  'The number of an entry that is being built is read only to look for evidence, where an entry too many is one that is not there or one that is read for nothing.';
const NO_REASON = 'A reason that is undefined is none, whether it is kept or not.';
const START = 'Where the search begins saves steps and finds the same: ranges that end before are passed one by one.';
const BEFORE = 'It saves steps: a range that ends before takes nothing off.';
const ROWS_BETWEEN = 'A stretch begins behind a row or at 0 and ends at a row or at no offset, and no run holds the place of a row.';
const NO_RECORD = 'A record behind the last has no timestamp: it is behind all rows, where it counts for nothing and has no verdict.';

export const EQUIVALENT: readonly Equivalent[] = [
  { file: DECIDE, code: 'n: work.n ⟦+⟧ 1', after: '-', reason: NOT_BUILT },
  { file: DECIDE, code: 'n: work.n + ⟦1⟧', after: '2', reason: NOT_BUILT },
  {
    file: DECIDE,
    code: '⟦break;⟧',
    above: 'foldDecided(work',
    after: ';',
    reason: 'What is kept has an uncovered offset, so the next case, which asks whether created entries cover all of it, ends at once.',
  },
  {
    file: 'src/jobs/take-effects.ts',
    code: 'table.adopt?.entry ?? ⟦0⟧',
    after: '1',
    reason: 'Entry 1 is the first of any commit it is in, and the first is always taken.',
  },
  {
    file: 'src/jobs/read-candidates.ts',
    code: 'if (⟦why⟧) aside.set',
    after: 'true',
    reason: NO_REASON,
  },
  {
    file: 'src/jobs/read-candidates.ts',
    code: 'if (⟦why !== undefined⟧) aside.set',
    after: 'true',
    reason: NO_REASON,
  },
  {
    file: CREATE,
    code: "⟦return 'unknown';⟧",
    after: 'return undefined as never;',
    reason: 'An outcome that is neither created nor exists is looked at in the same way, whatever its name.',
  },
  {
    file: 'src/jobs/class-segments.ts',
    code: 'if (⟦wanted.has(key)⟧) held.set',
    after: 'true',
    reason: 'What is held of partitions that nobody wants is never looked at.',
  },
  {
    file: 'src/jobs/checkpoint-ledger.ts',
    code: 'let lastHour = -⟦1⟧',
    after: '2',
    reason: 'No hour is negative, so any negative number is none of them.',
  },
  {
    file: 'src/jobs/load-ledger.ts',
    code: 'for (let at = 0; at ⟦<⟧ stats.length',
    after: '<=',
    reason: 'One turn more over an empty slice reads nothing.',
  },
  {
    file: RANGES,
    code: 'if (⟦first[0] >= last[0] && b.length === 1⟧)',
    after: 'false',
    reason: 'A shortcut for one range at the end; what does not take it is normalized, with the same result.',
  },
  {
    file: RANGES,
    code: 'if (first[0] ⟦>=⟧ last[0] &&',
    after: '>',
    reason: 'A shortcut for one range at the end; what does not take it is normalized, with the same result.',
  },
  {
    file: RANGES,
    code: 'if (first[0] >= last[⟦0⟧] &&',
    after: '1',
    reason: 'A shortcut for one range at the end; what does not take it is normalized, with the same result.',
  },
  { file: RANGES, code: 'firstEndingAfter(b, ⟦a[0]?.[0] ?? 0⟧)', after: '(0)', reason: START },
  {
    file: RANGES,
    code: 'firstEndingAfter(b, a[0]?.[0] ?? ⟦0⟧)',
    after: '1',
    reason: 'Without ranges nothing is searched for, wherever it begins.',
  },
  { file: RANGES, code: 'while (⟦j < b.length && b[j]![1] <= start⟧)', above: 'let from = start;', after: 'false', reason: BEFORE },
  { file: RANGES, code: 'while (j < b.length && b[j]![1] ⟦<=⟧ start)', above: 'let from = start;', after: '<', reason: BEFORE },
  { file: RANGES, code: 'while (j < b.length && b[j]![⟦1⟧] <= start)', above: 'let from = start;', after: '2', reason: BEFORE },
  {
    file: RANGES,
    code: 'b[k]![0] ⟦<⟧ end; k++',
    above: 'b[j]![1] <= start) j++',
    after: '<=',
    reason: 'A range that begins where this one ends leaves of it the same rest, a step earlier.',
  },
  {
    file: 'src/ledger/archive.ts',
    code: 'gone >= 0 && i ⟦>⟧ gone',
    after: '>=',
    reason: 'The one at that place is the one that is gone, and was passed by.',
  },
  {
    file: 'src/ledger/archive.ts',
    code: 'i + 1 ⟦<⟧ numbers.length',
    after: '<=',
    reason: 'It makes a difference for an odd count of numbers alone, which is refused in either case.',
  },
  {
    file: 'src/ledger/entry-codec.ts',
    code: 'ZSTD_c_compressionLevel]: ⟦3⟧',
    after: '4',
    reason: 'What is compressed at any level is read back the same.',
  },
  {
    file: 'src/ledger/entry-codec.ts',
    code: 'ZSTD_c_checksumFlag]: ⟦1⟧',
    after: '2',
    reason: 'Any value but 0 asks for the checksum (zstd manual, ZSTD_c_checksumFlag).',
  },
  { file: MATCH, code: 'ambiguous: ⟦2⟧', after: '3', reason: 'Verdicts are told by name; any number that no other has will do.' },
  { file: MATCH, code: 'record ⟦<⟧ timestampsMs.length', after: '<=', reason: NO_RECORD },
  { file: MATCH, code: 'isMatched[found] = ⟦1⟧', after: '2', reason: 'Asked is only whether it is 0.' },
  { file: MATCH, code: ') ⟦return false;⟧', after: 'return undefined as never;', reason: FALSY },
  { file: MATCH, code: 'while (first ⟦>⟧ 0 &&', after: '>=', reason: 'Before the first row there is no timestamp, and none equals that.' },
  {
    file: MATCH,
    code: 'const from = ⟦first === 0⟧ ?',
    after: 'false',
    reason: 'Behind a row that is not there is NaN, which as the beginning of a range leaves out nothing, as 0 does.',
  },
  { file: MATCH, code: 'if (⟦records.length === 0⟧) return;', after: 'false', reason: 'A shortcut: of no records none is judged.' },
  { file: MATCH, code: 'fitting.length ⟦<⟧ room', after: '<=', reason: 'Where both are equal the term before has settled it.' },
  { file: MATCH, code: 'runs[one]!.end ⟦<=⟧ from', after: '<', reason: ROWS_BETWEEN },
  { file: MATCH, code: 'runs[i]!.start ⟦<⟧ to', after: '<=', reason: ROWS_BETWEEN },
  { file: CONTENTS, code: 'unknown: -⟦1⟧', after: '2', reason: ANY_NEGATIVE },
  { file: CONTENTS, code: '.fill(-⟦1⟧)', after: '2', reason: ANY_NEGATIVE },
  { file: CONTENTS, code: 'next ⟦<⟧ records.length', after: '<=', reason: 'Behind the last record nothing is paired with a row.' },
  { file: CONTENTS, code: 'end ⟦<⟧ order.length', after: '<=', reason: 'Behind the last nothing is equal to anything.' },
  { file: CONTENTS, code: 'minMs ⟦<=⟧ last[1]', after: '<', reason: 'Spans that touch say the same of any time, joined or not.' },
  { file: CONTENTS, code: '-(row ⟦+⟧ 1.5)', after: '-', reason: OWN_TIME },
  { file: CONTENTS, code: '-(row + ⟦1.5⟧)', after: '2.5', reason: OWN_TIME },
  { file: 'src/ledger/generations.ts', code: 'if (⟦empty.length === 0⟧) return', after: 'false', reason: EMPTY },
];

/** The entry of the list that speaks of the mutant. */
export function equivalentOf(mutant: Mutant): Equivalent | undefined {
  return EQUIVALENT.find((one) => isMeant(one, mutant));
}

/** Entries about these files that speak of no mutant, in words. */
export function unusedEquivalents(mutants: readonly Mutant[], files: readonly string[]): string[] {
  return EQUIVALENT.filter((one) => files.includes(one.file) && !mutants.some((mutant) => isMeant(one, mutant))).map(
    ({ file, code, after }) => `${file}: ${code} → ${after}`,
  );
}

function isMeant({ file, code, above, after }: Equivalent, mutant: Mutant): boolean {
  if (mutant.file !== file || mutant.after !== after || !mutant.above.includes(above ?? '')) return false;
  const [start = '', changed = '', end = ''] = code.split(/[⟦⟧]/);
  const at = mutant.code.indexOf(`${start}${changed}${end}`);
  return at >= 0 && mutant.offset === at + start.length && mutant.before.startsWith(changed);
}
