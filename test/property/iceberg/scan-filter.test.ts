// Scan planning against rows: no file with a matching row is left out, what the residual leaves open is exactly what the partition does
// not settle, and a strict yes is true of every row. Statistics come from the real writer, partition values from the real transforms,
// truth from an oracle that knows neither.
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { buildColumns } from '../../../src/column-cells.ts';
import type { CellValue, NestedField, PrimitiveType, StructType } from '../../../src/contract/types.ts';
import { currentSchema } from '../../../src/iceberg/evolve.ts';
import { withPartition } from '../../../src/iceberg/evolve-spec.ts';
import { bindExpression } from '../../../src/iceberg/expressions/bind.ts';
import { matchesRow } from '../../../src/iceberg/expressions/evaluate.ts';
import type { Expression } from '../../../src/iceberg/expressions/types.ts';
import { metricsOf } from '../../../src/iceberg/metrics.ts';
import { planFiles } from '../../../src/iceberg/scan.ts';
import { prunerOf } from '../../../src/iceberg/scan-pruner.ts';
import { partitionKey } from '../../../src/iceberg/snapshot-summary.ts';
import { bindTransform, canTransform, parseTransform } from '../../../src/iceberg/transforms.ts';
import type { DataFile } from '../../../src/iceberg/types.ts';
import { encodeParquet } from '../../../src/parquet/encode.ts';
import { cellArbitrary, TYPES } from '../../support/iceberg/cells.ts';
import { rowMatches } from '../../support/iceberg/filter-oracle.ts';
import { filterArbitrary } from '../../support/iceberg/filters.ts';
import { append, createTable, dataFile } from '../../support/iceberg/tables.ts';

const TRANSFORMS = ['identity', 'void', 'bucket[3]', 'truncate[1]', 'truncate[4]', 'truncate[10]', 'year', 'month', 'day', 'hour'];

interface Sample {
  readonly struct: StructType;
  readonly transforms: readonly string[];
  readonly later: readonly string[];
  readonly rows: readonly (readonly CellValue[])[];
  readonly properties: Readonly<Record<string, string>>;
  readonly filters: readonly Expression[];
}

const samples: fc.Arbitrary<Sample> = fc.array(fc.constantFrom(...TYPES), { minLength: 1, maxLength: 3 }).chain((types) => {
  const fields = types.map((type, i): NestedField => ({ id: i + 1, name: `c${i}`, required: false, type }));
  const transforms = () => fc.tuple(...types.map(transformArbitrary));
  const rows = fc.array(fc.tuple(...types.map((type) => fc.option(cellArbitrary(type), { nil: null, freq: 5 }))), {
    minLength: 1,
    maxLength: 24,
  });
  const mode = fc.constantFrom('full', 'truncate(2)', 'counts', 'none', 'truncate(16)');
  return fc.tuple(transforms(), transforms(), rows, mode).chain(([first, later, cells, metrics]) =>
    fc
      .array(
        filterArbitrary(fields, (field) => cells.map((row) => row[field.id - 1] ?? null)),
        { minLength: 6, maxLength: 6 },
      )
      .map((filters) => ({
        struct: { type: 'struct' as const, fields },
        transforms: first,
        later,
        rows: cells,
        properties: { 'write.metadata.metrics.default': metrics },
        filters,
      })),
  );
});

function transformArbitrary(type: PrimitiveType): fc.Arbitrary<string> {
  return fc.constantFrom('', ...TRANSFORMS.filter((text) => canTransform(parseTransform(text), type)));
}

function plansOf(struct: StructType, transforms: readonly string[]) {
  return transforms.flatMap((transform, i) =>
    transform === '' ? [] : [{ column: struct.fields[i]!.name, transform, name: `p_${transform.replace(/\W/g, '')}_${i}` }],
  );
}

/** Rows of a file under its path. */
type Contents = Map<string, readonly (readonly CellValue[])[]>;

/** Half of the rows under the first spec, half under the later one; one file per partition and snapshot. */
async function writeTable(sample: Sample) {
  const table = await createTable({
    struct: sample.struct,
    partition: plansOf(sample.struct, sample.transforms),
    properties: sample.properties,
  });
  const contents: Contents = new Map();
  const half = Math.ceil(sample.rows.length / 2);
  await append(table, filesOf(table.metadata, sample.rows.slice(0, half), contents));
  table.metadata = withPartition(table.metadata, currentSchema(table.metadata), plansOf(sample.struct, sample.later));
  await append(table, filesOf(table.metadata, sample.rows.slice(half), contents));
  return { table, contents };
}

function filesOf(metadata: Parameters<typeof planFiles>[0]['metadata'], rows: Sample['rows'], contents: Contents): DataFile[] {
  const spec = metadata['partition-specs'].find((one) => one['spec-id'] === metadata['default-spec-id'])!;
  const schema = currentSchema(metadata);
  const apply = spec.fields.map((field) => {
    const at = schema.fields.findIndex((one) => one.id === field['source-id']);
    const transform = bindTransform(parseTransform(field.transform), schema.fields[at]!.type);
    return (row: readonly CellValue[]) => transform(row[at] ?? null);
  });
  const groups = new Map<string, { readonly partition: readonly CellValue[]; readonly rows: (readonly CellValue[])[] }>();
  for (const row of rows) {
    const partition = apply.map((one) => one(row));
    const key = partitionKey({ specId: 0, partition });
    const group = groups.get(key) ?? { partition, rows: [] };
    group.rows.push(row);
    groups.set(key, group);
  }
  return [...groups.values()].map((group) => {
    const encoded = encodeParquet({ schema, columns: buildColumns(schema, group.rows) });
    const metrics = metricsOf({ stats: encoded.stats, schema, properties: metadata.properties });
    const file = dataFile({ specId: spec['spec-id'], partition: group.partition, recordCount: group.rows.length, ...metrics });
    contents.set(file.filePath, group.rows);
    return file;
  });
}

describe('planning a scan', () => {
  const tally = { files: 0, planned: 0, needed: 0 };

  test('leaves out no file with a matching row, whatever table and filter; the residual and the strict answer are true of every row', async () => {
    await fc.assert(
      fc.asyncProperty(samples, async (sample) => {
        const { table, contents } = await writeTable(sample);
        for (const filter of sample.filters) await checkFilter(table, contents, { sample, filter });
      }),
      { numRuns: 120 },
    );
  });

  async function checkFilter(
    table: Awaited<ReturnType<typeof createTable>>,
    contents: Contents,
    { sample, filter }: { readonly sample: Sample; readonly filter: Expression },
  ) {
    const row = (cells: readonly CellValue[]) => Object.fromEntries(sample.struct.fields.map((field, i) => [field.name, cells[i] ?? null]));
    const plan = await planFiles({ metadata: table.metadata, files: table.files, filter });
    const bound = bindExpression(filter, currentSchema(table.metadata));
    const pruner = prunerOf(table.metadata, { filter });
    const all = await planFiles({ metadata: table.metadata, files: table.files });
    const planned = new Map(plan.tasks.map((task) => [task.file.filePath, task]));
    tally.files += all.tasks.length;
    tally.planned += plan.tasks.length;
    for (const { file } of all.tasks) {
      const rows = contents.get(file.filePath)!;
      const cellOf = (cells: readonly CellValue[]) => (field: { readonly id: number }) => cells[field.id - 1] ?? null;
      const matching = rows.filter((cells) => rowMatches(filter, row(cells)));
      expect(rows.filter((cells) => matchesRow(bound, cellOf(cells)))).toEqual(matching);
      if (matching.length > 0) {
        tally.needed += 1;
        expect(planned.has(file.filePath), 'a file with matching rows is planned').toBe(true);
      }
      const task = planned.get(file.filePath);
      if (task) expect(rows.filter((cells) => matchesRow(task.residual, cellOf(cells)))).toEqual(matching);
      if (pruner.mustHoldFile(file)) expect(matching).toHaveLength(rows.length);
    }
  }

  test('really prunes: most files without a matching row are left out', () => {
    const useless = tally.files - tally.needed;
    expect(tally.needed).toBeGreaterThan(300);
    expect((tally.files - tally.planned) / useless).toBeGreaterThan(0.6);
  });
});
