// DuckDB as an independent reader and writer of Parquet.
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DuckDBInstance } from '@duckdb/node-api';

export interface Duck {
  /** Path of a new file in a directory that `close` removes. */
  file(name: string, bytes?: Uint8Array): string;
  /** Rows of a query; values as DuckDB prints them, null for null. */
  rows(sql: string): Promise<(string | null)[][]>;
  run(sql: string): Promise<void>;
  close(): void;
}

export async function openDuck(): Promise<Duck> {
  const directory = mkdtempSync(join(tmpdir(), 'firn-parquet-'));
  const instance = await DuckDBInstance.create(':memory:', { threads: '1' });
  const connection = await instance.connect();
  await connection.run("SET TimeZone='UTC'");
  return {
    file(name, bytes) {
      const path = join(directory, name);
      if (bytes) writeFileSync(path, bytes);
      return path;
    },
    async rows(sql) {
      const reader = await connection.runAndReadAll(sql);
      return reader.getRows().map((row) => row.map((value) => (value === null ? null : String(value))));
    },
    async run(sql) {
      await connection.run(sql);
    },
    close() {
      connection.closeSync();
      rmSync(directory, { recursive: true, force: true });
    },
  };
}
