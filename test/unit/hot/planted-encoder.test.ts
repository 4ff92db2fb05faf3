// The list of bugs planted in the encoder's kernels stays true to their sources: compiling and finding them is a command of its own
// (`npm run -s planted:encoder`), that each still applies is seen here.
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { ENCODER_BUGS, plant } from '../../support/hot/planted-encoder.ts';

const ROOT = join(import.meta.dirname, '../../..');

it.each(ENCODER_BUGS)('a bug still applies to the kernels: $name', (bug) => {
  const [path, patched] = [...plant(ROOT, bug)][0]!;
  expect(path).toBe(`src/hot/assembly/${bug.file}`);
  expect(patched).toContain(bug.replace);
});
