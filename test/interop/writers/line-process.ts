// A program that answers one line of JSON per line it is given: other writers are started once and asked often. An answer has a time
// limit; standard error goes to the error of whoever waits.
import { type ChildProcess, spawn } from 'node:child_process';
import { createInterface } from 'node:readline';

const ANSWER_WITHIN_MS = 10 * 60_000;
const STDERR_CHARS_MAX = 4000;

/** What a writer says after each command: how many rows each source has, and counts of what must not be lost. */
export interface WriterAnswer {
  readonly ok: boolean;
  readonly error?: string;
  readonly rows?: Readonly<Record<string, number>>;
  readonly duckdb?: Readonly<Record<string, number>>;
  readonly snapshots?: number;
  readonly refs?: number;
  readonly statistics?: number;
}

export interface LineProcess {
  /** Rejects when the program ends or takes too long; a command that failed is an answer with `ok: false`. */
  ask(line: string): Promise<WriterAnswer>;
  stop(): Promise<void>;
}

/** Started by the first question: a catalog must be there before a writer opens it. */
export function lineProcess(command: string, args: readonly string[]): LineProcess {
  let started: LineProcess | undefined;
  return {
    ask: (line) => {
      started ??= startLineProcess(command, args);
      return started.ask(line);
    },
    stop: async () => started?.stop(),
  };
}

function startLineProcess(command: string, args: readonly string[]): LineProcess {
  const child: ChildProcess = spawn(command, [...args], { stdio: ['pipe', 'pipe', 'pipe'] });
  const waiting: { readonly done: (answer: WriterAnswer) => void; readonly fail: (error: Error) => void }[] = [];
  let said = '';
  let hasEnded = false;
  child.stderr!.setEncoding('utf8').on('data', (text: string) => {
    said = `${said}${text}`.slice(-STDERR_CHARS_MAX);
  });
  createInterface({ input: child.stdout! }).on('line', (line) => {
    if (line.startsWith('{')) waiting.shift()?.done(JSON.parse(line) as WriterAnswer);
  });
  const ended = new Promise<void>((done) => {
    child.once('close', (code) => {
      hasEnded = true;
      for (const { fail } of waiting.splice(0)) fail(new Error(`${command} ended with ${code}: ${said}`));
      done();
    });
  });
  return {
    ask: (line) =>
      new Promise((done, fail) => {
        if (hasEnded) throw new Error(`${command} has ended: ${said}`);
        const timer = setTimeout(() => fail(new Error(`${command} did not answer ${line}: ${said}`)), ANSWER_WITHIN_MS);
        waiting.push({
          done: (answer) => {
            clearTimeout(timer);
            done(answer);
          },
          fail: (error) => {
            clearTimeout(timer);
            fail(error);
          },
        });
        child.stdin!.write(`${line}\n`);
      }),
    stop: async () => {
      child.stdin!.end();
      const timer = setTimeout(() => child.kill('SIGTERM'), 10_000);
      await ended;
      clearTimeout(timer);
    },
  };
}
