// What is in a row, as two numbers: rows that are equal but for where they came from and when they were landed have the same. By it a record that
// was delivered under two generations of a source is told from another one of its millisecond (src/ledger/match-contents.ts, promises 1
// and 2). In it are the table, the columns that the file has, and each of their values exactly as stored; of the quarantine the bytes of key,
// value and headers, and of a value that is not whole here its length and hash. Rows of files with other columns are never equal, and a file
// with a column that the table has dropped has no contents at all: where they differ may be what is not compared.
// One row group is in memory at a time, and only where a row of it is asked for (promise 10).
import { hash } from 'node:crypto';
import { readCell } from '../column-cells.ts';
import { layoutOf } from '../columns.ts';
import { TECHNICAL_COLUMNS } from '../contract/names.ts';
import type { NestedField, StructType } from '../contract/types.ts';
import { FIELD_ID_MAX } from '../iceberg/reserved-fields.ts';
import { listFields } from '../iceberg/schema-fields.ts';
import { isQuarantineTable } from '../ledger/descriptor-codec.ts';
import { ROW, type RowContent } from '../ledger/match-contents.ts';
import { mapNames } from '../parquet/map-names.ts';
import { type ReadOptions, readColumns } from '../parquet/read.ts';
import { type FileFooter, type FileNode, readFooter } from '../parquet/read-footer.ts';
import { TRUNCATED } from '../pipeline/judge.ts';
import { RowBytes } from './row-bytes.ts';
import { type RowPosition, readPositions } from './row-positions.ts';

export interface ContentsRequest {
  readonly bytes: Uint8Array;
  /** The table's current columns. */
  readonly schema: StructType;
  /** `namespace.name`. */
  readonly table: string;
  /** Of which rows the content is asked for; of others it is ROW.unknown. */
  readonly isWanted: (position: RowPosition) => boolean;
  readonly options?: Pick<ReadOptions, 'nameMapping'>;
}

/** Visits the rows that have a position, with their contents. Throws InputRefusedError for a file that cannot be read. */
export async function readContents(request: ContentsRequest, visit: (position: RowPosition, content: RowContent) => void): Promise<void> {
  const { bytes, schema, isWanted, options = {} } = request;
  const footer = mapNames(readFooter(bytes), options.nameMapping);
  const columns = comparedColumns(request, footer);
  for (const group of footer.rowGroups.keys()) {
    const inGroup = { ...options, rowGroups: [group] };
    const positions: (RowPosition | undefined)[] = [];
    await readPositions(bytes, schema, (position) => void positions.push(position), inGroup);
    const isAny = positions.some((position) => position && isWanted(position));
    const contentOf = isAny && columns ? await contentReader(request, columns, inGroup) : () => UNKNOWN;
    for (const [row, position] of positions.entries()) {
      if (position) visit(position, isWanted(position) ? contentOf(row) : UNKNOWN);
    }
  }
}

const UNKNOWN: RowContent = [ROW.unknown, 0];

interface ComparedColumns {
  readonly struct: StructType;
  /** What the content begins with: the table and the ids of the columns. */
  readonly prefix: string;
}

/** Undefined where the file has a column that the table has not: nobody can say what is in it. */
function comparedColumns({ schema, table }: ContentsRequest, footer: FileFooter): ComparedColumns | undefined {
  const held = new Set(leafIds(footer.root).filter((id) => id <= FIELD_ID_MAX));
  const all = new Set(listFields(schema).map(({ field }) => field.id));
  if ([...held].some((id) => !all.has(id))) return undefined;
  const fields = schema.fields.filter((field) => !isAside(field, table));
  const ids = listFields({ type: 'struct', fields }).flatMap(({ field }) => (held.has(field.id) ? [field.id] : []));
  return { struct: { type: 'struct', fields }, prefix: `${table} ${ids.sort((a, b) => a - b).join(',')}\n` };
}

/** -1 for a column without an id, which is none of the table's. */
function leafIds(node: FileNode): number[] {
  return node.children.length === 0 ? [node.element.field_id ?? -1] : node.children.flatMap(leafIds);
}

/** Where a row came from and when, and why it was rejected. */
function isAside({ name }: NestedField, table: string): boolean {
  return isQuarantineTable(table) ? !['key', 'value', 'headers', 'reasons'].includes(name) : TECHNICAL_NAMES.has(name);
}

const TECHNICAL_NAMES: ReadonlySet<string> = new Set(TECHNICAL_COLUMNS);

async function contentReader(
  { bytes, table }: ContentsRequest,
  { struct, prefix }: ComparedColumns,
  options: ReadOptions,
): Promise<(row: number) => RowContent> {
  const set = await readColumns(bytes, struct, options);
  const layout = layoutOf(struct);
  const reasons = isQuarantineTable(table) ? layout.top.find((slot) => layout.slots[slot]!.field.name === 'reasons') : undefined;
  const out = new RowBytes();
  return (row) => {
    out.clear();
    out.addText(prefix);
    for (const slot of layout.top) if (slot !== reasons) out.addCell(set, layout, { slot, row });
    if (reasons !== undefined) out.addText(truncationOf(readCell(set, layout, { slot: reasons, row })));
    return contentOfDigest(hash('sha256', out.bytes(), 'buffer'));
  };
}

/** Length and hash of a value of which the quarantine has the beginning alone. */
function truncationOf(reasons: ReturnType<typeof readCell>): string {
  const all = (reasons ?? []) as readonly (readonly [rule: string, field: string, message: string])[];
  return all.flatMap(([rule, , message]) => (rule === TRUNCATED ? [message] : [])).join('\n');
}

/**
 * The first 106 bits, 53 in each of two doubles, the first from 1 on: of ten million rows of one time, as records without a timestamp are, two
 * others have the same one time in 10^18.
 */
function contentOfDigest(digest: Buffer): RowContent {
  return [bits53(digest, 0) + 1, bits53(digest, 7)];
}

function bits53(digest: Buffer, at: number): number {
  return digest.readUIntBE(at, 6) * 32 + (digest[at + 6]! >>> 3);
}
