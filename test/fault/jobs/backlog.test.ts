// Many staged descriptors: of a parked source, unreadable, delivered before, large. The work of a commit is bounded and nobody waits for
// ever (promises 4 and 10).
import { describe, expect, it } from 'vitest';
import { LIMITS } from '../../../src/contract/limits.ts';
import { contractPaths } from '../../../src/contract/names.ts';
import { encodeDescriptor, parseDescriptor } from '../../../src/ledger/descriptor-codec.ts';
import { encodeEntry } from '../../../src/ledger/entry-codec.ts';
import type { Descriptor } from '../../../src/ledger/types.ts';
import {
  audit,
  GAME_SOURCE,
  GAME_TABLE,
  gameRecords,
  type Lab,
  landed,
  ledgerOf,
  makeLab,
  records,
  rowsOf,
} from '../../support/memory/index.ts';
import { makeDescriptor } from '../../support/memory/samples.ts';

const paths = (lab: Lab) => contractPaths(lab.ports.root, 'game.events');
const staged = (lab: Lab) => lab.world.urisUnder(paths(lab).staged);
const recreated = (kinds: string) => records(kinds).map((one) => ({ ...one, timestampMs: one.timestampMs + 77_777 }));
const other = (kinds: string, offset: number) => ({ records: gameRecords(records(kinds, { offset }), 'other/events/1') });

function stage(lab: Lab, descriptor: Descriptor): void {
  lab.world.putIfAbsent(paths(lab).descriptor(descriptor.id), encodeDescriptor(descriptor));
}

/** The only staged descriptor again and again, under names before it. */
function repeat(lab: Lab, times: number): void {
  const one = parseDescriptor(lab.world.objects.get(staged(lab).at(-1)!)!.bytes);
  for (let i = 0; i < times; i++) stage(lab, { ...one, id: `000000000000000-${String(i).padStart(5, '0')}` });
}

/** Staged descriptors read by what runs. */
async function readsOf(lab: Lab, run: () => Promise<unknown>): Promise<string[]> {
  const before = lab.calls.length;
  await run();
  const calls = lab.calls.slice(before);
  return calls.filter(({ op, target }) => op === 'read' && target.startsWith(paths(lab).staged)).map(({ target }) => target);
}

describe('descriptors nobody may decide', () => {
  it('those of a parked source are read once by a process, not at every commit', async () => {
    const lab = await landed('aa');
    await lab.land(recreated('aa'));
    repeat(lab, 40);
    const first = await readsOf(lab, () => lab.commit());
    expect(new Set(first).size).toBe(41);
    for (let i = 0; i < 3; i++) {
      const before = new Set(staged(lab));
      await lab.land([], other('a', i));
      const [fresh] = staged(lab).filter((uri) => !before.has(uri));
      expect(new Set(await readsOf(lab, () => lab.commit()))).toEqual(new Set([fresh]));
    }
    expect((await rowsOf(lab.ports, GAME_TABLE)).length).toBe(5);
    expect(staged(lab)).toHaveLength(41);
  });

  it('are read again when their source is parked no more', async () => {
    const lab = await landed('aa');
    await lab.land(recreated('aa'));
    await lab.commit();
    await lab.commit();
    for (const uri of staged(lab)) lab.world.objects.delete(uri);
    await lab.land(records('a', { offset: 2 }));
    await lab.commit();
    expect(staged(lab)).toHaveLength(1);
    const n = (await ledgerOf(lab.ports)).state.n + 1;
    unparkSource(lab, n);
    expect(await lab.commit()).toMatchObject({ descriptorsDecided: 1, parked: [] });
    expect(await rowsOf(lab.ports, GAME_TABLE)).toHaveLength(3);
  });

  it('one that cannot be read is read and logged once, and still counted at every commit', async () => {
    const lab = await landed('a');
    lab.world.putIfAbsent(`${paths(lab).staged}000000000000000-poison.json`, Buffer.from('{"version":1,'));
    expect(await lab.commit()).toMatchObject({ descriptorsPoisoned: 1 });
    expect(await readsOf(lab, () => lab.commit())).toEqual([]);
    expect(await lab.commit()).toMatchObject({ descriptorsPoisoned: 1 });
    expect(lab.logs.filter(({ message }) => message.includes('cannot be read'))).toHaveLength(1);
  });

  it('that take longer to read than half the deadline leave the rest to the next ring', async () => {
    const lab = await landed('aa');
    await lab.land(recreated('aa'));
    await lab.commit();
    repeat(lab, 200);
    await lab.land([], other('a', 0));
    lab.setFault(({ op, target }) => (op === 'read' && target.startsWith(paths(lab).staged) ? { kind: 'delay', ms: 5000 } : undefined));
    let rings = 0;
    while ((await rowsOf(lab.ports, GAME_TABLE)).length < 3 && rings++ < 10) await lab.commit();
    expect(rings).toBeGreaterThan(1);
    expect(rings).toBeLessThan(10);
  });
});

describe('promise 10, bounded: a backlog', () => {
  it('of deliveries that landed before does not keep new ones from being applied by the same commit', async () => {
    const lab = makeLab();
    await lab.land(records('aa'));
    const [uri] = staged(lab);
    const bytes = lab.world.objects.get(uri!)!.bytes;
    await lab.commit();
    lab.world.putIfAbsent(uri!, bytes);
    repeat(lab, LIMITS.descriptorsPerEntryMax + 40);
    lab.world.objects.delete(uri!);
    await lab.land(records('a', { offset: 2 }));
    expect(await lab.commit()).toMatchObject({ descriptorsDecided: 1, descriptorsCovered: LIMITS.descriptorsPerEntryMax + 40 });
    expect(await rowsOf(lab.ports, GAME_TABLE)).toHaveLength(3);
    expect(await audit(lab.ports)).toMatchObject({ clean: true, staged: { descriptors: 0 } });
  });

  it('of large descriptors is cut into entries no larger than their bound', async () => {
    const lab = makeLab();
    const size = LIMITS.entryBytesMax / 5;
    for (let i = 0; i < 8; i++) {
      const sample = makeDescriptor(`00000000000000${i}-d`, [{ start: i * 2, classes: 'ff' }]);
      stage(lab, { ...sample, ruleCounts: { [`${i}`.padEnd(size, 'x')]: 1 } });
    }
    expect(await lab.commit()).toMatchObject({ descriptorsDecided: 8, counts: { filtered: 16 } });
    const { entries } = await ledgerOf(lab.ports);
    const lands = [...entries.values()].filter((entry) => entry.kind === 'land');
    const bytes = lands.map((entry) => entry.descriptors.length * size);
    expect(Math.max(...bytes)).toBeLessThanOrEqual(LIMITS.entryBytesMax);
    expect(lands).toHaveLength(2);
  });
});

function unparkSource(lab: Lab, n: number): void {
  const base = { version: 1, n, id: 'unpark', atMs: 0, contract: 'game.events' } as const;
  const entry = { ...base, kind: 'unpark', target: { sourceId: GAME_SOURCE }, tables: [], holds: [], instead: {} } as const;
  lab.world.putIfAbsent(paths(lab).entry(n), encodeEntry(entry));
}
