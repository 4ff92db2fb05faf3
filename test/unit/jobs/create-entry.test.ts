// The one step that decides: a number that was ever taken is never taken again.
import { describe, expect, it } from 'vitest';
import { LIMITS } from '../../../src/contract/limits.ts';
import { contractPaths } from '../../../src/contract/names.ts';
import { createEntry } from '../../../src/jobs/create-entry.ts';
import { startDeadline } from '../../../src/jobs/deadline.ts';
import { type Lab, makeLab } from '../../support/memory/index.ts';

const entryUri = (lab: Lab) => contractPaths(lab.ports.root, 'game.events').entry(1);
const create = (lab: Lab) =>
  createEntry({
    ports: lab.ports,
    contractName: 'game.events',
    after: 0,
    draft: { kind: 'absent', evidence: 'declared', ranges: [] },
    deadline: startDeadline(lab.ports.clock, LIMITS.commitDeadlineMs),
  });

describe('creating a ledger entry', () => {
  it('a number whose entry is taken and then collected is not taken again', async () => {
    const lab = makeLab();
    lab.world.putIfAbsent(entryUri(lab), Buffer.from('another entry'));
    lab.setFault(({ op }) => (op === 'read' ? { kind: 'rival', act: () => void lab.world.objects.delete(entryUri(lab)) } : undefined));
    expect(await create(lab)).toBeUndefined();
    expect(lab.world.objects.has(entryUri(lab))).toBe(false);
  });

  it('an entry whose creation was reported as unknown is ours when it is there under our id', async () => {
    const lab = makeLab({ fault: ({ op }) => (op === 'create' ? { kind: 'apply-then-fail' } : undefined) });
    expect(await create(lab)).toMatchObject({ n: 1, kind: 'absent' });
    expect(lab.calls.filter(({ op }) => op === 'create')).toHaveLength(1);
  });
});
