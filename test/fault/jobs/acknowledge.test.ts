// When a landing may be acknowledged (rules "acknowledge after descriptor", "stager deadline"): only after its descriptor is there, and
// never by a process whose time is over. What is acknowledged is not delivered again, so nobody would make good for it.
import { describe, expect, it } from 'vitest';
import { LIMITS } from '../../../src/contract/limits.ts';
import { contractPaths } from '../../../src/contract/names.ts';
import { type Fault, makeLab, type PortCall, records } from '../../support/memory/index.ts';

const isDescriptor = ({ op, target }: PortCall) => op === 'create' && target.includes('/staged/');
const stagedOf = (lab: ReturnType<typeof makeLab>) => lab.world.urisUnder(contractPaths(lab.ports.root, 'game.events').staged);

describe('a landing', () => {
  it('has its descriptor when it returns, whatever became of the single attempts', async () => {
    const faults: readonly Fault[] = [
      { kind: 'fail-before' },
      { kind: 'lost' },
      { kind: 'apply-late', afterMs: 3_600_000 },
      { kind: 'apply-then-fail' },
    ];
    for (const first of faults) {
      for (const second of faults) {
        let attempts = 0;
        const lab = makeLab({ fault: (call) => (isDescriptor(call) ? [first, second][attempts++] : undefined) });
        await lab.land(records('ax'));
        expect(stagedOf(lab), `${first.kind}, then ${second.kind}`).toHaveLength(1);
      }
    }
  });

  it('is not acknowledged while nobody can tell whether its descriptor is there', async () => {
    for (const kind of ['lost', 'fail-before'] as const) {
      const lab = makeLab({ fault: (call) => (isDescriptor(call) ? { kind } : undefined) });
      await expect(lab.land(records('ax'))).rejects.toThrow(/not acknowledged and comes again, its files are kept/);
      expect(lab.calls.filter(isDescriptor)).toHaveLength(LIMITS.ioAttemptsMax);
      expect(lab.calls.filter(({ op }) => op === 'ring' || op === 'delete')).toEqual([]);
    }
  });

  it('waits for the creation of its descriptor, after all its files, before it rings or returns', async () => {
    let release: (() => void) | undefined;
    const lab = makeLab({ gate: (call) => (isDescriptor(call) ? new Promise((resolve) => void (release = resolve)) : Promise.resolve()) });
    let isAcknowledged = false;
    const landing = lab.land(records('abx')).then(() => void (isAcknowledged = true));
    while (!release) await new Promise((resolve) => setImmediate(resolve));
    const files = lab.calls.filter(({ op, target }) => op === 'create' && target.includes('/data/')).map(({ target }) => target);
    expect(files).toHaveLength(2);
    for (const file of files) expect(lab.world.objects.has(file)).toBe(true);
    for (let turn = 0; turn < 20; turn++) await new Promise((resolve) => setImmediate(resolve));
    expect(isAcknowledged).toBe(false);
    expect(lab.world.rings).toEqual([]);
    release();
    await landing;
    expect(stagedOf(lab)).toHaveLength(1);
    expect(lab.world.rings).toEqual(['game.events']);
  });

  it.each([
    ['before the first attempt', 0],
    ['between two attempts', 1],
    ['before the last attempt', LIMITS.ioAttemptsMax - 1],
  ])('whose deadline is over %s creates no descriptor and is not acknowledged', async (_, failing) => {
    let attempts = 0;
    const lab = makeLab({
      fault: (call) => {
        const isLastFile = call.op === 'create' && call.target.includes('/data/');
        if (failing === 0 && isLastFile) return { kind: 'delay', ms: LIMITS.landDeadlineMs };
        if (!isDescriptor(call)) return undefined;
        // The attempt that fails takes the rest of the time.
        if (++attempts === failing) lab.world.advance(LIMITS.landDeadlineMs);
        return { kind: 'lost' };
      },
    });
    await expect(lab.land(records('a'))).rejects.toMatchObject({ name: 'DeadlineError' });
    expect(lab.calls.filter(isDescriptor)).toHaveLength(failing);
    expect(stagedOf(lab)).toEqual([]);
    expect(lab.world.rings).toEqual([]);
  });
});

describe('a commit', () => {
  it.each([
    ['a ledger entry', ({ op, target }: PortCall) => op === 'create' && target.includes('/ledger/0')],
    ['a compare-and-swap', ({ op, port }: PortCall) => op === 'commit' && port === 'catalog'],
  ])('whose deadline is over directly before %s does not make it', async (_, isStep) => {
    const plain = makeLab();
    await plain.land(records('a'));
    const from = plain.calls.length;
    await plain.commit();
    const step = plain.calls.findIndex((call, i) => i >= from && isStep(call));
    const lab = makeLab({
      fault: ({ count }) => (count === step ? { kind: 'delay', ms: LIMITS.commitDeadlineMs } : undefined),
    });
    await lab.land(records('a'));
    await expect(lab.commit()).rejects.toMatchObject({ name: 'DeadlineError' });
    expect(lab.calls).toHaveLength(step);
  });
});
