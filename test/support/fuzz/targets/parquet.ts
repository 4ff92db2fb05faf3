// Parquet: whole files, footers behind right magic words, and pages of every encoding and codec in a file made around them, with
// right offsets, sizes and checksums, so that levels and values are what is tried.
import { readdirSync, readFileSync } from 'node:fs';
import { buildColumns } from '../../../../src/column-cells.ts';
import type { ColumnSet } from '../../../../src/columns.ts';
import type { CellValue, IcebergType, StructType } from '../../../../src/contract/types.ts';
import { InputRefusedError } from '../../../../src/errors.ts';
import { encodeParquet } from '../../../../src/parquet/encode.ts';
import { readColumns } from '../../../../src/parquet/read.ts';
import { type FileFooter, readFooter } from '../../../../src/parquet/read-footer.ts';
import { type DataPage, type DictionaryPage, readPages } from '../../../../src/parquet/read-pages.ts';
import { type PageFile, pageFile } from '../page-file.ts';
import { expectShape } from '../samples.ts';
import { type FuzzTarget, frame, unframe } from '../types.ts';

const PYARROW = new URL('../../../golden/parquet/data/', import.meta.url);
const DATA_BYTES = 4096;

/** Iceberg types of the flat columns of the pyarrow files, by field id. */
const PYARROW_TYPES: ReadonlyMap<number, IcebergType> = new Map<number, IcebergType>([
  [1, 'long'],
  [2, 'int'],
  [3, 'float'],
  [4, 'double'],
  [5, 'boolean'],
  [6, 'string'],
  [7, 'binary'],
  [8, 'fixed[3]'],
  [9, 'decimal(9,2)'],
  [10, 'decimal(38,4)'],
  [11, 'date'],
  [12, 'time'],
  [13, 'timestamp'],
  [14, 'timestamptz'],
  [15, 'timestamp_ns'],
]);

const LIST: IcebergType = { type: 'list', 'element-id': 4, 'element-required': false, element: 'string' };
const OWN_SCHEMA: StructType = {
  type: 'struct',
  fields: [
    { id: 1, name: 'id', required: true, type: 'long' },
    { id: 2, name: 'name', required: false, type: 'string' },
    { id: 3, name: 'tags', required: false, type: LIST },
    { id: 5, name: 'where', required: false, type: { type: 'struct', fields: [{ id: 6, name: 'x', required: false, type: 'double' }] } },
    { id: 7, name: 'flag', required: false, type: 'boolean' },
  ],
};

function ownFile(rows: number): Buffer {
  const cells = Array.from({ length: rows }, (_, i): CellValue[] => [
    BigInt(i),
    i % 5 === 0 ? null : `name ${i % 7}`,
    i % 3 === 0 ? null : Array.from({ length: i % 4 }, (_unused, j) => (j === 1 ? null : `t${j}`)),
    i % 2 === 0 ? null : [i / 4],
    i % 4 === 0,
  ]);
  return encodeParquet({ schema: OWN_SCHEMA, columns: buildColumns(OWN_SCHEMA, cells), metadata: { 'iceberg.schema': '{}' } }).bytes;
}

function pyarrowFiles(): readonly Buffer[] {
  const names = readdirSync(PYARROW).filter((name) => name.endsWith('.parquet') && !name.startsWith('refused'));
  return names.sort().map((name) => readFileSync(new URL(name, PYARROW)));
}

const PYARROW_SCHEMA: StructType = {
  type: 'struct',
  fields: [...PYARROW_TYPES].map(([id, type]) => ({ id, name: `c${id}`, required: false, type })),
};

/** The footer's Thrift bytes. */
function footerBytes(file: Buffer): Buffer {
  return file.subarray(file.length - 8 - file.readUInt32LE(file.length - 8), file.length - 8);
}

/** One input per column chunk of a file whose field has a type here. */
function pageInputs(file: Buffer, types: ReadonlyMap<number, IcebergType>): Buffer[] {
  const footer: FileFooter = readFooter(file);
  const group = footer.rowGroups[0];
  if (!group) return [];
  return footer.leaves.flatMap((leaf, i) => {
    const isList = leaf.repetition === 1;
    const ice = types.get(leaf.element.field_id ?? -1);
    const chunk = group.chunks[i]!;
    if (ice === undefined || leaf.definition > (isList ? 3 : 1)) return [];
    const pages: (DataPage | DictionaryPage)[] = [];
    readPages({ file, budget: { leftBytes: 2 ** 30 } }, chunk, (page) => pages.push(page));
    const head: PageFile = {
      type: String(leaf.element.type),
      width: leaf.element.type_length ?? 0,
      ice,
      isList,
      isRequired: leaf.definition === 0,
      codec: chunk.codec,
      entries: chunk.entries,
      rows: group.rows,
      pages: pages.map(describePage),
    };
    return [frame(head, Buffer.concat(pages.flatMap(pageParts)))];
  });
}

function describePage(page: DataPage | DictionaryPage): PageFile['pages'][number] {
  const size = pageParts(page).reduce((sum, part) => sum + part.length, 0);
  if (page.kind === 'dictionary') return { kind: 'dictionary', encoding: page.encoding, values: page.values, size };
  if (!page.levels) return { kind: 'v1', encoding: page.encoding, values: page.entries, size };
  const { repetition, definition } = page.levels;
  return {
    kind: 'v2',
    encoding: page.encoding,
    values: page.entries,
    size,
    repetitionBytes: repetition.length,
    definitionBytes: definition.length,
  };
}

function pageParts(page: DataPage | DictionaryPage): readonly Buffer[] {
  return page.kind === 'data' && page.levels ? [page.levels.repetition, page.levels.definition, page.body] : [page.body];
}

/** Read as one of our seeds or, where it does not fit that schema, as one of the others. */
async function readAsEither(input: Uint8Array): Promise<ColumnSet> {
  try {
    return await readColumns(input, OWN_SCHEMA);
  } catch (error) {
    if (!(error instanceof InputRefusedError)) throw error;
    return readColumns(input, PYARROW_SCHEMA);
  }
}

/** Every view lies within the memory, every list within its child. */
function checkColumns(set: ColumnSet): void {
  for (const column of set.columns) {
    if (column.kind === 'view') {
      for (let row = 0; row < set.rows; row++)
        expectShape(column.start[row]! + column.length[row]! <= set.bytes.length, 'views within their memory');
    } else if (column.kind === 'list' || column.kind === 'map') {
      for (let row = 0; row < set.rows; row++)
        expectShape(column.start[row]! + column.length[row]! <= column.child.rows, 'lists within their elements');
      checkColumns(column.child);
    }
  }
}

export const PARQUET_TARGETS: readonly FuzzTarget[] = [
  {
    name: 'parquet-file',
    family: 'parquet',
    shape: 'bytes',
    seeds: () => [ownFile(5), ownFile(0), ...pyarrowFiles()],
    run: async (input) => checkColumns(await readAsEither(input)),
  },
  {
    name: 'parquet-footer',
    family: 'parquet',
    shape: 'bytes',
    seeds: () => [ownFile(5), ...pyarrowFiles()].map(footerBytes),
    run: (input) => {
      const length = Buffer.alloc(4);
      length.writeUInt32LE(input.length);
      const footer = readFooter(Buffer.concat([Buffer.from('PAR1'), Buffer.alloc(DATA_BYTES), input, length, Buffer.from('PAR1')]));
      for (const { chunks } of footer.rowGroups)
        for (const { offset, sizeBytes, entries } of chunks)
          expectShape(entries === 0 || offset + sizeBytes <= DATA_BYTES + 4, 'chunks within the file');
    },
  },
  {
    name: 'parquet-pages',
    family: 'parquet',
    shape: 'json+bytes',
    seeds: () => [
      ...pyarrowFiles().flatMap((file) => pageInputs(file, PYARROW_TYPES)),
      ...pageInputs(
        ownFile(40),
        new Map<number, IcebergType>([
          [1, 'long'],
          [2, 'string'],
          [4, 'string'],
          [7, 'boolean'],
        ]),
      ),
    ],
    run: async (input) => {
      const framed = unframe(input);
      const file = framed && pageFile(framed.head, framed.body);
      if (file) checkColumns(await readColumns(file.bytes, file.schema));
    },
  },
];
