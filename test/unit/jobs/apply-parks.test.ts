// A table that cannot be brought to the end of the ledger: why it parks, what is told, and what of the attempt stays.
import { describe, expect, it } from 'vitest';
import { LIMITS } from '../../../src/contract/limits.ts';
import {
  apply,
  dataFiles,
  decideAll,
  decidedLab,
  enter,
  failing,
  metadataFiles,
  metadataOf,
  oneEntryACommit,
} from '../../support/memory/applying.ts';
import { changeMetadata, GAME_SOURCE, GAME_TABLE, type Lab, ledgerOf, observer, records, rowsOf } from '../../support/memory/index.ts';

describe('a table that cannot go on parks', () => {
  const parked = async (lab: Lab): Promise<unknown> => {
    const result = await apply(lab);
    return result.kind === 'park' ? [result.reason, result.message] : result;
  };

  it('because the catalog does not know it', async () => {
    const lab = await decidedLab();
    lab.world.dropTable({ namespace: 'game', name: 'events' });
    expect(await parked(lab)).toEqual(['table-missing', `${GAME_TABLE}: the catalog does not know it`]);
  });

  it('because it belongs to another ledger', async () => {
    const lab = await decidedLab();
    await changeMetadata(lab.ports, GAME_TABLE, (one) => ({ ...one, properties: { ...one.properties, 'firn.ledger': 'another' } }));
    expect(await parked(lab)).toEqual(['ledger-mismatch', expect.stringContaining(GAME_TABLE)]);
    const applied = await decidedLab();
    await apply(applied);
    await changeMetadata(applied.ports, GAME_TABLE, (one) => ({ ...one, properties: { ...one.properties, 'firn.ledger': 'another' } }));
    expect(await parked(applied)).toEqual(['ledger-mismatch', expect.stringContaining(GAME_TABLE)]);
  });

  it('because rows that must leave it are in a file that cannot be read', async () => {
    const lab = await decidedLab();
    await apply(lab);
    const [file] = dataFiles(lab);
    lab.world.remove(file!);
    lab.world.putIfAbsent(file!, Buffer.from('no parquet at all'));
    const removed = [{ table: GAME_TABLE, sourceId: GAME_SOURCE, partition: 0, ranges: [[0, 1]] as const }];
    await enter(lab, { kind: 'erase', rule: 'retention', removed, holds: [GAME_TABLE] });
    expect(await parked(lab)).toEqual(['file-unreadable', expect.stringMatching(`^${GAME_TABLE}: rows cannot be taken out`)]);
  });

  it('because the catalog refuses its commit: that is logged, and the metadata written for it goes', async () => {
    const lab = await decidedLab();
    const metadata = metadataFiles(lab);
    failing(lab, 'commit', 'refuse');
    const n = (await ledgerOf(lab.ports)).state.n;
    expect(await parked(lab)).toEqual(['commit-refused', `${GAME_TABLE}: the catalog refused the commit of entry ${n}`]);
    expect(metadataFiles(lab)).toEqual(metadata);
    expect(lab.logs).toEqual([{ level: 'error', message: 'the catalog refused a commit', fields: { table: GAME_TABLE, cause: 'Error' } }]);
  });

  it('because the catalog refuses its commit, whatever it gives as the cause: no text of it is logged', async () => {
    const lab = await decidedLab();
    const catalog = { ...lab.ports.catalog, commit: async () => ({ kind: 'refused', cause: 'secret text' }) as const };
    expect((await apply({ ...lab, ports: { ...lab.ports, catalog } })).kind).toBe('park');
    expect(lab.logs.map(({ fields }) => fields)).toEqual([{ table: GAME_TABLE, cause: 'string' }]);
  });

  it('because it cannot be written as it is', async () => {
    const lab = await decidedLab();
    await apply(lab);
    const branch = (await metadataOf(lab)).refs!['firn-applied']!;
    await lab.land(records('ab', { offset: 3 }));
    await decideAll(lab);
    await changeMetadata(lab.ports, GAME_TABLE, (one) => ({
      ...one,
      refs: { ...one.refs, 'firn-applied': { ...branch, type: 'branch' as const } },
    }));
    expect(await parked(lab)).toEqual(['commit-refused', expect.stringContaining(GAME_TABLE)]);
  });

  it('because a decided file is gone; what was rewritten beside it goes, too', async () => {
    const lab = await decidedLab();
    await apply(lab);
    await lab.land(records('bab', { offset: 1 }));
    await lab.land(records('a', { offset: 9 }));
    await decideAll(lab);
    const data = dataFiles(lab);
    const last = (await ledgerOf(lab.ports)).state.tables.get(GAME_TABLE)!;
    expect(last.pending.length).toBeGreaterThan(0);
    const paths = [...(await ledgerOf(lab.ports)).entries.values()].flatMap((entry) =>
      entry.kind === 'land' ? entry.descriptors.flatMap(({ tables }) => tables.flatMap(({ files }) => files.map(({ path }) => path))) : [],
    );
    const gone = paths.filter((path) => path.includes('/game/events/data/')).at(-1)!;
    lab.world.remove(gone);
    lab.world.advance(LIMITS.fileCheckAgeMs + 1000);
    expect(await parked(lab)).toEqual(['file-missing', `${GAME_TABLE}: a decided data file is gone: ${gone}`]);
    expect(dataFiles(lab)).toEqual(data.filter((path) => path !== gone));
  });

  it('promise 3, nothing live is deleted: what it rewrote and committed before it parked stays', async () => {
    const lab = await decidedLab();
    await apply(lab);
    await lab.land(records('bab', { offset: 1 }));
    await decideAll(lab);
    const before = dataFiles(lab);
    await lab.land(records('a', { offset: 9 }));
    await decideAll(lab);
    const gone = dataFiles(lab).filter((uri) => !before.includes(uri));
    expect(gone).toHaveLength(1);
    lab.world.remove(gone[0]!);
    lab.world.advance(LIMITS.fileCheckAgeMs + 1000);
    await oneEntryACommit(async () => {
      expect(await apply(lab)).toMatchObject({ kind: 'park', reason: 'file-missing' });
    });
    expect(await rowsOf(lab.ports, GAME_TABLE)).toHaveLength(3);
  });

  it.each([
    ['seen at once', 0],
    ['seen after the catalog failed once', 1],
    ['seen after it failed twice', 2],
  ])('unless another committer was faster and the file was swept since, which is %s: then it goes on from there', async (_, failures) => {
    const lab = await decidedLab();
    await apply(lab);
    const known = dataFiles(lab);
    await lab.land(records('ab', { offset: 3 }));
    await decideAll(lab);
    const gone = dataFiles(lab).find((uri) => !known.includes(uri))!;
    const bytes = lab.world.objects.get(gone)!.bytes;
    const rival = observer(lab.world);
    lab.world.advance(LIMITS.fileCheckAgeMs + 1000);
    let isDone = false;
    let failed = 0;
    lab.setFault(({ op, target }) => {
      if (isDone) return op === 'load' && failed++ < failures ? { kind: 'fail-before' } : undefined;
      if (op !== 'stat' || target !== gone) return undefined;
      isDone = true;
      const act = async (): Promise<void> => {
        await apply(rival);
        lab.world.remove(gone);
      };
      return { kind: 'rival', act };
    });
    const result = await apply(lab);
    lab.world.putIfAbsent(gone, bytes);
    expect(isDone).toBe(true);
    expect(result).toMatchObject({ kind: 'applied', commit: { snapshots: 0, conflicts: Math.max(1, failures) } });
  });
});

describe('a table that another committer has brought to the end meanwhile', () => {
  it('is done; files rewritten for it in vain go', async () => {
    const lab = await decidedLab();
    await apply(lab);
    await lab.land(records('bab', { offset: 1 }));
    await decideAll(lab);
    const rival = observer(lab.world);
    let theirs: readonly string[] = [];
    lab.setFault(({ op }) => {
      if (op !== 'commit' || theirs.length > 0) return undefined;
      const ours = dataFiles(lab);
      const act = async (): Promise<void> => {
        await apply(rival);
        theirs = dataFiles(lab).filter((uri) => !ours.includes(uri));
      };
      return { kind: 'rival', act };
    });
    const staged = dataFiles(lab);
    expect(await apply(lab)).toMatchObject({ kind: 'applied', commit: { snapshots: 0, rewrittenFiles: 0, conflicts: 1 } });
    expect(theirs).toHaveLength(1);
    expect(dataFiles(lab)).toEqual([...staged, ...theirs].sort());
    expect(await rowsOf(lab.ports, GAME_TABLE)).toHaveLength(3);
  });
});
