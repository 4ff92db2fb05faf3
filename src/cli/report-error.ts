// Failures for people and, with --json, for programs: what failed, where, what was expected, what to do. A stack trace only with
// FIRN_DEBUG=1. No payload comes here: errors of ours carry none, and others are named by kind.
import { FirnError } from '../errors.ts';
import { EXIT, type ExitCode, UsageError } from './command.ts';
import type { Terminal } from './terminal.ts';

/** Prints the failure and gives its exit code. */
export function reportError(error: unknown, terminal: Terminal): ExitCode {
  const { style } = terminal;
  const said = describeError(error);
  if (terminal.isJson) terminal.json({ error: said });
  terminal.note(`${style.bad('firn:')} ${said.message}`);
  for (const fact of said.facts) terminal.note(`      ${fact}`);
  if (said.remedy !== undefined) terminal.note(`      ${style.dim('→')} ${said.remedy}`);
  if (process.env['FIRN_DEBUG'] === '1') terminal.note(traceOf(error));
  return error instanceof UsageError ? EXIT.usage : EXIT.fault;
}

interface SaidError {
  readonly name: string;
  readonly code: string;
  readonly message: string;
  readonly facts: readonly string[];
  readonly remedy?: string;
}

function describeError(error: unknown): SaidError {
  if (error instanceof UsageError) return { name: 'UsageError', code: 'usage', message: error.message, facts: [], remedy: error.remedy };
  if (error instanceof FirnError) {
    const remedy = REMEDIES[error.name];
    const known = { name: error.name, code: error.code, message: error.message, facts: factsOf(error) };
    return remedy === undefined ? known : { ...known, remedy };
  }
  const message = error instanceof Error ? `${error.name}: ${error.message}` : String(error);
  return {
    name: 'UnexpectedError',
    code: 'unexpected',
    message: `an unexpected error, ${message.slice(0, 300)}`,
    facts: [],
    remedy:
      'run again with FIRN_DEBUG=1 and report it; what was landed before is safe, and landing the input again adds only what is missing',
  };
}

const REMEDIES: Readonly<Record<string, string>> = {
  TransientIoError: 'run the same command again; what was landed is safe and is not landed twice',
  CommitConflictError: 'other writers were faster; run the same command again',
  CommitStateUnknownError: 'run the same command again: it finds out what happened and goes on; nothing was deleted',
  DeadlineError: 'run the same command again: it goes on where this one stopped',
  InvariantError: 'this is a bug of Firn; please report it with the output of FIRN_DEBUG=1',
};

/** Where it happened, if the message does not say so already. */
function factsOf(error: FirnError): string[] {
  return Object.entries(error.details)
    .filter(([, value]) => value !== undefined && !error.message.includes(String(value)))
    .map(([name, value]) => `${name}: ${String(value).slice(0, 300)}`);
}

function traceOf(error: unknown): string {
  if (!(error instanceof Error)) return '';
  const cause = error.cause === undefined ? '' : `\ncaused by ${traceOf(error.cause) || String(error.cause)}`;
  return `${error.stack ?? error.message}${cause}`;
}
