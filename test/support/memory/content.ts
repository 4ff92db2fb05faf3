// Everything a reader sees of a table, as texts that can be compared: all columns of every live row, deletes applied, and in version 3 the
// row's id. Read through the product's scan; what it must be is kept by the test beside it.
import { readRow } from '../../../src/column-cells.ts';
import { layoutOf } from '../../../src/columns.ts';
import { identifierOf, loadTable } from '../../../src/iceberg/load-table.ts';
import { planScan } from '../../../src/iceberg/scan.ts';
import { targetOf } from '../../../src/jobs/materialise-files.ts';
import { newDeletesReader } from '../../../src/jobs/read-deletes.ts';
import { readTask } from '../../../src/jobs/read-task.ts';
import { fillLineage, withLineage } from '../../../src/jobs/row-lineage.ts';
import type { Ports } from '../../../src/ports.ts';

/** Rows as JSON texts, sorted. */
export async function contentOf(ports: Ports, table: string): Promise<string[]> {
  const loaded = await loadTable(ports, identifierOf(table));
  if (!loaded) return [];
  const { metadata } = loaded;
  const { struct: plain } = targetOf(metadata);
  const hasLineage = metadata['format-version'] >= 3;
  const struct = hasLineage ? withLineage(plain) : plain;
  const deletes = newDeletesReader(ports.files, metadata);
  const texts: string[] = [];
  for (const task of await planScan({ metadata, files: ports.files, hasTrueTotals: true })) {
    const { columns, rows } = await readTask({ files: ports.files, metadata, task, struct, schema: plain, deletes });
    const filled = hasLineage ? fillLineage(columns, struct, task) : columns;
    const layout = layoutOf(struct);
    for (const row of rows) texts.push(JSON.stringify(readRow(filled, layout, row), textOf));
  }
  return texts.sort();
}

function textOf(_key: string, value: unknown): unknown {
  if (typeof value === 'bigint') return `${value}n`;
  if (typeof value === 'number' && !Number.isFinite(value)) return String(value);
  return value instanceof Uint8Array ? Buffer.from(value).toString('base64') : value;
}
