// Branches and tags as changes of metadata: created, replaced, renamed, removed, moved forward along descent or back to an ancestor.
// Pure. Each refusal is a CommitRefusedError with a code of refusals.ts. Source: Iceberg specification, "Snapshot References";
// UpdateSnapshotReferencesOperation and SetSnapshotOperation of iceberg-java.
import { assertInvariant } from '../errors.ts';
import { withHead } from './commit-metadata.ts';
import { branchHead, findSnapshot, isAncestor } from './find-snapshot.ts';
import { refusal } from './refusals.ts';
import type { Snapshot, SnapshotRef, TableMetadata } from './types.ts';

/** How long a reference keeps itself and, a branch, its snapshots; left out: the table's properties rule. */
export interface RefRetention {
  readonly maxRefAgeMs?: number;
  /** Branches only. */
  readonly maxSnapshotAgeMs?: number;
  /** Branches only. */
  readonly minSnapshotsToKeep?: number;
}

export interface NewRef {
  readonly name: string;
  readonly type: 'branch' | 'tag';
  readonly snapshotId: bigint;
  readonly retention?: RefRetention;
  /** What to do with a reference of that name and type: refuse, or point it here whatever it pointed at. @default false */
  readonly isReplacing?: boolean;
}

/** Creates a branch or tag at a snapshot, or replaces one of the same type. `main` moves by rollBack, setCurrent and fastForward only. */
export function putRef(metadata: TableMetadata, ref: NewRef): TableMetadata {
  const { name, type, snapshotId } = ref;
  if (name === '') throw refusal('ref-unknown', 'a reference needs a name');
  if (name === 'main') throw refusal('ref-main', 'main');
  knownSnapshot(metadata, snapshotId);
  const before = metadata.refs?.[name];
  if (before && !ref.isReplacing) throw refusal('ref-exists', name);
  if (before && before.type !== type) throw refusal('ref-kind', `${name} is a ${before.type}`);
  const fields = ref.retention ? retentionFields(type, ref.retention) : kept(before);
  return { ...metadata, refs: { ...metadata.refs, [name]: { ...fields, 'snapshot-id': snapshotId, type } } };
}

/** Removes a branch or tag; its snapshots stay until expiry. `expected` refuses where it points elsewhere by now. */
export function removeRef(metadata: TableMetadata, name: string, expected?: bigint): TableMetadata {
  const ref = knownRef(metadata, name);
  if (name === 'main') throw refusal('ref-main', 'main');
  if (expected !== undefined && ref['snapshot-id'] !== expected) throw refusal('ref-moved', name);
  const { [name]: _gone, ...refs } = metadata.refs!;
  return { ...metadata, refs };
}

/** Gives a branch another name; a tag keeps its name for ever. */
export function renameBranch(metadata: TableMetadata, names: { readonly from: string; readonly to: string }): TableMetadata {
  const ref = knownRef(metadata, names.from);
  if (names.from === 'main' || names.to === 'main') throw refusal('ref-main', 'main');
  if (ref.type !== 'branch') throw refusal('ref-kind', `${names.from} is a tag`);
  if (metadata.refs?.[names.to] || names.to === '') throw refusal('ref-exists', names.to);
  const { [names.from]: _gone, ...refs } = metadata.refs!;
  return { ...metadata, refs: { ...refs, [names.to]: ref } };
}

/** Sets what a reference keeps; what is left out is the table's again. */
export function setRetention(metadata: TableMetadata, name: string, retention: RefRetention): TableMetadata {
  const ref = knownRef(metadata, name);
  const fields = retentionFields(ref.type, retention);
  const next: SnapshotRef = { ...fields, 'snapshot-id': ref['snapshot-id'], type: ref.type };
  return { ...metadata, refs: { ...metadata.refs, [name]: next } };
}

export interface BranchMove {
  /** @default main */
  readonly branch?: string;
  readonly snapshotId: bigint;
  readonly nowMs: number;
}

/**
 * Moves a branch to a snapshot that descends from its head: what was staged and audited there is published, exactly it and nothing
 * committed after. A branch that is not there yet is created.
 */
export function fastForward(metadata: TableMetadata, move: BranchMove): TableMetadata {
  const { branch = 'main', snapshotId } = move;
  knownSnapshot(metadata, snapshotId);
  const head = metadata.refs?.[branch] || branch === 'main' ? branchHead(metadata, branch) : undefined;
  if (head && !isAncestor(metadata, head['snapshot-id'], snapshotId)) {
    throw refusal('not-descendant', `${snapshotId} of the head of ${branch}`);
  }
  return head?.['snapshot-id'] === snapshotId ? metadata : withHead(metadata, { branch, snapshotId, nowMs: move.nowMs });
}

/** Moves a branch back to one of its own ancestors. */
export function rollBack(metadata: TableMetadata, move: BranchMove): TableMetadata {
  const { branch = 'main', snapshotId } = move;
  knownSnapshot(metadata, snapshotId);
  const head = branchHead(metadata, branch);
  if (!head || !isAncestor(metadata, snapshotId, head['snapshot-id'])) {
    throw refusal('not-descendant', `the head of ${branch} of ${snapshotId}`);
  }
  return head['snapshot-id'] === snapshotId ? metadata : withHead(metadata, { branch, snapshotId, nowMs: move.nowMs });
}

/** Moves a branch back to its newest ancestor that was committed before a time. */
export function rollBackToTime(
  metadata: TableMetadata,
  move: Omit<BranchMove, 'snapshotId'> & { readonly beforeMs: number },
): TableMetadata {
  let at: Snapshot | undefined = branchHead(metadata, move.branch ?? 'main');
  for (let steps = 0; at && steps <= metadata.snapshots.length; steps += 1) {
    if (at['timestamp-ms'] < move.beforeMs) return rollBack(metadata, { ...move, snapshotId: at['snapshot-id'] });
    at = findSnapshot(metadata, at['parent-snapshot-id']);
  }
  throw refusal('snapshot-unknown', `none of the branch before ${move.beforeMs}`);
}

/** Points `main` at any snapshot of the table, ancestor or not. */
export function setCurrent(metadata: TableMetadata, move: Omit<BranchMove, 'branch'>): TableMetadata {
  knownSnapshot(metadata, move.snapshotId);
  if (metadata['current-snapshot-id'] === move.snapshotId) return metadata;
  return withHead(metadata, { branch: 'main', snapshotId: move.snapshotId, nowMs: move.nowMs });
}

function knownSnapshot(metadata: TableMetadata, snapshotId: bigint): Snapshot {
  const snapshot = findSnapshot(metadata, snapshotId);
  if (!snapshot) throw refusal('snapshot-unknown', String(snapshotId));
  return snapshot;
}

function knownRef(metadata: TableMetadata, name: string): SnapshotRef {
  const ref = metadata.refs?.[name];
  if (!ref) throw refusal('ref-unknown', name);
  return ref;
}

/** Retention of a reference that is replaced without saying another. */
function kept(ref: SnapshotRef | undefined): Record<string, unknown> {
  const { 'snapshot-id': _id, type: _type, ...fields } = ref ?? { 'snapshot-id': 0n, type: 'tag' as const };
  return fields;
}

function retentionFields(type: 'branch' | 'tag', retention: RefRetention): Record<string, number> {
  const { maxRefAgeMs, maxSnapshotAgeMs, minSnapshotsToKeep } = retention;
  const isOfBranch = maxSnapshotAgeMs !== undefined || minSnapshotsToKeep !== undefined;
  if (type === 'tag' && isOfBranch) throw refusal('ref-kind', 'a tag keeps no snapshots but its own');
  const fields = { 'max-ref-age-ms': maxRefAgeMs, 'max-snapshot-age-ms': maxSnapshotAgeMs, 'min-snapshots-to-keep': minSnapshotsToKeep };
  const given = Object.entries(fields).flatMap(([key, value]) => (value === undefined ? [] : [[key, value] as const]));
  assertInvariant(
    given.every(([, value]) => Number.isSafeInteger(value) && value > 0),
    'a retention is a positive whole number',
  );
  return Object.fromEntries(given);
}
