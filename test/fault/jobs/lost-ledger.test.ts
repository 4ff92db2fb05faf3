// A ledger of which objects are gone is made anew from what is left of it and from the rows of the tables; the plan says what it cannot know.
import { describe, expect, it } from 'vitest';
import { LIMITS } from '../../../src/contract/limits.ts';
import { contractPaths } from '../../../src/contract/names.ts';
import { startDeadline } from '../../../src/jobs/deadline.ts';
import { type LedgerPlan, planLedger } from '../../../src/jobs/plan-ledger.ts';
import { resolveOffsets } from '../../../src/jobs/resolve-offsets.ts';
import { restoreLedger } from '../../../src/jobs/restore-ledger.ts';
import { encodeCheckpoint } from '../../../src/ledger/checkpoint-codec.ts';
import { FakeKafka } from '../../support/kafka/fake-kafka.ts';
import { GAME_SOURCES } from '../../support/kafka/run-lab.ts';
import {
  audit,
  CrashError,
  GAME_QUARANTINE,
  GAME_SOURCE,
  GAME_TABLE,
  gameContract,
  type Lab,
  ledgerOf,
  makeLab,
  observer,
  records,
  rowsOf,
} from '../../support/memory/index.ts';

const NAME = 'game.events';
const plan = async (lab: Lab, isAccepted = false) => planLedger({ ports: lab.ports, contractName: NAME, isAccepted });
const restore = async (lab: Lab, body: LedgerPlan) =>
  restoreLedger({ ports: lab.ports, contractName: NAME, deadline: startDeadline(lab.ports.clock, LIMITS.commitDeadlineMs), plan: body });

/** Everything of a topic landed in four deliveries: accepted, quarantined, filtered, and offsets without a record. */
async function withLandings() {
  const lab = makeLab();
  const kafka = new FakeKafka(lab.world);
  kafka.makeTopic('events', 1);
  const all = records('aaxnnab.acnaab');
  kafka.append('events', all);
  for (const part of ['aaxn', 'nab', '.ac', 'naab']) {
    const offset = { aaxn: 0, nab: 4, '.ac': 7, naab: 10 }[part]!;
    await lab.land(records(part, { offset }));
    await lab.commit();
  }
  const rows = { main: await rowsOf(lab.ports, GAME_TABLE), quarantine: await rowsOf(lab.ports, GAME_QUARANTINE) };
  return { lab, kafka, rows };
}

function lose(lab: Lab, isLost: (uri: string) => boolean): void {
  for (const uri of [...lab.world.objects.keys()]) if (isLost(uri)) lab.world.objects.delete(uri);
}
const paths = (lab: Lab) => contractPaths(lab.ports.root, NAME);
const isOfLedger = (lab: Lab) => (uri: string) =>
  uri.startsWith(paths(lab).ledger) || uri.startsWith(paths(lab).checkpoints) || uri === paths(lab).identity;

describe('promise 8, recoverable: a lost ledger', () => {
  it('is made anew from the tables; what they do not know is unverified until Kafka is asked, and every record is there once', async () => {
    const { lab, kafka, rows } = await withLandings();
    const { n } = (await ledgerOf(lab.ports)).state;
    lose(lab, isOfLedger(lab));
    await expect(lab.land(records('a', { offset: 14 }))).rejects.toMatchObject({
      code: 'ledger-mismatch',
      message: expect.stringContaining('--kind ledger'),
    });
    const planned = await plan(lab);
    expect(planned.effects.join('\n')).toMatch(/10 offsets are covered again.*\n4 offsets between them are unverified/);
    expect(await restore(lab, planned.body)).toBe(n + 1);
    await lab.commit();
    // Generations are told apart by the oldest and youngest row.
    const times = records('aaxnnab.acnaab').flatMap(({ kind, timestampMs }) => (kind === 'n' ? [] : [timestampMs]));
    const { spanMs } = (await ledgerOf(lab.ports)).state.sources.get(GAME_SOURCE)!.partitions.get(0)!;
    expect(spanMs).toEqual([Math.min(...times), Math.max(...times)]);
    const before = await audit(lab.ports);
    expect(before).toMatchObject({
      clean: false,
      parked: [],
      sources: [{ counts: { accepted: 8, quarantined: 2 }, unverified: { count: 4 } }],
    });
    expect(before.tables.every(({ missing, foreign, doubles }) => missing.count + foreign.count + doubles.count === 0)).toBe(true);
    const deadline = startDeadline(lab.ports.clock, LIMITS.commitDeadlineMs);
    const resolved = await resolveOffsets({
      ports: lab.ports,
      contract: gameContract(),
      reader: kafka.reader(),
      sources: GAME_SOURCES,
      deadline,
    });
    expect(resolved).toMatchObject({ landed: 3, noRecord: 1, left: [] });
    await lab.commit();
    expect(await audit(lab.ports)).toMatchObject({
      clean: true,
      sources: [{ counts: { accepted: 8, quarantined: 2, filtered: 3, absent: 1 } }],
    });
    expect(await rowsOf(lab.ports, GAME_TABLE)).toEqual(rows.main);
    expect(await rowsOf(lab.ports, GAME_QUARANTINE)).toEqual(rows.quarantine);
  });

  it('goes on: what was landed is told from a recreated topic by timestamps, what is new lands', async () => {
    const { lab } = await withLandings();
    lose(lab, isOfLedger(lab));
    await restore(lab, (await plan(lab)).body);
    await lab.land(records('aa'));
    await lab.land(records('ab', { offset: 13 }));
    expect(await lab.commit()).toMatchObject({ descriptorsCovered: 1, counts: { accepted: 1 }, parked: [] });
    await lab.land(records('aa').map((one) => ({ ...one, timestampMs: one.timestampMs + 1 })));
    expect((await lab.commit()).parked).toMatchObject([{ sourceId: GAME_SOURCE, reason: 'topic-recreated' }]);
  });

  it('of which only entries in the middle are gone keeps the rest, filtered offsets and open entries included', async () => {
    const { lab, rows } = await withLandings();
    const ledger = await ledgerOf(lab.ports);
    const middle = [...ledger.entries.values()].filter(({ kind }) => kind === 'land')[1]!.n;
    lose(lab, (uri) => uri === paths(lab).entry(middle));
    await expect(lab.commit()).rejects.toMatchObject({ code: 'ledger-gap' });
    const planned = await plan(lab);
    expect(planned.effects[0]).toMatch(/2 offsets are covered again.*4 entries could still be read, 1 are lost/);
    await restore(lab, planned.body);
    await lab.commit();
    // Offset 4 alone was filtered by the lost entry.
    expect(await audit(lab.ports)).toMatchObject({
      parked: [],
      sources: [
        {
          counts: { filtered: 2 },
          unverified: {
            ranges: [
              {
                ranges: [
                  [4, 5],
                  [7, 8],
                ],
              },
            ],
          },
        },
      ],
    });
    expect(await rowsOf(lab.ports, GAME_TABLE)).toEqual(rows.main);
  });

  it('whose end is gone gives no number twice', async () => {
    const { lab } = await withLandings();
    const { n } = (await ledgerOf(lab.ports)).state;
    lose(lab, (uri) => uri === paths(lab).entry(n));
    await lab.land(records('a', { offset: 14 }));
    await expect(lab.commit()).rejects.toMatchObject({ code: 'ledger-behind', message: expect.stringContaining('--kind ledger') });
    expect(await restore(lab, (await plan(lab)).body)).toBe(n + 1);
    await lab.commit();
    expect(await rowsOf(lab.ports, GAME_TABLE)).toContain('0:14:p0-14');
    expect(
      (await audit(lab.ports)).tables.every(({ missing, foreign, doubles }) => missing.count + foreign.count + doubles.count === 0),
    ).toBe(true);
  });

  it('that began anew meanwhile is put aside: what it decided is still staged and is decided again', async () => {
    const { lab, rows } = await withLandings();
    await lab.land(records('ab', { offset: 14 }));
    lose(lab, isOfLedger(lab));
    expect((await lab.commit()).parked.length).toBeGreaterThan(0);
    await restore(lab, (await plan(lab)).body);
    expect((await lab.commit()).parked).toEqual([]);
    expect(await rowsOf(lab.ports, GAME_TABLE)).toEqual([...rows.main, '0:14:p0-14', '0:15:p0-15'].sort());
    expect(
      (await audit(lab.ports)).tables.every(({ missing, foreign, doubles }) => missing.count + foreign.count + doubles.count === 0),
    ).toBe(true);
  });

  it('killed at any step of its restoration and applied again ends the same', async () => {
    for (let step = 0; ; step++) {
      const { lab } = await withLandings();
      lose(lab, isOfLedger(lab));
      const { body } = await plan(lab);
      let calls = 0;
      lab.setFault(({ op }) =>
        op === 'create' && calls++ === step ? { kind: step % 2 === 0 ? 'crash-after' : 'crash-before' } : undefined,
      );
      const outcome = await restore(lab, body).catch((error: unknown) => error);
      const next = observer(lab.world);
      if (!(outcome instanceof CrashError)) {
        expect(step).toBe(3);
        break;
      }
      expect(await restore(next, body)).toBe(body.n);
      expect(await restore(next, body)).toBe(body.n);
      expect((await ledgerOf(next.ports)).state.sources.get(GAME_SOURCE)!.counts).toMatchObject({ accepted: 8, quarantined: 2 });
    }
  });

  it('is refused when a table moved since the plan was made', async () => {
    const { lab } = await withLandings();
    const { body } = await plan(lab);
    await lab.land(records('a', { offset: 14 }));
    await lab.commit();
    await expect(restore(lab, body)).rejects.toThrow(/has moved since the plan was made/);
  });

  it('with entries gone that a table had still to apply gives up their rows only when a person accepts it', async () => {
    const { lab } = await withLandings();
    await lab.land(records('aab', { offset: 14 }));
    lab.setFault(({ op, target }) => (op === 'commit' && target.includes('events') ? { kind: 'fail-before' } : undefined));
    await lab.commit().catch(() => undefined);
    lab.setFault(() => undefined);
    const { state } = await ledgerOf(lab.ports);
    expect(state.tables.get(GAME_TABLE)!.pending).toContain(state.n);
    // A checkpoint names the entry as open, and the entry is gone.
    await lab.ports.files.create(paths(lab).checkpoint(state.n), encodeCheckpoint(state));
    lose(lab, (uri) => uri === paths(lab).entry(state.n));
    await expect(plan(lab)).rejects.toThrow(/3 rows of entries that are gone.*--accept/);
    await restore(lab, (await plan(lab, true)).body);
    await lab.commit();
    const report = await audit(lab.ports);
    expect(report.tables.find(({ table }) => table === GAME_TABLE)).toMatchObject({
      missing: { count: 0 },
      removedByRule: { 'recovered-without': { count: 3 } },
    });
  });

  it('keeps entries as open that stand before its checkpoint and that a table has still to apply', async () => {
    const { lab, rows } = await withLandings();
    await lab.land(records('aab', { offset: 14 }));
    lab.setFault(({ op, target }) => (op === 'commit' && target.includes('events') ? { kind: 'fail-before' } : undefined));
    await lab.commit().catch(() => undefined);
    const { state } = await ledgerOf(lab.ports);
    expect(state.tables.get(GAME_TABLE)!.pending).toContain(state.n);
    await lab.ports.files.create(paths(lab).checkpoint(state.n), encodeCheckpoint(state));
    await lab.land(records('a', { offset: 17 }));
    await lab.land(records('b', { offset: 18 }));
    for (let i = 0; i < 2; i++) await lab.commit().catch(() => undefined);
    lab.setFault(() => undefined);
    // The table waits for the entry of the checkpoint and for a later one; something after both is damaged.
    const end = (await ledgerOf(lab.ports)).state.n;
    expect(end).toBeGreaterThan(state.n);
    lab.world.objects.set(paths(lab).entry(end + 1), { ...lab.world.objects.get(paths(lab).entry(end))! });
    const planned = await plan(lab);
    expect(planned.effects.join('\n')).not.toMatch(/given up/);
    await restore(lab, planned.body);
    await lab.commit();
    expect(await rowsOf(lab.ports, GAME_TABLE)).toEqual([...rows.main, ...[14, 15, 16, 17, 18].map((at) => `0:${at}:p0-${at}`)].sort());
    const report = await audit(lab.ports);
    expect(report.tables.every(({ missing, foreign, doubles }) => missing.count + foreign.count + doubles.count === 0)).toBe(true);
  });
});
