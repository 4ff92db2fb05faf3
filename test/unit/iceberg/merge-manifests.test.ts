// Which manifests a commit merges, and that what it takes in stays within its bounds.
import { describe, expect, test } from 'vitest';
import { type MergeLimits, planManifestMerge } from '../../../src/iceberg/merge-manifests.ts';

const LIMITS: MergeLimits = {
  targetBytes: 1_000_000,
  minCountToMerge: 100,
  isEnabled: true,
  inputsMax: 200,
  inputBytesMax: 10_000,
  inputFilesMax: 10_000,
};

interface Line {
  readonly lengthBytes: number;
  readonly specId: number;
  readonly content: 0 | 1;
  readonly existingFiles: number;
}

function line(existingFiles: number, more: Partial<Line> = {}): Line {
  return { lengthBytes: 10, specId: 0, content: 0, existingFiles, ...more };
}

function lines(count: number, existingFiles: number, more: Partial<Line> = {}): readonly Line[] {
  return Array.from({ length: count }, () => line(existingFiles, more));
}

const sizes = (groups: readonly (readonly Line[])[]) => groups.map((group) => group.length);

describe('merging of manifests', () => {
  test('merges ten of a tier into one of the next, up to the files of one commit', () => {
    expect(sizes(planManifestMerge(lines(10, 1_000), LIMITS).merge)).toEqual([10]);
    expect(sizes(planManifestMerge(lines(9, 1_000), LIMITS).merge)).toEqual([]);
    // Eleven hold more files than a commit takes in: the newest ten are merged, the oldest waits.
    const eleven = lines(11, 1_000);
    const plan = planManifestMerge(eleven, LIMITS);
    expect(plan.merge).toEqual([eleven.slice(0, 10)]);
    expect(plan.keep).toEqual(eleven.slice(10));
    // Ten of the largest tier hold ten times too many.
    expect(planManifestMerge(lines(10, 10_000), LIMITS).merge).toEqual([]);
  });

  test.each([
    ['bytes', { lengthBytes: 9_990 }, {}],
    ['files', {}, { inputFilesMax: 1_005 }],
  ] as const)('what cannot be merged for its %s takes nothing from the bound of what can', (_what, more, limits) => {
    const large = lines(10, 1_000, more);
    const small = lines(10, 100, { specId: 1 });
    const plan = planManifestMerge([...large, ...small], { ...LIMITS, ...limits });
    expect(plan.merge).toEqual([small]);
    expect(plan.keep).toEqual(large);
  });

  test('all groups of a commit together stay within each bound', () => {
    const all = [...lines(100, 1), ...lines(10, 100, { lengthBytes: 500 }), ...lines(10, 1_000, { lengthBytes: 900 })];
    const { merge, keep } = planManifestMerge(all, LIMITS);
    const merged = merge.flat();
    const sum = (of: (one: Line) => number) => merged.reduce((total, one) => total + of(one), 0);
    expect(merged.length).toBeGreaterThan(100);
    expect(sum((one) => one.lengthBytes)).toBeLessThanOrEqual(LIMITS.inputBytesMax);
    expect(sum((one) => one.existingFiles)).toBeLessThanOrEqual(LIMITS.inputFilesMax);
    expect(keep.length + merged.length).toBe(all.length);
  });
});
