// asl-validator, which comes without types: schemas of the Amazon States Language, JSONata expressions and the graph's own rules.
import { createRequire } from 'node:module';

interface Verdict {
  readonly isValid: boolean;
  readonly errorsText: (separator: string) => string;
}

const validator = createRequire(import.meta.url)('asl-validator') as (definition: unknown) => Verdict;

/** What is wrong with a definition, in words; empty when nothing is. */
export function aslProblems(definition: unknown): string {
  const { isValid, errorsText } = validator(definition);
  return isValid ? '' : errorsText('\n') || 'invalid';
}
