// Two clusters are read for a while, and the mirror between them loses some records: whatever has landed under which generation when the older
// one delivers all it has, once a person takes for new what nobody can tell every record is in the tables once. Few milliseconds and few
// contents, so that times alone say nothing.
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { createEntry } from '../../../src/jobs/create-entry.ts';
import { inheritGeneration } from '../../../src/jobs/inherit-generation.ts';
import { planLateGeneration } from '../../../src/jobs/plan-late-generation.ts';
import { rangesOfOffsets } from '../../../src/ledger/ranges.ts';
import { deadlineOf } from '../../support/memory/applying.ts';
import {
  audit,
  GAME_QUARANTINE,
  GAME_SOURCE,
  GAME_TABLE,
  type GameRecord,
  gameRecords,
  type Lab,
  ledgerOf,
  makeLab,
  rowsOf,
} from '../../support/memory/index.ts';

const SECOND = 'main/events/2';
const NAME = 'game.events';
const START_MS = Date.UTC(2026, 0, 1);

interface Sample {
  readonly ms: number;
  readonly text: 'x' | 'y';
  readonly kind: GameRecord['kind'];
  /** The mirror has it, and it has landed under the newer generation. */
  readonly isMirrored: boolean;
}
const sample = fc.record<Sample>({
  ms: fc.nat(2),
  text: fc.constantFrom('x', 'y'),
  kind: fc.constantFrom('a', 'a', 'x', 'n'),
  isMirrored: fc.boolean(),
});
const recordOf = ({ ms, text, kind }: Sample, offset: number): GameRecord => ({
  partition: 0,
  offset,
  kind,
  id: text,
  timestampMs: START_MS + ms,
});

/** A source entry that says what the newer generation's topic inherits: as a comparison would that knows all. */
async function begin(lab: Lab, inherited: readonly GameRecord[]): Promise<void> {
  const offsets = Float64Array.from(inherited, ({ offset }) => offset);
  const edges = inherited.map(({ offset, timestampMs }) => [offset, timestampMs] as const);
  const partition = { partition: 0, ranges: rangesOfOffsets(offsets), edges, filteredTimestamps: [] };
  const mapping = { of: [GAME_SOURCE], landed: inherited.length, fresh: 0, ambiguous: 0 };
  const sources = [{ sourceId: SECOND, topic: 'events', observed: {}, inherited: inherited.length > 0 ? [partition] : [], mapping }];
  const { n } = (await ledgerOf(lab.ports)).state;
  await createEntry({ ports: lab.ports, contractName: NAME, after: n, draft: { kind: 'source', sources }, deadline: deadlineOf(lab) });
}

async function landAll(lab: Lab, batch: readonly GameRecord[], sourceId: string): Promise<void> {
  if (batch.length > 0) await lab.land([], { records: gameRecords(batch, sourceId) });
  const { parked } = await lab.commit();
  if (parked.length === 0) return;
  const { ports } = lab;
  expect(parked).toMatchObject([{ sourceId: GAME_SOURCE, reason: 'generation-unmapped' }]);
  const plan = await planLateGeneration({ ports, contractName: NAME, sourceId: GAME_SOURCE, isAccepted: true });
  await inheritGeneration({ ports, contractName: NAME, deadline: deadlineOf(lab), plan: plan! });
  await lab.commit();
}

const idsIn = async (lab: Lab) => (await rowsOf(lab.ports, GAME_TABLE)).map((row) => row.split(':')[2]).sort();

describe('promises 1 and 2: clusters that are read beside one another', () => {
  it('every record is in the tables once, whatever the mirror lost', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(sample, { minLength: 1, maxLength: 8 }), fc.nat(4), async (samples, before) => {
        const all = samples.map(recordOf);
        const copy = (i: number): GameRecord => ({ ...all[i]!, offset: 100 + i });
        const mirrored = [...all.keys()].filter((i) => samples[i]!.isMirrored);
        const lab = makeLab();
        // The first ones landed under the older generation before the newer one began.
        await landAll(lab, all.slice(0, before), GAME_SOURCE);
        await begin(lab, mirrored.filter((i) => i < before).map(copy));
        const own: GameRecord = { partition: 0, offset: 200, kind: 'a', id: 'own', timestampMs: START_MS + 1 };
        await landAll(lab, [...mirrored.filter((i) => i >= before).map(copy), own], SECOND);
        await landAll(lab, all, GAME_SOURCE);
        const of = (kind: GameRecord['kind']) => all.filter((one) => one.kind === kind);
        expect(await idsIn(lab)).toEqual([...of('a').map(({ id }) => id), 'own'].sort());
        expect(await rowsOf(lab.ports, GAME_QUARANTINE)).toHaveLength(of('x').length);
        const report = await audit(lab.ports);
        expect(report).toMatchObject({ parked: [], staged: { descriptors: 0 } });
        for (const { missing, doubles } of report.tables) expect([missing.count, doubles.count]).toEqual([0, 0]);
        expect(report.sources.every(({ isAccounted }) => isAccounted)).toBe(true);
      }),
      { numRuns: 12 },
    );
  });
});
