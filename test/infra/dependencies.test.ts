import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { judgeLock, type LockEntry } from '../../scripts/dependencies/read-lock.ts';
import { REPOSITORY } from './support/source-files.ts';

const lock = JSON.parse(readFileSync(join(REPOSITORY, 'package-lock.json'), 'utf8')) as { packages: Record<string, LockEntry> };
const FINE: LockEntry = { version: '1.0.0', license: 'MIT', integrity: 'sha512-x' };

describe('what the product depends on', () => {
  it('is licensed for everybody, runs nothing at installation and has checksums', () => {
    const { packages, problems } = judgeLock(lock.packages);
    expect(problems).toEqual([]);
    expect(packages.length).toBeGreaterThan(20);
  });

  it.each<[LockEntry, string[]]>([
    [FINE, []],
    [{ ...FINE, license: '(GPL-2.0 OR MIT)' }, []],
    [{ ...FINE, license: 'GPL-3.0' }, ['x@1.0.0: licence GPL-3.0 is not in the allowed list']],
    [{ version: '1.0.0', integrity: 'sha512-x' }, ['x@1.0.0: licence unknown is not in the allowed list']],
    [{ ...FINE, hasInstallScript: true }, ['x@1.0.0: runs a script at installation']],
    [{ version: '1.0.0', license: 'MIT' }, ['x@1.0.0: has no checksum']],
    [{ version: '1.0.0', license: 'GPL-3.0', dev: true }, []],
  ])('is judged by the lockfile: %j', (entry, problems) => {
    expect(judgeLock({ '': {}, 'node_modules/y/node_modules/x': entry }).problems).toEqual(problems);
  });
});
