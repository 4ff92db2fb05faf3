// Tables of other writers, read whole by Firn: every schema, snapshot, row and delete is what the reference implementation found. Each
// archive under test/golden/data/tables is a case; `node test/interop/golden.ts` makes them anew.
import { readdirSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { readCell } from '../../../src/column-cells.ts';
import { currentSchema } from '../../../src/iceberg/evolve.ts';
import { parseMetadata } from '../../../src/iceberg/metadata-json.ts';
import { planScan } from '../../../src/iceberg/scan.ts';
import { newDeletesReader } from '../../../src/jobs/read-deletes.ts';
import { readTask } from '../../../src/jobs/read-task.ts';
import { ColumnHash } from '../../support/golden/canonical-text.ts';
import { type ArchivedTable, archiveStore, readArchive } from '../../support/golden/table-archive.ts';

const DATA = new URL('../data/tables/', import.meta.url);
const names = readdirSync(DATA).filter((name) => name.endsWith('.ndjson.zst'));

/** What Firn finds, in the form of the archive's expectation. */
async function readTable(table: ArchivedTable): Promise<ArchivedTable['expected']> {
  const files = archiveStore(table);
  const metadata = parseMetadata((await files.read(table.metadataLocation))!);
  const schema = currentSchema(metadata);
  const hashes = schema.fields.map((field) => new ColumnHash(field.type));
  const deletes = newDeletesReader(files, metadata);
  const tasks = await planScan({ metadata, files });
  let rows = 0;
  for (const task of tasks) {
    const read = await readTask({ files, metadata, task, struct: schema, schema, deletes });
    rows += read.rows.length;
    for (const row of read.rows) {
      for (const [i, slot] of read.layout.top.entries()) hashes[i]!.add(readCell(read.columns, read.layout, { slot, row }));
    }
  }
  const columns = schema.fields.map((field, i) => ({
    id: field.id,
    name: field.name,
    type: typeText(field.type),
    required: field.required,
    nulls: hashes[i]!.nulls,
    hash: hashes[i]!.hex,
  }));
  return { rows, snapshots: metadata.snapshots.length, files: tasks.length, columns };
}

/** A type as iceberg-java prints it, without blanks after commas. */
function typeText(type: unknown): string {
  if (typeof type === 'string') return type.replace(', ', ',');
  const nested = type as Readonly<Record<string, never>> & {
    readonly type: string;
    readonly fields: readonly { id: number; name: string; required: boolean; type: unknown }[];
  };
  if (nested.type === 'list') return `list<${typeText(nested['element'])}>`;
  if (nested.type === 'map') return `map<${typeText(nested['key'])},${typeText(nested['value'])}>`;
  const fields = nested.fields.map(
    (field) => `${field.id}: ${field.name}: ${field.required ? 'required' : 'optional'} ${typeText(field.type)}`,
  );
  return `struct<${fields.join(',')}>`;
}

describe('tables written by others', () => {
  for (const name of names) {
    it(`${name} has the schema, snapshots and rows that the reference implementation reads`, async () => {
      const table = readArchive(new URL(name, DATA));
      expect(await readTable(table)).toEqual(table.expected);
    });
  }

  it('have rows deleted by positions, vectors and equality', () => {
    const metadata = names
      .map((name) => readArchive(new URL(name, DATA)))
      .map((table) => parseMetadata(table.objects.get(table.metadataLocation)!));
    const summaries = metadata.flatMap((one) => one.snapshots.map((snapshot) => snapshot.summary));
    for (const key of ['added-position-deletes', 'added-equality-deletes', 'added-dvs'])
      expect(summaries.filter((summary) => summary[key] !== undefined)).not.toEqual([]);
    for (const writer of ['java', 'pyiceberg', 'spark']) expect(names.some((name) => name.startsWith(`${writer}-`))).toBe(true);
  });

  it('have, where Spark evolved the partition spec, live files of three specs and position deletes that reach more than one of them', async () => {
    const table = readArchive(new URL('spark-s_evolve.ndjson.zst', DATA));
    const metadata = parseMetadata(table.objects.get(table.metadataLocation)!);
    const tasks = await planScan({ metadata, files: archiveStore(table) });
    const specsOf = (chosen: typeof tasks) => new Set(chosen.map(({ file }) => file.specId)).size;
    expect(specsOf(tasks)).toBe(3);
    expect(specsOf(tasks.filter(({ deletes }) => deletes.length > 0))).toBeGreaterThan(1);
  });
});
