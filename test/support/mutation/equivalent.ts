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

const [DECIDE, APPLY, CREATE] = ['src/jobs/decide.ts', 'src/jobs/apply.ts', 'src/jobs/create-entry.ts'];
const [RANGES, MATCH] = ['src/ledger/ranges.ts', 'src/ledger/match-generations.ts'];
const FALSY = 'Whoever asks takes undefined as it takes false.';
const NOT_BUILT =
  'The number of an entry that is being built is read only to look for evidence, where an entry too many is one that is not there or one that is read for nothing.';
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
  { file: APPLY, code: 'if (error instanceof TransientIoError) ⟦return false;⟧', after: 'return undefined as never;', reason: FALSY },
  {
    file: 'src/jobs/take-effects.ts',
    code: 'table.adopt?.entry ?? ⟦0⟧',
    after: '1',
    reason: 'Entry 1 is the first of any commit it is in, and the first is always taken.',
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
    code: 'uri.slice(⟦0⟧,',
    after: '1',
    reason: 'All URIs of a store begin with the same character, so it tells no folder from another.',
  },
  {
    file: 'src/jobs/load-ledger.ts',
    code: 'for (let at = 0; at ⟦<⟧ numbers.length',
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
  { file: MATCH, code: 'record ⟦<⟧ timestampsMs.length', after: '<=', reason: NO_RECORD },
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
