// Redrive: quarantined records that the contract accepts by now land exactly once and leave the quarantine; partial by rule, source
// and time; killed at any call and run again it ends the same; a ledger that moved on meanwhile makes it read afresh.
import { describe, expect, it } from 'vitest';
import { LIMITS } from '../../../src/contract/limits.ts';
import { contractPaths } from '../../../src/contract/names.ts';
import { FirnError } from '../../../src/errors.ts';
import { startDeadline } from '../../../src/jobs/deadline.ts';
import { ensureTables } from '../../../src/jobs/ensure-tables.ts';
import { planLedger } from '../../../src/jobs/plan-ledger.ts';
import { redrive } from '../../../src/jobs/redrive.ts';
import type { RedriveRequest } from '../../../src/jobs/redrive-types.ts';
import { restoreLedger } from '../../../src/jobs/restore-ledger.ts';
import { encodeCheckpoint } from '../../../src/ledger/checkpoint-codec.ts';
import { markApplied } from '../../../src/ledger/state.ts';
import { createJudge } from '../../../src/pipeline/judge.ts';
import {
  audit,
  CrashError,
  GAME_QUARANTINE,
  GAME_SOURCE,
  GAME_TABLE,
  gameContract,
  gameRecords,
  type Lab,
  landed,
  ledgerOf,
  MemoryWorld,
  makeLab,
  records,
  removeDataFiles,
  rowsOf,
} from '../../support/memory/index.ts';

/** Version 2 of the contract accepts c, which version 1 rejects; x stays rejected, and b is filtered. */
async function redriveAll(lab: Lab, options: Partial<RedriveRequest> = {}) {
  const contract = gameContract(2);
  return redrive({
    ports: lab.ports,
    contract,
    resolved: await ensureTables({ ports: lab.ports, contract }),
    judge: createJudge(contract),
    deadline: startDeadline(lab.ports.clock, LIMITS.commitDeadlineMs),
    filter: {},
    isPlan: false,
    ...options,
  });
}

async function expectClean(lab: Lab, label: string, rows: { readonly main: readonly string[]; readonly quarantine: readonly string[] }) {
  expect(await rowsOf(lab.ports, GAME_TABLE), label).toEqual(rows.main);
  expect(await rowsOf(lab.ports, GAME_QUARANTINE), label).toEqual(rows.quarantine);
  expect(await audit(lab.ports), label).toMatchObject({ clean: true, parked: [] });
}

const AFTER = { main: ['0:0:p0-0', '0:1:p0-1', '0:3:p0-3', '0:4:p0-4'], quarantine: ['0:2:'] };

describe('promise 8, recoverable: redrive', () => {
  it('what passes now lands and leaves the quarantine, what fails again stays, and the accounting moves with it', async () => {
    const lab = await landed('acxca');
    expect((await audit(lab.ports)).sources).toMatchObject([{ counts: { accepted: 2, quarantined: 3 } }]);
    expect(await redriveAll(lab, { isPlan: true })).toMatchObject({ examined: 3, accepted: 2, filtered: 0, entries: [] });
    expect(await redriveAll(lab)).toMatchObject({ examined: 3, accepted: 2, filtered: 0, replanned: 0, entries: [expect.any(Number)] });
    // Decided, not applied: the rows are still where they were, and a second redrive does not take them again.
    expect(await redriveAll(lab)).toMatchObject({ examined: 1, accepted: 0, entries: [] });
    await lab.commit();
    await expectClean(lab, 'redriven', AFTER);
    expect((await audit(lab.ports)).sources).toMatchObject([{ covered: 5, counts: { accepted: 4, quarantined: 1 }, isAccounted: true }]);
    await lab.land(records('acxca'), { version: 2 });
    expect(await lab.commit()).toMatchObject({ descriptorsCovered: 1, parked: [] });
    await expectClean(lab, 'redelivered', AFTER);
  });

  it('is partial by rule, by source and by time', async () => {
    const lab = await landed('ccxc');
    const other = 'other/events/1';
    await lab.land([], { records: gameRecords(records('cc'), other) });
    await lab.commit();
    const at = (offset: number) => records('c', { offset })[0]!.timestampMs;
    expect(await redriveAll(lab, { filter: { rule: 'required' }, isPlan: true })).toMatchObject({ examined: 0 });
    expect(await redriveAll(lab, { filter: { rule: 'kind-known' }, isPlan: true })).toMatchObject({ examined: 6, accepted: 5 });
    expect(await redriveAll(lab, { filter: { source: 'other' } })).toMatchObject({ examined: 2, accepted: 2 });
    await lab.commit();
    expect(await redriveAll(lab, { filter: { source: GAME_SOURCE, fromMs: at(1), toMs: at(3) } })).toMatchObject({
      examined: 2,
      accepted: 1,
    });
    await lab.commit();
    expect(await rowsOf(lab.ports, GAME_QUARANTINE)).toEqual(['0:0:', '0:2:', '0:3:']);
    expect(await audit(lab.ports)).toMatchObject({ clean: true });
  });

  it('a record that the contract filters by now leaves the quarantine as filtered', async () => {
    const lab = makeLab();
    // Rejected as it could not be encoded then; version 2 filters its kind.
    const judge = createJudge(gameContract(1));
    const broken = {
      ...judge,
      pipelines: [
        {
          process: () => {
            throw new Error('planted');
          },
        },
      ],
    };
    await lab.land(records('b'), { judge: broken });
    await lab.commit();
    expect(await redriveAll(lab)).toMatchObject({ examined: 1, accepted: 0, filtered: 1 });
    await lab.commit();
    await expectClean(lab, 'filtered', { main: [], quarantine: [] });
    await lab.land(records('b'), { version: 2 });
    expect(await lab.commit()).toMatchObject({ descriptorsCovered: 1, parked: [] });
  });

  it('each record is in one place once, whichever call fails or kills it', async () => {
    const whole = async (lab: Lab) => {
      await redriveAll(lab);
      await lab.commit();
    };
    const probe = await landed('acxca');
    const counting = makeLab({ world: probe.world, process: 'redrive' });
    await whole(counting);
    const calls = counting.calls.filter(({ op }) => op === 'create' || op === 'commit' || op === 'delete').map(({ count }) => count);
    expect(calls.length).toBeGreaterThan(8);
    for (const count of calls) {
      for (const kind of ['apply-then-fail', 'lost', 'crash-before', 'crash-after'] as const) {
        const world = new MemoryWorld();
        await landed('acxca', { world });
        const lab = makeLab({ world, process: 'redrive', fault: (call) => (call.count === count ? { kind } : undefined) });
        await whole(lab).catch((error: unknown) => {
          if (!(error instanceof FirnError || error instanceof CrashError)) throw error;
        });
        const second = makeLab({ world, process: 'second', seed: 8 });
        await whole(second);
        await expectClean(second, `call ${count} ${kind}`, AFTER);
      }
    }
  });

  it('two at once move each record once', async () => {
    const lab = await landed('acxca');
    const rival = makeLab({ world: lab.world, process: 'rival', seed: 5 });
    let isDone = false;
    lab.setFault(({ op, target }) => {
      if (isDone || op !== 'create' || !target.includes('/ledger/')) return undefined;
      isDone = true;
      return { kind: 'rival', act: async () => void (await redriveAll(rival)) };
    });
    expect(await redriveAll(lab)).toMatchObject({ accepted: 0, replanned: 1 });
    await lab.commit();
    await expectClean(lab, 'rival', AFTER);
  });

  it('entries that have been collected since the quarantine last changed do not stand in its way', async () => {
    const lab = await landed('acxca');
    for (const offset of [5, 6]) {
      await lab.land(records('a', { offset }));
      await lab.commit();
    }
    const { state } = await ledgerOf(lab.ports);
    for (const table of state.tables.values()) markApplied(table, table.pending.at(-1) ?? 0);
    const paths = contractPaths(lab.ports.root, 'game.events');
    lab.world.putIfAbsent(paths.checkpoint(state.n), encodeCheckpoint(state));
    for (const uri of lab.world.urisUnder(paths.ledger)) lab.world.objects.delete(uri);
    expect(await redriveAll(lab)).toMatchObject({ accepted: 2, replanned: 0 });
    await lab.commit();
    await expectClean(lab, 'collected', { ...AFTER, main: [...AFTER.main, '0:5:p0-5', '0:6:p0-6'] });
  });

  it('rows that others deleted from the quarantine, or whose files they removed, are not redriven', async () => {
    const lab = await landed('acxca');
    await removeDataFiles(lab.ports, GAME_QUARANTINE, () => true);
    expect(await redriveAll(lab)).toMatchObject({ examined: 0, accepted: 0 });
  });

  it('bytes that are no text, headers and keys survive the way through the quarantine unchanged', async () => {
    const lab = makeLab();
    const batch = gameRecords(records('c'));
    const headers = [
      [
        { name: 'h', value: Uint8Array.of(0, 255, 1) },
        { name: 'empty', value: null },
      ],
    ];
    const seen: { value: string; headers: unknown }[] = [];
    await lab.land([], { records: { ...batch, headers } });
    await lab.commit();
    const judge = createJudge(gameContract(2));
    const spying = {
      ...judge,
      pipelines: [
        {
          process: (given: typeof batch, options: { readonly ingestedAtMs: number }) => {
            const value = given.bytes.subarray(given.valueStart[0], given.valueEnd[0]).toString('hex');
            seen.push({ value, headers: given.headers[0]?.map(({ name, value: bytes }) => [name, bytes && [...bytes]]) });
            return judge.pipelines[0]!.process(given, options);
          },
        },
      ],
    };
    await redriveAll(lab, { judge: spying });
    expect(seen).toEqual([
      {
        value: batch.bytes.subarray(batch.valueStart[0], batch.valueEnd[0]).toString('hex'),
        headers: [
          ['h', [0, 255, 1]],
          ['empty', null],
        ],
      },
    ]);
  });

  it('of which the entry was lost with others is not done a second time once the ledger was made anew', async () => {
    const lab = await landed('acxca');
    await redriveAll(lab);
    const { n } = (await ledgerOf(lab.ports)).state;
    // The quarantine is not brought up any more: its rows are still there.
    lab.setFault(({ op, target }) => (op === 'commit' && target.includes('quarantine') ? { kind: 'fail-before' } : undefined));
    await lab.commit().catch(() => undefined);
    lab.setFault(() => undefined);
    expect(await rowsOf(lab.ports, GAME_TABLE)).toEqual(AFTER.main);
    lab.world.objects.delete(contractPaths(lab.ports.root, 'game.events').entry(n));
    const { body } = await planLedger({ ports: lab.ports, contractName: 'game.events', isAccepted: false });
    const deadline = startDeadline(lab.ports.clock, LIMITS.commitDeadlineMs);
    await restoreLedger({ ports: lab.ports, contractName: 'game.events', deadline, plan: body });
    await redriveAll(lab);
    await lab.commit();
    expect(await rowsOf(lab.ports, GAME_TABLE)).toEqual(AFTER.main);
  });
});
