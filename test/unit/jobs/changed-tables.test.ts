// What other engines change of a table between stage and commit: its partition spec, its columns, its sort order. What was staged before is written
// again as the table is now, every row once, and readers that prune by partition find it.
import { describe, expect, it } from 'vitest';
import { readRow } from '../../../src/column-cells.ts';
import { layoutOf } from '../../../src/columns.ts';
import { currentSchema } from '../../../src/iceberg/evolve.ts';
import { planScan } from '../../../src/iceberg/scan.ts';
import type { TableMetadata } from '../../../src/iceberg/types.ts';
import { updatePartition } from '../../../src/iceberg/update-partition.ts';
import { updateSchema } from '../../../src/iceberg/update-schema.ts';
import { readColumns } from '../../../src/parquet/read.ts';
import { metadataOf } from '../../support/memory/applying.ts';
import {
  audit,
  changeMetadata,
  GAME_QUARANTINE,
  GAME_TABLE,
  type Lab,
  makeLab,
  rowsOf as quarantineOf,
  records,
} from '../../support/memory/index.ts';

const CHANGES: Readonly<Record<string, (metadata: TableMetadata) => TableMetadata>> = {
  'a partition field more': (metadata) => updatePartition(metadata, [{ kind: 'add', column: 'kind', transform: 'identity' }]),
  'another partition field': (metadata) =>
    updatePartition(metadata, [
      { kind: 'remove', name: metadata['partition-specs'][0]!.fields[0]!.name },
      { kind: 'add', column: 'kind', transform: 'identity' },
    ]),
  'no partitions': (metadata) => updatePartition(metadata, [{ kind: 'remove', name: metadata['partition-specs'][0]!.fields[0]!.name }]),
  'a partition field renamed': (metadata) =>
    updatePartition(metadata, [{ kind: 'rename', name: metadata['partition-specs'][0]!.fields[0]!.name, to: 'at' }]),
  'another spec, and the old one again': (metadata) => {
    const more = updatePartition(metadata, [{ kind: 'add', column: 'kind', transform: 'identity' }]);
    return updatePartition(more, [{ kind: 'remove', name: 'kind' }]);
  },
  'a column less': (metadata) => updateSchema(metadata, [{ kind: 'drop', column: 'kind' }]),
  'a column renamed': (metadata) => updateSchema(metadata, [{ kind: 'rename', column: 'kind', name: 'sort' }]),
};

/** Live rows as `offset kind`, each in a file of the default spec whose partition has its kind where it is partitioned by it. */
async function rowsOf(lab: Lab): Promise<string[]> {
  const metadata = await metadataOf(lab);
  const schema = currentSchema(metadata);
  const layout = layoutOf(schema);
  const spec = metadata['partition-specs'].find((one) => one['spec-id'] === metadata['default-spec-id'])!;
  const at = (name: string) => schema.fields.findIndex((field) => field.name === name);
  const byKind = spec.fields.findIndex(({ name }) => name === 'kind');
  const rows: string[] = [];
  for (const { file } of await planScan({ metadata, files: lab.ports.files })) {
    const columns = await readColumns((await lab.ports.files.read(file.filePath))!, schema);
    if (file.specId === spec['spec-id']) expect(file.partition).toHaveLength(spec.fields.length);
    for (let row = 0; row < columns.rows; row++) {
      const cells = readRow(columns, layout, row);
      const kind = cells[at('kind')] ?? cells[at('sort')];
      if (byKind >= 0 && file.specId === spec['spec-id']) expect(file.partition[byKind]).toBe(kind);
      rows.push(`${cells[at('kafka_offset')]} ${kind ?? ''}`.trim());
    }
  }
  return rows.sort();
}

describe('promises 2 and 6: a table that another engine changed between stage and commit', () => {
  it.each(Object.entries(CHANGES))('%s: what was staged before comes as the table is now, each row once', async (name, change) => {
    const lab = makeLab();
    await lab.land(records('ab'));
    await lab.commit();
    await lab.land(records('abaxb', { offset: 2 }));
    const before = await metadataOf(lab);
    await changeMetadata(lab.ports, GAME_TABLE, change);
    const changed = await metadataOf(lab);
    const isAnother = (key: 'default-spec-id' | 'current-schema-id') => changed[key] !== before[key];
    const result = await lab.commit();
    expect(result.parked).toEqual([]);
    const { rewrittenFiles } = result.tables.find(({ table }) => table === GAME_TABLE)!;
    expect(rewrittenFiles > 0).toBe(isAnother('default-spec-id') || isAnother('current-schema-id'));
    const kinds = name === 'a column less' ? ['', '', '', '', '', ''] : ['a', 'b', 'a', 'b', 'a', 'b'];
    expect(await rowsOf(lab)).toEqual([0, 1, 2, 3, 4, 6].map((offset, i) => `${offset} ${kinds[i]}`.trim()));
    const live = await planScan({ metadata: await metadataOf(lab), files: lab.ports.files });
    expect(live.map(({ file }) => file.specId)).toContain(changed['default-spec-id']);
    expect(await audit(lab.ports)).toMatchObject({ clean: true, parked: [] });
  });

  it.each(['kafka_offset', 'source_id', 'kafka_partition', 'kafka_timestamp'])(
    'without %s nobody could tell its rows apart: it parks, its quarantine goes on',
    async (column) => {
      const lab = makeLab();
      await lab.land(records('ab'));
      await lab.commit();
      await lab.land(records('ax', { offset: 2 }));
      await changeMetadata(lab.ports, GAME_TABLE, (metadata) => updateSchema(metadata, [{ kind: 'drop', column }]));
      expect((await lab.commit()).parked).toMatchObject([{ table: GAME_TABLE, reason: 'file-unreadable' }]);
      expect(await quarantineOf(lab.ports, GAME_QUARANTINE)).toEqual(['0:3:']);
    },
  );
});
