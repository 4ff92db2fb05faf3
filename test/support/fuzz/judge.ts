// The property every input is held to: a value, or one of our error classes that says clearly what is wrong; never another
// exception, never a bug of ours admitted (InvariantError), in bounded processor time and memory.
import { FirnError, InvariantError } from '../../../src/errors.ts';
import type { FuzzTarget } from './types.ts';

export interface Verdict {
  readonly outcome: 'read' | 'refused' | 'finding';
  /** What the finding is; for a refusal the error's code. */
  readonly what: string;
}

/** Processor time of one input, far above what any takes on a busy machine. */
export const INPUT_CPU_MS_MAX = 1_500;
const MESSAGE_CHARS_MAX = 600;

/** Runs one input and judges what came of it. */
export async function judgeInput(target: FuzzTarget, input: Uint8Array): Promise<Verdict> {
  const started = process.cpuUsage();
  const verdict = await outcomeOf(target, input);
  const { user, system } = process.cpuUsage(started);
  const cpuMs = (user + system) / 1000;
  if (cpuMs <= INPUT_CPU_MS_MAX) return verdict;
  return { outcome: 'finding', what: `slow: ${Math.round(cpuMs)} ms of processor time, then ${verdict.what}` };
}

async function outcomeOf(target: FuzzTarget, input: Uint8Array): Promise<Verdict> {
  try {
    await target.run(input);
    return { outcome: 'read', what: 'read' };
  } catch (error) {
    return judgeError(error);
  }
}

function judgeError(error: unknown): Verdict {
  const finding = (what: string): Verdict => ({ outcome: 'finding', what });
  if (!(error instanceof Error)) return finding(`threw a ${typeof error}`);
  if (!(error instanceof FirnError))
    return finding(`${error.name}: ${error.message.slice(0, 300)}\n${error.stack?.split('\n').slice(1, 7).join('\n')}`);
  if (error instanceof InvariantError)
    return finding(`${error.name}: ${error.message}\n${error.stack?.split('\n').slice(1, 7).join('\n')}`);
  if (error.message.length > MESSAGE_CHARS_MAX)
    return finding(`a message of ${error.message.length} characters: ${error.message.slice(0, 200)}`);
  if (error.message.length < 20 || error.code === '') return finding(`a message that says nothing: ${error.message}`);
  return { outcome: 'refused', what: error.code };
}
