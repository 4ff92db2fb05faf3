// Brief schedules: what a million of them rests on. A block of seeds goes on from one world, so a schedule must be the same whoever played
// before it, and with the shortcuts as without.
import { createHash } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { BLOCK, blockOf, LONG_UNTIL, lengthOf } from './engine/lengths.ts';
import { runPool } from './engine/pool.ts';
import { runSchedule } from './engine/schedule.ts';
import type { Part, PartReport } from './engine/worker.ts';

const FROM = LONG_UNTIL + 1;
/** In the world that this block goes on from, something has happened. */
const SECOND = FROM + BLOCK;

async function play(part: Part): Promise<PartReport> {
  const parts = [part];
  const reports: PartReport[] = [];
  await runPool({ workers: 1, next: () => parts.pop(), report: (one) => void reports.push(one) });
  return reports[0]!;
}

describe('brief schedules', () => {
  it('up to a million seeds are long, beyond it one in forty', () => {
    const many = Array.from({ length: 1000 }, (_, i) => FROM + i);
    expect(many.filter((seed) => lengthOf(seed) === 'long')).toHaveLength(25);
    expect(many.map((seed) => lengthOf(seed - many.length))).not.toContain('brief');
  });

  it('no promise is broken after any step of a block, and every world becomes quiet', { timeout: 180_000 }, async () => {
    expect(blockOf(FROM + BLOCK - 1)).toBe(blockOf(FROM));
    const { run, failed, tally } = await play({ from: FROM, count: BLOCK, length: 'brief' });
    const [bad] = failed;
    expect(bad?.violation, `seed ${bad?.seed}\n${bad?.trace.slice(-20).join('\n')}`).toBeUndefined();
    expect(run).toBe(BLOCK);
    expect(tally['brief schedule']).toBe(BLOCK);
    expect(tally['land']! + tally['commit']!).toBeGreaterThan(BLOCK);
  });

  it('a schedule is the same whoever went on from its world before, with the shortcuts as without', async () => {
    const [first, other] = [FROM + 4, FROM + 7];
    const alone = await runSchedule(first);
    await runSchedule(other);
    expect(await runSchedule(first)).toEqual(alone);
    const { sha256 } = await play({ from: first, count: 1 });
    expect(sha256).toBe(createHash('sha256').update(JSON.stringify(alone)).digest('hex'));
  });

  it('two seeds of a block go on differently from the same world', async () => {
    const [one, two] = [await runSchedule(SECOND, { isWholeTrace: true }), await runSchedule(SECOND + 1, { isWholeTrace: true })];
    const at = one.trace.findIndex((line) => line.startsWith('goes on after'));
    expect(at).toBeGreaterThan(0);
    expect(two.trace.slice(0, at + 1)).toEqual(one.trace.slice(0, at + 1));
    expect(two.trace.slice(at + 1)).not.toEqual(one.trace.slice(at + 1));
  });
});
