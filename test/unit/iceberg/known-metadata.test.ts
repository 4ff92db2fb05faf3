// What a process wrote into metadata files it need not read again; what others wrote, and which file is the head, it always asks.
import { describe, expect, test } from 'vitest';
import { LIMITS } from '../../../src/contract/limits.ts';
import { stringifyExact } from '../../../src/iceberg/json-exact.ts';
import { knownMetadata, rememberMetadata } from '../../../src/iceberg/known-metadata.ts';
import { loadTable } from '../../../src/iceberg/load-table.ts';
import { parseMetadata, serializeMetadata } from '../../../src/iceberg/metadata-json.ts';
import type { FileStore, Ports } from '../../../src/ports.ts';
import { append, createTable, dataFile } from '../../support/iceberg/tables.ts';

const IDENTIFIER = { namespace: 'db', name: 'table' };

/** The table whose head is that file, as a process sees it that has this store. */
async function load(files: FileStore, metadataLocation: string) {
  const pointer = { identifier: IDENTIFIER, metadataLocation, version: '1' };
  const catalog = { load: async () => pointer } as unknown as Ports['catalog'];
  return (await loadTable({ catalog, files }, IDENTIFIER))!.metadata;
}

/** A table whose store tells what is read of it. */
async function watched() {
  const table = await createTable();
  const reads: string[] = [];
  const { read } = table.files;
  table.files.read = async (uri, range) => {
    reads.push(uri);
    return read(uri, range);
  };
  return { table, reads };
}

describe('metadata of a table', () => {
  test('that this process wrote is not read again, and is what the file says', async () => {
    const { table, reads } = await watched();
    for (let i = 0; i < 3; i++) await append(table, [dataFile()], { tag: { name: 'applied' } });
    reads.length = 0;
    const metadata = await load(table.files, table.metadataLocation);
    expect(reads).toEqual([]);
    expect(metadata).toEqual(parseMetadata(table.files.objects.get(table.metadataLocation)!));
  });

  test('that another process wrote is read, and so is an earlier head that this one knows no more', async () => {
    const { table, reads } = await watched();
    await append(table, [dataFile()]);
    const other = { ...table.files };
    expect(await load(other, table.metadataLocation)).toEqual(table.metadata);
    expect(reads).toContain(table.metadataLocation);
    const early = table.metadataLocation;
    for (let i = 0; i < LIMITS.knownMetadataMax; i++) rememberMetadata(table.files, `s3://bucket/other/${i}.metadata.json`, table.metadata);
    reads.length = 0;
    expect(await load(table.files, early)).toEqual(table.metadata);
    expect(reads).toEqual([early]);
  });

  test('is known of as many tables as their snapshots fit in memory, the last written longest', async () => {
    const { table } = await watched();
    await append(table, [dataFile()]);
    const [snapshot] = table.metadata.snapshots;
    const long = (uuid: string, count: number) => ({
      ...table.metadata,
      'table-uuid': uuid,
      snapshots: Array.from({ length: count }, () => snapshot!),
    });
    const third = Math.floor(LIMITS.knownSnapshotsMax / 3);
    for (const name of ['a', 'b', 'c']) rememberMetadata(table.files, name, long(name, third));
    // Versions of one table share what they hold.
    for (const version of ['c2', 'c3']) rememberMetadata(table.files, version, long('c', third));
    const known = () => ['a', 'b', 'c', 'c2', 'c3', 'd', 'e'].filter((uri) => knownMetadata(table.files, uri));
    expect(known()).toEqual(['a', 'b', 'c', 'c2', 'c3']);
    rememberMetadata(table.files, 'd', long('d', third));
    expect(known()).toEqual(['b', 'c', 'c2', 'c3', 'd']);
    rememberMetadata(table.files, 'e', long('e', LIMITS.knownSnapshotsMax + 1));
    expect(known()).toEqual([]);
  });

  test('is written in the same bytes whether its snapshots were written before or not', async () => {
    const { table } = await watched();
    for (let i = 0; i < 3; i++) await append(table, [dataFile()]);
    const anew = structuredClone(table.metadata);
    const written = serializeMetadata(table.metadata);
    expect(serializeMetadata(anew)).toEqual(written);
    expect(serializeMetadata(table.metadata)).toEqual(written);
    // And as the writer of exact JSON puts the whole.
    const { snapshots, 'snapshot-log': log } = table.metadata;
    expect(written.toString()).toContain(`"snapshots":${stringifyExact(snapshots)}`);
    expect(written.toString()).toContain(`"snapshot-log":${stringifyExact(log)}`);
  });
});
