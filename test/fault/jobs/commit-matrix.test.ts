// The fault matrix of landing and committing: every call of the whole way × every way it can fail. After the fault the input is
// delivered again and the contract is rung again, as Kafka and the doorbell do. Then: the tables hold each record once, the audit
// of promises 1 and 2 is clean, nothing live was deleted, and nothing is left over but files nobody refers to.
import { describe, expect, it } from 'vitest';
import { contractPaths } from '../../../src/contract/names.ts';
import { FirnError } from '../../../src/errors.ts';
import { identifierOf, loadTable } from '../../../src/iceberg/load-table.ts';
import { planScan } from '../../../src/iceberg/scan.ts';
import {
  audit,
  CrashError,
  type Fault,
  GAME_QUARANTINE,
  GAME_TABLE,
  type GameRecord,
  type Lab,
  ledgerOf,
  MemoryWorld,
  makeLab,
  observer,
  type PortCall,
  records,
  rowsOf,
  rowText,
} from '../../support/memory/index.ts';

const FIRST = records('abx.na');
const SECOND = records('.naxb', { offset: 3 });
const ALL = [...FIRST, ...SECOND.slice(2)];

const FAULTS: Readonly<Record<string, Fault>> = {
  'fails before': { kind: 'fail-before' },
  'succeeds but reports failure': { kind: 'apply-then-fail' },
  'is unknown and takes effect a minute later': { kind: 'apply-late', afterMs: 60_000 },
  'is unknown and never takes effect': { kind: 'lost' },
  'is refused': { kind: 'refuse' },
  'crashes before': { kind: 'crash-before' },
  'crashes after': { kind: 'crash-after' },
};

/** The whole way: two overlapping batches, one commit. Gives back in `acknowledged` what Kafka will not deliver again. */
async function wholeWay(lab: Lab, acknowledged: (readonly GameRecord[])[] = []): Promise<void> {
  for (const batch of [FIRST, SECOND]) {
    await lab.land(batch);
    acknowledged.push(batch);
  }
  await lab.commit();
}

/** Every call of the whole way without faults, as labels that stay the same from run to run. */
async function callsOfTheWay(catalog: 'glue' | 'sql'): Promise<PortCall[]> {
  const lab = makeLab({ world: new MemoryWorld({ catalog }) });
  await wholeWay(lab);
  return lab.calls;
}

async function ignoringFaults(run: () => Promise<unknown>): Promise<unknown> {
  try {
    await run();
    return undefined;
  } catch (error) {
    if (error instanceof FirnError || error instanceof CrashError) return error;
    throw error;
  }
}

/** Redelivery and rings until the contract is quiet, by a process without faults. What was acknowledged does not come again. */
async function recover(world: MemoryWorld, name: string, acknowledged: readonly (readonly GameRecord[])[] = []): Promise<Lab> {
  const lab = makeLab({ world, process: name, seed: 7 });
  for (const batch of [FIRST, SECOND]) if (!acknowledged.includes(batch)) await lab.land(batch);
  for (let ring = 0; ring < 3; ring++) await lab.commit();
  return lab;
}

async function expectExactlyOnce(world: MemoryWorld, label: string): Promise<void> {
  const { ports } = observer(world);
  const of = (kinds: string, table: string) =>
    ALL.filter(({ kind }) => kinds.includes(kind))
      .map((one) => rowText(one, table))
      .sort();
  expect(await rowsOf(ports, GAME_TABLE), label).toEqual(of('ab', GAME_TABLE));
  expect(await rowsOf(ports, GAME_QUARANTINE), label).toEqual(of('xc', GAME_QUARANTINE));
  const report = await audit(ports);
  expect(report, label).toMatchObject({ clean: true, parked: [], staged: { descriptors: 0, poisoned: 0 } });
  expect(report.sources, label).toMatchObject([{ covered: 8, isAccounted: true, unverified: { count: 0 } }]);
  expect(world.urisUnder(contractPaths(ports.root, 'game.events').staged), label).toEqual([]);
  await expectNothingLiveMissing(world, label);
}

/** Every file of every snapshot is there; every table has applied every entry that holds something for it. */
async function expectNothingLiveMissing(world: MemoryWorld, label: string): Promise<void> {
  const { ports } = observer(world);
  const { state } = await ledgerOf(ports);
  for (const table of state.tables.values()) {
    const { metadata } = (await loadTable(ports, identifierOf(table.table)))!;
    for (const snapshot of metadata.snapshots) {
      const paths = (await planScan({ metadata, snapshotId: snapshot['snapshot-id'], files: ports.files })).map(
        ({ file }) => file.filePath,
      );
      expect(
        [snapshot['manifest-list'], ...paths].filter((uri) => !world.objects.has(uri)),
        label,
      ).toEqual([]);
      expect(new Set(paths).size, label).toBe(paths.length);
    }
    expect(Number(metadata.properties['firn.applied']), label).toBeGreaterThanOrEqual(Math.max(0, ...table.pending));
  }
}

describe.each(['glue', 'sql'] as const)('the fault matrix over a %s catalog', (catalog) => {
  it.each(Object.entries(FAULTS))('each record is in one place once, whichever call %s', async (name, fault) => {
    const calls = await callsOfTheWay(catalog);
    expect(calls.length).toBeGreaterThan(40);
    // The second catalog differs in nothing but its own calls.
    for (const { count, op, target, port } of calls) {
      if (catalog === 'sql' && port !== 'catalog') continue;
      const label = `call ${count} (${op} ${target.slice(-60)}) ${name}`;
      const world = new MemoryWorld({ catalog });
      const lab = makeLab({ world, fault: (call) => (call.count === count ? fault : undefined) });
      const acknowledged: (readonly GameRecord[])[] = [];
      const error = await ignoringFaults(() => wholeWay(lab, acknowledged));
      if (fault.kind === 'refuse' && op === 'commit') {
        // Refused is known: the table is parked with its reason, nothing of it is lost.
        expect((await audit(observer(world).ports)).parked, label).toMatchObject([{ reason: 'commit-refused' }]);
        continue;
      }
      if (error === undefined) expect(lab.isCrashed(), label).toBe(false);
      await recover(world, 'second', acknowledged);
      await expectExactlyOnce(world, label);
      if (fault.kind !== 'apply-late') continue;
      world.advance(120_000);
      await recover(world, 'third');
      await expectExactlyOnce(world, `${label}, after everything late`);
    }
  });
});

describe('two faults in a row', () => {
  it('a commit whose reply is lost and whose status check fails too is thrown as unknown and not made twice', async () => {
    const world = new MemoryWorld();
    let isLost = false;
    const lab = makeLab({
      world,
      fault: ({ op, port }) => {
        if (port === 'catalog' && op === 'commit') {
          isLost = true;
          return { kind: 'apply-then-fail' };
        }
        return isLost && op === 'load' ? { kind: 'fail-before' } : undefined;
      },
    });
    await lab.land(FIRST);
    expect(await ignoringFaults(() => lab.commit())).toMatchObject({ name: 'CommitStateUnknownError', isCleanable: false });
    expect(lab.calls.filter(({ op }) => op === 'delete')).toEqual([]);
    await recover(world, 'second');
    await expectExactlyOnce(world, 'after an unknown commit');
  });

  it('a process past its deadline writes nothing more', async () => {
    const world = new MemoryWorld();
    const lab = makeLab({ world });
    await lab.land(FIRST);
    lab.setFault(({ op, target }) => (op === 'list' && target.includes('/staged/') ? { kind: 'delay', ms: 3_600_000 } : undefined));
    const before = world.objects.size;
    expect(await ignoringFaults(() => lab.commit())).toMatchObject({ name: 'DeadlineError' });
    expect(world.objects.size).toBe(before);
    const sleepy = makeLab({
      world,
      process: 'sleepy',
      fault: ({ op, target }) => (op === 'create' && target.includes('/data/') ? { kind: 'delay', ms: 3_600_000 } : undefined),
    });
    const staged = world.urisUnder(contractPaths(lab.ports.root, 'game.events').staged);
    expect(await ignoringFaults(() => sleepy.land(SECOND))).toMatchObject({ name: 'DeadlineError' });
    expect(world.urisUnder(contractPaths(lab.ports.root, 'game.events').staged)).toEqual(staged);
  });

  it('a rival that commits between our load and our swap makes us recompute, and our losers are deleted', async () => {
    const world = new MemoryWorld();
    await makeLab({ world, process: 'a' }).land(FIRST);
    const rival = makeLab({ world, process: 'rival', seed: 3 });
    let rivals = 0;
    const lab = makeLab({
      world,
      process: 'b',
      fault: ({ port, op }) =>
        port === 'catalog' && op === 'commit' && rivals++ === 0
          ? {
              kind: 'rival',
              act: async () => {
                await rival.land(SECOND);
                await rival.commit();
              },
            }
          : undefined,
    });
    await lab.commit();
    expect(rivals).toBeGreaterThan(0);
    expect(lab.calls.some(({ op, target }) => op === 'delete' && target.includes('/metadata/'))).toBe(true);
    expect(lab.calls.some(({ op, target }) => op === 'delete' && target.includes('/data/'))).toBe(false);
    await recover(world, 'second');
    await expectExactlyOnce(world, 'after a rival');
  });

  it('others that win every time end in a conflict error, and the next ring goes on', async () => {
    const world = new MemoryWorld();
    const lab = makeLab({ world });
    await lab.land(FIRST);
    lab.setFault(({ port, op, target }) =>
      port === 'catalog' && op === 'commit' && target === GAME_TABLE
        ? { kind: 'rival', act: () => void world.swap(world.tables.get(GAME_TABLE)!, world.tables.get(GAME_TABLE)!.metadataLocation) }
        : undefined,
    );
    expect(await ignoringFaults(() => lab.commit())).toMatchObject({ name: 'CommitConflictError' });
    expect(await rowsOf(observer(world).ports, GAME_QUARANTINE)).toEqual(['0:2:']);
    lab.setFault(undefined);
    await recover(world, 'second');
    await expectExactlyOnce(world, 'after many conflicts');
  });
});
