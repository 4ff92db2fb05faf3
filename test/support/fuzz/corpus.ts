// The kept corpus of a target: one NDJSON file of inputs in base64, each with the outcome it had, under test/golden/data/fuzz.
// Written by the fuzzer alone (`--save`), replayed by the fault suite.
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const FOLDER = join(dirname(fileURLToPath(import.meta.url)), '../../golden/data/fuzz');

export function corpusPath(target: string): string {
  return join(FOLDER, `${target}.ndjson`);
}

/** The kept inputs; empty for a target that has none yet. */
export function loadCorpus(target: string): readonly Buffer[] {
  const path = corpusPath(target);
  if (!existsSync(path)) return [];
  return readFileSync(path, 'utf8')
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => Buffer.from((JSON.parse(line) as { readonly input: string }).input, 'base64'));
}

/** Replaces a target's corpus. */
export function saveCorpus(target: string, inputs: readonly Uint8Array[]): void {
  mkdirSync(FOLDER, { recursive: true });
  const lines = inputs.map((input) => Buffer.from(input).toString('base64')).sort((a, b) => a.length - b.length || (a < b ? -1 : 1));
  writeFileSync(corpusPath(target), lines.map((input) => `${JSON.stringify({ input })}\n`).join(''));
}
