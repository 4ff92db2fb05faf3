// Which snapshots and references a table no longer keeps, and its metadata without them. Pure: files are named by
// unreachable-files.ts and deleted by nobody here. In the order of the specification ("Snapshot Retention Policy"):
//   1  references other than main past their age go
//   2  what a remaining reference points at stays; of a branch also the newest snapshots, by number and by age
//   3  snapshots of no remaining reference (staged ones) stay until the table's age
//   4  the rest goes, with its statistics; the snapshot log keeps its unbroken end
// Source: RemoveSnapshots of iceberg-java for 3, `gc.enabled` and the defaults of `history.expire.*`.
import { APPLIED_TAG } from '../contract/names.ts';
import { positiveInteger } from './commit-metadata.ts';
import { findSnapshot } from './find-snapshot.ts';
import { refusal } from './refusals.ts';
import { statisticsOf } from './table-updates.ts';
import type { Snapshot, SnapshotRef, TableMetadata } from './types.ts';

export interface ExpiryRequest {
  readonly nowMs: number;
  /** In place of `history.expire.max-snapshot-age-ms`: snapshots as new as this stay. */
  readonly olderThanMs?: number;
  /** The same for snapshots that no reference leads to, such as staged ones that wait to be published. @default olderThanMs */
  readonly stagedOlderThanMs?: number;
  /** In place of `history.expire.min-snapshots-to-keep`. */
  readonly minSnapshotsToKeep?: number;
  /** Snapshots to expire whatever their age; refused where a reference points at one. */
  readonly snapshotIds?: readonly bigint[];
  /** Tags from which the whole path to the head of main stays. @default the tag of the applied log */
  readonly pathTags?: readonly string[];
}

export interface Expiry {
  /** The same object as before where nothing expires. */
  readonly metadata: TableMetadata;
  readonly snapshots: readonly Snapshot[];
  readonly refs: readonly string[];
  /** Statistics files of the expired snapshots. */
  readonly statisticsPaths: readonly string[];
}

const MAX_SNAPSHOT_AGE_MS_DEFAULT = 5 * 24 * 60 * 60 * 1000;
const MIN_SNAPSHOTS_DEFAULT = 1;

/** What expires, and the metadata without it. Refused where the table's files are not to be collected. */
export function planExpiry(metadata: TableMetadata, request: ExpiryRequest): Expiry {
  if (!isGcEnabled(metadata)) throw refusal('gc-disabled', 'gc.enabled is not true');
  const refs = keptRefs(metadata, request);
  const kept = keptSnapshots(metadata, refs, request);
  for (const id of request.snapshotIds ?? []) checkUnused(metadata, { refs, kept: pathSnapshots(metadata, refs, request), id });
  const explicit = new Set(request.snapshotIds ?? []);
  const isKept = (snapshot: Snapshot) => kept.has(snapshot['snapshot-id']) && !explicit.has(snapshot['snapshot-id']);
  const snapshots = metadata.snapshots.filter((snapshot) => !isKept(snapshot));
  const goneRefs = Object.keys(metadata.refs ?? {}).filter((name) => !Object.hasOwn(refs, name));
  if (snapshots.length === 0 && goneRefs.length === 0) return { metadata, snapshots, refs: [], statisticsPaths: [] };
  const gone = new Set(snapshots.map((snapshot) => snapshot['snapshot-id']));
  const next = withoutSnapshots({ ...metadata, refs }, gone);
  return { metadata: next.metadata, snapshots, refs: goneRefs, statisticsPaths: next.statisticsPaths };
}

/** Whether files that no snapshot needs may be deleted: a table whose files others share (a copy of its metadata, say) says no. */
export function isGcEnabled({ properties }: Pick<TableMetadata, 'properties'>): boolean {
  return (properties['gc.enabled'] ?? 'true').toLowerCase() === 'true';
}

/** References that stay: main, and those whose snapshot is known and young enough. */
function keptRefs(metadata: TableMetadata, request: ExpiryRequest): Readonly<Record<string, SnapshotRef>> {
  const maxAge = ageOf(metadata.properties['history.expire.max-ref-age-ms'], Number.POSITIVE_INFINITY);
  // The table's own age is no word on the mark of a log that rests: without it the table would count as rolled back.
  const tags = new Set(pathTagsOf(request));
  const kept = Object.entries(metadata.refs ?? {}).filter(([name, ref]) => {
    const snapshot = findSnapshot(metadata, ref['snapshot-id']);
    const age = numberOf(ref['max-ref-age-ms'], tags.has(name) ? Number.POSITIVE_INFINITY : maxAge);
    return name === 'main' || (snapshot && request.nowMs - snapshot['timestamp-ms'] <= age);
  });
  return Object.fromEntries(kept);
}

function keptSnapshots(metadata: TableMetadata, refs: Readonly<Record<string, SnapshotRef>>, request: ExpiryRequest): ReadonlySet<bigint> {
  const { nowMs } = request;
  const age = ageOf(metadata.properties['history.expire.max-snapshot-age-ms'], MAX_SNAPSHOT_AGE_MS_DEFAULT);
  const olderThanMs = request.olderThanMs ?? nowMs - age;
  const minKept =
    request.minSnapshotsToKeep ?? positiveInteger(metadata.properties['history.expire.min-snapshots-to-keep'], MIN_SNAPSHOTS_DEFAULT);
  const kept = new Set(pathSnapshots(metadata, refs, request));
  const referenced = new Set<bigint>();
  for (const ref of Object.values(refs)) {
    kept.add(ref['snapshot-id']);
    referenced.add(ref['snapshot-id']);
    if (ref.type !== 'branch') continue;
    const since = nowMs - numberOf(ref['max-snapshot-age-ms'], nowMs - olderThanMs);
    const count = numberOf(ref['min-snapshots-to-keep'], minKept);
    let isKeeping = true;
    for (const [i, snapshot] of ancestors(metadata, ref['snapshot-id']).entries()) {
      referenced.add(snapshot['snapshot-id']);
      isKeeping &&= i < count || snapshot['timestamp-ms'] >= since;
      if (isKeeping) kept.add(snapshot['snapshot-id']);
    }
  }
  for (const snapshot of metadata.snapshots) {
    const isStaged = !referenced.has(snapshot['snapshot-id']);
    if (isStaged && snapshot['timestamp-ms'] >= (request.stagedOlderThanMs ?? olderThanMs)) kept.add(snapshot['snapshot-id']);
  }
  return kept;
}

/** The path from each path tag to the head of main: it proves that what the tag marks is still in the table. */
function pathSnapshots(metadata: TableMetadata, refs: Readonly<Record<string, SnapshotRef>>, request: ExpiryRequest): ReadonlySet<bigint> {
  const path = new Set<bigint>();
  const main = metadata['current-snapshot-id'] ?? undefined;
  for (const name of pathTagsOf(request)) {
    const tagged = refs[name]?.['snapshot-id'];
    const chain = main === undefined ? [] : ancestors(metadata, main).map((snapshot) => snapshot['snapshot-id']);
    const end = tagged === undefined ? -1 : chain.indexOf(tagged);
    for (const id of chain.slice(0, end + 1)) path.add(id);
  }
  return path;
}

function checkUnused(
  metadata: TableMetadata,
  given: { readonly refs: Readonly<Record<string, SnapshotRef>>; readonly kept: ReadonlySet<bigint>; readonly id: bigint },
): void {
  const { refs, kept, id } = given;
  if (!findSnapshot(metadata, id)) throw refusal('snapshot-unknown', String(id));
  const user = Object.entries(refs).find(([, ref]) => ref['snapshot-id'] === id)?.[0];
  if (user !== undefined || kept.has(id)) throw refusal('snapshot-in-use', `${id} by ${user ?? 'the path from a tag to main'}`);
}

function withoutSnapshots(
  metadata: TableMetadata,
  gone: ReadonlySet<bigint>,
): { readonly metadata: TableMetadata; readonly statisticsPaths: readonly string[] } {
  const snapshots = metadata.snapshots.filter((snapshot) => !gone.has(snapshot['snapshot-id']));
  const log = metadata['snapshot-log'];
  const cut = log.findLastIndex((entry) => gone.has(entry['snapshot-id']));
  let next: TableMetadata = { ...metadata, snapshots, 'snapshot-log': log.slice(cut + 1) };
  const statisticsPaths: string[] = [];
  for (const kind of ['statistics', 'partition-statistics'] as const) {
    const lines = statisticsOf(next, kind);
    const lost = lines.filter((line) => gone.has(line['snapshot-id']));
    if (lost.length === 0) continue;
    statisticsPaths.push(...lost.map((line) => line['statistics-path']));
    next = { ...next, [kind]: lines.filter((line) => !gone.has(line['snapshot-id'])) };
  }
  return { metadata: next, statisticsPaths };
}

/** A snapshot and its ancestors as far as they are known, the newest first. */
function ancestors(metadata: TableMetadata, snapshotId: bigint): readonly Snapshot[] {
  const byId = new Map(metadata.snapshots.map((snapshot) => [snapshot['snapshot-id'], snapshot]));
  const chain: Snapshot[] = [];
  let at = byId.get(snapshotId);
  // A damaged table may name parents in a circle; no chain is longer than there are snapshots.
  while (at && chain.length < byId.size) {
    chain.push(at);
    const parentId: bigint | undefined = at['parent-snapshot-id'];
    at = parentId === undefined ? undefined : byId.get(parentId);
  }
  return chain;
}

function pathTagsOf(request: ExpiryRequest): readonly string[] {
  return request.pathTags ?? [APPLIED_TAG];
}

/** Writers say "for ever" with the largest long, which is read as a bigint. */
function numberOf(value: unknown, otherwise: number): number {
  return (typeof value === 'number' || typeof value === 'bigint') && value >= 0 ? Number(value) : otherwise;
}

/** An age of the table's properties, however large; malformed text is the default. */
function ageOf(text: string | undefined, otherwise: number): number {
  return text !== undefined && /^\d{1,40}$/.test(text) && Number(text) > 0 ? Number(text) : otherwise;
}
