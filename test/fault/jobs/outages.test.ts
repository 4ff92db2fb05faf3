// What is gone for an hour: the catalog, for landers and committers of their own and for one process that reads and commits. Nothing is lost,
// doubled or copied in vain, no failure is taken for another, and the backlog goes in few snapshots once it is back. And what a stop leaves.
import { describe, expect, it } from 'vitest';
import { LIMITS } from '../../../src/contract/limits.ts';
import { FirnError } from '../../../src/errors.ts';
import { ensureTables } from '../../../src/jobs/ensure-tables.ts';
import type { RunEvent } from '../../../src/jobs/run-contract.ts';
import { FakeKafka } from '../../support/kafka/fake-kafka.ts';
import { runUntilIdle } from '../../support/kafka/run-lab.ts';
import { metadataOf } from '../../support/memory/applying.ts';
import {
  audit,
  type FaultHook,
  GAME_QUARANTINE,
  GAME_TABLE,
  gameContract,
  type Lab,
  makeLab,
  observer,
  records,
  rowsOf,
} from '../../support/memory/index.ts';

const HOUR_MS = 3_600_000;
const staged = (lab: Lab) => lab.world.urisUnder(`${lab.ports.root}/_firn/game.events/staged/`);
const rows = (offsets: readonly number[]) => offsets.map((offset) => `0:${offset}:p0-${offset}`).sort();
const upTo = (end: number) => Array.from({ length: end }, (_, i) => i);

/** How a catalog that is down answers. */
const DOWN: Readonly<Record<string, FaultHook>> = {
  'refuses every connection': ({ port }) => (port === 'catalog' ? { kind: 'fail-before' } : undefined),
  'takes requests and answers none': ({ port }) => (port === 'catalog' ? { kind: 'lost' } : undefined),
  'answers what is read, and no commit': ({ op }) => (op === 'commit' ? { kind: 'lost' } : undefined),
};

describe('promise 1, accounted: a catalog that is down for an hour', () => {
  it.each(Object.entries(DOWN))(
    '%s: what lands meanwhile is staged, commits fail loudly, and all of it is applied once it is back',
    async (_, down) => {
      const lab = makeLab();
      await lab.land(records('ax'));
      await lab.commit();
      const resolved = await ensureTables({ ports: lab.ports, contract: gameContract() });
      const committer = makeLab({ world: lab.world, process: 'committer', seed: 5, fault: down });
      const startedMs = lab.world.nowMs();
      for (let landing = 1; landing <= 12; landing++) {
        await lab.land(records('ax', { offset: 2 * landing }), { resolved });
        const failed = await committer.commit().catch((error: unknown) => error);
        expect(failed).toBeInstanceOf(FirnError);
        expect((failed as FirnError).isRetryable || (failed as FirnError).name === 'CommitStateUnknownError').toBe(true);
        lab.world.advance(Math.max(0, startedMs + (landing * HOUR_MS) / 12 - lab.world.nowMs()));
      }
      expect(staged(lab)).toHaveLength(12);
      expect(lab.world.nowMs() - startedMs).toBeGreaterThanOrEqual(HOUR_MS);
      expect(await audit(lab.ports)).toMatchObject({ parked: [] });
      const snapshots = (await metadataOf(lab)).snapshots.length;
      const next = observer(lab.world);
      expect((await next.commit()).parked).toEqual([]);
      expect(await rowsOf(next.ports, GAME_TABLE)).toEqual(rows(upTo(26).filter((at) => at % 2 === 0)));
      expect(await rowsOf(next.ports, GAME_QUARANTINE)).toHaveLength(13);
      expect(await audit(next.ports)).toMatchObject({ clean: true, sources: [{ covered: 26 }] });
      expect(staged(lab)).toEqual([]);
      expect((await metadataOf(lab)).snapshots.length - snapshots).toBe(1);
    },
  );

  it('under a process that reads and commits: it waits in bounded pauses, holds no more than it may, and goes on', async () => {
    const lab = makeLab();
    const kafka = new FakeKafka(lab.world);
    kafka.makeTopic('events', 1);
    kafka.append('events', records('aaaa'));
    let downAtMs: number | undefined;
    let minutes = 0;
    lab.setFault(({ port }) =>
      downAtMs !== undefined && port === 'catalog' && lab.world.nowMs() - downAtMs < HOUR_MS ? { kind: 'fail-before' } : undefined,
    );
    const run = await runUntilIdle(lab, kafka, {
      isStopping: () => downAtMs !== undefined && lab.world.nowMs() - downAtMs > 1.2 * HOUR_MS,
      onEvent: (event) => {
        if (event.kind === 'committed') downAtMs ??= lab.world.nowMs();
        if (event.kind !== 'retrying') return;
        expect(event.pauseMs).toBeLessThanOrEqual(Math.max(LIMITS.runRetryMsMax, LIMITS.commitIntervalMs));
        if (lab.world.nowMs() - downAtMs! > (minutes + 1) * 600_000) {
          kafka.append('events', records('a', { offset: 4 + minutes }));
          minutes++;
        }
      },
    });
    expect(minutes).toBeGreaterThanOrEqual(5);
    expect(run.of('retrying').length).toBeGreaterThan(100);
    expect(await rowsOf(lab.ports, GAME_TABLE)).toEqual(rows(upTo(4 + minutes)));
    expect(await audit(lab.ports)).toMatchObject({ clean: true, parked: [] });
  });
});

describe('promise 2, once: a run that is told to stop', () => {
  it.each(['assigned', 'landed', 'committed'] as const)(
    'at the first %s: what it has read is landed and committed, the group is left, the next goes on',
    async (kind) => {
      const lab = makeLab();
      const kafka = new FakeKafka(lab.world);
      kafka.makeTopic('events', 2);
      for (const partition of [0, 1]) kafka.append('events', records('axaaxaaaaa', { partition }));
      const events: RunEvent[] = [];
      await runUntilIdle(lab, kafka, {
        onEvent: (event) => void events.push(event),
        isStopping: () => events.some((one) => one.kind === kind),
      });
      expect(staged(lab)).toEqual([]);
      const landed = events.reduce((sum, event) => sum + (event.kind === 'landed' ? event.result.records : 0), 0);
      const read =
        (await rowsOf(lab.ports, GAME_TABLE).catch(() => [])).length + (await rowsOf(lab.ports, GAME_QUARANTINE).catch(() => [])).length;
      expect(read).toBe(landed);
      expect(kind === 'assigned' || landed > 0).toBe(true);
      await runUntilIdle(lab, kafka, { name: 'next' });
      expect(await rowsOf(lab.ports, GAME_TABLE)).toHaveLength(16);
      expect(await audit(lab.ports)).toMatchObject({ clean: true, sources: [{ covered: 10 }, { covered: 10 }] });
    },
  );
});

describe('promise 10, bounded: a topic of a thousand partitions', () => {
  it('lands and commits in few files and snapshots, every record once, and goes on where it was', async () => {
    const lab = makeLab();
    const kafka = new FakeKafka(lab.world);
    kafka.makeTopic('events', 1000);
    for (let partition = 0; partition < 1000; partition++) kafka.append('events', records('an', { partition }));
    await runUntilIdle(lab, kafka);
    kafka.append('events', records('a', { partition: 999, offset: 2 }));
    const again = await runUntilIdle(lab, kafka, { name: 'two' });
    expect(again.of('assigned')[0]).toMatchObject({ partitions: 1000 });
    expect(again.of('landed').map(({ result }) => result.records)).toEqual([1]);
    expect(await rowsOf(lab.ports, GAME_TABLE)).toHaveLength(1001);
    const report = await audit(lab.ports);
    expect(report.clean).toBe(true);
    expect(report.sources.reduce((sum, { covered }) => sum + covered, 0)).toBe(2001);
    expect((await metadataOf(lab)).snapshots.length).toBeLessThan(50);
  });
});
