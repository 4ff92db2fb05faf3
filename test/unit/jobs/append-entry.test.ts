// An entry that a plan, a resolver or an operator adds: made from the ledger as it is when it gets its number, or not at all.
import { describe, expect, it } from 'vitest';
import { LIMITS } from '../../../src/contract/limits.ts';
import { contractPaths } from '../../../src/contract/names.ts';
import { appendEntry } from '../../../src/jobs/append-entry.ts';
import type { EntryDraft } from '../../../src/ledger/entries.ts';
import { calls, deadlineOf, enter } from '../../support/memory/applying.ts';
import { CONTRACT } from '../../support/memory/folded.ts';
import { ledgerOf, makeLab, observer, records } from '../../support/memory/index.ts';

const source = (n: number): EntryDraft => ({ kind: 'source', sources: [{ sourceId: `s${n}/events/1`, topic: 'events', observed: {} }] });

async function landed() {
  const lab = makeLab();
  await lab.land(records('a'));
  await lab.commit();
  return lab;
}

describe('an entry that is appended', () => {
  it('has the number after the ledger its draft was made from', async () => {
    const lab = await landed();
    const { n } = (await ledgerOf(lab.ports)).state;
    const entry = await appendEntry({
      ports: lab.ports,
      contractName: CONTRACT,
      deadline: deadlineOf(lab),
      draft: ({ state }) => source(state.n),
    });
    expect(entry).toMatchObject({ n: n + 1, sources: [{ sourceId: `s${n}/events/1` }] });
    expect((await ledgerOf(lab.ports)).state.n).toBe(n + 1);
  });

  it('is drafted again from what rivals made of the ledger, as often as a commit tries, and then not at all', async () => {
    for (const wins of [LIMITS.commitPassesMax - 1, LIMITS.commitPassesMax]) {
      const lab = await landed();
      const { n } = (await ledgerOf(lab.ports)).state;
      const rival = observer(lab.world);
      const seen: number[] = [];
      const outcome = appendEntry({
        ports: lab.ports,
        contractName: CONTRACT,
        deadline: deadlineOf(lab),
        draft: async ({ state }) => {
          seen.push(state.n);
          if (seen.length <= wins) await enter(rival, source(1000 + seen.length));
          return source(state.n);
        },
      });
      if (wins < LIMITS.commitPassesMax)
        expect(await outcome).toMatchObject({ n: n + wins + 1, sources: [{ sourceId: `s${n + wins}/events/1` }] });
      else
        await expect(outcome).rejects.toMatchObject({
          name: 'CommitConflictError',
          code: 'ledger-conflict',
          details: { attempts: LIMITS.commitPassesMax },
          message: expect.stringContaining(`${LIMITS.commitPassesMax} times in a row`),
        });
      expect(seen).toEqual(Array.from({ length: Math.min(wins + 1, LIMITS.commitPassesMax) }, (_, i) => n + i));
    }
  });

  it('asks for no number that a table shows to be given already', async () => {
    const lab = await landed();
    const { n } = (await ledgerOf(lab.ports)).state;
    const rival = observer(lab.world);
    let drafts = 0;
    const entry = await appendEntry({
      ports: lab.ports,
      contractName: CONTRACT,
      deadline: deadlineOf(lab),
      draft: async ({ state }) => {
        if (drafts++ === 0) {
          await rival.land(records('a', { offset: 1 }));
          await rival.commit();
        }
        return source(state.n);
      },
    });
    expect(entry).toMatchObject({ n: n + 2 });
    const paths = contractPaths(lab.ports.root, CONTRACT);
    expect(calls(lab, 'create').filter(({ target }) => target === paths.entry(n + 1))).toEqual([]);
  });

  it('is none where there is nothing to record, and none where there is no ledger', async () => {
    const lab = await landed();
    const { n } = (await ledgerOf(lab.ports)).state;
    const request = { ports: lab.ports, deadline: deadlineOf(lab) };
    expect(await appendEntry({ ...request, contractName: CONTRACT, draft: () => undefined })).toBeUndefined();
    await expect(appendEntry({ ...request, contractName: 'game.others', draft: () => source(1) })).rejects.toMatchObject({
      name: 'InputRefusedError',
      code: 'no-ledger',
      message: expect.stringContaining('game.others has no ledger'),
    });
    expect((await ledgerOf(lab.ports)).state.n).toBe(n);
  });
});
