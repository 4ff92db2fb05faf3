// Mutants that no test can kill because they behave as the original does, each with its reason. Found by what they change, not by
// line, so that the list does not rot.
import type { Mutant } from './mutants.ts';

interface Equivalent {
  readonly file: string;
  /** Occurs in the text before the change. */
  readonly before: string;
  readonly after?: string;
  readonly reason: string;
}

const EQUIVALENT: readonly Equivalent[] = [];

export function equivalentReason(mutant: Mutant): string | undefined {
  return EQUIVALENT.find(
    ({ file, before, after }) => mutant.file === file && mutant.before.includes(before) && (after === undefined || after === mutant.after),
  )?.reason;
}
