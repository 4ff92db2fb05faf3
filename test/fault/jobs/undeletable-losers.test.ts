// Superseded metadata files that cannot be deleted: the commit they belong to has happened, so it is reported as it is (promises 1 and 7).
import { describe, expect, it } from 'vitest';
import { prepareProperties } from '../../../src/iceberg/append.ts';
import { runCommit } from '../../../src/iceberg/commit-loop.ts';
import { identifierOf } from '../../../src/iceberg/load-table.ts';
import { audit, type FaultHook, GAME_TABLE, type Lab, makeLab, observer, records, rowsOf, rowText } from '../../support/memory/index.ts';

const noDelete: FaultHook = ({ port, op, target }) =>
  port === 'files' && op === 'delete' && target.includes('/metadata/') ? { kind: 'fail-before' } : undefined;

/** A table whose every commit drops a metadata file from its log. */
async function shortLog(): Promise<Lab> {
  const lab = makeLab();
  await lab.land(records('a'));
  await lab.commit();
  await runCommit({
    ports: lab.ports,
    identifier: identifierOf(GAME_TABLE),
    what: 'shorten the log',
    prepare: (base) => prepareProperties({ ...base, setProperties: { 'write.metadata.previous-versions-max': '1' } }),
    pause: () => Promise.resolve(),
  });
  return lab;
}

describe('superseded metadata files that cannot be deleted', () => {
  it('after the compare-and-swap leave the landing a success, are counted and logged without their names', async () => {
    const lab = await shortLog();
    lab.setFault(noDelete);
    const before = lab.calls.length;
    await lab.land(records('aa', { offset: 1 }));
    expect(await lab.commit()).toMatchObject({ tables: [{ table: GAME_TABLE, snapshots: 1, addedRows: 2 }], parked: [] });
    const denied = lab.calls.slice(before).filter((call) => noDelete(call) !== undefined);
    expect(denied.length).toBeGreaterThan(0);
    expect(lab.counts.get('metadata-not-deleted')).toBe(new Set(denied.map(({ target }) => target)).size);
    expect(lab.logs.filter(({ level, message }) => level === 'warn' && message.includes('not deleted'))).toHaveLength(1);
    const { ports } = observer(lab.world);
    expect(await rowsOf(ports, GAME_TABLE)).toEqual(records('aaa').map((one) => rowText(one)));
    expect(await audit(ports)).toMatchObject({ clean: true });
  });

  it('one that cannot be deleted does not keep the others of its attempt', async () => {
    const lab = await shortLog();
    const rival = makeLab({ world: lab.world, process: 'rival', seed: 5 });
    let isFirst = true;
    let denied: string | undefined;
    lab.setFault((call) => {
      if (call.op === 'commit' && isFirst) {
        isFirst = false;
        const what = 'rival property';
        const prepare: Parameters<typeof runCommit>[0]['prepare'] = (base) =>
          prepareProperties({ ...base, setProperties: { rival: 'yes' } });
        const request = { ports: rival.ports, identifier: identifierOf(GAME_TABLE), what, prepare, pause: () => Promise.resolve() };
        return { kind: 'rival', act: async () => void (await runCommit(request)) };
      }
      if (noDelete(call) === undefined) return undefined;
      denied ??= call.target;
      return call.target === denied ? { kind: 'fail-before' } : undefined;
    });
    await lab.land(records('a', { offset: 1 }));
    expect(await lab.commit()).toMatchObject({ tables: [{ conflicts: 1, addedRows: 1 }] });
    expect(lab.counts.get('metadata-not-deleted')).toBe(1);
    const asked = lab.calls.filter((call) => noDelete(call) !== undefined && call.target !== denied).map(({ target }) => target);
    expect(asked.length).toBeGreaterThan(0);
    expect(asked.filter((uri) => lab.world.objects.has(uri))).toEqual([]);
  });
});
