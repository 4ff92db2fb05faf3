// A writer of a later version of the format: it commits metadata with fields that nobody here knows, at every level.
import { randomUUID } from 'node:crypto';
import { readFileSync, writeFileSync } from 'node:fs';
import { DatabaseSync } from 'node:sqlite';
import { fileURLToPath } from 'node:url';
import { parseExact, stringifyExact } from '../../../src/iceberg/json-exact.ts';

type Json = Record<string, unknown>;

/** Swaps in a metadata file like the present one but for the fields. */
export async function plantUnknownFields(warehouse: string, table: string): Promise<void> {
  const database = new DatabaseSync(`${warehouse}/catalog.db`, { timeout: 20_000 });
  try {
    const [namespace, name] = table.split('.');
    const where = 'WHERE catalog_name = ? AND table_namespace = ? AND table_name = ?';
    const row = database.prepare(`SELECT metadata_location AS at FROM iceberg_tables ${where}`).get('firn', namespace!, name!);
    const at = String(row?.['at']).replace(/^(file:\/*)?\//, 'file:///');
    const metadata = parseExact(readFileSync(fileURLToPath(at), 'utf8')) as Json;
    const planted = {
      ...metadata,
      'x-later': { kept: [1, 'two', 9007199254740993n] },
      snapshots: list(metadata, 'snapshots').map((snapshot) => ({ ...snapshot, 'x-later': 'snapshot' })),
      refs: Object.fromEntries(
        Object.entries(metadata['refs'] as Record<string, Json>).map(([key, ref]) => [key, { ...ref, 'x-later': key }]),
      ),
    };
    const to = at.replace(/[^/]*$/, `99999-${randomUUID()}.metadata.json`);
    writeFileSync(fileURLToPath(to), stringifyExact(planted));
    const set = `UPDATE iceberg_tables SET metadata_location = ?, previous_metadata_location = metadata_location ${where}`;
    database.prepare(set).run(to, 'firn', namespace!, name!);
  } finally {
    database.close();
  }
}

function list(metadata: Json, name: string): Json[] {
  return (metadata[name] ?? []) as Json[];
}
