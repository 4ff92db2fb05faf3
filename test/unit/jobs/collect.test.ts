// Collection of old ledger entries: only those that a checkpoint has covered for the history period and that every table has applied.
import { describe, expect, it } from 'vitest';
import { LIMITS } from '../../../src/contract/limits.ts';
import { contractPaths } from '../../../src/contract/names.ts';
import { checkpointLedger } from '../../../src/jobs/checkpoint-ledger.ts';
import { startDeadline } from '../../../src/jobs/deadline.ts';
import { numberOf } from '../../../src/jobs/load-ledger.ts';
import { emptyState, markApplied } from '../../../src/ledger/state.ts';
import { audit, GAME_QUARANTINE, GAME_TABLE, type Lab, ledgerOf, makeLab, records } from '../../support/memory/index.ts';

const entriesOf = (lab: Lab) => lab.world.urisUnder(contractPaths(lab.ports.root, 'game.events').ledger).map(numberOf);

/** Makes it time for a checkpoint now, with tables known to be where they say, but for those held back. */
async function checkpoint(lab: Lab, held: { readonly table: string; readonly entry: number } | undefined = undefined) {
  const { state } = await ledgerOf(lab.ports);
  for (const table of state.tables.values()) markApplied(table, table.table === held?.table ? held.entry - 1 : state.n);
  const deadline = startDeadline(lab.ports.clock, LIMITS.commitDeadlineMs);
  const request = {
    ports: lab.ports,
    contractName: 'game.events',
    state,
    checkpoint: state.n - LIMITS.checkpointEveryEntries,
    staged: new Set<string>(),
    deadline,
  };
  return checkpointLedger(request);
}

async function landSome(lab: Lab, from: number): Promise<void> {
  for (let i = from; i < from + 3; i++) {
    await lab.land(records('ax', { offset: i * 2 }));
    await lab.commit();
  }
}

describe('promise 3, nothing live is deleted: collecting ledger entries', () => {
  it('an entry stays until its checkpoint is older than the history period, then goes', async () => {
    const lab = makeLab();
    await landSome(lab, 0);
    const covered = (await ledgerOf(lab.ports)).state.n;
    expect(await checkpoint(lab)).toEqual({ written: true, collected: 0 });
    await landSome(lab, 3);
    lab.world.advance(LIMITS.ledgerHistoryMs - 1000);
    expect(await checkpoint(lab)).toEqual({ written: true, collected: 0 });
    await landSome(lab, 6);
    lab.world.advance(2000);
    expect(await checkpoint(lab)).toEqual({ written: true, collected: covered });
    expect(Math.min(...entriesOf(lab).map(Number))).toBe(covered + 1);
    await landSome(lab, 9);
    expect((await audit(lab.ports)).clean).toBe(true);
  });

  it('a backlog of old entries is collected in bounded units, oldest first', async () => {
    const lab = makeLab();
    await landSome(lab, 0);
    const { n } = (await ledgerOf(lab.ports)).state;
    const paths = contractPaths(lab.ports.root, 'game.events');
    const last = n + 3 * LIMITS.collectedEntriesMax;
    for (let i = n + 1; i <= last; i++) lab.world.putIfAbsent(paths.entry(i), Buffer.from('old'));
    lab.world.putIfAbsent(paths.checkpoint(last), Buffer.from('old'));
    lab.world.advance(LIMITS.ledgerHistoryMs + 1000);
    const state = { ...emptyState('game.events'), n: last + LIMITS.checkpointEveryEntries };
    const deadline = startDeadline(lab.ports.clock, LIMITS.commitDeadlineMs);
    const request = { ports: lab.ports, contractName: 'game.events', state, checkpoint: last, staged: new Set<string>(), deadline };
    for (let left = last; left > 0; left -= LIMITS.collectedEntriesMax) {
      expect((await checkpointLedger(request)).collected).toBe(Math.min(left, LIMITS.collectedEntriesMax));
      expect(entriesOf(lab)[0]).toBe(left > LIMITS.collectedEntriesMax ? last - left + LIMITS.collectedEntriesMax + 1 : undefined);
    }
  });

  it('a committer that slept after its look at the ledger collects no entry it has not seen', async () => {
    const lab = makeLab();
    await landSome(lab, 0);
    const { state } = await ledgerOf(lab.ports);
    for (const table of state.tables.values()) markApplied(table, state.n);
    const seen = state.n;
    // Another committer goes on: its entry is still needed by a table, and its checkpoint grows old.
    await lab.land(records('ax', { offset: 50 }));
    await lab.commit();
    await checkpoint(lab, { table: GAME_QUARANTINE, entry: seen + 1 });
    lab.world.advance(LIMITS.ledgerHistoryMs + 1000);
    const request = {
      ports: lab.ports,
      contractName: 'game.events',
      state,
      checkpoint: seen - LIMITS.checkpointEveryEntries,
      staged: new Set<string>(),
      deadline: startDeadline(lab.ports.clock, LIMITS.commitDeadlineMs),
    };
    expect(await checkpointLedger(request)).toEqual({ written: true, collected: seen });
    expect(entriesOf(lab)).toEqual([seen + 1]);
    expect((await ledgerOf(lab.ports)).state.tables.get(GAME_QUARANTINE)!.pending).toEqual([seen + 1]);
  });

  it('an entry that a table still needs stays, however old', async () => {
    const lab = makeLab();
    await landSome(lab, 0);
    const { n } = (await ledgerOf(lab.ports)).state;
    const held = { table: GAME_QUARANTINE, entry: n - 1 };
    await checkpoint(lab, held);
    lab.world.advance(LIMITS.ledgerHistoryMs + 1000);
    await lab.land(records('a', { offset: 50 }));
    await lab.commit();
    await checkpoint(lab, held);
    expect(entriesOf(lab)).toEqual([n - 1, n, n + 1]);
    expect((await ledgerOf(lab.ports)).state.tables.get(GAME_QUARANTINE)!.pending).toEqual([n - 1, n]);
    expect((await ledgerOf(lab.ports)).state.tables.get(GAME_TABLE)!.pending).toEqual([]);
  });
});
