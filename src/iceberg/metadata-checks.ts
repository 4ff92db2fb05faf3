// What the parts of a metadata file claim of each other. A reader would be misled, or a writer would give a number twice, where they
// disagree, so such a table is refused when it is loaded. Source: Iceberg specification, "Table Metadata Fields" and "Snapshot
// References". A tag or branch of an expired snapshot misleads nobody and is kept.
import { InputRefusedError } from '../errors.ts';
import { listFields } from './schema-fields.ts';
import type { TableMetadata } from './types.ts';

/** Throws InputRefusedError naming the claim that is false; gives the metadata back. */
export function checkMetadata(metadata: TableMetadata): TableMetadata {
  const schemaIds = uniqueIds(
    'schemas',
    metadata.schemas.map((schema) => schema['schema-id']),
  );
  const specIds = uniqueIds(
    'partition-specs',
    metadata['partition-specs'].map((spec) => spec['spec-id']),
  );
  const orderIds = uniqueIds(
    'sort-orders',
    metadata['sort-orders'].map((order) => order['order-id']),
  );
  expectClaim(schemaIds.has(metadata['current-schema-id']), 'current-schema-id', 'the id of one of its schemas');
  expectClaim(specIds.has(metadata['default-spec-id']), 'default-spec-id', 'the id of one of its partition specs');
  const order = metadata['default-sort-order-id'];
  // Order 0 is the unsorted one, which some writers do not list.
  expectClaim(order === 0 || orderIds.has(order), 'default-sort-order-id', 'the id of one of its sort orders');
  checkCounters(metadata);
  checkSnapshots(metadata);
  return metadata;
}

/** New ids are given after the last ones. */
function checkCounters(metadata: TableMetadata): void {
  let lastColumn = 0;
  for (const schema of metadata.schemas) {
    const ids = listFields(schema).map(({ field }) => field.id);
    uniqueIds('fields of a schema', ids);
    for (const id of ids) lastColumn = Math.max(lastColumn, id);
  }
  expectClaim(lastColumn <= metadata['last-column-id'], 'last-column-id', `at least ${lastColumn}, a field id in use`);
  for (const spec of metadata['partition-specs']) {
    for (const field of spec.fields) {
      const id = field['field-id'];
      expectClaim(id <= metadata['last-partition-id'], 'last-partition-id', `at least ${id}, a partition field id in use`);
    }
  }
}

function checkSnapshots(metadata: TableMetadata): void {
  const ids = new Set<bigint>();
  for (const snapshot of metadata.snapshots) {
    ids.add(snapshot['snapshot-id']);
    const sequence = snapshot['sequence-number'];
    const isWithin = sequence >= 0 && sequence <= metadata['last-sequence-number'];
    expectClaim(isWithin, 'last-sequence-number', `at least ${sequence}, the sequence number of a snapshot`);
  }
  expectClaim(ids.size === metadata.snapshots.length, 'snapshots', 'of different ids');
  const current = metadata['current-snapshot-id'] ?? undefined;
  expectClaim(current === undefined || ids.has(current), 'current-snapshot-id', 'the id of one of its snapshots');
  expectClaim(metadata.refs?.['main']?.['snapshot-id'] === current, 'the reference main', 'the current snapshot');
}

function uniqueIds(what: string, ids: readonly number[]): ReadonlySet<number> {
  const unique = new Set(ids);
  expectClaim(unique.size === ids.length, what, 'of different ids');
  return unique;
}

function expectClaim(holds: boolean, field: string, expected: string): void {
  if (holds) return;
  throw new InputRefusedError(`table metadata contradicts itself: expected ${field} to be ${expected}`, {
    code: 'metadata-contradiction',
    details: { expected },
  });
}
