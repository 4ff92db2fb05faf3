import { describe, expect, it } from 'vitest';
import { LIMITS } from '../../../src/contract/limits.ts';
import { contractPaths } from '../../../src/contract/names.ts';
import { startDeadline } from '../../../src/jobs/deadline.ts';
import { beginRun, endRun } from '../../../src/jobs/run-marker.ts';
import { makeLab } from '../../support/memory/index.ts';

const CONTRACT = 'game.events';

function runs() {
  const { ports, world } = makeLab();
  const of = (execution: string, kind = 'maintain') => ({
    begin: () => beginRun({ ports, contractName: CONTRACT, kind, execution, deadline: startDeadline(ports.clock, 1_000) }),
    end: () => endRun({ ports, contractName: CONTRACT, kind, execution }),
  });
  const markers = () => world.urisUnder(contractPaths(ports.root, CONTRACT).runs('maintain')).length;
  return { of, world, markers };
}

describe('the marker of a run', () => {
  it('keeps a second run of the contract away until the first has ended', async () => {
    const { of, markers } = runs();
    expect(await of('a').begin()).toBe(true);
    expect(await of('b').begin()).toBe(false);
    await of('a').end();
    expect(markers()).toBe(0);
    expect(await of('b').begin()).toBe(true);
  });

  it('lets the same run begin again after a lost reply, and other kinds and contracts beside it', async () => {
    const { of } = runs();
    expect([await of('a').begin(), await of('a').begin(), await of('b', 'recover').begin()]).toEqual([true, true, true]);
  });

  it('of runs that begin in the same moment at most one goes on, and whoever steps back leaves nothing', async () => {
    const { of, markers } = runs();
    const begun = await Promise.all(['a', 'b', 'c'].map((name) => of(name).begin()));
    expect(begun.filter(Boolean).length).toBeLessThanOrEqual(1);
    expect(markers()).toBe(begun.filter(Boolean).length);
  });

  it('of a run that never ended means nothing once no run can be so old', async () => {
    const { of, world, markers } = runs();
    await of('a').begin();
    world.advance(LIMITS.runMarkerLifeMs + 1);
    expect(await of('b').begin()).toBe(true);
    expect(markers()).toBe(1);
    expect(LIMITS.runMarkerLifeMs).toBeGreaterThanOrEqual(1000 * (Math.max(LIMITS.maintainRunS, LIMITS.recoverRunS) + 14 * 60));
  });

  it('is cleared twice without harm', async () => {
    const { of } = runs();
    await of('a').begin();
    await of('a').end();
    await of('a').end();
  });
});
