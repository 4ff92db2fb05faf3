// The manifests of a new snapshot: new ones for the added files, the parent's carried over or filtered, small ones merged. Existing
// entries keep their snapshot id, sequence numbers and row ids; deleted entries of earlier snapshots are left behind. Source:
// Iceberg specification, "Manifests"; MergeAppend and MergingSnapshotProducer of iceberg-java.

import { LIMITS } from '../contract/limits.ts';
import type { Uri } from '../ports.ts';
import { type CommitBase, positiveInteger } from './commit-metadata.ts';
import { createFile } from './create-file.ts';
import { countsOf } from './entry-counts.ts';
import type { KeptManifest } from './filter-manifests.ts';
import { loadManifest } from './load-manifest.ts';
import { isTypedSpec } from './manifest-schema.ts';
import { type EntryToWrite, schemasNewestFirst, type WrittenManifest, writeManifest } from './manifest-write.ts';
import { mapBounded } from './map-bounded.ts';
import { type MergeLimits, planManifestMerge } from './merge-manifests.ts';
import { metadataFolder } from './metadata-json.ts';
import type { DataFile, ManifestFile, TableMetadata } from './types.ts';

export interface AssembleRequest extends CommitBase {
  readonly add: readonly DataFile[];
  /** Data sequence number of added data files; the commit's own when left out. */
  readonly dataSequenceNumber?: number;
  /** The parent's manifests, with what replaces some of them. */
  readonly inherited: readonly KeptManifest[];
  readonly snapshotId: bigint;
  readonly sequenceNumber: number;
  /** Nothing is merged. */
  readonly isFast?: boolean;
}

export interface AssembledManifests {
  /** Lines of the new manifest list, new manifests first. */
  readonly manifests: readonly ManifestFile[];
  readonly created: readonly Uri[];
}

/** Writes new, filtered and merged manifests and returns all lines. */
export async function assembleManifests(request: AssembleRequest): Promise<AssembledManifests> {
  const inherited = await mapBounded(request.inherited, LIMITS.manifestReadsAtOnce, (kept) => inheritedDrafts(request, kept));
  const isMergeable = mergeableSpecs(request.metadata);
  const drafts = [...newDrafts(request), ...inherited.flat()];
  const mergeable = drafts.filter((draft) => isMergeable.has(draft.specId));
  const untouched = drafts.filter((draft) => !isMergeable.has(draft.specId));
  const plan = planManifestMerge<Draft>(mergeable, mergeLimits(request));
  const merged = await Promise.all(plan.merge.map((group) => mergeGroup(request, group)));
  const all = [...merged.flat(), ...plan.keep, ...untouched];
  // New manifests come first; the parent's follow in their order.
  const toWrite = all.flatMap((draft) => (draft.entries ? [draft] : []));
  const written = await mapBounded(toWrite, LIMITS.manifestReadsAtOnce, (draft) => createManifest(request, draft.written));
  const carried = all.flatMap((draft) => (draft.entries ? [] : [lineOf(draft)]));
  return { manifests: [...written.map(({ line }) => line), ...carried], created: written.flatMap(({ tried }) => tried) };
}

/** What becomes of one of the parent's manifests: nothing where nothing in it is live. */
async function inheritedDrafts(request: AssembleRequest, kept: KeptManifest): Promise<Draft[]> {
  if (kept.kind === 'entries') return draftsOf(request, kept.entries);
  if (kept.line.addedFiles === 0 && kept.line.existingFiles === 0) return [];
  return [{ ...(await withCounts(request, kept.line)), entries: undefined }];
}

/** Specs whose manifests can be written again; those of the others are carried as they are, however many there are. */
function mergeableSpecs(metadata: TableMetadata): ReadonlySet<number> {
  const schemas = schemasNewestFirst(metadata);
  return new Set(metadata['partition-specs'].filter((spec) => isTypedSpec(spec, schemas)).map((spec) => spec['spec-id']));
}

/** A manifest of the new snapshot: written into memory (entries), or one of the parent's. */
type Draft = NewDraft | (ManifestFile & { readonly entries: undefined });
type NewDraft = Omit<ManifestFile, 'path'> & { readonly entries: readonly EntryToWrite[]; readonly written: WrittenManifest };

/** Manifests of the added files, by spec and content. */
function newDrafts(request: AssembleRequest): NewDraft[] {
  const groups = Map.groupBy(request.add, (file) => `${file.content === 0 ? 0 : 1}/${file.specId}`);
  return Array.from(groups.values()).flatMap((files) =>
    draftsOf(
      request,
      files.map((file): EntryToWrite => {
        const own = file.content === 0 && request.dataSequenceNumber !== undefined ? { sequenceNumber: request.dataSequenceNumber } : {};
        return { status: 1, snapshotId: request.snapshotId, ...own, file };
      }),
    ),
  );
}

/** Manifests of a bounded number of entries each. */
function draftsOf(request: AssembleRequest, entries: readonly EntryToWrite[]): NewDraft[] {
  return chunksOf(entries, LIMITS.manifestEntriesMax).map((chunk) => draftOf(request, chunk));
}

function draftOf(request: AssembleRequest, entries: readonly EntryToWrite[]): NewDraft {
  const { specId, content } = entries[0]!.file;
  const written = writeManifest({
    metadata: request.metadata,
    specId,
    content: content === 0 ? 0 : 1,
    entries,
    snapshotId: request.snapshotId,
    sequenceNumber: request.sequenceNumber,
  });
  return { ...written.line, entries, written };
}

/** One manifest of a group's live entries; none where nothing in it is live. */
async function mergeGroup(request: AssembleRequest, group: readonly Draft[]): Promise<readonly NewDraft[]> {
  const entries = await mapBounded(
    group,
    LIMITS.manifestReadsAtOnce,
    async (draft) => draft.entries ?? (await existingEntries(request, draft)),
  );
  const all = entries.flat();
  return all.length === 0 ? [] : [draftOf(request, all)];
}

async function existingEntries(request: AssembleRequest, manifest: ManifestFile): Promise<EntryToWrite[]> {
  const entries = await loadManifest(request, manifest);
  return entries.flatMap((entry) => (entry.status === 2 ? [] : [{ ...entry, status: 0 as const }]));
}

/** Lists written for version 1 may lack counts that version 2 requires: they are counted from the manifest, once. */
async function withCounts(request: AssembleRequest, line: ManifestFile): Promise<ManifestFile> {
  const counts = [line.addedFiles, line.existingFiles, line.deletedFiles, line.addedRows, line.existingRows, line.deletedRows];
  if (counts.every((count) => count !== undefined)) return line;
  return { ...line, ...countsOf(await loadManifest(request, line)) };
}

async function createManifest(
  request: AssembleRequest,
  manifest: WrittenManifest,
): Promise<{ readonly line: ManifestFile; readonly tried: readonly Uri[] }> {
  const nameOf = () => `${metadataFolder(request.metadata)}/${request.ids.uuid()}-m0.avro`;
  const { uri, tried } = await createFile(request.files, nameOf, manifest.bytes);
  return { line: { path: uri, ...manifest.line }, tried };
}

function lineOf(draft: ManifestFile & { readonly entries: undefined }): ManifestFile {
  const { entries: _none, ...line } = draft;
  return line;
}

/** Table properties of the reference implementation, within our own bounds of work per commit. */
function mergeLimits(request: AssembleRequest): MergeLimits {
  const { properties } = request.metadata;
  return {
    targetBytes: positiveInteger(properties['commit.manifest.target-size-bytes'], LIMITS.manifestTargetBytes),
    minCountToMerge: positiveInteger(properties['commit.manifest.min-count-to-merge'], LIMITS.manifestsMax),
    isEnabled: !request.isFast && properties['commit.manifest-merge.enabled'] !== 'false',
    inputsMax: LIMITS.manifestMergeInputsMax,
    inputBytesMax: LIMITS.manifestMergeBytesMax,
    inputFilesMax: LIMITS.manifestEntriesMax,
  };
}

function chunksOf<T>(items: readonly T[], size: number): T[][] {
  return Array.from({ length: Math.ceil(items.length / size) }, (_, i) => items.slice(i * size, (i + 1) * size));
}
