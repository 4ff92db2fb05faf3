// Which manifests of a snapshot to merge, so that their number stays bounded and the cost of a commit flat as the table grows. Per spec
// and content, manifests are packed from the oldest into bins of the target size, as the reference implementation does; but within a
// bin only manifests of like size are merged (tiers by the number of their files), not every small one into the one large one again
// and again: an entry is written once per tier, so what merging costs per commit does not depend on the size of the table.
//   few files (< 100)        merged when `minCountToMerge` of them have come together
//   tiers above, each ×10    merged when ten of a tier have come together (or `minCountToMerge`, if that is fewer)
// A commit takes in no more than a fixed number, size and count of files of manifests: a table with many small ones is tidied over
// several commits; larger manifests than that are the business of a rewrite of manifests. Source: ManifestMergeManager of iceberg-java
// for the bins.
import type { ManifestFile } from './types.ts';

export interface MergeLimits {
  readonly targetBytes: number;
  readonly minCountToMerge: number;
  readonly isEnabled: boolean;
  /** Work of one commit. */
  readonly inputsMax: number;
  readonly inputBytesMax: number;
  readonly inputFilesMax: number;
}

/** Manifests that stay as they are, and groups to be written as one each, all in the order they were given. */
export interface MergePlan<M> {
  readonly keep: readonly M[];
  readonly merge: readonly (readonly M[])[];
}

type Line = Pick<ManifestFile, 'lengthBytes' | 'specId' | 'content' | 'keyMetadata' | 'addedFiles' | 'existingFiles'>;

/** Plans the merge; `manifests` newest first. */
export function planManifestMerge<M extends Line>(manifests: readonly M[], limits: MergeLimits): MergePlan<M> {
  if (!limits.isEnabled) return { keep: manifests, merge: [] };
  const merge: M[][] = [];
  let left: Work = { inputs: limits.inputsMax, bytes: limits.inputBytesMax, files: limits.inputFilesMax };
  for (const bin of groupsOf(manifests).flatMap((group) => eligibleBins(group, limits))) {
    const taken: M[] = [];
    let after = left;
    for (const manifest of bin) {
      const next = { inputs: after.inputs - 1, bytes: after.bytes - manifest.lengthBytes, files: after.files - filesOf(manifest) };
      if (next.inputs < 0 || next.bytes < 0 || next.files < 0) break;
      after = next;
      taken.push(manifest);
    }
    if (taken.length < 2) continue;
    left = after;
    merge.push(taken);
  }
  const merged = new Set(merge.flat());
  return { keep: manifests.filter((manifest) => !merged.has(manifest)), merge };
}

/** What a commit may still take in. */
interface Work {
  readonly inputs: number;
  readonly bytes: number;
  readonly files: number;
}

/** Encrypted manifests are left alone: their keys are not ours. */
function groupsOf<M extends Line>(manifests: readonly M[]): M[][] {
  const groups = new Map<string, M[]>();
  for (const manifest of manifests) {
    if (manifest.keyMetadata) continue;
    const key = `${manifest.content}/${manifest.specId}`;
    const group = groups.get(key);
    if (group) group.push(manifest);
    else groups.set(key, [manifest]);
  }
  return Array.from(groups.values());
}

/** Groups within each bin that have come together, newest first. */
function eligibleBins<M extends Line>(group: readonly M[], limits: MergeLimits): M[][] {
  const countOf = (tier: number) => Math.max(2, tier === 0 ? limits.minCountToMerge : Math.min(limits.minCountToMerge, TIER_COUNT));
  return packFromEnd(group, limits.targetBytes).flatMap((bin) =>
    [...Map.groupBy(bin, tierOf)].filter(([tier, manifests]) => manifests.length >= countOf(tier)).map(([, manifests]) => manifests),
  );
}

const TIER_COUNT = 10;
const FEW_FILES = 100;

/** 0 below 100 live files, then one more for each power of ten. */
function tierOf(manifest: Line): number {
  const files = filesOf(manifest);
  return files < FEW_FILES ? 0 : Math.floor(Math.log10(files)) - 1;
}

function filesOf({ addedFiles, existingFiles }: Line): number {
  return (addedFiles ?? 0) + (existingFiles ?? 0);
}

/** Bins of at most the target size in order, filled from the end, so that the newest one is the one left short. */
function packFromEnd<M extends Line>(group: readonly M[], targetBytes: number): M[][] {
  const bins: M[][] = [];
  let bin: M[] = [];
  let size = 0;
  for (const manifest of group.toReversed()) {
    if (bin.length > 0 && size + manifest.lengthBytes > targetBytes) {
      bins.unshift(bin);
      bin = [];
      size = 0;
    }
    bin.unshift(manifest);
    size += manifest.lengthBytes;
  }
  if (bin.length > 0) bins.unshift(bin);
  return bins;
}
