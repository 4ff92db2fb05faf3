// Scenarios of rules by which an older generation's late records are told from what a newer one has landed.
import { LIMITS } from '../../../src/contract/limits.ts';
import { inheritGeneration } from '../../../src/jobs/inherit-generation.ts';
import { planLateGeneration } from '../../../src/jobs/plan-late-generation.ts';
import { deadlineOf, withLimits } from '../../support/memory/applying.ts';
import { GAME_SOURCE, type GameRecord, gameRecords, type Lab, landed, records } from '../../support/memory/index.ts';
import { expectKept, expectRows, NAME, type Scenario } from './stage.ts';

export const GENERATION_SCENARIOS: Readonly<Record<string, Scenario>> = {
  'late records compared by content': neverMirrored,
  'span outlives remembered timestamps': oldestIsForgotten,
};

const [MIRRORED] = records('a', { offset: 3 }) as [GameRecord];

async function landNewer(lab: Lab, all: readonly GameRecord[]): Promise<void> {
  await lab.land([], { records: gameRecords(all, 'main/events/2') });
  await lab.commit();
}

/** The newer generation has another record of the late one's millisecond; a person takes for new what has not landed. */
async function neverMirrored(): Promise<void> {
  const lab = await landed('aaa', { process: 'first' });
  await landNewer(lab, [{ ...MIRRORED, offset: 103, id: 'p0-103' }]);
  await lab.land([MIRRORED]);
  await expectKept(lab, 'generation-unmapped');
  const { ports } = lab;
  const plan = await planLateGeneration({ ports, contractName: NAME, sourceId: GAME_SOURCE, isAccepted: true });
  await inheritGeneration({ ports, contractName: NAME, deadline: deadlineOf(lab), plan: plan! });
  await lab.commit();
  await expectRows(lab, [0, 1, 2, 3, 103]);
}

/** The newer generation has mirrored the late record, which is its oldest and came second: its timestamp is forgotten first. */
async function oldestIsForgotten(): Promise<void> {
  const lab = await landed('aaa', { process: 'first' });
  await withLimits({ rememberedMin: 2, rememberedTimestampsMax: 4 }, async () => {
    const later = (offset: number): GameRecord => ({ ...MIRRORED, offset, id: `p0-${offset}`, timestampMs: MIRRORED.timestampMs + offset });
    await landNewer(lab, [later(100)]);
    await landNewer(lab, [{ ...MIRRORED, offset: 101 }]);
    for (let offset = 102; offset < 102 + 2 * LIMITS.rememberedTimestampsMax; offset++) await landNewer(lab, [later(offset)]);
    await lab.land([MIRRORED]);
    await expectKept(lab, 'generation-unmapped');
  });
}
