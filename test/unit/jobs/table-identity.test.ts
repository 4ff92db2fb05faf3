// Is a table still the one the ledger materialises? Every way in which it may not be, and what does not matter.
import { describe, expect, it } from 'vitest';
import type { Snapshot, TableMetadata } from '../../../src/iceberg/types.ts';
import { checkIdentity, lastEntryOf, ledgerReference, parseApplied } from '../../../src/jobs/table-identity.ts';
import { emptyState, type TableState, tableOf } from '../../../src/ledger/state.ts';
import { CONTRACT } from '../../support/memory/folded.ts';
import { makeLab } from '../../support/memory/index.ts';
import { TABLE } from '../../support/memory/samples.ts';

const lab = makeLab();
const REFERENCE = ledgerReference(lab.ports.root, { contractName: CONTRACT, ledgerId: 'ledger-1' });
const OURS = { 'firn.contract': CONTRACT, 'firn.ledger': REFERENCE, 'firn.applied': '5' };
const snapshot = (id: bigint, parent: bigint | undefined, entries?: string): Snapshot =>
  ({
    'snapshot-id': id,
    ...(parent === undefined ? {} : { 'parent-snapshot-id': parent }),
    summary: { operation: 'append', ...(entries ? { 'firn.entries': entries } : {}) },
  }) as unknown as Snapshot;
/** Snapshots 1 ← 2 ← 3; the tag is at 2, which applied entries 4 and 5. */
const metadata = (change: object = {}): TableMetadata =>
  ({
    'table-uuid': 'u',
    properties: OURS,
    snapshots: [snapshot(1n, undefined, '3'), snapshot(2n, 1n, '4-5'), snapshot(3n, 2n)],
    'current-snapshot-id': 3n,
    refs: { 'firn-applied': { 'snapshot-id': 2n, type: 'tag' } },
    ...change,
  }) as unknown as TableMetadata;
async function check(change: object = {}, table: Partial<TableState> = {}, entry = 9): Promise<string> {
  const known = Object.assign(tableOf(emptyState(CONTRACT), TABLE), { uuid: 'u', floor: 5, ...table });
  const request = { ports: lab.ports, contractName: CONTRACT, ledgerId: 'ledger-1', entry, table: known, metadata: metadata(change) };
  const verdict = await checkIdentity(request);
  if (verdict.kind === 'ours') return `ours at ${verdict.applied}`;
  expect(verdict.message.startsWith(`${TABLE}: `)).toBe(true);
  return `${verdict.reason}: ${verdict.message.slice(TABLE.length + 2)}`;
}
const properties = (change: object) => ({ properties: { ...OURS, ...change } });

describe('a table is ours', () => {
  it('with our properties, at the entry it says, while the current snapshot descends from our tag', async () => {
    expect(await check()).toBe('ours at 5');
    expect(await check({}, { floor: 4 })).toBe('ours at 5');
    expect(await check({}, {}, 5)).toBe('ours at 5');
    expect(await check({}, { uuid: undefined })).toBe('ours at 5');
    expect(await check({ 'current-snapshot-id': 2n })).toBe('ours at 5');
  });

  it('before its first commit, without a tag or a snapshot', async () => {
    const empty = { ...properties({ 'firn.applied': '0' }), snapshots: [], refs: {}, 'current-snapshot-id': null };
    expect(await check(empty, { floor: 0 })).toBe('ours at 0');
    expect(await check({ ...empty, refs: undefined }, { floor: 0 })).toBe('ours at 0');
  });
});

describe('a table is another one', () => {
  it('with another identity', async () => {
    expect(await check({ 'table-uuid': 'v' })).toBe('table-recreated: expected table u, got v: it was dropped and made again');
  });

  it('with another contract or ledger in its properties, or none', async () => {
    const message = `ledger-mismatch: its properties name another contract or ledger than ${CONTRACT}`;
    for (const change of [{ 'firn.contract': 'x' }, { 'firn.ledger': 'x' }, { 'firn.contract': undefined }, { 'firn.ledger': undefined }]) {
      expect(await check(properties(change))).toBe(message);
    }
  });

  it('with a number that is none, or beyond the ledger', async () => {
    for (const text of ['', 'x', '-1', '1.5', '5 ', '1'.repeat(16), undefined]) {
      expect(await check(properties({ 'firn.applied': text }))).toBe('ledger-mismatch: the property firn.applied is no entry number');
    }
    expect(await check({}, {}, 4)).toBe('ledger-mismatch: it has applied entry 5, the ledger ends at 4');
  });
});

describe('a table was rolled back or restored', () => {
  it('with a number below one it had', async () => {
    expect(await check({}, { floor: 6 })).toBe('rolled-back: it had applied entry 6, now it says 5');
  });

  it('without our tag, the snapshot of it, or any current one', async () => {
    expect(await check({ refs: {} })).toBe('rolled-back: it has applied entry 5 but the tag firn-applied is gone');
    const gone = 'rolled-back: the snapshot of the tag firn-applied or the current one is gone';
    expect(await check({ snapshots: [snapshot(3n, 2n)] })).toBe(gone);
    expect(await check({ 'current-snapshot-id': null })).toBe(gone);
    expect(await check({ 'current-snapshot-id': undefined })).toBe(gone);
  });

  it('with the tag at another entry than its number', async () => {
    expect(await check(properties({ 'firn.applied': '6' }))).toBe('rolled-back: the tag firn-applied is at entry 5, the table at 6');
    expect(await check({ snapshots: [snapshot(2n, undefined), snapshot(3n, 2n)] })).toBe(
      'rolled-back: the tag firn-applied is at entry none, the table at 5',
    );
    expect(await check(properties({ 'firn.applied': '4' }), { floor: 0 })).toBe(
      'ledger-mismatch: the tag firn-applied is at entry 5, firn.applied was set back to 4',
    );
  });

  it('with a current snapshot that does not descend from our tag', async () => {
    expect(await check({ 'current-snapshot-id': 1n })).toBe('rolled-back: our last snapshot is not in the history of the current one');
  });
});

describe('an adopted state', () => {
  const adopt = (snapshotId: string | null, entry = 7) => ({ adopt: { snapshotId, applied: 2, entry }, floor: 6 });
  const foreign = { properties: {}, refs: {} };

  it('is gone on from, whatever tag and properties say, while the table is there or beyond it', async () => {
    expect(await check(foreign, adopt('3'))).toBe('ours at 2');
    expect(await check(foreign, adopt('1'))).toBe('ours at 2');
    expect(await check(foreign, adopt('3', 1))).toBe('ours at 2');
    expect(await check({ ...foreign, snapshots: [], 'current-snapshot-id': null }, adopt(null))).toBe('ours at 2');
    expect(await check({ ...foreign, snapshots: [], 'current-snapshot-id': undefined }, adopt(null))).toBe('ours at 2');
    expect(await check(properties({ 'firn.applied': '6' }), adopt('2'))).toBe('ours at 2');
  });

  it('that the table has left parks it', async () => {
    expect(await check({ 'current-snapshot-id': 1n }, adopt('2'))).toBe('rolled-back: it has left snapshot 2, from which it was to go on');
    expect(await check({ 'current-snapshot-id': null }, adopt('2'))).toBe(
      'rolled-back: it has left snapshot 2, from which it was to go on',
    );
    expect(await check(foreign, adopt(null))).toBe('rolled-back: it has left snapshot none, from which it was to go on');
  });

  it('is over once the table says that it has come to the entry', async () => {
    expect(await check({}, { ...adopt('9', 5), floor: 5 })).toBe('ours at 5');
    expect(await check({}, { ...adopt('9', 4), floor: 5 })).toBe('ours at 5');
    expect(await check({}, { ...adopt('9', 6), floor: 5 })).toBe('rolled-back: it has left snapshot 9, from which it was to go on');
  });
});

describe('what a table says of entries', () => {
  it('is a number of at most fifteen digits', () => {
    expect(['0', '42', '9'.repeat(15), '9'.repeat(16), 'x1', '1x', '', undefined].map(parseApplied)).toEqual([
      0,
      42,
      Number('9'.repeat(15)),
      undefined,
      undefined,
      undefined,
      undefined,
      undefined,
    ]);
  });

  it('and of a snapshot the last of those it applied', () => {
    expect(['41-43', '43', 'x', undefined].map((entries) => lastEntryOf(snapshot(1n, undefined, entries)))).toEqual([
      43,
      43,
      undefined,
      undefined,
    ]);
  });

  it('names the place of the ledger and its id', () => {
    expect(REFERENCE).toBe(`${lab.ports.root}/_firn/${CONTRACT}#ledger-1`);
  });
});
