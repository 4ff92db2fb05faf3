// Rows that a redrive leaves in the quarantine are written again, and stay the same rows: in version 3 with their ids and the number of
// their last change, however often they move; a file of before version 3 has none to keep.
import { describe, expect, it } from 'vitest';
import { readRow } from '../../../src/column-cells.ts';
import { layoutOf } from '../../../src/columns.ts';
import { LIMITS } from '../../../src/contract/limits.ts';
import type { StructType } from '../../../src/contract/types.ts';
import { runCommit } from '../../../src/iceberg/commit-loop.ts';
import { identifierOf, loadTable } from '../../../src/iceberg/load-table.ts';
import { planScan } from '../../../src/iceberg/scan.ts';
import { prepareUpdate, upgradeFormat } from '../../../src/iceberg/table-updates.ts';
import { startDeadline } from '../../../src/jobs/deadline.ts';
import { ensureTables } from '../../../src/jobs/ensure-tables.ts';
import { redrive } from '../../../src/jobs/redrive.ts';
import { readColumns } from '../../../src/parquet/read.ts';
import { createJudge } from '../../../src/pipeline/judge.ts';
import { audit, GAME_QUARANTINE, gameContract, type Lab, makeLab, records } from '../../support/memory/index.ts';

const ROW_ID = 2_147_483_540;
const LAST_UPDATED = 2_147_483_539;

interface Lineage {
  readonly rowId: bigint | undefined;
  readonly lastUpdated: bigint;
}

/** Lineage of the quarantine's rows by offset, as the specification tells a reader to work it out. */
async function lineageOf(lab: Lab): Promise<ReadonlyMap<string, Lineage>> {
  const { metadata } = (await loadTable(lab.ports, identifierOf(GAME_QUARANTINE)))!;
  const schema = metadata.schemas.find((one) => one['schema-id'] === metadata['current-schema-id'])!;
  const offset = schema.fields.find((field) => field.name === 'kafka_offset')!;
  const struct: StructType = {
    type: 'struct',
    fields: [
      offset,
      { id: ROW_ID, name: 'a', required: false, type: 'long' },
      { id: LAST_UPDATED, name: 'b', required: false, type: 'long' },
    ],
  };
  const all = new Map<string, Lineage>();
  for (const { file, sequenceNumber } of await planScan({ metadata, files: lab.ports.files })) {
    const columns = await readColumns((await lab.ports.files.read(file.filePath))!, struct);
    for (let row = 0; row < columns.rows; row++) {
      const [at, rowId, lastUpdated] = readRow(columns, layoutOf(struct), row) as [bigint, bigint | null, bigint | null];
      const inherited = file.firstRowId === undefined ? undefined : BigInt(file.firstRowId + row);
      all.set(String(at), { rowId: rowId ?? inherited, lastUpdated: lastUpdated ?? BigInt(sequenceNumber) });
    }
  }
  return all;
}

async function upgraded(lab: Lab): Promise<void> {
  await runCommit({
    ports: lab.ports,
    identifier: identifierOf(GAME_QUARANTINE),
    what: 'upgrade',
    prepare: (base) => prepareUpdate(base, (metadata) => upgradeFormat(metadata, 3)),
    pause: async () => {},
  });
}

/** Version 2 of the contract accepts c and rejects x. */
async function redriven(lab: Lab, toMs?: number): Promise<void> {
  const contract = gameContract(2);
  const result = await redrive({
    ports: lab.ports,
    contract,
    resolved: await ensureTables({ ports: lab.ports, contract }),
    judge: createJudge(contract),
    deadline: startDeadline(lab.ports.clock, LIMITS.commitDeadlineMs),
    filter: toMs === undefined ? {} : { toMs },
    isPlan: false,
  });
  expect(result.accepted).toBe(1);
  await lab.commit();
}

describe('row lineage', () => {
  it('stays with rows that are written again, once and once more', async () => {
    const lab = makeLab();
    await lab.land(records('x'));
    await lab.commit();
    await upgraded(lab);
    await lab.land(records('cxcx', { offset: 1 }));
    await lab.commit();
    await lab.land(records('x', { offset: 5 }));
    await lab.commit();
    const before = await lineageOf(lab);
    expect(new Set([...before.values()].map(({ rowId }) => rowId)).size).toBe(6);
    expect(new Set([...before.values()].map(({ lastUpdated }) => lastUpdated)).size).toBe(3);
    const left = (offsets: readonly string[]) => new Map(offsets.map((offset) => [offset, before.get(offset)!]));
    await redriven(lab, records('c', { offset: 2 })[0]!.timestampMs);
    expect(await lineageOf(lab)).toEqual(left(['0', '2', '3', '4', '5']));
    await redriven(lab);
    expect(await lineageOf(lab)).toEqual(left(['0', '2', '4', '5']));
    expect(await audit(lab.ports)).toMatchObject({ clean: true, parked: [] });
  });

  it('is none for rows of before version 3, which take theirs with the file they move to', async () => {
    const lab = makeLab();
    await lab.land(records('xcx'));
    await lab.commit();
    await upgraded(lab);
    expect([...(await lineageOf(lab)).values()].map(({ rowId }) => rowId)).toEqual([undefined, undefined, undefined]);
    await redriven(lab);
    const { metadata } = (await loadTable(lab.ports, identifierOf(GAME_QUARANTINE)))!;
    const after = [...(await lineageOf(lab)).values()];
    expect(after.map(({ rowId }) => rowId)).toEqual([0n, 1n]);
    expect(after.every(({ lastUpdated }) => lastUpdated === BigInt(metadata['last-sequence-number']))).toBe(true);
  });

  it('adds no columns to files of version 2', async () => {
    const lab = makeLab();
    await lab.land(records('cx'));
    await lab.commit();
    await redriven(lab);
    const { metadata } = (await loadTable(lab.ports, identifierOf(GAME_QUARANTINE)))!;
    const [task] = await planScan({ metadata, files: lab.ports.files });
    expect([...task!.file.columnSizes!.keys()].filter((id) => id >= LAST_UPDATED)).toEqual([]);
  });
});
