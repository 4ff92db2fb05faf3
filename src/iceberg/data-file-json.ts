// A data file between its manifest form and the JSON of a staged descriptor: maps as sorted pairs, bounds in base64, partition
// cells in Iceberg's single-value JSON. What plain JSON numbers cannot hold (longs beyond 2^53, NaN, infinities, -0.0) is text.
import type { CellValue, IcebergType, StructType } from '../contract/types.ts';
import { assertInvariant, InputRefusedError } from '../errors.ts';
import type { StagedFile } from '../ledger/types.ts';
import { given } from './manifest-read.ts';
import { fromJsonValue, toJsonValue } from './single-value-json.ts';
import type { DataFile } from './types.ts';

/** `partition` is the tuple's struct (manifest-schema.ts, `partitionStruct`). */
export function toStagedFile(request: {
  readonly file: DataFile;
  readonly partition: StructType;
  readonly offsets: StagedFile['offsets'];
}): StagedFile {
  const { file } = request;
  assertInvariant(file.content === 0 && file.fileFormat === 'PARQUET', 'staged files are Parquet data files');
  return {
    path: file.filePath,
    sizeBytes: file.fileSizeBytes,
    recordCount: file.recordCount,
    specId: file.specId,
    partition: request.partition.fields.map((field, i) => cellToJson(field.type, file.partition[i] ?? null)),
    sortOrderId: file.sortOrderId ?? null,
    splitOffsets: file.splitOffsets ?? [],
    columnSizes: pairs(file.columnSizes),
    valueCounts: pairs(file.valueCounts),
    nullValueCounts: pairs(file.nullValueCounts),
    nanValueCounts: pairs(file.nanValueCounts),
    lowerBounds: pairs(file.lowerBounds).map(([id, bytes]) => [id, base64(bytes)] as const),
    upperBounds: pairs(file.upperBounds).map(([id, bytes]) => [id, base64(bytes)] as const),
    offsets: request.offsets,
  };
}

/** The manifest form of a staged file. Throws InputRefusedError where a partition cell is none of its type. */
export function fromStagedFile(staged: StagedFile, partition: StructType): DataFile {
  if (staged.partition.length !== partition.fields.length) {
    throw new InputRefusedError('staged file has another number of partition values than its spec has fields', {
      code: 'staged-partition',
      details: { uri: staged.path, expected: String(partition.fields.length), got: String(staged.partition.length) },
    });
  }
  return {
    content: 0,
    filePath: staged.path,
    fileFormat: 'PARQUET',
    specId: staged.specId,
    partition: partition.fields.map((field, i) => cellFromJson(field.type, staged.partition[i])),
    recordCount: staged.recordCount,
    fileSizeBytes: staged.sizeBytes,
    columnSizes: new Map(staged.columnSizes),
    valueCounts: new Map(staged.valueCounts),
    nullValueCounts: new Map(staged.nullValueCounts),
    nanValueCounts: new Map(staged.nanValueCounts),
    lowerBounds: new Map(staged.lowerBounds.map(([id, text]) => [id, fromBase64(text)])),
    upperBounds: new Map(staged.upperBounds.map(([id, text]) => [id, fromBase64(text)])),
    ...(staged.splitOffsets.length === 0 ? {} : { splitOffsets: staged.splitOffsets }),
    ...given('sortOrderId', staged.sortOrderId),
  };
}

function cellToJson(type: IcebergType, cell: CellValue): unknown {
  const json = toJsonValue(type, cell);
  if (typeof json === 'bigint') return Number.isSafeInteger(Number(json)) ? Number(json) : String(json);
  if (typeof json === 'number' && (!Number.isFinite(json) || Object.is(json, -0))) return Object.is(json, -0) ? '-0' : String(json);
  return json;
}

function cellFromJson(type: IcebergType, json: unknown): CellValue {
  return fromJsonValue(type, type === 'long' && typeof json === 'string' && /^-?\d{1,19}$/.test(json) ? BigInt(json) : json);
}

function pairs<V>(map: ReadonlyMap<number, V> | undefined): (readonly [number, V])[] {
  return Array.from(map ?? []).sort(([a], [b]) => a - b);
}

function base64(bytes: Uint8Array): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).toString('base64');
}

function fromBase64(text: string): Uint8Array {
  return new Uint8Array(Buffer.from(text, 'base64'));
}
