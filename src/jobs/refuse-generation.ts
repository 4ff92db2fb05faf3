// Why generations of a source cannot be compared, or a comparison cannot be carried out.
import { InputRefusedError } from '../errors.ts';

/** `what` reads on after the source's id and a colon. */
export function refuseGeneration(sourceId: string, what: string): InputRefusedError {
  return new InputRefusedError(`generation ${sourceId}: ${what}`, { code: 'generation-refused', details: { sourceId } });
}
