// Regular expressions of contracts are RE2's: no backtracking, so a record costs time linear in its length (promise 10). A pattern is
// compiled here once to prove that it is one and that its program is small.
import { RE2JS } from 're2js';
import { LIMITS } from './limits.ts';

/** Why a pattern cannot be used, or undefined when it can. Never throws. */
export function patternProblem(pattern: string): string | undefined {
  const bytes = Buffer.byteLength(pattern);
  if (bytes > LIMITS.patternBytesMax) return `the pattern has ${bytes} bytes, at most ${LIMITS.patternBytesMax} are allowed`;
  try {
    const size = RE2JS.compile(pattern).programSize();
    if (size <= LIMITS.patternInstructionsMax) return undefined;
    return `the pattern compiles to ${size} instructions, at most ${LIMITS.patternInstructionsMax} are allowed`;
  } catch (error) {
    // re2js throws RE2JSSyntaxException for whatever is no RE2 expression; its message names the construct.
    return `no RE2 expression: ${error instanceof Error ? error.message.split('\n')[0]!.slice(0, 120) : 'it does not compile'}${hint(pattern)}`;
  }
}

function hint(pattern: string): string {
  if (/\(\?<?[=!]/.test(pattern)) return '; RE2 has no look-around';
  return /\\[1-9]/.test(pattern) ? '; RE2 has no back-references' : '';
}
