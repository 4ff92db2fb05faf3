// A warm committer reads an entry once; whatever is put under its name later is read again, and what is gone is gone.
import { describe, expect, it } from 'vitest';
import { LIMITS } from '../../../src/contract/limits.ts';
import { contractPaths } from '../../../src/contract/names.ts';
import { rememberedContents } from '../../../src/jobs/remember-contents.ts';
import { ledgerOf, makeLab, observer, records } from '../../support/memory/index.ts';

const stat = (uri: string, bytes: Uint8Array, lastModifiedMs = 0) => ({ uri, sizeBytes: bytes.length, lastModifiedMs });

describe('contents of objects that never change', () => {
  it('are read once by name, size and time', async () => {
    const { ports, calls, world } = makeLab();
    const [one, two] = [Buffer.from('one'), Buffer.from('two')];
    await ports.files.create('s3://a/x', one);
    const reads = () => calls.filter(({ op }) => op === 'read').length;
    const { read } = rememberedContents(ports.files);
    for (let i = 0; i < 3; i++) expect((await read(stat('s3://a/x', one)))?.toString()).toBe('one');
    expect(reads()).toBe(1);
    world.objects.delete('s3://a/x');
    await ports.files.create('s3://a/x', two);
    expect((await read(stat('s3://a/x', two, 1)))?.toString()).toBe('two');
    expect(reads()).toBe(2);
  });

  it('are not said to be there when a listing was the last to see them', async () => {
    const { ports } = makeLab();
    expect(await rememberedContents(ports.files).read(stat('s3://a/gone', Buffer.from('x')))).toBeUndefined();
  });

  it('are forgotten, the oldest first, beyond the bound', async () => {
    const { ports, calls } = makeLab();
    const half = Buffer.alloc(LIMITS.rememberedBytesMax / 2);
    const { read } = rememberedContents(ports.files);
    for (const name of ['a', 'b', 'c']) {
      await ports.files.create(`s3://a/${name}`, half);
      await read(stat(`s3://a/${name}`, half));
    }
    const before = calls.length;
    await read(stat('s3://a/b', half));
    await read(stat('s3://a/c', half));
    expect(calls.length).toBe(before);
    await read(stat('s3://a/a', half));
    expect(calls.length).toBe(before + 1);
  });
});

describe('a ledger', () => {
  it('read again by a warm process costs the listings and what is new, and is what a cold one reads', async () => {
    const lab = makeLab();
    for (let offset = 0; offset < 4; offset++) {
      await lab.land(records('a', { offset }));
      await lab.commit();
    }
    await ledgerOf(lab.ports);
    const from = lab.calls.length;
    const warm = await ledgerOf(lab.ports);
    const ledger = contractPaths(lab.ports.root, 'game.events');
    expect(lab.calls.slice(from).map(({ op, target }) => [op, target])).toEqual([
      ['list', ledger.checkpoints],
      ['list', ledger.ledger],
    ]);
    expect(warm).toEqual(await ledgerOf(observer(lab.world).ports));
  });

  it('of which entries were taken away is not made whole from memory', async () => {
    const lab = makeLab();
    for (let offset = 0; offset < 3; offset++) {
      await lab.land(records('a', { offset }));
      await lab.commit();
    }
    const { state } = await ledgerOf(lab.ports);
    lab.world.objects.delete(contractPaths(lab.ports.root, 'game.events').entry(state.n - 1));
    await expect(ledgerOf(lab.ports)).rejects.toMatchObject({ code: 'ledger-gap' });
  });
});
