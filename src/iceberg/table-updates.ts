// Changes of a table's metadata that make no snapshot: properties, statistics, location, format version; and the commit of any such
// change. The changes are pure; each refusal is a CommitRefusedError with a code of refusals.ts. Source: Iceberg specification,
// "Table Metadata Fields", "Table Statistics", "Partition Statistics".
import { type CommitBase, commitTimeMs, type PreparedCommit, stageMetadata } from './commit-metadata.ts';
import { findSnapshot } from './find-snapshot.ts';
import { refusal } from './refusals.ts';
import type { TableMetadata } from './types.ts';

/**
 * Writes the metadata file of a change without a snapshot; undefined where the change gives back what it got, so that there is
 * nothing to commit. `nowMs` is the commit's time: never behind the table's.
 */
export async function prepareUpdate(
  base: CommitBase,
  change: (metadata: TableMetadata, nowMs: number) => TableMetadata,
): Promise<PreparedCommit | undefined> {
  const next = change(base.metadata, commitTimeMs(base.metadata, base.nowMs));
  return next === base.metadata ? undefined : stageMetadata(base, next);
}

/** Names the reference implementation takes for its own use in listings; as properties they would lie. */
const RESERVED = new Set([
  ...['format-version', 'uuid', 'snapshot-count', 'current-snapshot-id', 'current-snapshot-summary', 'current-snapshot-timestamp-ms'],
  ...['current-schema', 'default-partition-spec', 'default-sort-order'],
]);

/** Sets and removes properties. */
export function changeProperties(
  metadata: TableMetadata,
  change: { readonly set?: Readonly<Record<string, string>>; readonly remove?: readonly string[] },
): TableMetadata {
  const { set = {}, remove = [] } = change;
  const wrong = [...Object.keys(set), ...remove].find((name) => name === '' || RESERVED.has(name));
  if (wrong !== undefined) throw refusal('property', `${wrong || 'a property without a name'} is reserved`);
  const both = remove.find((name) => Object.hasOwn(set, name));
  if (both !== undefined) throw refusal('property', `${both} is both set and removed`);
  const left = Object.entries(metadata.properties).filter(([name]) => !remove.includes(name));
  return { ...metadata, properties: { ...Object.fromEntries(left), ...set } };
}

/**
 * Moves where new files go. Existing files stay where they are and stay the table's; what cleans up by folder would miss them, so
 * a table with snapshots is refused unless the caller says that it knows. The scheme stays.
 */
export function moveLocation(metadata: TableMetadata, move: { readonly location: string; readonly leavesFiles: boolean }): TableMetadata {
  const location = move.location.replace(/\/+$/, '');
  const scheme = /^([a-z][a-z0-9+.-]*):\/\/[^/]*\/./.exec(location)?.[1];
  const before = /^([a-z][a-z0-9+.-]*):/.exec(metadata.location)?.[1];
  if (scheme === undefined || scheme !== before) throw refusal('location', 'expected an absolute URI of the same scheme');
  if (location === metadata.location) return metadata;
  if (metadata.snapshots.length > 0 && !move.leavesFiles)
    throw refusal('location', `${metadata.snapshots.length} snapshots have files in it`);
  return { ...metadata, location };
}

/** Raises a version 2 table to version 3: row ids are given from the next snapshot on. A version never goes down. */
export function upgradeFormat(metadata: TableMetadata, version: 3): TableMetadata {
  return metadata['format-version'] >= version ? metadata : { ...metadata, 'format-version': version, 'next-row-id': 0 };
}

/** A line of `statistics` or `partition-statistics`; unknown fields are kept. */
export interface StatisticsFile {
  readonly 'snapshot-id': bigint;
  readonly 'statistics-path': string;
  readonly 'file-size-in-bytes': number;
  readonly [key: string]: unknown;
}

export type StatisticsKind = 'statistics' | 'partition-statistics';

/** Registers the statistics file of a snapshot, in place of an earlier one. */
export function setStatistics(metadata: TableMetadata, kind: StatisticsKind, file: StatisticsFile): TableMetadata {
  if (!findSnapshot(metadata, file['snapshot-id'])) throw refusal('statistics', String(file['snapshot-id']));
  const others = statisticsOf(metadata, kind).filter((one) => one['snapshot-id'] !== file['snapshot-id']);
  return { ...metadata, [kind]: [...others, file] };
}

/** Forgets the statistics of a snapshot; the file itself is left to a later sweep. */
export function removeStatistics(metadata: TableMetadata, kind: StatisticsKind, snapshotId: bigint): TableMetadata {
  const before = statisticsOf(metadata, kind);
  const left = before.filter((one) => one['snapshot-id'] !== snapshotId);
  return left.length === before.length ? metadata : { ...metadata, [kind]: left };
}

/** The statistics files a table lists; lines that name no snapshot are left out. */
export function statisticsOf(metadata: TableMetadata, kind: StatisticsKind): readonly StatisticsFile[] {
  const lines = metadata[kind];
  if (!Array.isArray(lines)) return [];
  return lines.flatMap((line: Readonly<Record<string, unknown>>) => {
    const id = line['snapshot-id'];
    const isId = typeof id === 'bigint' || Number.isSafeInteger(id);
    return isId ? [{ ...line, 'snapshot-id': BigInt(id as number | bigint) } as StatisticsFile] : [];
  });
}
