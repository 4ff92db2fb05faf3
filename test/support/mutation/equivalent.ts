// Mutants that no test can kill because they behave as the original does, each with its reason. Found by the line they are in and what
// they change, not by number, so that the list does not rot; one that fits no mutant any more is found by a test and by `npm run mutate`.
import type { Mutant } from './mutants.ts';

export interface Equivalent {
  readonly file: string;
  /** Occurs in the line of the mutant. */
  readonly code: string;
  /** The text before the change; of a long one its beginning. */
  readonly before: string;
  readonly after: string;
  readonly reason: string;
}

export const EQUIVALENT: readonly Equivalent[] = [];

/** The entry of the list that speaks of the mutant. */
export function equivalentOf(mutant: Mutant): Equivalent | undefined {
  return EQUIVALENT.find((one) => isMeant(one, mutant));
}

/** Entries about these files that speak of no mutant, in words. */
export function unusedEquivalents(mutants: readonly Mutant[], files: readonly string[]): string[] {
  return EQUIVALENT.filter((one) => files.includes(one.file) && !mutants.some((mutant) => isMeant(one, mutant))).map(
    ({ file, code, before, after }) => `${file}: ${before} → ${after} in ${code}`,
  );
}

function isMeant({ file, code, before, after }: Equivalent, mutant: Mutant): boolean {
  return mutant.file === file && mutant.code.includes(code) && mutant.before.startsWith(before) && mutant.after === after;
}
