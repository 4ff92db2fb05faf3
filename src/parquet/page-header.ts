// Headers of pages. The CRC covers the page as stored, without its header. Source: parquet.thrift, PageHeader.
import { crc32 } from 'node:zlib';
import { assertInvariant } from '../errors.ts';
import { ENCODING, type Encoding } from './encodings.ts';
import type { PageBody } from './pages.ts';
import { ThriftWriter } from './thrift.ts';

/** Numbers of `PageType` in parquet.thrift. */
export const PAGE_TYPE = { data: 0, index: 1, dictionary: 2, dataV2: 3 } as const;

interface PageBytes {
  readonly raw: Buffer;
  readonly stored: Buffer;
}

/** Headers are made one after the other and copied as they go. */
const writer = new ThriftWriter(64);

/** PageHeader of a dictionary page of `count` values; void when the next header is made. */
export function dictionaryHeader(bytes: PageBytes, count: number): Buffer {
  const thrift = begin(bytes, PAGE_TYPE.dictionary);
  const outer = thrift.open(7);
  thrift.i32(1, count);
  thrift.i32(2, ENCODING.plain);
  thrift.close(outer);
  return thrift.finish();
}

/** PageHeader of a data page, V1 (field 5) or V2 (field 8); void when the next header is made. */
export function pageHeader(
  bytes: PageBytes,
  page: PageBody,
  how: { readonly encoding: Encoding; readonly version: 1 | 2; readonly isCompressed: boolean },
): Buffer {
  const entries = page.span.entries.to - page.span.entries.from;
  const thrift = begin(bytes, how.version === 1 ? PAGE_TYPE.data : PAGE_TYPE.dataV2);
  if (how.version === 1) {
    const outer = thrift.open(5);
    thrift.i32(1, entries);
    thrift.i32(2, how.encoding);
    thrift.i32(3, ENCODING.rle);
    thrift.i32(4, ENCODING.rle);
    thrift.close(outer);
    return thrift.finish();
  }
  const outer = thrift.open(8);
  thrift.i32(1, entries);
  thrift.i32(2, page.nulls);
  thrift.i32(3, page.span.rows);
  thrift.i32(4, how.encoding);
  thrift.i32(5, page.definitionBytes);
  thrift.i32(6, page.repetitionBytes);
  thrift.bool(7, how.isCompressed);
  thrift.close(outer);
  return thrift.finish();
}

function begin({ raw, stored }: PageBytes, type: number): ThriftWriter {
  assertInvariant(raw.length < 2 ** 31 && stored.length < 2 ** 31, 'a page is smaller than 2 GiB');
  const thrift = writer.restart();
  thrift.i32(1, type);
  thrift.i32(2, raw.length);
  thrift.i32(3, stored.length);
  thrift.i32(4, crc32(stored) | 0);
  return thrift;
}
