// The manifests of an append: new ones for the added files, the parent's carried over, small ones merged. Existing entries keep
// their snapshot id, sequence numbers and row ids; deleted entries of earlier snapshots are left behind. Source: Iceberg
// specification, "Manifests"; MergeAppend of iceberg-java.
import { LIMITS } from '../contract/limits.ts';
import type { Uri } from '../ports.ts';
import { type CommitBase, positiveInteger } from './commit-metadata.ts';
import { createFile, readReferenced } from './create-file.ts';
import { readManifest } from './manifest-read.ts';
import { isTypedSpec } from './manifest-schema.ts';
import { type EntryToWrite, schemasNewestFirst, type WrittenManifest, writeManifest } from './manifest-write.ts';
import { mapBounded } from './map-bounded.ts';
import { type MergeLimits, planManifestMerge } from './merge-manifests.ts';
import { metadataFolder } from './metadata-json.ts';
import type { DataFile, ManifestFile, TableMetadata } from './types.ts';

export interface AssembleRequest extends CommitBase {
  readonly add: readonly DataFile[];
  /** Lines of the parent's manifest list. */
  readonly inherited: readonly ManifestFile[];
  readonly snapshotId: bigint;
  readonly sequenceNumber: number;
}

export interface AssembledManifests {
  /** Lines of the new manifest list, new manifests first. */
  readonly manifests: readonly ManifestFile[];
  readonly created: readonly Uri[];
}

/** Writes new and merged manifests and returns all lines. */
export async function assembleManifests(request: AssembleRequest): Promise<AssembledManifests> {
  const inherited = await mapBounded(
    request.inherited.filter((manifest) => manifest.addedFiles !== 0 || manifest.existingFiles !== 0),
    LIMITS.manifestReadsAtOnce,
    (manifest) => withCounts(request, manifest),
  );
  const isMergeable = mergeableSpecs(request.metadata);
  const mergeable = inherited.filter((line) => isMergeable.has(line.specId));
  const drafts = [...newDrafts(request), ...mergeable.map((line) => ({ ...line, entries: undefined }))];
  const plan = planManifestMerge<Draft>(drafts, mergeLimits(request.metadata));
  const merged = await Promise.all(plan.merge.map((group) => mergeGroup(request, group)));
  const toWrite = [...plan.keep, ...merged.flat()].flatMap((draft) => (draft.entries ? [draft] : []));
  const written = await mapBounded(toWrite, LIMITS.manifestReadsAtOnce, (draft) => createManifest(request, draft.written));
  const carried = plan.keep.flatMap((draft) => (draft.entries ? [] : [lineOf(draft)]));
  const untouched = inherited.filter((line) => !isMergeable.has(line.specId));
  return { manifests: [...written.map(({ line }) => line), ...carried, ...untouched], created: written.flatMap(({ tried }) => tried) };
}

/** Specs whose manifests can be written again; those of the others are carried as they are, however many there are. */
function mergeableSpecs(metadata: TableMetadata): ReadonlySet<number> {
  const schemas = schemasNewestFirst(metadata);
  return new Set(metadata['partition-specs'].filter((spec) => isTypedSpec(spec, schemas)).map((spec) => spec['spec-id']));
}

/** A manifest of the new snapshot: written into memory (entries), or one of the parent's. */
type Draft = NewDraft | (ManifestFile & { readonly entries: undefined });
type NewDraft = Omit<ManifestFile, 'path'> & { readonly entries: readonly EntryToWrite[]; readonly written: WrittenManifest };

function newDrafts(request: AssembleRequest): NewDraft[] {
  const bySpec = new Map<number, DataFile[]>();
  for (const file of request.add) {
    const group = bySpec.get(file.specId);
    if (group) group.push(file);
    else bySpec.set(file.specId, [file]);
  }
  return Array.from(bySpec.values()).flatMap((files) =>
    chunksOf(files, LIMITS.manifestEntriesMax).map((chunk) =>
      draftOf(
        request,
        chunk.map((file) => ({ status: 1, snapshotId: request.snapshotId, file })),
      ),
    ),
  );
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
  const entries = readManifest(await readReferenced(request.files, manifest.path), manifest);
  return entries.flatMap((entry) => (entry.status === 2 ? [] : [{ ...entry, status: 0 as const }]));
}

/** Lists written for version 1 may lack counts that version 2 requires: they are counted from the manifest, once. */
async function withCounts(request: AssembleRequest, line: ManifestFile): Promise<ManifestFile> {
  const counts = [line.addedFiles, line.existingFiles, line.deletedFiles, line.addedRows, line.existingRows, line.deletedRows];
  if (counts.every((count) => count !== undefined)) return line;
  const entries = readManifest(await readReferenced(request.files, line.path), line);
  const files = (status: number) => entries.filter((entry) => entry.status === status);
  const rows = (status: number) => files(status).reduce((sum, entry) => sum + entry.file.recordCount, 0);
  return {
    ...line,
    addedFiles: files(1).length,
    existingFiles: files(0).length,
    deletedFiles: files(2).length,
    addedRows: rows(1),
    existingRows: rows(0),
    deletedRows: rows(2),
  };
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
function mergeLimits(metadata: TableMetadata): MergeLimits {
  const { properties } = metadata;
  return {
    targetBytes: positiveInteger(properties['commit.manifest.target-size-bytes'], LIMITS.manifestTargetBytes),
    minCountToMerge: positiveInteger(properties['commit.manifest.min-count-to-merge'], LIMITS.manifestsMax),
    isEnabled: properties['commit.manifest-merge.enabled'] !== 'false',
    inputsMax: LIMITS.manifestMergeInputsMax,
    inputBytesMax: LIMITS.manifestMergeBytesMax,
  };
}

function chunksOf<T>(items: readonly T[], size: number): T[][] {
  return Array.from({ length: Math.ceil(items.length / size) }, (_, i) => items.slice(i * size, (i + 1) * size));
}
