// Failures that lost rows, or a whole table, in other Kafka-to-Iceberg paths (issues.ts), played here.
import { describe, expect, it } from 'vitest';
import { LIMITS } from '../../../src/contract/limits.ts';
import { identifierOf, loadTable } from '../../../src/iceberg/load-table.ts';
import {
  audit,
  type Fault,
  GAME_TABLE,
  MemoryWorld,
  makeLab,
  observer,
  type PortCall,
  records,
  rowsOf,
  rowText,
} from '../../support/memory/index.ts';

const FIRST = records('aaaa');
const SECOND = records('aaa', { offset: 4 });
const ALL = [...FIRST, ...SECOND].map((record) => rowText(record)).sort();
const isCommit = ({ port, op }: PortCall) => port === 'catalog' && op === 'commit';

describe('what lost rows elsewhere', () => {
  it('a committer that slept through everything writes nothing when it wakes, and nothing is lost (#17551)', async () => {
    const world = new MemoryWorld();
    let hasSlept = false;
    const zombie = makeLab({ world, process: 'zombie' });
    const healthy = makeLab({ world, process: 'healthy', seed: 2 });
    await zombie.land(FIRST);
    zombie.setFault(({ op, target }): Fault | undefined => {
      if (hasSlept || op !== 'list' || !target.includes('/staged/')) return undefined;
      hasSlept = true;
      // It has read the ledger; meanwhile another one decides, applies, and lets the history period pass twice.
      const act = async (): Promise<void> => {
        await healthy.commit();
        await healthy.land(SECOND);
        await healthy.commit();
        world.advance(2 * LIMITS.ledgerHistoryMs);
      };
      return { kind: 'rival', act };
    });
    const before = new Set(world.objects.keys());
    await zombie.commit().catch((error: Error) => expect(error.name).toMatch(/DeadlineError|CommitConflictError/));
    expect(hasSlept).toBe(true);
    const written = zombie.calls.filter(({ op, target }) => op === 'create' && !before.has(target) && target.includes('/ledger/0'));
    expect(written).toEqual([]);
    expect(await rowsOf(observer(world).ports, GAME_TABLE)).toEqual(ALL);
    expect((await audit(observer(world).ports)).clean).toBe(true);
  });

  it.each<[string, Fault]>([
    ['before', { kind: 'fail-before' }],
    ['with an unknown outcome', { kind: 'lost' }],
  ])('a catalog that throws for a while delays rows and loses none (#13752) %s', async (_when, fault) => {
    const lab = makeLab();
    await lab.land(FIRST);
    lab.setFault((call) => (call.port === 'catalog' && call.target === GAME_TABLE ? fault : undefined));
    for (let ring = 0; ring < 3; ring++)
      await expect(lab.commit()).rejects.toMatchObject({
        name: expect.stringMatching(/^(TransientIo|CommitStateUnknown|CommitConflict)Error$/),
      });
    lab.setFault(undefined);
    await lab.land(SECOND);
    await lab.commit();
    expect(await rowsOf(lab.ports, GAME_TABLE)).toEqual(ALL);
    expect((await audit(lab.ports)).clean).toBe(true);
  });

  it('others that win every time make the commit fail loudly, and the next one lands everything (#16237)', async () => {
    const world = new MemoryWorld();
    const lab = makeLab({ world });
    await lab.land(FIRST);
    await lab.commit();
    await lab.land(SECOND);
    lab.setFault((call) => (isCommit(call) ? { kind: 'rival', act: () => touch(world) } : undefined));
    await expect(lab.commit()).rejects.toMatchObject({ name: 'CommitConflictError' });
    lab.setFault(undefined);
    expect((await lab.commit()).tables.map(({ addedRows }) => addedRows)).toContain(SECOND.length);
    expect(await rowsOf(lab.ports, GAME_TABLE)).toEqual(ALL);
  });

  it('a commit that landed but was reported failed keeps its metadata file, and the table stays readable (#7151)', async () => {
    const lab = makeLab();
    await lab.land(FIRST);
    lab.setFault((call) => (isCommit(call) ? { kind: 'apply-then-fail' } : undefined));
    await lab.commit();
    lab.setFault(undefined);
    const loaded = (await loadTable(lab.ports, identifierOf(GAME_TABLE)))!;
    expect(lab.world.objects.has(loaded.pointer.metadataLocation)).toBe(true);
    const deleted = lab.calls.filter(({ op, target }) => op === 'delete' && target.includes('/metadata/'));
    expect(deleted).toEqual([]);
    await lab.land(SECOND);
    await lab.commit();
    expect(await rowsOf(lab.ports, GAME_TABLE)).toEqual(ALL);
  });
});

/** Another writer moves the table on: the same metadata under another name. */
function touch(world: MemoryWorld): void {
  const row = world.tables.get(GAME_TABLE)!;
  const location = `${row.metadataLocation.slice(0, -'.metadata.json'.length)}x.metadata.json`;
  world.putIfAbsent(location, world.objects.get(row.metadataLocation)!.bytes);
  world.swap(row, location);
}
