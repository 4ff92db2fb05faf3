// Parts of a file are their receiver's own: nothing that is written later changes one that was handed on, whether it is copied at once or
// still on its way out.
import { describe, expect, it } from 'vitest';
import { buildColumns } from '../../../src/column-cells.ts';
import type { StructType } from '../../../src/contract/types.ts';
import { COPIED_BYTES_MAX, fileParts } from '../../../src/parquet/file-parts.ts';
import { type Codec, PARQUET_DEFAULTS } from '../../../src/parquet/options.ts';
import { ParquetWriter } from '../../../src/parquet/writer.ts';
import { seededRandom } from '../../support/fuzz/random.ts';

const STRUCT: StructType = {
  type: 'struct',
  fields: [
    { id: 1, name: 'few', required: true, type: 'string' },
    { id: 2, name: 'many', required: false, type: 'string' },
    { id: 3, name: 'n', required: false, type: 'long' },
    { id: 4, name: 'u', required: true, type: 'uuid' },
  ],
};

/** What was handed on, and what it was. */
function receiver() {
  const parts: { readonly part: Buffer; readonly was: Buffer }[] = [];
  return { parts, sink: (part: Buffer) => void parts.push({ part, was: Buffer.from(part) }) };
}

describe('the parts of a file', () => {
  it('arrive in order and whole, however long they are, though their maker uses its memory again', () => {
    const random = seededRandom(3);
    const { parts, sink } = receiver();
    const all: Buffer[] = [];
    const own = fileParts(sink);
    const memory = Buffer.alloc(COPIED_BYTES_MAX);
    for (let i = 0; i < 500; i++) {
      const size = random.pick([0, 1, 60, 700, COPIED_BYTES_MAX, COPIED_BYTES_MAX + 1, 20_000]);
      const part = size <= COPIED_BYTES_MAX ? memory.subarray(0, size) : Buffer.alloc(size);
      part.fill(i % 251);
      all.push(Buffer.from(part));
      own.put(part);
      if (random.chance(9)) own.flush();
    }
    own.flush();
    expect(Buffer.concat(parts.map(({ part }) => part)).equals(Buffer.concat(all))).toBe(true);
    for (const { part, was } of parts) expect(part.equals(was)).toBe(true);
  });

  it.each(
    (['zstd', 'gzip', 'uncompressed'] satisfies Codec[]).flatMap((codec) => ([1, 2] as const).map((version) => [codec, version] as const)),
  )('of a Parquet file (%s, pages V%i) stay as they were while row groups follow', (codec, pageVersion) => {
    const { parts, sink } = receiver();
    const options = { ...PARQUET_DEFAULTS, codec, pageVersion };
    const writer = new ParquetWriter({ schema: STRUCT, options, sink });
    for (const [group, rows] of [3, 900, 40, 2_000].entries()) {
      writer.add(
        buildColumns(
          STRUCT,
          Array.from({ length: rows }, (_, row) => [
            `v${(row + group) % 40}`,
            row % 7 === 0 ? null : `${group} ${'x'.repeat(row % 40)} ${row * 7919}`,
            row % 3 === 0 ? null : BigInt(row * 2 ** 20),
            Uint8Array.from({ length: 16 }, (_each, i) => (row * 31 + i * 17 + group + row * row * i) & 0xff),
          ]),
        ),
      );
    }
    const { sizeBytes } = writer.close();
    expect(parts.reduce((sum, { part }) => sum + part.length, 0)).toBe(sizeBytes);
    for (const { part, was } of parts) expect(part.equals(was)).toBe(true);
  });
});
