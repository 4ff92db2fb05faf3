// The footer of any Parquet file: row counts, row groups with the places of their columns, and the schema as a tree with field ids.
// Everything a reader would trust (sizes, offsets, counts) is checked against the file before it is handed out.
// Source: parquet-format README "File format"; parquet.thrift.
import { LIMITS } from '../contract/limits.ts';
import { CODEC_NAMES } from './codecs.ts';
import { type FileElement, readElement } from './file-element.ts';
import { expectFile, refuse } from './refuse.ts';
import { readThrift, type ThriftStruct } from './thrift-read.ts';

/** A node of the file's schema. Levels are those of the node itself: its definition level when it is not null. */
export interface FileNode {
  readonly element: FileElement;
  readonly children: readonly FileNode[];
  readonly definition: number;
  readonly repetition: number;
  /** Index of the column for leaves; for groups that of their first column. */
  readonly leaf: number;
}

export interface FileChunk {
  readonly codec: string;
  /** Entries: values, nulls and empty lists. */
  readonly entries: number;
  readonly offset: number;
  readonly sizeBytes: number;
  readonly nullCount: number | undefined;
}

export interface FileRowGroup {
  readonly rows: number;
  /** Where its first page begins. */
  readonly offset: number;
  /** By leaf. */
  readonly chunks: readonly FileChunk[];
}

export interface FileFooter {
  readonly rows: number;
  readonly rowGroups: readonly FileRowGroup[];
  readonly root: FileNode;
  /** Leaf nodes in file order. */
  readonly leaves: readonly FileNode[];
  readonly metadata: ReadonlyMap<string, string>;
  readonly createdBy: string | undefined;
}

/** Reads the footer from a whole file, or from its tail when `fileSizeBytes` says how long the file is. */
export function readFooter(bytes: Uint8Array, options?: { readonly fileSizeBytes: number }): FileFooter {
  const fileSize = options?.fileSizeBytes ?? bytes.length;
  const end = bytes.length;
  expectFile(end >= 12 && hasMagic(bytes, end - 4), 'it does not end as a Parquet file does');
  expectFile(end < fileSize || hasMagic(bytes, 0), 'it does not begin as a Parquet file does');
  const length = new DataView(bytes.buffer, bytes.byteOffset + end - 8, 4).getUint32(0, true);
  expectFile(
    length <= LIMITS.parquetFooterBytesMax && length <= end - 8,
    `its footer of ${length} bytes is not within the ${end} bytes given`,
  );
  const from = end - 8 - length;
  const { value } = readThrift(Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength), { from, to: end - 8 });
  return checkFooter(value, fileSize - 8 - length);
}

function hasMagic(bytes: Uint8Array, at: number): boolean {
  return bytes[at] === 0x50 && bytes[at + 1] === 0x41 && bytes[at + 2] === 0x52 && bytes[at + 3] === 0x31;
}

/** Field numbers are those of FileMetaData, RowGroup, ColumnChunk, ColumnMetaData and Statistics. */
function checkFooter(raw: ThriftStruct, dataEnd: number): FileFooter {
  const { root, leaves } = readSchema(raw.structs(2).map(readElement));
  const rowGroups = raw.structs(4).map((group): FileRowGroup => {
    const columns = group.structs(1);
    expectFile(columns.length === leaves.length, 'a row group has not one chunk per column');
    const rows = countOf(group.number(3), 'rows of a row group');
    const chunks = columns.map((column) => readChunk(column, dataEnd));
    chunks.forEach((chunk, leaf) => {
      const isWhole = leaves[leaf]!.repetition > 0 ? chunk.entries >= rows : chunk.entries === rows;
      expectFile(isWhole, `a column chunk has ${chunk.entries} entries for ${rows} rows`);
    });
    return { rows, offset: chunks.reduce((least, chunk) => Math.min(least, chunk.offset), Number.POSITIVE_INFINITY), chunks };
  });
  const rows = countOf(raw.number(3), 'rows');
  const inGroups = rowGroups.reduce((sum, group) => sum + group.rows, 0);
  expectFile(rows === inGroups, `it says ${rows} rows, its row groups have ${inGroups}`);
  const metadata = new Map(raw.structs(5).map((entry) => [entry.text(1) ?? '', entry.text(2) ?? '']));
  return { rows, rowGroups, root, leaves, metadata, createdBy: raw.text(6) };
}

function readChunk(column: ThriftStruct, dataEnd: number): FileChunk {
  const meta = column.struct(3);
  expectFile(meta, 'a column chunk has no metadata');
  expectFile(column.bytes(1) === undefined, 'a column chunk lies in another file');
  expectFile(column.struct(8) === undefined, 'a column is encrypted');
  const data = countOf(meta.number(9), 'the offset of a page');
  const dictionary = meta.number(11) === undefined ? 0 : countOf(meta.number(11), 'the offset of a page');
  // Some writers say 0 for a dictionary they do not have.
  const offset = dictionary > 0 ? Math.min(dictionary, data) : data;
  const sizeBytes = countOf(meta.number(7), 'the size of a column chunk');
  const entries = countOf(meta.number(5), 'the entries of a column chunk');
  // A chunk without entries has no pages, and some writers give it no place.
  expectFile(entries === 0 || (offset >= 4 && offset + sizeBytes <= dataEnd), 'a column chunk lies outside the file');
  const nulls = meta.struct(12)?.number(3);
  return {
    codec: CODEC_NAMES[meta.number(4) ?? -1] ?? 'UNKNOWN',
    entries,
    offset,
    sizeBytes,
    nullCount: nulls === undefined ? undefined : countOf(nulls, 'a null count'),
  };
}

function countOf(value: number | undefined, what: string): number {
  expectFile(value !== undefined && Number.isSafeInteger(value) && value >= 0, `${what} is no count`);
  return value;
}

function readSchema(elements: readonly FileElement[]): { readonly root: FileNode; readonly leaves: readonly FileNode[] } {
  expectFile(elements.length > 0 && elements.length <= LIMITS.parquetSchemaElementsMax, 'its schema is empty or too large');
  const leaves: FileNode[] = [];
  let at = 0;
  const visit = (outer: { readonly definition: number; readonly repetition: number; readonly depth: number }): FileNode => {
    expectFile(outer.depth < LIMITS.parquetDepthMax, 'its schema nests too deep');
    const element = elements[at++];
    if (!element) refuse('its schema ends early');
    const isRoot = outer.depth === 0;
    const definition = outer.definition + (isRoot || element.repetition_type === 'REQUIRED' ? 0 : 1);
    const repetition = outer.repetition + (!isRoot && element.repetition_type === 'REPEATED' ? 1 : 0);
    const count = element.num_children ?? 0;
    const leaf = leaves.length;
    if (element.type !== undefined && count === 0) {
      const node = { element, children: [], definition, repetition, leaf };
      leaves.push(node);
      return node;
    }
    expectFile(count >= 0 && count < elements.length, 'a group of its schema has more members than there are');
    const children = Array.from({ length: count }, () => visit({ definition, repetition, depth: outer.depth + 1 }));
    return { element, children, definition, repetition, leaf };
  };
  const root = visit({ definition: 0, repetition: 0, depth: 0 });
  expectFile(at === elements.length, 'its schema has elements outside its tree');
  return { root, leaves };
}
