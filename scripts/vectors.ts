// `npm run -s vectors -- FILE`: holds every section of a conformance vectors file against the Iceberg core. Prints each failure
// with expected and got, then `N passed, N failed`; exit 1 if any failed, 2 without a readable file.
import { readFileSync } from 'node:fs';
import { SECTIONS } from './vectors/all-sections.ts';
import { runVectors, type VectorsFile } from './vectors/sections.ts';

const path = process.argv[2];
if (path === undefined) {
  process.stderr.write('usage: npm run -s vectors -- FILE\n');
  process.exit(2);
}
const outcome = await runVectors(readVectors(path), SECTIONS);
for (const { section, index, vector, reason } of outcome.failures) {
  process.stdout.write(`${section}[${index}] ${JSON.stringify(vector).slice(0, 300)}\n    ${reason}\n`);
}
process.stdout.write(`${outcome.passed} passed, ${outcome.failures.length} failed\n`);
process.exitCode = outcome.failures.length > 0 ? 1 : 0;

function readVectors(file: string): VectorsFile {
  try {
    const parsed = JSON.parse(readFileSync(file, 'utf8')) as VectorsFile;
    if (typeof parsed.vectors === 'object' && parsed.vectors !== null) return parsed;
    process.stderr.write(`${file}: expected an object with "vectors", one array per section\n`);
  } catch (error) {
    process.stderr.write(`${file}: cannot be read as JSON: ${error instanceof Error ? error.message : String(error)}\n`);
  }
  process.exit(2);
}
