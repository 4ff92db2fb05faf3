// The one way a file is refused. Messages name what was expected and got by counts, types and ids; never bytes or names of the file.
import { FirnError, InputRefusedError } from '../errors.ts';

/** Throws InputRefusedError. */
export function refuse(what: string, cause?: unknown): never {
  throw new InputRefusedError(`the Parquet file is refused: ${what}`, { code: 'parquet-file', ...(cause === undefined ? {} : { cause }) });
}

/** Refuses unless the condition holds. */
export function expectFile(condition: unknown, what: string): asserts condition {
  if (!condition) refuse(what);
}

/** Runs a parser of foreign bytes: whatever it throws means that the bytes are not what they should be. */
export function parseForeign<T>(what: string, parse: () => T): T {
  try {
    return parse();
  } catch (error) {
    if (error instanceof FirnError) throw error;
    refuse(what, error);
  }
}
