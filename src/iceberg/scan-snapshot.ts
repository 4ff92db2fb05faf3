// Time travel: which snapshot a reader means, and under which schema it is read. A snapshot by id, by tag or by time is read under the
// schema it was made with; a branch, and the current snapshot, under the table's current one, as the reference implementation does.
// Source: Iceberg specification, "Snapshots", "Snapshot Reference"; `snapshot-log` for times.
import { InputRefusedError } from '../errors.ts';
import { currentSchema } from './evolve.ts';
import { currentSnapshot, findSnapshot } from './find-snapshot.ts';
import type { Snapshot, TableMetadata, TableSchema } from './types.ts';

/** `asOfMs`: what was current at that time, inclusive. */
export type SnapshotChoice =
  | { readonly kind: 'current' }
  | { readonly kind: 'id'; readonly snapshotId: bigint }
  | { readonly kind: 'ref'; readonly name: string }
  | { readonly kind: 'time'; readonly asOfMs: number };

export interface ChosenSnapshot {
  /** Undefined only for the current one of a table without snapshots. */
  readonly snapshot: Snapshot | undefined;
  readonly schema: TableSchema;
}

/** Throws InputRefusedError where there is no such snapshot (any more). */
export function chooseSnapshot(metadata: TableMetadata, choice: SnapshotChoice): ChosenSnapshot {
  switch (choice.kind) {
    case 'current':
      return { snapshot: currentSnapshot(metadata), schema: currentSchema(metadata) };
    case 'id':
      return withOwnSchema(metadata, choice.snapshotId);
    case 'ref': {
      const ref = metadata.refs?.[choice.name];
      if (!ref) throw refused('ref-unknown', `the table has no branch or tag ${choice.name.slice(0, 100)}`);
      const chosen = withOwnSchema(metadata, ref['snapshot-id']);
      return ref.type === 'tag' ? chosen : { ...chosen, schema: currentSchema(metadata) };
    }
    case 'time': {
      const entry = metadata['snapshot-log'].findLast((one) => one['timestamp-ms'] <= choice.asOfMs);
      if (!entry) throw refused('snapshot-unknown', `the table's history does not reach back to ${new Date(choice.asOfMs).toISOString()}`);
      return withOwnSchema(metadata, entry['snapshot-id']);
    }
  }
}

function withOwnSchema(metadata: TableMetadata, snapshotId: bigint): ChosenSnapshot {
  const snapshot = findSnapshot(metadata, snapshotId);
  if (!snapshot) throw refused('snapshot-unknown', `snapshot ${snapshotId} is not in the table: expired, or never committed`);
  // Snapshots of before schemas had ids are read under the current one.
  const own = metadata.schemas.find((schema) => schema['schema-id'] === snapshot['schema-id']);
  return { snapshot, schema: own ?? currentSchema(metadata) };
}

function refused(code: string, problem: string): InputRefusedError {
  return new InputRefusedError(`${problem}; choose another snapshot`, { code });
}
