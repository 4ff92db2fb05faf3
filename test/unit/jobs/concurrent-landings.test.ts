// Landings of one process at once, as `firn run` has them: they share a judge and take turns at its memory, whose batches lie in arenas
// that the landing gives back however it ends.
import { describe, expect, it } from 'vitest';
import { packRecords, releaseRecords } from '../../../src/decode/pack-records.ts';
import { InvariantError } from '../../../src/errors.ts';
import { createJudge } from '../../../src/pipeline/judge.ts';
import { GAME_SOURCE, type GameRecord, gameContract, gameRecords } from '../../support/memory/game.ts';
import { audit, GAME_QUARANTINE, GAME_TABLE, makeLab, records, rowsOf, rowText } from '../../support/memory/index.ts';

/** The same records in an arena. */
function inArena(batch: readonly GameRecord[]) {
  const plain = gameRecords(batch);
  return packRecords(
    batch.map(({ partition, offset, timestampMs }, i) => ({
      source: { id: GAME_SOURCE, topic: 'events' },
      topicPartition: partition,
      kafkaOffset: offset,
      timestampMs,
      timestampType: 0 as const,
      key: null,
      value: Buffer.from(plain.bytes.subarray(plain.valueStart[i], plain.valueEnd[i])),
      headers: undefined,
    })),
    { inArena: true },
  );
}

describe('landings at once in one process', () => {
  it('keep each its own rows, also when some of them fail midway and are landed again', async () => {
    const lab = makeLab();
    const judge = createJudge(gameContract());
    const batches = Array.from({ length: 12 }, (_, partition) => records('abxn'.repeat(40 + partition * 30), { partition }));
    let creates = 0;
    const files = new Proxy(lab.ports.files, {
      get: (target, name) => {
        if (name !== 'create') return Reflect.get(target, name);
        return async (...given: Parameters<typeof target.create>) => {
          const turn = creates++;
          for (let i = 0; i < (turn * 7) % 11; i++) await new Promise((resolve) => setImmediate(resolve));
          if (turn % 5 === 3 && turn < 60) throw new InvariantError('invariant broken: planted', { code: 'invariant' });
          return target.create(...given);
        };
      },
    });
    let failed = 0;
    const landOne = async (batch: readonly GameRecord[]): Promise<void> => {
      const packed = inArena(batch);
      try {
        await lab.land(batch, { records: packed, judge, ports: { ...lab.ports, files } });
      } catch (error) {
        if (!(error instanceof InvariantError)) throw error;
        failed++;
      } finally {
        releaseRecords(packed);
      }
    };
    await lab.land([]);
    for (let round = 0; round < 2; round++) await Promise.all(batches.map(landOne));
    await Promise.all(batches.map(landOne));
    expect(failed).toBeGreaterThan(3);
    while ((await lab.commit()).descriptorsDecided > 0);
    const of = (kinds: string, table: string) =>
      batches
        .flat()
        .filter(({ kind }) => kinds.includes(kind))
        .map((one) => rowText(one, table))
        .sort();
    expect(await rowsOf(lab.ports, GAME_TABLE)).toEqual(of('ab', GAME_TABLE));
    expect(await rowsOf(lab.ports, GAME_QUARANTINE)).toEqual(of('x', GAME_QUARANTINE));
    expect((await audit(lab.ports)).clean).toBe(true);
  });
});
