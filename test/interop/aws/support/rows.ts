// The rows of a table as another process would read them: pointer, metadata, scan, Parquet. Columns of the landing itself that
// differ between two landings of the same records (`ingested_at`, `quarantined_at`) are left out.

import { readRow } from '../../../../src/column-cells.ts';
import { layoutOf } from '../../../../src/columns.ts';
import type { TableIdentifier } from '../../../../src/contract/compiled.ts';
import { parseMetadata } from '../../../../src/iceberg/metadata-json.ts';
import { planScan } from '../../../../src/iceberg/scan.ts';
import { readColumns } from '../../../../src/parquet/read.ts';
import type { Ports } from '../../../../src/ports.ts';

const OWN_TIME = new Set(['ingested_at', 'quarantined_at']);

/** Sorted texts, one a row: `column=value` of every column that is there. */
export async function tableRows(ports: Pick<Ports, 'catalog' | 'files'>, identifier: TableIdentifier): Promise<string[]> {
  const pointer = await ports.catalog.load(identifier);
  if (pointer === undefined) throw new Error(`there is no table ${identifier.namespace}.${identifier.name}`);
  const metadata = parseMetadata((await ports.files.read(pointer.metadataLocation))!);
  const schema = metadata.schemas.find((one) => one['schema-id'] === metadata['current-schema-id'])!;
  const layout = layoutOf(schema);
  const rows: string[] = [];
  for (const task of await planScan({ metadata, files: ports.files })) {
    if (task.deletes.length > 0) throw new Error('this reader applies no deletes');
    const set = await readColumns((await ports.files.read(task.file.filePath))!, schema);
    for (let row = 0; row < set.rows; row++) {
      const cells = readRow(set, layout, row);
      const shown = schema.fields.flatMap((field, i) => (OWN_TIME.has(field.name) ? [] : [`${field.name}=${text(cells[i])}`]));
      rows.push(shown.join(' '));
    }
  }
  return rows.sort();
}

function text(cell: unknown): string {
  return JSON.stringify(cell, (_key, value) =>
    typeof value === 'bigint' ? String(value) : value instanceof Uint8Array ? Buffer.from(value).toString('base64') : value,
  );
}
