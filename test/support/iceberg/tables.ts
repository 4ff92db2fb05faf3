// Small tables in memory for the tests of the Iceberg core: a store with faults, ids that count up, data files without bytes.
import { countingIds, memoryFiles } from '../../../scripts/vectors/memory-files.ts';
import type { StructType } from '../../../src/contract/types.ts';
import { type AppendRequest, prepareAppend } from '../../../src/iceberg/append.ts';
import type { Expression } from '../../../src/iceberg/expressions/types.ts';
import { parseMetadata, serializeMetadata } from '../../../src/iceberg/metadata-json.ts';
import { type NewTableRequest, newTableMetadata } from '../../../src/iceberg/new-table.ts';
import type { DataFile, TableMetadata } from '../../../src/iceberg/types.ts';
import type { CreateOutcome, FileStore, Ids } from '../../../src/ports.ts';

export { countingIds, memoryFiles };
export type MemoryFiles = ReturnType<typeof memoryFiles>;

export const LOCATION = 's3://bucket/db/table';

export const EVENTS: StructType = {
  type: 'struct',
  fields: [
    { id: 1, name: 'event_time', required: true, type: 'timestamptz' },
    { id: 2, name: 'user', required: false, type: 'string' },
    { id: 3, name: 'level', required: false, type: 'int' },
  ],
};

export interface TestTable {
  readonly files: MemoryFiles;
  readonly ids: Ids;
  metadata: TableMetadata;
  metadataLocation: string;
  readonly fieldIds: ReadonlyMap<number, number>;
  nowMs: number;
}

/** A table with its first metadata file written. */
export async function createTable(overrides: Partial<NewTableRequest> = {}): Promise<TestTable> {
  const files = memoryFiles();
  const ids = countingIds();
  const { metadata, fieldIds } = newTableMetadata({
    uuid: ids.uuid(),
    location: LOCATION,
    struct: EVENTS,
    partition: [{ column: 'event_time', transform: 'day', name: 'event_time_day' }],
    sort: [],
    formatVersion: 2,
    properties: {},
    nowMs: 1_000,
    ...overrides,
  });
  const metadataLocation = `${LOCATION}/metadata/00000-${ids.uuid()}.metadata.json`;
  await files.create(metadataLocation, serializeMetadata(metadata));
  return { files, ids, metadata, metadataLocation, fieldIds, nowMs: 1_000 };
}

/** Appends, takes the commit as made, and reads the metadata back from its file. */
export async function append(table: TestTable, add: readonly DataFile[], more: Partial<AppendRequest> = {}) {
  table.nowMs += 10;
  const prepared = await prepareAppend({ ...table, add, summary: {}, ...more });
  table.metadata = parseMetadata(table.files.objects.get(prepared.metadataLocation!)!);
  table.metadataLocation = prepared.metadataLocation!;
  return prepared;
}

/** The partition of data files that say no other. */
export const DAY = 20_000;

/** The rows of one day of a column: exactly a partition where that is how the table is partitioned. */
export function onDay(day: number, term = 'event_time'): Expression {
  const at = (days: number) => new Date(days * 86_400_000).toISOString().replace('Z', '+00:00');
  const [left, right] = [
    { type: 'gt-eq', term, value: at(day) },
    { type: 'lt', term, value: at(day + 1) },
  ] as const;
  return { type: 'and', left, right };
}

let serial = 0;

/** A data file of the table's day partition. */
export function dataFile(overrides: Partial<DataFile> = {}): DataFile {
  serial += 1;
  return {
    content: 0,
    filePath: `${LOCATION}/data/${serial}.parquet`,
    fileFormat: 'PARQUET',
    specId: 0,
    partition: [DAY],
    recordCount: 10,
    fileSizeBytes: 1000,
    ...overrides,
  };
}

/** The store, with the outcome of each create decided by the test: what it says, and whether the object is really there. */
export function faultyCreates(store: FileStore, faults: readonly { readonly says: CreateOutcome; readonly applies: boolean }[]): FileStore {
  let calls = 0;
  return {
    ...store,
    create: async (uri, bytes) => {
      const fault = faults[calls++];
      if (!fault) return store.create(uri, bytes);
      if (fault.applies) await store.create(uri, bytes);
      return fault.says;
    },
  };
}
