// A ring is a name that anybody with access to the queue may send: for one that nothing was ever landed for, nothing is made; where only the
// ledger's identity was lost, it is made anew, as what is staged must not wait for ever.
import { describe, expect, it } from 'vitest';
import { LIMITS } from '../../../src/contract/limits.ts';
import { contractPaths } from '../../../src/contract/names.ts';
import { commitContract } from '../../../src/jobs/commit-contract.ts';
import { startDeadline } from '../../../src/jobs/deadline.ts';
import { type Lab, makeLab, records } from '../../support/memory/index.ts';

const commit = (lab: Lab, contractName: string) =>
  commitContract({ ports: lab.ports, contractName, deadline: startDeadline(lab.ports.clock, LIMITS.commitDeadlineMs) });

describe('promise 4, contained: a ring for a contract that nobody knows', () => {
  it('makes nothing, and answers that there is nothing', async () => {
    const lab = makeLab();
    expect(await commit(lab, 'nobody.knows')).toMatchObject({
      contract: 'nobody.knows',
      entry: 0,
      entriesCreated: 0,
      tables: [],
      parked: [],
    });
    expect([...lab.world.objects.keys()]).toEqual([]);
    expect(lab.calls.filter(({ op }) => ['create', 'commit', 'delete'].includes(op))).toEqual([]);
  });

  it('makes nothing beside the objects of a contract whose name only begins like it', async () => {
    const lab = makeLab();
    await lab.land(records('a'));
    const before = [...lab.world.objects.keys()];
    await commit(lab, 'game.event');
    expect([...lab.world.objects.keys()]).toEqual(before);
  });

  it('a lost identity is made anew where anything of the contract is left', async () => {
    const lab = makeLab();
    await lab.land(records('a'));
    const { identity } = contractPaths(lab.ports.root, 'game.events');
    expect(lab.world.objects.delete(identity)).toBe(true);
    await commit(lab, 'game.events');
    expect(lab.world.objects.has(identity)).toBe(true);
  });
});
