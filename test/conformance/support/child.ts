// Child processes of the suites: TypeScript run by this Node itself, whose answer is one JSON document on standard output.
import { spawn } from 'node:child_process';
import { fileURLToPath } from 'node:url';

/** Runs a script beside this file with one JSON argument. */
export async function runChild<T>(script: string, argument: unknown): Promise<T> {
  const path = fileURLToPath(new URL(script, import.meta.url));
  const child = spawn(process.execPath, [path, JSON.stringify(argument)], { stdio: ['ignore', 'pipe', 'inherit'] });
  let text = '';
  child.stdout.setEncoding('utf8').on('data', (chunk: string) => {
    text += chunk;
  });
  const code = await new Promise<number | null>((resolve, reject) => child.on('error', reject).on('close', resolve));
  if (code !== 0) throw new Error(`${script} ended with ${code}`);
  return JSON.parse(text) as T;
}

/** The argument of a child. */
export function childArgument<T>(): T {
  return JSON.parse(process.argv[2]!) as T;
}
