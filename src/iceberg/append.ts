// Prepares a commit that adds data files, or only advances properties and a tag: the request of an append for prepare-snapshot.ts.
// Upholds promises 3 (no data file is ever deleted here), 6 and 10.
import { assertInvariant } from '../errors.ts';
import { type CommitBase, type PreparedCommit, stageMetadata, withTag } from './commit-metadata.ts';
import { type PreparedSnapshot, prepareSnapshot } from './prepare-snapshot.ts';
import type { SnapshotChange } from './snapshot-change.ts';
import type { DataFile } from './types.ts';

export interface AppendRequest extends CommitBase, Pick<SnapshotChange, 'isFast' | 'isStaged' | 'targetRef'> {
  /** New data files; may be empty: then an empty append snapshot. */
  readonly add: readonly DataFile[];
  /** Snapshot summary beside Iceberg's own keys. */
  readonly summary: Readonly<Record<string, string>>;
  readonly setProperties?: Readonly<Record<string, string>>;
  /** A tag to point at the new snapshot. */
  readonly tag?: { readonly name: string };
}

export interface PropertiesRequest extends CommitBase {
  readonly setProperties: Readonly<Record<string, string>>;
  /** A tag to point at the current snapshot; ignored where there is none. */
  readonly tag?: { readonly name: string };
}

/**
 * Writes everything an append commit needs. Cost: reads the parent's manifest list and at most
 * LIMITS.manifestMergeInputsMax manifests; writes one manifest per spec (and per merge), one list, one metadata file.
 * Throws TransientIoError before anything is visible; InputRefusedError for a table that cannot be written.
 */
export async function prepareAppend(request: AppendRequest): Promise<PreparedSnapshot> {
  assertInvariant(
    request.add.every((file) => file.content === 0 && file.recordCount > 0),
    'an append adds data files with rows',
  );
  return prepareSnapshot({ ...request, operation: 'append' });
}

/** Writes a metadata file that sets properties (and moves a tag) without a new snapshot. */
export async function prepareProperties(request: PropertiesRequest): Promise<PreparedCommit> {
  const current = request.metadata['current-snapshot-id'] ?? undefined;
  const { tag } = request;
  const tagged = tag && current !== undefined ? withTag(request.metadata, { name: tag.name, snapshotId: current }) : request.metadata;
  return stageMetadata(request, { ...tagged, properties: { ...tagged.properties, ...request.setProperties } });
}
