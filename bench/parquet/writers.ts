// The writers compared, each over the same rows in the typed form it takes fastest, prepared before anything is timed:
//   firn              ColumnSet (typed arrays, strings as views of UTF-8 bytes) → file in memory
//   hyparquet-writer  one array per column (typed arrays for required numbers; strings as JS strings) → file in memory
//   DuckDB            an in-memory table, filled from typed vectors → COPY … TO a file in memory-backed storage, threads = 1, zstd
import { mkdirSync, rmSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { constants as zlib, zstdCompressSync } from 'node:zlib';
import {
  type DuckDBConnection,
  DuckDBDataChunk,
  DuckDBDecimalValue,
  DuckDBInstance,
  DuckDBTimestampTZValue,
  type DuckDBValue,
} from '@duckdb/node-api';
import { parquetWriteBuffer } from 'hyparquet-writer';
import { buildColumns } from '../../src/column-cells.ts';
import type { CellValue } from '../../src/columns.ts';
import { encodeParquet } from '../../src/parquet/encode.ts';
import type { BenchBatch, BenchColumn } from './batch.ts';

export interface BenchWriter {
  readonly name: string;
  /** Writes the whole batch once and gives the size of the file. */
  write(): Promise<number>;
  close(): void;
}

export type WriterName = 'firn' | 'hyparquet-writer' | 'DuckDB';

export async function makeWriter(name: WriterName, batch: BenchBatch): Promise<BenchWriter> {
  switch (name) {
    case 'firn':
      return makeFirn(batch);
    case 'hyparquet-writer':
      return makePeer(batch);
    case 'DuckDB':
      return makeDuck(batch);
  }
}

/** The file of one writer, for looking at it. */
export function encodeFirn(batch: BenchBatch): Buffer {
  return encodeParquet({ schema: batch.struct, columns: columnsOf(batch) }).bytes;
}

function columnsOf(batch: BenchBatch) {
  const rows = Array.from({ length: batch.rows }, (_, row) => batch.columns.map((column) => column.cells[row]!));
  return buildColumns(batch.struct, rows);
}

function makeFirn(batch: BenchBatch): BenchWriter {
  const columns = columnsOf(batch);
  const request = { schema: batch.struct, columns };
  return { name: 'firn', write: async () => encodeParquet(request).bytes.length, close: () => {} };
}

function makePeer(batch: BenchBatch): BenchWriter {
  const columnData = batch.columns.map((column) => ({ name: column.name, data: peerData(column), columnIndex: true }));
  const schema = [{ name: 'table', num_children: columnData.length }, ...batch.columns.map(peerElement)];
  const compressors = {
    ZSTD: (input: Uint8Array) => zstdCompressSync(input, { params: { [zlib.ZSTD_c_compressionLevel]: 1 } }),
  };
  const options = { columnData, schema, codec: 'ZSTD', compressors, rowGroupSize: Math.min(batch.rows, 122_880) } as unknown as Parameters<
    typeof parquetWriteBuffer
  >[0];
  return { name: 'hyparquet-writer', write: async () => parquetWriteBuffer(options).byteLength, close: () => {} };
}

function peerData(column: BenchColumn): unknown {
  if (!column.required || column.type === 'string') return column.cells;
  switch (column.type) {
    case 'int':
      return Int32Array.from(column.cells as number[]);
    case 'double':
      return Float64Array.from(column.cells as number[]);
    default:
      return BigInt64Array.from(column.cells as bigint[]);
  }
}

function peerElement({ name, type, required }: BenchColumn) {
  const base = { name, repetition_type: required ? 'REQUIRED' : 'OPTIONAL' };
  switch (type) {
    case 'string':
      return { ...base, type: 'BYTE_ARRAY', converted_type: 'UTF8' };
    case 'int':
      return { ...base, type: 'INT32' };
    case 'double':
      return { ...base, type: 'DOUBLE' };
    case 'long':
      return { ...base, type: 'INT64' };
    case 'timestamptz':
      return { ...base, type: 'INT64', logical_type: { type: 'TIMESTAMP', isAdjustedToUTC: true, unit: 'MICROS' } };
    case 'decimal(18,4)':
      return { ...base, type: 'INT64', converted_type: 'DECIMAL', precision: 18, scale: 4 };
  }
}

/** tmpfs where there is one, so that no disk is measured. */
const SCRATCH = '/dev/shm';
const CHUNK_ROWS = 2048;

const DUCK_TYPE = {
  string: 'VARCHAR',
  int: 'INTEGER',
  long: 'BIGINT',
  double: 'DOUBLE',
  timestamptz: 'TIMESTAMPTZ',
  'decimal(18,4)': 'DECIMAL(18,4)',
} as const;

async function makeDuck(batch: BenchBatch): Promise<BenchWriter> {
  const directory = join(SCRATCH, `firn-bench-${process.pid}`);
  mkdirSync(directory, { recursive: true });
  const instance = await DuckDBInstance.create(':memory:', { threads: '1' });
  const connection = await instance.connect();
  const declared = batch.columns.map(({ name, type, required }) => `${name} ${DUCK_TYPE[type]}${required ? ' NOT NULL' : ''}`);
  await connection.run(`CREATE TABLE batch (${declared.join(', ')})`);
  await fill(connection, batch);
  const file = join(directory, 'batch.parquet');
  const copy = await connection.prepare(`COPY batch TO '${file}' (FORMAT parquet, CODEC zstd)`);
  return {
    name: 'DuckDB',
    async write() {
      await copy.run();
      return statSync(file).size;
    },
    close() {
      connection.closeSync();
      rmSync(directory, { recursive: true, force: true });
    },
  };
}

async function fill(connection: DuckDBConnection, batch: BenchBatch): Promise<void> {
  const appender = await connection.createAppender('batch');
  const types = Array.from({ length: batch.columns.length }, (_, i) => appender.columnType(i));
  for (let from = 0; from < batch.rows; from += CHUNK_ROWS) {
    const chunk = DuckDBDataChunk.create(types);
    chunk.setColumns(batch.columns.map((column) => column.cells.slice(from, from + CHUNK_ROWS).map((cell) => duckValue(column, cell))));
    appender.appendDataChunk(chunk);
  }
  appender.closeSync();
}

function duckValue({ type }: BenchColumn, cell: CellValue): DuckDBValue {
  if (cell === null) return null;
  if (type === 'timestamptz') return new DuckDBTimestampTZValue(cell as bigint);
  if (type === 'decimal(18,4)') return new DuckDBDecimalValue(cell as bigint, 18, 4);
  return cell as DuckDBValue;
}
