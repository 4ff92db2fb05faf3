// The layout that PyIceberg and Java share, and outcomes that are told truthfully when SQLite is in the way.
import { mkdtemp, realpath, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { DatabaseSync } from 'node:sqlite';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { CommitRefusedError, TransientIoError } from '../../../src/errors.ts';
import { makeSqlCatalog } from '../../../src/local/sql-catalog.ts';
import type { PointerCatalog } from '../../../src/ports.ts';

const TABLE = { namespace: 'game', name: 'events' };

describe('the SQLite catalog', () => {
  let directory: string;
  let file: string;
  let catalog: PointerCatalog;
  beforeEach(async () => {
    directory = await realpath(await mkdtemp(`${tmpdir()}/firn-catalog-`));
    file = `${directory}/catalog.db`;
    catalog = makeSqlCatalog(file);
  });
  afterEach(() => rm(directory, { recursive: true }));

  it('reading a catalog that does not exist makes no file', async () => {
    expect(await catalog.load(TABLE)).toBeUndefined();
    expect(await catalog.list()).toEqual([]);
    await expect(makeSqlCatalog(`${directory}/none/catalog.db`).list()).resolves.toEqual([]);
  });

  it('keeps the columns, the catalog name and the namespace row that PyIceberg and Java look for', async () => {
    await catalog.ensureNamespace('game');
    await catalog.create(TABLE, 'file:///m/0');
    const base = (await catalog.load(TABLE))!;
    await catalog.commit(base, 'file:///m/1');
    expect(query('SELECT * FROM iceberg_tables')).toEqual([
      {
        catalog_name: 'firn',
        table_namespace: 'game',
        table_name: 'events',
        metadata_location: 'file:///m/1',
        previous_metadata_location: 'file:///m/0',
        iceberg_type: 'TABLE',
      },
    ]);
    expect(query('SELECT * FROM iceberg_namespace_properties')).toEqual([
      { catalog_name: 'firn', namespace: 'game', property_key: 'exists', property_value: 'true' },
    ]);
  });

  it('a namespace with properties of another program gets none of ours', async () => {
    await catalog.ensureNamespace('other');
    query(`INSERT INTO iceberg_namespace_properties VALUES ('firn', 'game', 'owner', 'py')`);
    await catalog.ensureNamespace('game');
    expect(query(`SELECT property_key FROM iceberg_namespace_properties WHERE namespace = 'game'`)).toEqual([{ property_key: 'owner' }]);
  });

  it('views and tables of other catalogs in one database are not ours', async () => {
    await catalog.create(TABLE, 'file:///m/0');
    query(`INSERT INTO iceberg_tables VALUES ('firn', 'game', 'a_view', 'file:///v', NULL, 'VIEW')`);
    query(`INSERT INTO iceberg_tables VALUES ('other', 'game', 'theirs', 'file:///t', NULL, 'TABLE')`);
    expect(await catalog.list('game')).toEqual([TABLE]);
    expect(await catalog.load({ namespace: 'game', name: 'a_view' })).toBeUndefined();
    expect(await catalog.create({ namespace: 'game', name: 'second' }, 'file:///m/2')).toBe('created');
    expect(query(`SELECT iceberg_type FROM iceberg_tables WHERE table_name = 'second'`)).toEqual([{ iceberg_type: 'TABLE' }]);
    expect(await catalog.commit((await catalog.load(TABLE))!, 'file:///m/3')).toEqual({ kind: 'committed' });
  });

  it('a catalog of an older version, without the column for views, is used as it is', async () => {
    query(`CREATE TABLE iceberg_tables (catalog_name VARCHAR(255), table_namespace VARCHAR(255), table_name VARCHAR(255),
      metadata_location VARCHAR(1000), previous_metadata_location VARCHAR(1000), PRIMARY KEY (catalog_name, table_namespace, table_name))`);
    await catalog.ensureNamespace('game');
    expect(await catalog.create(TABLE, 'file:///m/0')).toBe('created');
    expect(await catalog.create(TABLE, 'file:///m/1')).toBe('exists');
    expect(await catalog.commit((await catalog.load(TABLE))!, 'file:///m/2')).toEqual({ kind: 'committed' });
    expect(await catalog.list()).toEqual([TABLE]);
    expect(query(`SELECT count(*) AS n FROM pragma_table_info('iceberg_tables')`)).toEqual([{ n: 5 }]);
  });

  it('a short lock of another program is waited for', async () => {
    await catalog.create(TABLE, 'file:///m/0');
    const base = (await catalog.load(TABLE))!;
    const rival = new DatabaseSync(file);
    rival.exec('BEGIN EXCLUSIVE');
    const committing = catalog.commit(base, 'file:///m/1');
    await new Promise((resolve) => setTimeout(resolve, 60));
    rival.exec('ROLLBACK');
    rival.close();
    expect(await committing).toEqual({ kind: 'committed' });
  });

  it('a catalog that is no database, is below a file or cannot be opened is refused with the remedy', async () => {
    await writeFile(file, 'this is no database, but long enough to be read as a header of one, and then some more of it');
    await expect(catalog.load(TABLE)).rejects.toThrow(TransientIoError);
    await expect(catalog.create(TABLE, 'file:///m/0')).rejects.toThrow(/no SQLite database or is damaged; restore it/);
    expect(await catalog.commit({ identifier: TABLE, metadataLocation: 'a', version: 'a' }, 'b')).toMatchObject({ kind: 'refused' });
    await expect(makeSqlCatalog(`${file}/below/catalog.db`).create(TABLE, 'x')).rejects.toThrow(CommitRefusedError);
  });

  it('a row without a metadata location is an error that names the table', async () => {
    await catalog.create(TABLE, 'file:///m/0');
    query('UPDATE iceberg_tables SET metadata_location = NULL');
    await expect(catalog.load(TABLE)).rejects.toThrow(/the row of game\.events has no metadata location/);
  });

  function query(sql: string): unknown[] {
    const database = new DatabaseSync(file);
    const rows = database
      .prepare(sql)
      .all()
      .map((row) => ({ ...row }));
    database.close();
    return rows;
  }
});
