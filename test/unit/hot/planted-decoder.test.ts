// The list of bugs planted in the decoder's kernels stays true to their sources: compiling and finding them is a command of its own
// (`npm run -s planted:hot`), that each still applies is seen here.
import { expect, it } from 'vitest';
import { PLANTED_BUGS, plantBug } from '../../support/hot/planted/bugs.ts';

it.each(PLANTED_BUGS)('a bug still applies to the kernels: $name', (bug) => {
  const [path, patched] = plantBug(bug);
  expect(path).toBe(`src/hot/assembly/${bug.file}`);
  expect(patched).toContain(bug.to);
});
