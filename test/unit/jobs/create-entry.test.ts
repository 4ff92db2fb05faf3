// The one step that decides: a number that was ever taken is never taken again.
import { describe, expect, it } from 'vitest';
import { LIMITS } from '../../../src/contract/limits.ts';
import { contractPaths } from '../../../src/contract/names.ts';
import { CommitStateUnknownError, DeadlineError } from '../../../src/errors.ts';
import { createEntry } from '../../../src/jobs/create-entry.ts';
import { startDeadline } from '../../../src/jobs/deadline.ts';
import { parseEntry } from '../../../src/ledger/entry-codec.ts';
import { audit, GAME_TABLE, type Lab, ledgerOf, makeLab, records, rowsOf } from '../../support/memory/index.ts';

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

  it('a number that something garbled has is not taken again: it stays, and the message names it and the way out', async () => {
    const bytes = Buffer.from('another entry');
    for (const fault of [undefined, 'apply-then-fail'] as const) {
      const lab = makeLab(fault ? { fault: ({ op }) => (op === 'create' ? { kind: fault } : undefined) } : {});
      lab.world.putIfAbsent(entryUri(lab), bytes);
      await expect(create(lab)).rejects.toMatchObject({
        name: 'InputRefusedError',
        code: 'ledger-object-malformed',
        message: expect.stringMatching(/ledger\/0{19}1\.json\.zst: .*recover plan --kind ledger/),
        details: { uri: entryUri(lab) },
      });
      expect(lab.calls.map(({ op }) => op)).toEqual(['create', 'read']);
      expect(lab.world.objects.get(entryUri(lab))!.bytes).toEqual(bytes);
    }
  });

  it('a garbled entry stops its contract before anything is decided or deleted, and goes on once it is restored', async () => {
    const lab = makeLab();
    await lab.land(records('ab'));
    await lab.commit();
    await lab.land(records('a', { offset: 2 }));
    const state = (await ledgerOf(lab.ports)).state.n;
    const uri = contractPaths(lab.ports.root, 'game.events').entry(state + 1);
    lab.world.putIfAbsent(uri, Buffer.from('garbled'));
    const before = new Set(lab.world.objects.keys());
    await expect(lab.commit()).rejects.toMatchObject({ code: 'ledger-object-malformed', details: { uri } });
    expect(new Set(lab.world.objects.keys())).toEqual(before);
    lab.world.objects.delete(uri);
    await lab.commit();
    expect(await rowsOf(lab.ports, GAME_TABLE)).toEqual(['0:0:p0-0', '0:1:p0-1', '0:2:p0-2']);
    expect((await audit(lab.ports)).clean).toBe(true);
  });

  it('an entry whose creation was reported as unknown is ours when it is there under our id', async () => {
    const lab = makeLab({ fault: ({ op }) => (op === 'create' ? { kind: 'apply-then-fail' } : undefined) });
    expect(await create(lab)).toMatchObject({ n: 1, kind: 'absent' });
    expect(lab.calls.filter(({ op }) => op === 'create')).toHaveLength(1);
  });

  it('follows the one its draft was made after, with a fresh id, the time and the contract', async () => {
    const lab = makeLab();
    const entry = await create(lab);
    expect(entry).toEqual({
      version: 1,
      n: 1,
      id: entry!.id,
      atMs: lab.world.nowMs(),
      contract: 'game.events',
      kind: 'absent',
      evidence: 'declared',
      ranges: [],
    });
    expect(parseEntry(lab.world.objects.get(entryUri(lab))!.bytes, 1)).toEqual(entry);
    expect((await create(makeLab({ seed: 2 })))!.id).not.toBe(entry!.id);
    expect(lab.calls.map(({ op }) => op)).toEqual(['create']);
  });

  it('a number that another entry has is not ours, and the other one stays', async () => {
    const lab = makeLab();
    const theirs = await create(makeLab({ world: lab.world, seed: 2 }));
    expect(await create(lab)).toBeUndefined();
    expect(parseEntry(lab.world.objects.get(entryUri(lab))!.bytes, 1)).toEqual(theirs);
  });

  it('an attempt without an answer is followed by another of the same entry, after a pause', async () => {
    for (const kind of ['lost', 'fail-before'] as const) {
      let attempts = 0;
      const lab = makeLab({ fault: ({ op }) => (op === 'create' && attempts++ < LIMITS.ioAttemptsMax - 1 ? { kind } : undefined) });
      const before = lab.world.nowMs();
      expect(await create(lab)).toMatchObject({ n: 1 });
      expect(attempts).toBe(LIMITS.ioAttemptsMax);
      expect(lab.world.nowMs()).toBeGreaterThan(before);
    }
  });

  it('after its last attempt nobody can tell, and nothing is deleted', async () => {
    const lab = makeLab({ fault: ({ op }) => (op === 'create' ? { kind: 'lost' } : undefined) });
    const error = await create(lab).catch((caught: unknown) => caught);
    expect(error).toBeInstanceOf(CommitStateUnknownError);
    expect((error as CommitStateUnknownError).code).toBe('entry-unknown');
    expect(lab.calls.filter(({ op }) => op === 'create')).toHaveLength(LIMITS.ioAttemptsMax);
    expect(lab.calls.filter(({ op }) => op === 'delete')).toEqual([]);
  });

  it('an error that is no failure of the store is not taken for an unknown outcome', async () => {
    const lab = makeLab({ fault: ({ op }) => (op === 'create' ? { kind: 'crash-before' } : undefined) });
    await expect(create(lab)).rejects.toThrow(/has crashed/);
    expect(lab.calls.filter(({ op }) => op === 'create')).toHaveLength(1);
    const refused = makeLab({ fault: ({ op }) => (op === 'create' ? { kind: 'refuse' } : undefined) });
    await expect(create(refused)).rejects.toThrow(/refused/);
    expect(refused.calls.map(({ op }) => op)).toEqual(['create']);
  });

  it('a process whose time is over creates nothing, nor after an attempt that took the rest of it', async () => {
    const late = makeLab();
    const over = startDeadline(late.ports.clock, 0);
    const request = { contractName: 'game.events', after: 0, draft: { kind: 'absent', evidence: 'declared', ranges: [] } } as const;
    await expect(createEntry({ ...request, ports: late.ports, deadline: over })).rejects.toThrow(/before: creation of ledger entry 1/);
    expect(late.calls).toEqual([]);
    let hasFailed = false;
    const slow = makeLab({
      fault: ({ op }) => (op === 'create' && !hasFailed ? { kind: 'lost' } : op === 'read' ? { kind: 'delay', ms: 5000 } : undefined),
      answered: async ({ op }) => void (hasFailed ||= op === 'create'),
    });
    await expect(createEntry({ ...request, ports: slow.ports, deadline: startDeadline(slow.ports.clock, 4000) })).rejects.toThrow(
      DeadlineError,
    );
    expect(slow.calls.filter(({ op }) => op === 'create')).toHaveLength(1);
  });
});
