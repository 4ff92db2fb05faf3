// Which snapshots a table keeps: all of the last hour, one of each hour before, what references need, and what the table itself asks for.
import { describe, expect, it } from 'vitest';
import { LIMITS } from '../../../../src/contract/limits.ts';
import { HOUR_TAG } from '../../../../src/contract/names.ts';
import { ancestry } from '../../../../src/iceberg/find-snapshot.ts';
import { identifierOf, loadTable } from '../../../../src/iceberg/load-table.ts';
import { startDeadline } from '../../../../src/jobs/deadline.ts';
import { expireTable } from '../../../../src/jobs/maintenance/expire-table.ts';
import { changeMetadata, GAME_TABLE, type Lab, makeLab, records } from '../../../support/memory/index.ts';

const MINUTE_MS = 60_000;
const HOUR_MS = 60 * MINUTE_MS;

/** A commit every ten minutes, from midnight. */
async function landedFor(hours: number): Promise<Lab> {
  const lab = makeLab();
  for (let i = 0; i < hours * 6; i++) {
    await lab.land(records('a', { offset: i }));
    await lab.commit();
    lab.world.advance(10 * MINUTE_MS);
  }
  return lab;
}

const expire = ({ ports }: Lab) =>
  expireTable({ ports, contractName: 'game.events', table: GAME_TABLE, deadline: startDeadline(ports.clock, LIMITS.maintainDeadlineMs) });

async function metadataOf(lab: Lab) {
  return (await loadTable(lab.ports, identifierOf(GAME_TABLE)))!.metadata;
}

describe('expiry', () => {
  it('keeps all of the last hour, then the last snapshot of each hour by a tag that ends by itself', async () => {
    const lab = await landedFor(4);
    const before = await metadataOf(lab);
    expect(await expire(lab)).toEqual({ table: GAME_TABLE, snapshotsBefore: 24, snapshotsExpired: 15, refsExpired: 0, tagsAdded: 3 });
    const after = await metadataOf(lab);
    const lastOf = (hour: number) => before.snapshots.findLast((one) => new Date(one['timestamp-ms']).getUTCHours() === hour)!;
    const tags = Object.entries(after.refs ?? {}).filter(([name]) => name.startsWith(HOUR_TAG));
    expect(Object.fromEntries(tags)).toEqual(
      Object.fromEntries(
        [0, 1, 2].map((hour) => [
          `${HOUR_TAG}2026-01-01T0${hour}`,
          { 'snapshot-id': lastOf(hour)['snapshot-id'], type: 'tag', 'max-ref-age-ms': LIMITS.expiryTagAgeMs },
        ]),
      ),
    );
    const recent = before.snapshots.filter((one) => lab.ports.clock.nowMs() - one['timestamp-ms'] <= HOUR_MS);
    const kept = new Set(after.snapshots.map((one) => one['snapshot-id']));
    for (const one of [...recent, ...[0, 1, 2].map(lastOf)]) expect(kept.has(one['snapshot-id'])).toBe(true);
    expect(after['current-snapshot-id']).toBe(before['current-snapshot-id']);
    // Nothing more to do a moment later; the ledger goes on.
    expect(await expire(lab)).toMatchObject({ snapshotsExpired: 0, tagsAdded: 0 });
    expect(await metadataOf(lab)).toEqual(after);
    await lab.land(records('a', { offset: 24 }));
    expect(await lab.commit()).toMatchObject({ parked: [], counts: { accepted: 1 } });
  });

  it('lets the hours go after five days, and never the way from the tag of the ledger to the current snapshot', async () => {
    const lab = await landedFor(3);
    await expire(lab);
    await changeMetadata(lab.ports, GAME_TABLE, (metadata) => metadata);
    lab.world.advance(LIMITS.expiryTagAgeMs + 3 * HOUR_MS);
    expect(await expire(lab)).toMatchObject({ refsExpired: 2, tagsAdded: 0 });
    const { refs, snapshots, ...metadata } = await metadataOf(lab);
    expect(Object.keys(refs ?? {}).sort()).toEqual(['firn-applied', 'main']);
    expect(snapshots).toHaveLength(1);
    const pair = { snapshotId: refs!['firn-applied']!['snapshot-id'], ofId: metadata['current-snapshot-id']! };
    expect(ancestry({ refs, snapshots, ...metadata } as Awaited<ReturnType<typeof metadataOf>>, pair)).toBe('ancestor');
  });

  it('keeps every snapshot as long as the table says, and what a branch of somebody needs', async () => {
    const lab = await landedFor(3);
    const first = (await metadataOf(lab)).snapshots[0]!['snapshot-id'];
    await changeMetadata(lab.ports, GAME_TABLE, (metadata) => ({
      ...metadata,
      properties: { ...metadata.properties, 'history.expire.max-snapshot-age-ms': String(2 * HOUR_MS) },
      refs: { ...metadata.refs, mine: { type: 'branch', 'snapshot-id': first } },
    }));
    await expire(lab);
    const { snapshots } = await metadataOf(lab);
    const old = snapshots.filter((one) => lab.ports.clock.nowMs() - one['timestamp-ms'] > 2 * HOUR_MS);
    expect(old.map((one) => one['snapshot-id'])).toContain(first);
    expect(snapshots.length - old.length).toBe(12);
  });

  it('commits among others who commit all the time, and gives up within a bound', async () => {
    const lab = await landedFor(3);
    const other = makeLab({ world: lab.world, process: 'other' });
    let wins = 0;
    const win = () =>
      changeMetadata(other.ports, GAME_TABLE, (one) => ({ ...one, properties: { ...one.properties, wins: String(++wins) } }));
    lab.setFault(({ op }) => (op === 'commit' && wins < 5 ? { kind: 'rival', act: win } : undefined));
    expect(await expire(lab)).toMatchObject({ snapshotsExpired: expect.any(Number) });
    expect(wins).toBe(5);
    lab.world.advance(HOUR_MS);
    lab.setFault(({ op }) => (op === 'commit' ? { kind: 'rival', act: win } : undefined));
    await expect(expire(lab)).rejects.toMatchObject({ name: 'CommitConflictError' });
    expect(wins).toBe(5 + LIMITS.maintainAttemptsMax + 1);
  });
});
