// Which manifests of a snapshot to merge, so that their number stays bounded and so does the work of one commit. As the reference
// implementation does it: per spec and content, manifests are packed from the oldest into bins of the target size; the newest bin,
// which holds this commit's manifest, is merged only when enough have come together, older bins whenever they hold two. Beyond
// that, a commit takes in no more than a fixed number and size of manifests: a table with many small ones is tidied over
// several commits. Source: ManifestMergeManager of iceberg-java.
import type { ManifestFile } from './types.ts';

export interface MergeLimits {
  readonly targetBytes: number;
  readonly minCountToMerge: number;
  readonly isEnabled: boolean;
  /** Work of one commit. */
  readonly inputsMax: number;
  readonly inputBytesMax: number;
}

/** Manifests that stay as they are, and groups to be written as one each, all in the order they were given. */
export interface MergePlan<M> {
  readonly keep: readonly M[];
  readonly merge: readonly (readonly M[])[];
}

type Line = Pick<ManifestFile, 'lengthBytes' | 'specId' | 'content' | 'keyMetadata'>;

/** Plans the merge; `manifests` newest first. */
export function planManifestMerge<M extends Line>(manifests: readonly M[], limits: MergeLimits): MergePlan<M> {
  if (!limits.isEnabled) return { keep: manifests, merge: [] };
  const merge: M[][] = [];
  let inputsLeft = limits.inputsMax;
  let bytesLeft = limits.inputBytesMax;
  for (const bin of groupsOf(manifests).flatMap((group) => eligibleBins(group, limits))) {
    const taken: M[] = [];
    for (const manifest of bin) {
      if (taken.length >= inputsLeft || manifest.lengthBytes > bytesLeft) break;
      bytesLeft -= manifest.lengthBytes;
      taken.push(manifest);
    }
    if (taken.length < 2) continue;
    inputsLeft -= taken.length;
    merge.push(taken);
  }
  const merged = new Set(merge.flat());
  return { keep: manifests.filter((manifest) => !merged.has(manifest)), merge };
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

function eligibleBins<M extends Line>(group: readonly M[], limits: MergeLimits): M[][] {
  return packFromEnd(group, limits.targetBytes).filter((bin, i) => bin.length >= (i === 0 ? Math.max(2, limits.minCountToMerge) : 2));
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
