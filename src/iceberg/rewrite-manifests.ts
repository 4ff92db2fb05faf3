// Manifests written anew, files untouched: entries of many or badly mixed manifests, clustered by partition into manifests of the
// target size, so that scans skip more and lists are short. Every entry is EXISTING with what it inherited. Source: Iceberg
// specification, "Snapshots" (`replace`); BaseRewriteManifests of iceberg-java.

import { LIMITS } from '../contract/limits.ts';
import type { StructType } from '../contract/types.ts';
import { promotedCell } from './avro-cells.ts';
import { orderOf } from './cell-order.ts';
import { positiveInteger } from './commit-metadata.ts';
import type { ChangeTarget } from './file-operations.ts';
import type { FilteredManifests, FilterRequest, KeptManifest } from './filter-manifests.ts';
import { loadManifest } from './load-manifest.ts';
import { isTypedSpec, partitionStruct } from './manifest-schema.ts';
import { type EntryToWrite, schemasNewestFirst, specOf } from './manifest-write.ts';
import { mapBounded } from './map-bounded.ts';
import { type PreparedSnapshot, prepareSnapshot } from './prepare-snapshot.ts';
import type { DataFile, ManifestFile, TableMetadata } from './types.ts';

export interface RewriteManifestsRequest extends ChangeTarget {
  /** Manifests to write anew, of those that can be. @default all */
  readonly isWanted?: (line: ManifestFile) => boolean;
}

/**
 * Prepares the rewrite. Cost: reads and writes the wanted manifests, at most LIMITS.manifestRewriteBytesMax of them, the first of the
 * list first; what is beyond stays for the next rewrite.
 */
export async function prepareRewriteManifests(request: RewriteManifestsRequest): Promise<PreparedSnapshot> {
  return prepareSnapshot({ ...request, operation: 'replace', isFast: true }, (given) => rewriteLines(given, request.isWanted));
}

async function rewriteLines(
  request: FilterRequest,
  isWanted: RewriteManifestsRequest['isWanted'] = () => true,
): Promise<FilteredManifests & { readonly summary: Readonly<Record<string, string>> }> {
  const taken = takeLines(request, isWanted);
  const groups = Map.groupBy(taken, (line) => `${line.content}/${line.specId}`);
  const rewritten: KeptManifest[] = [];
  let processed = 0;
  for (const lines of groups.values()) {
    const entries = await liveEntries(request, lines);
    processed += entries.length;
    const sorted = clustered(request.metadata, lines[0]!.specId, entries);
    rewritten.push(...chunked(request.metadata, lines, sorted).map((chunk) => ({ kind: 'entries' as const, entries: chunk })));
  }
  const isTaken = new Set(taken);
  const kept = request.inherited.filter((line) => !isTaken.has(line));
  return {
    manifests: [...rewritten, ...kept.map((line) => ({ kind: 'line' as const, line }))],
    removed: [],
    summary: {
      'manifests-created': String(rewritten.length),
      'manifests-replaced': String(taken.length),
      'manifests-kept': String(kept.length),
      'entries-processed': String(processed),
    },
  };
}

/** Wanted manifests that can be written again, up to the bound. */
function takeLines(request: FilterRequest, isWanted: (line: ManifestFile) => boolean): readonly ManifestFile[] {
  const schemas = schemasNewestFirst(request.metadata);
  let left = LIMITS.manifestRewriteBytesMax;
  return request.inherited.filter((line) => {
    const isWritable = !line.keyMetadata && isTypedSpec(specOf(request.metadata, line.specId), schemas);
    if (!isWritable || !isWanted(line) || line.lengthBytes > left) return false;
    left -= line.lengthBytes;
    return true;
  });
}

async function liveEntries(request: FilterRequest, lines: readonly ManifestFile[]): Promise<EntryToWrite[]> {
  const entries = await mapBounded(lines, LIMITS.manifestReadsAtOnce, async (line) => loadManifest(request, line));
  return entries.flat().flatMap((entry) => (entry.status === 2 ? [] : [{ ...entry, status: 0 as const }]));
}

/** Entries in the order of their partition values; those of one partition as they were. */
function clustered(metadata: TableMetadata, specId: number, entries: readonly EntryToWrite[]): EntryToWrite[] {
  const types = partitionStruct(specOf(metadata, specId), schemasNewestFirst(metadata));
  return entries.toSorted((a, b) => compareTuples(types, a.file, b.file));
}

function compareTuples(types: StructType, a: DataFile, b: DataFile): number {
  for (const [i, { type }] of types.fields.entries()) {
    const left = promotedCell(type, a.partition[i] ?? null);
    const right = promotedCell(type, b.partition[i] ?? null);
    // Nulls come first.
    const order = left === null || right === null ? Number(left !== null) - Number(right !== null) : orderOf(type)(left, right);
    if (order !== 0) return order;
  }
  return 0;
}

/** Chunks that make manifests of about the target size, by the bytes an entry took so far. */
function chunked(metadata: TableMetadata, lines: readonly ManifestFile[], entries: readonly EntryToWrite[]): EntryToWrite[][] {
  const targetBytes = positiveInteger(metadata.properties['commit.manifest.target-size-bytes'], LIMITS.manifestTargetBytes);
  const bytes = lines.reduce((sum, line) => sum + line.lengthBytes, 0);
  const size = Math.max(1, Math.min(LIMITS.manifestEntriesMax, Math.floor((targetBytes * entries.length) / bytes)));
  return Array.from({ length: Math.ceil(entries.length / size) }, (_, i) => entries.slice(i * size, (i + 1) * size));
}
