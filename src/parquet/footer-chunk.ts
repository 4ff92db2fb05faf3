// What the footer says of one column chunk (ColumnChunk, ColumnMetaData). What is the same in every file (type, encodings, path) is made once
// for a leaf. Field numbers are those of parquet.thrift.
import { ENCODING } from './encodings.ts';
import type { ChunkRecord, PlacedChunk } from './footer.ts';
import { PAGE_TYPE } from './page-header.ts';
import type { LeafPlan } from './schema-plan.ts';
import { fieldBytes, type ThriftWriter } from './thrift.ts';

/** Writes the fields of a ColumnChunk. */
export function writeChunk(thrift: ThriftWriter, placed: PlacedChunk): void {
  // Deprecated: 0 says that no ColumnMetaData lies outside the footer.
  thrift.i64(2, 0);
  const outer = thrift.open(3);
  writeColumnMetadata(thrift, placed);
  thrift.close(outer);
  thrift.i64(4, placed.offsetIndex.offset);
  thrift.i32(5, placed.offsetIndex.length);
  if (!placed.columnIndex) return;
  thrift.i64(6, placed.columnIndex.offset);
  thrift.i32(7, placed.columnIndex.length);
}

function writeColumnMetadata(thrift: ThriftWriter, { record, bloom }: PlacedChunk): void {
  const hasDictionary = record.dictionaryBytes > 0;
  thrift.prepared(headOf(record), HEAD_LAST_FIELD);
  thrift.i32(4, record.codec);
  thrift.i64(5, record.entries);
  thrift.i64(6, record.rawBytes);
  thrift.i64(7, record.storedBytes);
  thrift.i64(9, record.offset + record.dictionaryBytes);
  if (hasDictionary) thrift.i64(11, record.offset);
  const statistics = thrift.open(12);
  writeStatistics(thrift, record);
  thrift.close(statistics);
  writePageCounts(thrift, record);
  if (bloom) {
    thrift.i64(14, bloom.offset);
    thrift.i32(15, bloom.length);
  }
  const { byteArrayBytes, repetition, definition } = record.sizes;
  const sizes = thrift.open(16);
  if (byteArrayBytes !== undefined) thrift.i64(1, byteArrayBytes);
  if (repetition) thrift.i64List(2, repetition);
  if (definition) thrift.i64List(3, definition);
  thrift.close(sizes);
}

const HEAD_LAST_FIELD = 3;

const heads = new WeakMap<LeafPlan, Map<number, Buffer>>();

/** Fields 1 to 3: type, encodings, path. Made once for a leaf and what it was encoded in. */
function headOf({ leaf, dictionaryBytes, encoding }: ChunkRecord): Buffer {
  const hasDictionary = dictionaryBytes > 0;
  const key = encoding * 2 + (hasDictionary ? 1 : 0);
  let known = heads.get(leaf);
  if (!known) heads.set(leaf, (known = new Map()));
  let head = known.get(key);
  if (!head) {
    const encodings = new Set<number>([...(hasDictionary ? [ENCODING.plain] : []), ENCODING.rle, encoding]);
    head = fieldBytes((thrift) => {
      thrift.i32(1, leaf.physical.physical);
      thrift.i32List(
        2,
        [...encodings].sort((a, b) => a - b),
      );
      thrift.binaryList(3, leaf.pathBytes);
    });
    known.set(key, head);
  }
  return head;
}

/** How many pages of which kind and encoding there are. */
function writePageCounts(thrift: ThriftWriter, { dictionaryBytes, encoding, pageVersion, pageCount }: ChunkRecord): void {
  const dataPages = { type: pageVersion === 1 ? PAGE_TYPE.data : PAGE_TYPE.dataV2, encoding, count: pageCount };
  thrift.structList(13, dictionaryBytes > 0 ? [DICTIONARY_PAGE, dataPages] : [dataPages], (kind) => {
    thrift.i32(1, kind.type);
    thrift.i32(2, kind.encoding);
    thrift.i32(3, kind.count);
  });
}

const DICTIONARY_PAGE = { type: PAGE_TYPE.dictionary, encoding: ENCODING.plain, count: 1 };

/** The deprecated fields 1 and 2 stay away: they mean signed order, which strings do not have. */
function writeStatistics(thrift: ThriftWriter, record: ChunkRecord): void {
  thrift.i64(3, record.nulls);
  if (record.min && record.max) {
    thrift.binary(5, record.max.bytes);
    thrift.binary(6, record.min.bytes);
    thrift.bool(7, record.max.isExact);
    thrift.bool(8, record.min.isExact);
  }
  if (record.nanCount !== undefined) thrift.i64(9, record.nanCount);
}
