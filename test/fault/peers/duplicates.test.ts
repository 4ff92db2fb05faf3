// Failures that doubled rows in other Kafka-to-Iceberg paths (issues.ts), played here.
import { describe, expect, it } from 'vitest';
import { identifierOf, loadTable } from '../../../src/iceberg/load-table.ts';
import { planScan } from '../../../src/iceberg/scan.ts';
import {
  audit,
  GAME_TABLE,
  type GameRecord,
  type Lab,
  MemoryWorld,
  makeLab,
  observer,
  records,
  rowsOf,
  rowText,
} from '../../support/memory/index.ts';

const FIRST = records('aaaa');
const SECOND = records('aaa', { offset: 4 });
const isCommit = ({ port, op, target }: { port: string; op: string; target: string }) =>
  port === 'catalog' && op === 'commit' && target === GAME_TABLE;

/** Each record once, each data file in one manifest entry, the audit clean. */
async function expectOnce(world: MemoryWorld, wanted: readonly GameRecord[]): Promise<void> {
  const { ports } = observer(world);
  expect(await rowsOf(ports, GAME_TABLE)).toEqual(wanted.map((record) => rowText(record)).sort());
  const { metadata } = (await loadTable(ports, identifierOf(GAME_TABLE)))!;
  const paths = (await planScan({ metadata, files: ports.files })).map(({ file }) => file.filePath);
  expect(new Set(paths).size).toBe(paths.length);
  expect(await audit(ports)).toMatchObject({ clean: true, staged: { descriptors: 0 } });
}

function staged(lab: Lab): { readonly uri: string; readonly bytes: Buffer }[] {
  return lab.world
    .urisUnder(`${lab.ports.root}/_firn/game.events/staged/`)
    .map((uri) => ({ uri, bytes: lab.world.objects.get(uri)!.bytes }));
}

describe('what doubled rows elsewhere', () => {
  it('a descriptor that comes back after it was decided and deleted brings no file a second time (#17340)', async () => {
    const lab = makeLab();
    await lab.land(FIRST);
    const [announced] = staged(lab);
    await lab.commit();
    for (let again = 0; again < 2; again++) {
      lab.world.putIfAbsent(announced!.uri, announced!.bytes);
      await lab.land(SECOND);
      await observer(lab.world).commit();
    }
    await expectOnce(lab.world, [...FIRST, ...SECOND]);
  });

  it('a committer that dies between its commit and everything after it is followed by one that adds nothing (#16282)', async () => {
    const world = new MemoryWorld();
    const first = makeLab({ world, process: 'first', fault: (call) => (isCommit(call) ? { kind: 'crash-after' } : undefined) });
    await first.land(FIRST);
    await expect(first.commit()).rejects.toThrow(/crashed/);
    const second = makeLab({ world, process: 'second', seed: 2 });
    await second.commit();
    await second.land([...FIRST.slice(2), ...SECOND]);
    await second.commit();
    await expectOnce(world, [...FIRST, ...SECOND]);
  });

  it('two committers at once commit each file once, whoever wins (#17637)', async () => {
    const world = new MemoryWorld();
    const [one, other] = [makeLab({ world, process: 'one' }), makeLab({ world, process: 'other', seed: 2 })];
    await one.land(FIRST);
    let races = 0;
    one.setFault((call) =>
      isCommit(call) || (call.op === 'create' && call.target.includes('/ledger/0'))
        ? { kind: 'rival', act: async () => void (races++ < 3 && (await other.commit())) }
        : undefined,
    );
    await one.commit();
    await other.land(SECOND);
    await Promise.all([one.commit(), other.commit()]);
    expect(races).toBeGreaterThan(0);
    await expectOnce(world, [...FIRST, ...SECOND]);
  });

  it('a commit that takes effect after recovery has committed again is refused by the swap (#14425)', async () => {
    const world = new MemoryWorld();
    const first = makeLab({
      world,
      process: 'first',
      fault: (call) => (isCommit(call) ? { kind: 'apply-late', afterMs: 60_000 } : undefined),
    });
    await first.land(FIRST);
    await expect(first.commit()).rejects.toMatchObject({ name: 'CommitStateUnknownError' });
    const second = makeLab({ world, process: 'second', seed: 2 });
    await second.commit();
    const before = world.tables.get(GAME_TABLE);
    world.advance(120_000);
    expect(world.tables.get(GAME_TABLE)).toEqual(before);
    await second.land(SECOND);
    await second.commit();
    await expectOnce(world, [...FIRST, ...SECOND]);
  });

  it('a descriptor that becomes visible after its records were landed again adds nothing (#15710)', async () => {
    const world = new MemoryWorld();
    const isDescriptor = (target: string) => target.includes('/staged/');
    const late = makeLab({
      world,
      process: 'late',
      fault: ({ op, target }) => (op === 'create' && isDescriptor(target) ? { kind: 'apply-late', afterMs: 10 * 60_000 } : undefined),
    });
    await expect(late.land(FIRST)).rejects.toMatchObject({ name: 'TransientIoError' });
    const next = makeLab({ world, process: 'next', seed: 2 });
    await next.land([...FIRST.slice(0, 2)]);
    await next.land([...FIRST.slice(1), ...SECOND]);
    await next.commit();
    world.advance(20 * 60_000);
    expect(staged(next).length).toBeGreaterThan(0);
    await next.commit();
    await expectOnce(world, [...FIRST, ...SECOND]);
  });
});
