// Whoever makes or evolves a table may sleep between writing its metadata and swapping it in: until then sweep has had the file for an
// orphan, and the table would point at nothing (rules "stager deadline", "bound above deadline").
import { describe, expect, it } from 'vitest';
import { loadTable } from '../../../src/iceberg/load-table.ts';
import { ensureTables } from '../../../src/jobs/ensure-tables.ts';
import { ensureLateSpec, findLateSpec } from '../../../src/jobs/late-spec.ts';
import type { Fault, PortCall } from '../../support/memory/faults.ts';
import { gameContract } from '../../support/memory/game.ts';
import { makeMemoryPorts } from '../../support/memory/ports.ts';
import { MemoryWorld } from '../../support/memory/world.ts';

const HOUR_MS = 3_600_000;
const EVENTS = { namespace: 'game', name: 'events' };
const sleepsOverMetadata = ({ op, target }: PortCall): Fault | undefined =>
  op === 'create' && target.endsWith('.metadata.json') ? { kind: 'delay', ms: HOUR_MS } : undefined;

describe('promise 3, nothing live is deleted: a writer that slept over its metadata file', () => {
  it('registers no new table', async () => {
    const world = new MemoryWorld();
    const { ports } = makeMemoryPorts({ world, process: 'sleepy', fault: sleepsOverMetadata });
    await expect(ensureTables({ ports, contract: gameContract(1, 'events') })).rejects.toMatchObject({ name: 'DeadlineError' });
    expect([...world.tables.keys()]).toEqual([]);
  });

  it('swaps in no evolved schema', async () => {
    const world = new MemoryWorld();
    const awake = makeMemoryPorts({ world, process: 'awake' }).ports;
    await ensureTables({ ports: awake, contract: gameContract(1, 'events') });
    const before = await awake.catalog.load(EVENTS);
    const { ports } = makeMemoryPorts({ world, process: 'sleepy', fault: sleepsOverMetadata });
    await expect(ensureTables({ ports, contract: gameContract(2, 'events') })).rejects.toMatchObject({ name: 'DeadlineError' });
    expect(await awake.catalog.load(EVENTS)).toEqual(before);
    await ensureTables({ ports: awake, contract: gameContract(2, 'events') });
    expect((await loadTable(awake, EVENTS))!.metadata.schemas).toHaveLength(2);
  });

  it('adds no second partition spec', async () => {
    const world = new MemoryWorld();
    const awake = makeMemoryPorts({ world, process: 'awake' }).ports;
    const { tables } = await ensureTables({ ports: awake, contract: gameContract(1, 'events') });
    const { ports } = makeMemoryPorts({ world, process: 'sleepy', fault: sleepsOverMetadata });
    await expect(ensureLateSpec(ports, tables[0]!.main)).rejects.toMatchObject({ name: 'DeadlineError' });
    expect(findLateSpec((await loadTable(awake, EVENTS))!.metadata)).toBeUndefined();
  });
});
