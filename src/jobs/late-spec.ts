// The table's second, unpartitioned spec, under which late files are committed: added when the first batch needs it, one
// compare-and-swap with the outcomes of any other. The default spec stays what it is, so other writers see no difference. Source:
// Iceberg specification, "Partition Evolution": files of several specs live side by side, each read by its own.
import { LIMITS } from '../contract/limits.ts';
import { CommitConflictError, CommitRefusedError, CommitStateUnknownError } from '../errors.ts';
import { stageMetadata } from '../iceberg/commit-metadata.ts';
import { commitTable } from '../iceberg/commit-table.ts';
import { jitteredMs } from '../iceberg/jitter.ts';
import { identifierOf, loadTable } from '../iceberg/load-table.ts';
import type { PartitionSpec, TableMetadata } from '../iceberg/types.ts';
import type { Ports } from '../ports.ts';
import { startDeadline } from './deadline.ts';
import { pause } from './pause.ts';

/** The spec that divides nothing, if the table has one. */
export function findLateSpec(metadata: TableMetadata): PartitionSpec | undefined {
  return metadata['partition-specs'].find((spec) => spec.fields.length === 0);
}

/** The unpartitioned spec of the table, added when it has none. Throws like any commit: the batch is not acknowledged and comes again. */
export async function ensureLateSpec(ports: Ports, table: { readonly key: string; readonly uuid: string }): Promise<PartitionSpec> {
  const deadline = startDeadline(ports.clock, LIMITS.landDeadlineMs);
  for (let attempt = 1; attempt <= LIMITS.commitAttemptsMax; attempt++) {
    const loaded = await loadTable(ports, identifierOf(table.key));
    if (!loaded || loaded.metadata['table-uuid'] !== table.uuid) {
      throw new CommitRefusedError(`table ${table.key} is not the one it was; the batch is not acknowledged and comes again`, {
        code: 'table-not-ours',
        details: { table: table.key },
      });
    }
    const found = findLateSpec(loaded.metadata);
    if (found) return found;
    const { metadata, pointer } = loaded;
    const spec: PartitionSpec = { 'spec-id': Math.max(...metadata['partition-specs'].map((one) => one['spec-id'])) + 1, fields: [] };
    const base = { metadata, metadataLocation: pointer.metadataLocation, files: ports.files, ids: ports.ids, nowMs: ports.clock.nowMs() };
    const next = { ...metadata, 'partition-specs': [...metadata['partition-specs'], spec] };
    const prepared = await stageMetadata({ ...base, metadataWriter: ports.catalog.metadataWriter }, next);
    deadline.check(`second partition spec of ${table.key}`);
    const outcome = await commitTable(ports.catalog, pointer, prepared);
    switch (outcome.kind) {
      case 'committed':
        continue;
      case 'conflict':
        await pause(ports, jitteredMs(ports, { firstMs: LIMITS.conflictPauseMs, attempt }));
        continue;
      case 'refused':
        throw new CommitRefusedError(`table ${table.key}: the catalog refused a second partition spec; check the permission to update it`, {
          code: 'late-spec-refused',
          details: { table: table.key },
          cause: outcome.cause,
        });
      case 'unknown':
        throw new CommitStateUnknownError(`table ${table.key}: nobody can tell whether its second partition spec was added; try again`, {
          code: 'late-spec-unknown',
          details: { table: table.key },
          cause: outcome.cause,
        });
    }
  }
  throw new CommitConflictError(`table ${table.key}: others won ${LIMITS.commitAttemptsMax} times in a row; the batch comes again`, {
    code: 'late-spec-conflict',
    details: { table: table.key, attempts: LIMITS.commitAttemptsMax },
  });
}
