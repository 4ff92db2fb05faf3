// Rows of the table as evidence where another engine has written its files again without field ids: the table's name mapping says
// which column is which. Without one such a file tells nothing, and the source stops.
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DuckDBInstance } from '@duckdb/node-api';
import { afterAll, describe, expect, it } from 'vitest';
import { contractPaths } from '../../../src/contract/names.ts';
import { currentSchema } from '../../../src/iceberg/evolve.ts';
import { formatNameMapping, nameMappingOf } from '../../../src/iceberg/name-mapping.ts';
import { encodeCheckpoint } from '../../../src/ledger/checkpoint-codec.ts';
import { markApplied } from '../../../src/ledger/state.ts';
import { readFooter } from '../../../src/parquet/read-footer.ts';
import { changeMetadata, GAME_SOURCE, GAME_TABLE, type Lab, ledgerOf, makeLab, records } from '../../support/memory/index.ts';

const folder = mkdtempSync(join(tmpdir(), 'firn-evidence-'));
afterAll(() => rmSync(folder, { recursive: true }));

/** The same rows by an engine that knows no field ids. */
async function writeAgain(lab: Lab): Promise<void> {
  const connection = await (await DuckDBInstance.create()).connect();
  for (const uri of lab.world.urisUnder(`${lab.ports.root}/game/events/data/`)) {
    const [from, to] = [join(folder, 'from.parquet'), join(folder, 'to.parquet')];
    writeFileSync(from, lab.world.objects.get(uri)!.bytes);
    await connection.run(`COPY (SELECT * FROM '${from}') TO '${to}' (FORMAT parquet)`);
    const bytes = readFileSync(to);
    expect(readFooter(bytes).leaves.every(({ element }) => element.field_id === undefined)).toBe(true);
    lab.world.objects.set(uri, { bytes, lastModifiedMs: 0 });
  }
  connection.closeSync();
}

/** What the entry holds is in a checkpoint and applied, so the rows of the table alone can tell. */
async function forgetEntry(lab: Lab): Promise<void> {
  const { state } = await ledgerOf(lab.ports);
  for (const table of state.tables.values()) markApplied(table, state.n);
  lab.world.putIfAbsent(contractPaths(lab.ports.root, 'game.events').checkpoint(state.n), encodeCheckpoint(state));
}

async function landedAgain(isMapped: boolean): Promise<Awaited<ReturnType<Lab['commit']>>> {
  const lab = makeLab();
  await lab.land(records('aaaaaa'));
  await lab.commit();
  if (isMapped) {
    await changeMetadata(lab.ports, GAME_TABLE, (metadata) => {
      const mapping = formatNameMapping(nameMappingOf(currentSchema(metadata)));
      return { ...metadata, properties: { ...metadata.properties, 'schema.name-mapping.default': mapping } };
    });
  }
  await writeAgain(lab);
  await forgetEntry(lab);
  await lab.land(records('aaa', { offset: 1 }));
  return lab.commit();
}

describe('evidence in files without field ids', () => {
  it('is read by the name mapping of the table: a delivery that was there is covered', async () => {
    expect(await landedAgain(true)).toMatchObject({ descriptorsCovered: 1, parked: [] });
  });

  it('is none without a name mapping', async () => {
    expect((await landedAgain(false)).parked).toMatchObject([{ sourceId: GAME_SOURCE, reason: 'nothing-to-compare' }]);
  });
});
