// Results of runs, kept for the fault report: one JSON file a command in `.interop/results/`, which is not part of the repository.
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

export function keepResult(name: string, result: unknown): void {
  const folder = join(import.meta.dirname, '../../.interop/results');
  mkdirSync(folder, { recursive: true });
  writeFileSync(join(folder, `${name}.json`), JSON.stringify(result, null, 1));
}
