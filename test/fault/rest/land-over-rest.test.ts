// Landing and committing through a REST catalog, while requests of every kind fail before or after they were carried out: promise 2
// (once) and promise 3 (an unknown outcome deletes nothing) hold whoever writes the metadata files.
import { describe, expect, test } from 'vitest';
import { LIMITS } from '../../../src/contract/limits.ts';
import { APPLIED_TAG, PROPERTY } from '../../../src/contract/names.ts';
import { FirnError } from '../../../src/errors.ts';
import { currentSchema } from '../../../src/iceberg/evolve.ts';
import { parseFieldIds } from '../../../src/iceberg/field-ids.ts';
import { identifierOf, loadTable } from '../../../src/iceberg/load-table.ts';
import { commitContract } from '../../../src/jobs/commit-contract.ts';
import { startDeadline } from '../../../src/jobs/deadline.ts';
import { landBatch } from '../../../src/jobs/land-batch.ts';
import type { Ports } from '../../../src/ports.ts';
import { anonymous } from '../../../src/rest/authorisers.ts';
import { makeRestCatalog } from '../../../src/rest/rest-catalog.ts';
import { type GameRecord, gameContract, gameRecords } from '../../support/memory/game.ts';
import { audit, GAME_TABLE, makeMemoryPorts, rowsOf, rowText } from '../../support/memory/index.ts';
import { type HttpFault, type RestServer, type RestServerOptions, startRestServer } from '../../support/rest/server.ts';

const RECORDS: readonly GameRecord[] = Array.from({ length: 12 }, (_, n) => ({
  partition: n % 2,
  offset: Math.floor(n / 2),
  kind: n % 5 === 4 ? ('x' as const) : ('a' as const),
  id: `r${n}`,
  timestampMs: Date.UTC(2026, 0, 1) + n * 1000,
}));
const ACCEPTED = RECORDS.filter((record) => record.kind === 'a')
  .map((record) => rowText(record))
  .sort();

async function withRest(
  options: RestServerOptions,
  run: (given: { readonly ports: Ports; readonly server: RestServer }) => Promise<void>,
): Promise<void> {
  const memory = makeMemoryPorts();
  const server = await startRestServer({ files: memory.ports.files, ...options });
  try {
    const catalog = makeRestCatalog({ uri: server.uri, authoriser: anonymous, clock: memory.ports.clock, ids: memory.ports.ids });
    await run({ ports: { ...memory.ports, catalog }, server });
  } finally {
    await server.close();
  }
}

const land = (ports: Ports, records: readonly GameRecord[], version: 1 | 2 = 1) =>
  landBatch({
    ports,
    contract: gameContract(version),
    records: gameRecords(records),
    deadline: startDeadline(ports.clock, LIMITS.landDeadlineMs),
  });
const commit = (ports: Ports) =>
  commitContract({ ports, contractName: 'game.events', deadline: startDeadline(ports.clock, LIMITS.commitDeadlineMs) });

/** Until it is done without an error; only errors of ours may come, and not for ever. */
async function patiently(step: () => Promise<unknown>): Promise<void> {
  for (let attempt = 0; attempt < 10; attempt++) {
    try {
      await step();
      return;
    } catch (error) {
      if (!(error instanceof FirnError)) throw error;
    }
  }
  throw new Error('not done in ten attempts');
}

describe('promise 2 and 3 over a REST catalog', () => {
  test('what is landed is in the table, in the audit, and no metadata file is written by us', async () => {
    await withRest({}, async ({ ports, server }) => {
      await land(ports, RECORDS);
      await commit(ports);
      expect(await rowsOf(ports, GAME_TABLE)).toEqual(ACCEPTED);
      expect((await audit(ports)).clean).toBe(true);
      const { metadata, pointer } = (await loadTable(ports, identifierOf(GAME_TABLE)))!;
      expect(metadata.refs?.[APPLIED_TAG]?.['snapshot-id']).toBe(metadata['current-snapshot-id']);
      const written: string[] = [];
      for await (const { uri } of ports.files.list(`${metadata.location}/metadata/`)) if (uri.endsWith('.metadata.json')) written.push(uri);
      const known = [...metadata['metadata-log'].map((entry) => entry['metadata-file']), pointer.metadataLocation];
      expect(written.sort()).toEqual(known.sort());
      expect(server.tables.get(GAME_TABLE)?.location).toBe(pointer.metadataLocation);
    });
  });

  test('a catalog that gives ids of its own gets files with its ids, through evolution too', async () => {
    await withRest({ renumbers: true }, async ({ ports }) => {
      await land(ports, RECORDS.slice(0, 6));
      await commit(ports);
      await land(ports, RECORDS.slice(6), 2);
      await commit(ports);
      const { metadata } = (await loadTable(ports, identifierOf(GAME_TABLE)))!;
      const schema = currentSchema(metadata);
      const ids = [...parseFieldIds(metadata.properties[PROPERTY.fieldIds]).values()];
      expect(Math.min(...schema.fields.map((field) => field.id))).toBeGreaterThan(100);
      for (const field of schema.fields) expect(ids).toContain(field.id);
      expect(metadata.schemas.length).toBeGreaterThan(1);
      expect((await rowsOf(ports, GAME_TABLE)).length).toBe(ACCEPTED.length);
      expect((await audit(ports)).clean).toBe(true);
    });
  });

  const FAULTS: readonly HttpFault[] = [
    { kind: 'reset-before' },
    { kind: 'reset-after' },
    { kind: 'answer-after', status: 504 },
    { kind: 'answer-after', status: 409, text: '{"error":{"type":"CommitFailedException","message":"","code":409}}' },
    { kind: 'answer-before', status: 429 },
  ];

  test.each(FAULTS)('each record is in the table once, whichever request meets $kind $status', async (fault) => {
    let requests = 0;
    await withRest({}, async ({ ports, server }) => {
      await land(ports, RECORDS);
      await commit(ports);
      requests = server.heard.length;
    });
    for (let at = 0; at < requests; at++) {
      await withRest({}, async ({ ports, server }) => {
        let count = 0;
        // A conflict on what reads or makes namespaces is no answer a catalog gives.
        const isHit = (method: string, path: string) =>
          !('status' in fault && fault.status === 409) || (method === 'POST' && path.includes('/tables/'));
        server.fault = ({ method, path }) => (count++ === at && isHit(method, path) ? fault : undefined);
        await patiently(() => land(ports, RECORDS));
        await patiently(() => commit(ports));
        server.fault = undefined;
        await patiently(() => commit(ports));
        expect(await rowsOf(ports, GAME_TABLE)).toEqual(ACCEPTED);
        expect((await audit(ports)).clean).toBe(true);
      });
    }
  });
});
