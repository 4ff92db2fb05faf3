// A Parquet file of one column made around given page bodies: headers, checksums, codec, offsets and footer are right whatever the
// bodies hold. What the head of the input says beyond that (types, encodings, counts) is written as it says.
import { brotliCompressSync, constants, crc32, gzipSync, zstdCompressSync } from 'node:zlib';
import { snappyCompress } from 'hyparquet-writer/src/snappy.js';
import type { IcebergType, StructType } from '../../../src/contract/types.ts';
import { parseSchema } from '../../../src/iceberg/schema-json.ts';
import { ThriftWriter } from '../../../src/parquet/thrift.ts';

export interface PageFile {
  readonly type: string;
  readonly width: number;
  readonly ice: IcebergType;
  /** An optional list of optional elements; else a column of its own. */
  readonly isList: boolean;
  readonly isRequired: boolean;
  readonly codec: string;
  readonly entries: number;
  readonly rows: number;
  readonly pages: readonly {
    readonly kind: 'dictionary' | 'v1' | 'v2';
    readonly encoding: string;
    readonly values: number;
    /** Bytes of the body it takes, levels included. */
    readonly size: number;
    /** The body is compressed already, and the header says that it decompresses to this many bytes. */
    readonly rawSize?: number;
    readonly repetitionBytes?: number;
    readonly definitionBytes?: number;
  }[];
}

const TYPES = ['BOOLEAN', 'INT32', 'INT64', 'INT96', 'FLOAT', 'DOUBLE', 'BYTE_ARRAY', 'FIXED_LEN_BYTE_ARRAY'];
const CODECS = ['UNCOMPRESSED', 'SNAPPY', 'GZIP', 'LZO', 'BROTLI', 'LZ4', 'ZSTD', 'LZ4_RAW'];
const ENCODINGS = [
  'PLAIN',
  'GROUP_VAR_INT',
  'PLAIN_DICTIONARY',
  'RLE',
  'BIT_PACKED',
  'DELTA_BINARY_PACKED',
  'DELTA_LENGTH_BYTE_ARRAY',
  'DELTA_BYTE_ARRAY',
  'RLE_DICTIONARY',
  'BYTE_STREAM_SPLIT',
];
const PAGES_MAX = 64;

/** The file, or undefined where the head is not one of a file at all. */
export function pageFile(head: unknown, body: Buffer): { readonly bytes: Buffer; readonly schema: StructType } | undefined {
  const claim = (head ?? {}) as Partial<PageFile>;
  if (!Array.isArray(claim.pages) || claim.pages.length > PAGES_MAX) return undefined;
  const pages: Buffer[] = [];
  let at = 0;
  let offset = 4;
  let dictionaryAt: number | undefined;
  let dataAt: number | undefined;
  for (const raw of claim.pages as readonly unknown[]) {
    const page = (raw ?? {}) as Partial<PageFile['pages'][number]>;
    const size = Math.min(body.length - at, Math.max(0, integer(page.size)));
    const bytes = pageBytes(page, body.subarray(at, at + size), String(claim.codec));
    if (page.kind === 'dictionary') dictionaryAt ??= offset;
    else dataAt ??= offset;
    pages.push(bytes);
    at += size;
    offset += bytes.length;
  }
  const footer = footerOf(claim, { dictionaryAt, dataAt: dataAt ?? 4, sizeBytes: offset - 4 });
  const length = Buffer.alloc(4);
  length.writeUInt32LE(footer.length);
  const type =
    claim.isList === true ? { type: 'list', 'element-id': 2, 'element-required': false, element: claim.ice ?? null } : (claim.ice ?? null);
  const schema = parseSchema({ type: 'struct', fields: [{ id: 1, name: 'c', required: claim.isRequired === true, type }] });
  return { bytes: Buffer.concat([Buffer.from('PAR1'), ...pages, footer, length, Buffer.from('PAR1')]), schema };
}

function pageBytes(page: Partial<PageFile['pages'][number]>, body: Buffer, codec: string): Buffer {
  const isV2 = page.kind === 'v2';
  const levels = isV2 ? Math.min(body.length, Math.max(0, integer(page.repetitionBytes)) + Math.max(0, integer(page.definitionBytes))) : 0;
  const isStored = page.rawSize !== undefined;
  const stored = isStored ? body : Buffer.concat([body.subarray(0, levels), compress(body.subarray(levels), codec)]);
  const thrift = new ThriftWriter();
  thrift.i32(1, page.kind === 'dictionary' ? 2 : isV2 ? 3 : 0);
  thrift.i32(2, isStored ? integer(page.rawSize) | 0 : body.length);
  thrift.i32(3, stored.length);
  thrift.i32(4, crc32(stored) | 0);
  const encoding = Math.max(0, ENCODINGS.indexOf(String(page.encoding)));
  const values = integer(page.values) | 0;
  if (page.kind === 'dictionary') {
    thrift.struct(7, () => {
      thrift.i32(1, values);
      thrift.i32(2, encoding);
    });
  } else if (isV2) {
    thrift.struct(8, () => {
      thrift.i32(1, values);
      thrift.i32(2, 0);
      thrift.i32(3, values);
      thrift.i32(4, encoding);
      thrift.i32(5, integer(page.definitionBytes) | 0);
      thrift.i32(6, integer(page.repetitionBytes) | 0);
    });
  } else {
    thrift.struct(5, () => {
      thrift.i32(1, values);
      thrift.i32(2, encoding);
      thrift.i32(3, 3);
      thrift.i32(4, 3);
    });
  }
  return Buffer.concat([thrift.finish(), stored]);
}

function compress(bytes: Buffer, codec: string): Uint8Array {
  switch (codec) {
    case 'SNAPPY':
      return snappyCompress(bytes);
    case 'GZIP':
      return gzipSync(bytes, { level: 1 });
    case 'BROTLI':
      return brotliCompressSync(bytes, { params: { [constants.BROTLI_PARAM_QUALITY]: 1 } });
    case 'ZSTD':
      return zstdCompressSync(bytes);
    default:
      return bytes;
  }
}

function footerOf(
  claim: Partial<PageFile>,
  chunk: { readonly dictionaryAt: number | undefined; readonly dataAt: number; readonly sizeBytes: number },
): Buffer {
  const thrift = new ThriftWriter();
  const type = Math.max(0, TYPES.indexOf(String(claim.type)));
  const names = claim.isList === true ? ['root', 'c', 'list', 'element'] : ['root', 'c'];
  thrift.i32(1, 1);
  thrift.structList(2, names, (name) => {
    const isLeaf = name === names.at(-1);
    if (isLeaf) thrift.i32(1, type);
    if (isLeaf && type === 7) thrift.i32(2, integer(claim.width) | 0);
    if (name !== 'root') thrift.i32(3, name === 'list' ? 2 : claim.isRequired === true ? 0 : 1);
    thrift.string(4, name);
    if (!isLeaf) thrift.i32(5, 1);
    if (name === 'c' && claim.isList === true) thrift.i32(6, 3);
    if (name === 'c') thrift.i32(9, 1);
    if (name === 'element') thrift.i32(9, 2);
  });
  thrift.i64(3, Math.max(0, integer(claim.rows)));
  thrift.structList(4, [0], () => {
    thrift.structList(1, [0], () => {
      thrift.i64(2, 0);
      thrift.struct(3, () => {
        thrift.i32(1, type);
        thrift.i32List(2, [0]);
        thrift.binaryList(
          3,
          names.slice(1).map((name) => Buffer.from(name)),
        );
        thrift.i32(4, Math.max(0, CODECS.indexOf(String(claim.codec))));
        thrift.i64(5, Math.max(0, integer(claim.entries)));
        thrift.i64(6, chunk.sizeBytes);
        thrift.i64(7, chunk.sizeBytes);
        thrift.i64(9, chunk.dataAt);
        if (chunk.dictionaryAt !== undefined) thrift.i64(11, chunk.dictionaryAt);
      });
    });
    thrift.i64(2, chunk.sizeBytes);
    thrift.i64(3, Math.max(0, integer(claim.rows)));
  });
  return thrift.finish();
}

function integer(value: unknown): number {
  // As large as the writer of Thrift takes; not negative there.
  return Number.isSafeInteger(value) ? Math.min(value as number, 2 ** 51) : 0;
}
