// The positions of rows: (source id, Kafka partition, Kafka offset, timestamp) read from a data file by the technical columns of
// DESIGN §5.1. Rows stay columns; one source id text is made per run of equal ones.
import { type ColumnSet, isPresent, type Layout, layoutOf } from '../columns.ts';
import type { NestedField, StructType } from '../contract/types.ts';
import { InputRefusedError } from '../errors.ts';
import { type ReadOptions, readColumns } from '../parquet/read.ts';

export interface RowPosition {
  readonly sourceId: string;
  readonly partition: number;
  readonly offset: number;
  readonly timestampMs: number;
}

const COLUMNS = ['source_id', 'kafka_partition', 'kafka_offset', 'kafka_timestamp'] as const;

/** The technical columns among a table's columns, all optional so that rows of other writers can be read; undefined if one is missing. */
export function positionStruct(schema: StructType): StructType | undefined {
  const fields: NestedField[] = [];
  for (const name of COLUMNS) {
    const field = schema.fields.find((candidate) => candidate.name === name);
    if (!field) return undefined;
    fields.push({ id: field.id, name, type: field.type, required: false });
  }
  return { type: 'struct', fields };
}

/** Reads the positions of a data file, row by row; a row without a position (another writer's) gives undefined. */
export async function readPositions(
  bytes: Uint8Array,
  schema: StructType,
  visit: (position: RowPosition | undefined, row: number) => void,
  options: ReadOptions = {},
): Promise<void> {
  const struct = positionStruct(schema);
  if (!struct)
    throw new InputRefusedError('the table has lost a technical column; its rows cannot be told apart', {
      code: 'position-columns-missing',
    });
  visitPositions(await readColumns(bytes, struct, options), struct, visit);
}

/** Visits the positions of columns whose struct has the technical columns by name. */
export function visitPositions(
  columns: ColumnSet,
  struct: StructType,
  visit: (position: RowPosition | undefined, row: number) => void,
): void {
  const layout = layoutOf(struct);
  const [sourceSlot, partitionSlot, offsetSlot, timestampSlot] = COLUMNS.map((name) => slotOf(layout, name)) as [
    number,
    number,
    number,
    number,
  ];
  const source = columns.columns[sourceSlot]!;
  const partition = columns.columns[partitionSlot]!;
  const offset = columns.columns[offsetSlot]!;
  const timestamp = columns.columns[timestampSlot]!;
  const isLegible = source.kind === 'view' && partition.kind === 'i32' && offset.kind === 'i64' && timestamp.kind === 'i64';
  if (!isLegible)
    throw new InputRefusedError('a technical column has another type than DESIGN gives it', { code: 'position-columns-type' });
  let last: { readonly bytes: Buffer; readonly text: string } | undefined;
  for (let row = 0; row < columns.rows; row++) {
    if (![sourceSlot, partitionSlot, offsetSlot, timestampSlot].every((slot) => isPresent(columns, slot, row))) {
      visit(undefined, row);
      continue;
    }
    const start = source.start[row]!;
    const bytes = columns.bytes.subarray(start, start + source.length[row]!);
    if (!last?.bytes.equals(bytes)) last = { bytes, text: bytes.toString('utf8') };
    const position = {
      sourceId: last.text,
      partition: partition.v[row]!,
      offset: Number(offset.v[row]!),
      timestampMs: Number(timestamp.v[row]! / 1000n),
    };
    visit(position, row);
  }
}

function slotOf(layout: Layout, name: string): number {
  const slot = layout.top.find((candidate) => layout.slots[candidate]!.field.name === name);
  if (slot === undefined) throw new InputRefusedError(`the technical column ${name} is missing`, { code: 'position-columns-missing' });
  return slot;
}
