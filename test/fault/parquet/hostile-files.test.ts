import { zstdCompressSync } from 'node:zlib';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { buildColumns } from '../../../src/column-cells.ts';
import type { CellValue, StructType } from '../../../src/contract/types.ts';
import { InputRefusedError } from '../../../src/errors.ts';
import { encodeParquet } from '../../../src/parquet/encode.ts';
import { readColumns } from '../../../src/parquet/read.ts';
import { readFooter } from '../../../src/parquet/read-footer.ts';
import { readPages } from '../../../src/parquet/read-pages.ts';
import { ThriftWriter } from '../../../src/parquet/thrift.ts';

const SCHEMA: StructType = {
  type: 'struct',
  fields: [
    { id: 1, name: 'id', required: true, type: 'long' },
    { id: 2, name: 'name', required: false, type: 'string' },
    { id: 3, name: 'tags', required: false, type: { type: 'list', 'element-id': 4, 'element-required': false, element: 'string' } },
    { id: 5, name: 'where', required: false, type: { type: 'struct', fields: [{ id: 6, name: 'x', required: false, type: 'double' }] } },
    { id: 7, name: 'flag', required: false, type: 'boolean' },
  ],
};

function rowsOf(count: number): CellValue[][] {
  return Array.from({ length: count }, (_, i) => [
    BigInt(i),
    i % 5 === 0 ? null : `name ${i % 7}`,
    i % 3 === 0 ? null : Array.from({ length: i % 4 }, (_, j) => (j === 1 ? null : `t${j}`)),
    i % 2 === 0 ? null : [i / 4],
    i % 4 === 0,
  ]);
}

const FILE = encodeParquet({ schema: SCHEMA, columns: buildColumns(SCHEMA, rowsOf(300)) }).bytes;
const FOOTER_BYTES = FILE.readUInt32LE(FILE.length - 8);
const FOOTER_AT = FILE.length - 8 - FOOTER_BYTES;

/** Reads what may be broken: fine or refused, nothing else. */
async function readOrRefuse(bytes: Buffer): Promise<'read' | 'refused'> {
  try {
    const set = await readColumns(bytes, SCHEMA);
    expect(set.rows).toBeLessThanOrEqual(10_000_000);
    return 'read';
  } catch (error) {
    expect(error).toBeInstanceOf(InputRefusedError);
    return 'refused';
  }
}

/** A file of our pages under a footer made by hand. */
function withFooter(footer: Buffer): Buffer {
  const length = Buffer.alloc(4);
  length.writeUInt32LE(footer.length);
  return Buffer.concat([FILE.subarray(0, FOOTER_AT), footer, length, Buffer.from('PAR1')]);
}

describe('a broken file is refused, in bounded time and memory', () => {
  it('cut off at any byte', async () => {
    for (let length = 0; length < FILE.length; length += 7) expect(await readOrRefuse(FILE.subarray(0, length))).toBe('refused');
  });

  it('with any byte of the footer changed: read or refused, never anything else', async () => {
    for (let at = FOOTER_AT; at < FILE.length; at += 3) {
      for (const bits of [0x01, 0x80, 0xff]) {
        const bytes = Buffer.from(FILE);
        bytes[at]! ^= bits;
        await readOrRefuse(bytes);
      }
    }
  });

  it('with any byte of a page body changed, its CRC tells', async () => {
    const footer = readFooter(FILE);
    const chunk = footer.rowGroups[0]!.chunks[0]!;
    const bytes = Buffer.from(FILE);
    bytes[chunk.offset + chunk.sizeBytes - 1]! ^= 0x10;
    await expect(readColumns(bytes, SCHEMA)).rejects.toThrow('a page does not match its CRC');
  });

  it('with random bytes anywhere', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.tuple(fc.nat(FILE.length - 1), fc.nat(255)), { minLength: 1, maxLength: 8 }),
        fc.integer({ min: 0, max: 1 }),
        async (changes, region) => {
          const bytes = Buffer.from(FILE);
          for (const [at, value] of changes) bytes[region === 0 ? at : FOOTER_AT + (at % FOOTER_BYTES)] = value;
          await readOrRefuse(bytes);
        },
      ),
      { numRuns: 1500 },
    );
  });

  it('made of random bytes between the magic words', async () => {
    await fc.assert(
      fc.asyncProperty(fc.uint8Array({ maxLength: 300 }), async (noise) => {
        const length = Buffer.alloc(4);
        length.writeUInt32LE(noise.length);
        await readOrRefuse(Buffer.concat([Buffer.from('PAR1'), noise, length, Buffer.from('PAR1')]));
      }),
      { numRuns: 500 },
    );
  });

  it('with an integer that never ends', async () => {
    const footer = Buffer.concat([Buffer.from([0x15]), Buffer.alloc(1_000_000, 0xff)]);
    await expect(readColumns(withFooter(footer), SCHEMA)).rejects.toThrow('an integer of its metadata is too long');
  });

  it('with a list longer than the footer', async () => {
    const footer = Buffer.from([0x29, 0xfc, 0xff, 0xff, 0xff, 0x7f, 0x00]);
    await expect(readColumns(withFooter(footer), SCHEMA)).rejects.toThrow('a list of its metadata is longer than the metadata');
  });

  it('with structures nested without end', async () => {
    await expect(readColumns(withFooter(Buffer.alloc(100_000, 0x1c)), SCHEMA)).rejects.toThrow('its metadata nests too deep');
  });

  it('with a footer of another file format', async () => {
    const encrypted = Buffer.concat([FILE.subarray(0, FILE.length - 4), Buffer.from('PARE')]);
    await expect(readColumns(encrypted, SCHEMA)).rejects.toThrow('it does not end as a Parquet file does');
  });

  it('that promises more rows than memory holds', async () => {
    const rows = 2 ** 40;
    await expect(readColumns(withFooter(handMadeFooter({ rows, entries: rows })), SCHEMA)).rejects.toThrow(/its columns take \d+ bytes/);
  });

  it('whose chunk has other entries than its row group has rows', async () => {
    await expect(readColumns(withFooter(handMadeFooter({ rows: 300, entries: 299 })), SCHEMA)).rejects.toThrow(
      'a column chunk has 299 entries for 300 rows',
    );
  });

  it('whose chunk lies outside the file', async () => {
    const footer = handMadeFooter({ rows: 300, entries: 300, sizeBytes: FILE.length });
    await expect(readColumns(withFooter(footer), SCHEMA)).rejects.toThrow('a column chunk lies outside the file');
  });

  it('whose page expands beyond what it says', async () => {
    const chunk = readFooter(FILE).rowGroups[0]!.chunks[0]!;
    expect(chunk.codec).toBe('ZSTD');
    // The header's second field is the uncompressed size; a smaller one must stop decompression, not grow it.
    const bytes = Buffer.from(FILE);
    bytes[chunk.offset + 3]! = 0x02;
    bytes[chunk.offset + 4]! &= 0x00;
    expect(await readOrRefuse(bytes)).toBe('refused');
  });

  it('of small pages that each expand to the limit of a page, over and over', async () => {
    // 200 pages of no entries, 32 MiB each in a few kilobytes; the budget of this read allows three.
    const pageBytes = 32 * 1024 * 1024;
    const bomb = zstdCompressSync(Buffer.alloc(pageBytes));
    const header = new ThriftWriter();
    header.i32(1, 0);
    header.i32(2, pageBytes);
    header.i32(3, bomb.length);
    header.struct(5, () => {
      header.i32(1, 0);
      header.i32(2, 0);
      header.i32(3, 3);
      header.i32(4, 3);
    });
    const page = Buffer.concat([header.finish(), bomb]);
    const chunk = { codec: 'ZSTD', entries: 1, offset: 0, sizeBytes: page.length * 200, nullCount: undefined };
    let visited = 0;
    const read = () =>
      readPages({ file: Buffer.concat(new Array<Buffer>(200).fill(page)), budget: { leftBytes: pageBytes * 3 } }, chunk, () => {
        visited++;
      });
    expect(read).toThrow(/its pages decompress to more than \d+ bytes/);
    expect(visited).toBe(3);
  });

  it('in its messages are no bytes of the file', async () => {
    const messages: string[] = [];
    for (let at = FOOTER_AT; at < FILE.length; at += 11) {
      const bytes = Buffer.from(FILE);
      bytes[at]! ^= 0x55;
      await readColumns(bytes, SCHEMA).catch((error: Error) => messages.push(error.message));
    }
    expect(messages.length).toBeGreaterThan(20);
    for (const message of messages) expect(message).not.toMatch(/name \d|tags/);
  });
});

/** FileMetaData of one required long column over the first chunk of FILE. */
function handMadeFooter(claim: { readonly rows: number; readonly entries: number; readonly sizeBytes?: number }): Buffer {
  const chunk = readFooter(FILE).rowGroups[0]!.chunks[0]!;
  const thrift = new ThriftWriter();
  thrift.i32(1, 1);
  thrift.structList(2, ['root', 'id'], (name) => {
    if (name === 'id') thrift.i32(1, 2);
    if (name === 'id') thrift.i32(3, 0);
    thrift.string(4, name);
    if (name === 'root') thrift.i32(5, 1);
    if (name === 'id') thrift.i32(9, 1);
  });
  thrift.i64(3, claim.rows);
  thrift.structList(4, [0], () => {
    thrift.structList(1, [0], () => {
      thrift.i64(2, 0);
      thrift.struct(3, () => {
        thrift.i32(1, 2);
        thrift.i32List(2, [0]);
        thrift.binaryList(3, [Buffer.from('id')]);
        thrift.i32(4, 6);
        thrift.i64(5, claim.entries);
        thrift.i64(6, chunk.sizeBytes);
        thrift.i64(7, claim.sizeBytes ?? chunk.sizeBytes);
        thrift.i64(9, chunk.offset);
      });
    });
    thrift.i64(2, chunk.sizeBytes);
    thrift.i64(3, claim.rows);
  });
  return thrift.finish();
}
