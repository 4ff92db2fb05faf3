// Where landed files go is the table's to say.
import { expect, test } from 'vitest';
import { identifierOf, loadTable } from '../../../src/iceberg/load-table.ts';
import { planScan } from '../../../src/iceberg/scan.ts';
import { audit, changeMetadata, GAME_TABLE, makeLab, records, rowsOf, rowText } from '../../support/memory/index.ts';

test.each([
  ['write.data.path', { 'write.data.path': 's3://bucket/rows/' }, /^s3:\/\/bucket\/rows\/[0-9a-f-]+-\d+\.parquet$/],
  ['the object-store layout', { 'write.object-storage.enabled': 'true' }, /\/data\/[01]{4}\/[01]{4}\/[01]{4}\/[01]{8}[/-].*\.parquet$/],
])('%s of a table is followed by what lands after it was set', async (_name, properties, expected) => {
  const lab = makeLab();
  await lab.land(records('ab'));
  await lab.commit();
  await changeMetadata(lab.ports, GAME_TABLE, (metadata) => ({ ...metadata, properties: { ...metadata.properties, ...properties } }));
  const later = makeLab({ world: lab.world, process: 'later' });
  await later.land(records('aa', { offset: 2 }));
  await later.commit();
  const { metadata } = (await loadTable(later.ports, identifierOf(GAME_TABLE)))!;
  const paths = (await planScan({ metadata, files: later.ports.files })).map((task) => task.file.filePath);
  expect(paths.filter((path) => expected.test(path)).length).toBeGreaterThan(0);
  expect(paths.filter((path) => !expected.test(path)).length).toBeGreaterThan(0);
  expect(await rowsOf(later.ports, GAME_TABLE)).toEqual(
    [...records('ab'), ...records('aa', { offset: 2 })].map((one) => rowText(one)).sort(),
  );
  expect((await audit(later.ports)).clean).toBe(true);
});
