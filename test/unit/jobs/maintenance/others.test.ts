// Promises 3 and 7 towards others: what another engine staged, renamed or deleted is not lost, and not taken for a loss, by maintenance.
import { describe, expect, it } from 'vitest';
import { LIMITS } from '../../../../src/contract/limits.ts';
import { identifierOf, loadTable } from '../../../../src/iceberg/load-table.ts';
import { serializeMetadata } from '../../../../src/iceberg/metadata-json.ts';
import { planScan } from '../../../../src/iceberg/scan.ts';
import { startDeadline } from '../../../../src/jobs/deadline.ts';
import { expireTable } from '../../../../src/jobs/maintenance/expire-table.ts';
import { runMaintenance } from '../../../../src/jobs/maintenance/run-maintenance.ts';
import { sweepTable } from '../../../../src/jobs/maintenance/sweep-table.ts';
import { addDeleteFile, audit, changeMetadata, GAME_TABLE, type Lab, makeLab, records } from '../../../support/memory/index.ts';
import { positionDeletes } from '../../../support/memory/position-deletes.ts';

const HOUR_MS = 3_600_000;
const CONTRACT = 'game.events';

const of = (lab: Lab) => ({
  ports: lab.ports,
  contractName: CONTRACT,
  table: GAME_TABLE,
  deadline: startDeadline(lab.ports.clock, LIMITS.maintainDeadlineMs),
});

async function landed(batches: readonly string[]): Promise<Lab> {
  const lab = makeLab();
  let offset = 0;
  for (const kinds of batches) {
    await lab.land(records(kinds, { offset }));
    await lab.commit();
    offset += kinds.length;
  }
  return lab;
}

describe('maintenance and other engines', () => {
  it('keeps a snapshot that somebody staged and has not published yet for as long as Iceberg does by default', async () => {
    const lab = await landed(['a', 'b']);
    const stagedId = 7_777n;
    await changeMetadata(lab.ports, GAME_TABLE, (metadata) => ({
      ...metadata,
      snapshots: [
        ...metadata.snapshots,
        { ...metadata.snapshots[0]!, 'snapshot-id': stagedId, summary: { operation: 'append', 'wap.id': 'nightly' } },
      ],
    }));
    const isKept = async () =>
      (await loadTable(lab.ports, identifierOf(GAME_TABLE)))!.metadata.snapshots.some((one) => one['snapshot-id'] === stagedId);
    lab.world.advance(3 * HOUR_MS);
    expect((await expireTable(of(lab))).snapshotsExpired).toBeGreaterThan(0);
    expect(await isKept()).toBe(true);
    lab.world.advance(5 * 24 * HOUR_MS);
    await expireTable(of(lab));
    expect(await isKept()).toBe(false);
  });

  it.each(['old', 'in use'])('sweeps no folder that another table lives in, too, such as one that was renamed (%s)', async (state) => {
    const lab = await landed(['a', 'b']);
    const { metadata } = (await loadTable(lab.ports, identifierOf(GAME_TABLE)))!;
    const folder = `${lab.ports.root}/game/events`;
    await lab.ports.files.create(`${folder}/data/of-the-renamed.parquet`, Buffer.from('rows'));
    const bytes = serializeMetadata({ ...metadata, 'table-uuid': '11111111-2222-4333-8444-555555555555' });
    const write = () => lab.ports.files.create(`${folder}/metadata/00009-renamed.metadata.json`, bytes);
    if (state === 'old') await write();
    lab.world.advance(48 * HOUR_MS);
    if (state === 'in use') await write();
    expect(await sweepTable(of(lab))).toMatchObject({ deleted: 0, leftAlone: expect.stringContaining('another table') });
    expect(await lab.ports.files.stat(`${folder}/data/of-the-renamed.parquet`)).toBeDefined();
  });

  it('is no reason for an audit to miss rows that others had deleted', async () => {
    const lab = await landed(['aaa', 'bb']);
    const { metadata } = (await loadTable(lab.ports, identifierOf(GAME_TABLE)))!;
    const first = (await planScan({ metadata, files: lab.ports.files })).find(({ file }) => file.recordCount === 3)!;
    const deletes = await positionDeletes(lab.ports, { table: GAME_TABLE, file: first.file, positions: [0, 2] });
    await addDeleteFile(lab.ports, GAME_TABLE, deletes);
    const { tables } = await audit(lab.ports);
    expect(tables[0]).toMatchObject({ missing: { count: 0 }, removedByOthers: { count: 2 } });
    const { groups } = await runMaintenance({ ports: lab.ports, contractName: CONTRACT, options: { isEager: true } });
    expect(groups).toMatchObject([{ kind: 'compacted', rowsDeleted: 2 }]);
    const removed = {
      missing: { count: 0 },
      removedByOthers: {
        count: 2,
        ranges: [
          {
            ranges: [
              [0, 1],
              [2, 3],
            ],
          },
        ],
      },
    };
    expect((await audit(lab.ports)).tables[0]).toMatchObject(removed);
    // Nor when nothing but the rows that are left is there any more.
    for (let days = 0; days < 7; days++) {
      lab.world.advance(24 * HOUR_MS);
      await expireTable(of(lab));
      await sweepTable(of(lab));
    }
    expect((await loadTable(lab.ports, identifierOf(GAME_TABLE)))!.metadata.snapshots).toHaveLength(1);
    expect(await audit(lab.ports)).toMatchObject({ clean: true, tables: [removed] });
  });
});
