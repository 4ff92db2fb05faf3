// The slow, obvious way: cells in comparable form, and the statistics of a column counted value by value.
import type { CellValue, IcebergType, StructType } from '../../../src/contract/types.ts';
import type { LeafStats } from '../../../src/parquet/types.ts';

/** A cell in which bytes compare by content. */
export function comparable(cell: CellValue): unknown {
  if (cell instanceof Uint8Array) return `bytes:${Buffer.from(cell).toString('hex')}`;
  if (Array.isArray(cell)) return cell.map((each) => comparable(each as CellValue));
  return cell;
}

interface Entries {
  readonly type: IcebergType;
  readonly isRepeated: boolean;
  readonly values: CellValue[];
}

/** Entries of every leaf as Parquet counts them: a null or an empty list above is one null entry. */
export function leafEntries(struct: StructType, rows: readonly (readonly CellValue[])[]): ReadonlyMap<number, Entries> {
  const leaves = new Map<number, Entries>();
  const visit = (field: { readonly id: number; readonly type: IcebergType }, cell: CellValue, isRepeated: boolean): void => {
    const { type } = field;
    if (typeof type === 'string') {
      const entries = leaves.get(field.id) ?? { type, isRepeated, values: [] };
      leaves.set(field.id, entries);
      entries.values.push(cell);
      return;
    }
    if (type.type === 'struct') {
      for (const [i, member] of type.fields.entries()) visit(member, cell === null ? null : (cell as readonly CellValue[])[i]!, isRepeated);
      return;
    }
    const entries = (cell ?? []) as readonly CellValue[];
    for (const entry of entries.length === 0 ? [null] : entries) {
      if (type.type === 'list') {
        visit({ id: type['element-id'], type: type.element }, entry, true);
      } else {
        const [key, value] = (entry as readonly [CellValue, CellValue] | null) ?? [null, null];
        visit({ id: type['key-id'], type: type.key }, key, true);
        visit({ id: type['value-id'], type: type.value }, value, true);
      }
    }
  };
  for (const row of rows) for (const [i, field] of struct.fields.entries()) visit(field, row[i]!, false);
  return leaves;
}

/** Statistics of one leaf, by sorting its values. */
export function naiveStats(fieldId: number, entries: Entries): Omit<LeafStats, 'columnSizeBytes'> {
  const isFloat = entries.type === 'float' || entries.type === 'double';
  const there = entries.values.filter((value) => value !== null).map((value) => (typeof value === 'string' ? Buffer.from(value) : value));
  const ordered = there.filter((value) => !Number.isNaN(value)).sort(compare);
  return {
    fieldId,
    valueCount: entries.values.length,
    nullCount: entries.values.length - there.length,
    ...(isFloat ? { nanCount: there.length - ordered.length } : {}),
    ...(ordered.length > 0 && !entries.isRepeated ? { min: ordered[0]!, max: ordered.at(-1)! } : {}),
    isRepeated: entries.isRepeated,
  };
}

function compare(a: CellValue, b: CellValue): number {
  if (a instanceof Uint8Array && b instanceof Uint8Array) return Buffer.compare(a, b);
  if (a === 0 && b === 0) return Number(Object.is(b, -0)) - Number(Object.is(a, -0));
  return a! < b! ? -1 : a! > b! ? 1 : 0;
}
