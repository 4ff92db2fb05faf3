// Scenarios of rules by which an older generation's late records are told from what a newer one has landed.
import { LIMITS } from '../../../src/contract/limits.ts';
import { InputRefusedError } from '../../../src/errors.ts';
import { inheritGeneration } from '../../../src/jobs/inherit-generation.ts';
import { planLateGeneration } from '../../../src/jobs/plan-late-generation.ts';
import { deadlineOf, withLimits } from '../../support/memory/applying.ts';
import { GAME_SOURCE, GAME_TABLE, type GameRecord, gameRecords, type Lab, landed, records, rowsOf } from '../../support/memory/index.ts';
import { holds } from '../engine/violation.ts';
import { expectKept, expectRows, NAME, type Scenario } from './stage.ts';

export const GENERATION_SCENARIOS: Readonly<Record<string, Scenario>> = {
  'late records compared by content': neverMirrored,
  'landed row covers one late record': twiceProducedOnceMirrored,
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
  await settleLate(lab, { isAccepted: true });
  await expectRows(lab, [0, 1, 2, 3, 103]);
}

async function settleLate(lab: Lab, { isAccepted }: { readonly isAccepted: boolean }): Promise<void> {
  const { ports } = lab;
  const plan = await planLateGeneration({ ports, contractName: NAME, sourceId: GAME_SOURCE, isAccepted });
  await inheritGeneration({ ports, contractName: NAME, deadline: deadlineOf(lab), plan: plan! });
  await lab.commit();
}

/**
 * A producer has sent an event twice, and the mirror has one of the two so far. The first late record is compared and counts as covered by
 * that row; the second is staged afterwards and compared in its turn: the row is not its own, so nobody can tell until a person does.
 */
async function twiceProducedOnceMirrored(): Promise<void> {
  const lab = await landed('aaa', { process: 'first' });
  await landNewer(lab, [{ ...MIRRORED, offset: 103 }]);
  await lab.land([MIRRORED]);
  await expectKept(lab, 'generation-unmapped');
  await settleLate(lab, { isAccepted: false });
  await lab.land([{ ...MIRRORED, offset: 4 }]);
  await expectKept(lab, 'generation-unmapped');
  const isRefused = await settleLate(lab, { isAccepted: false }).then(
    () => false,
    (error: unknown) => error instanceof InputRefusedError && error.code === 'generation-ambiguous',
  );
  holds(isRefused, () => 'P1 one landed row counts as two late records');
  await settleLate(lab, { isAccepted: true });
  const rows = await rowsOf(lab.ports, GAME_TABLE);
  const wanted = ['0:0:p0-0', '0:103:p0-3', '0:1:p0-1', '0:2:p0-2', '0:4:p0-3'];
  holds(JSON.stringify(rows) === JSON.stringify(wanted), () => `P1/P2 ${GAME_TABLE}: expected rows ${wanted}, got ${rows}`);
}

/** The newer generation has mirrored the late record, which is its oldest and came second: its timestamp is forgotten first. */
async function oldestIsForgotten(): Promise<void> {
  const lab = await landed('aaa', { process: 'first' });
  await withLimits({ rememberedMin: 2, rememberedTimestampsMax: 4 }, async () => {
    const later = (offset: number): GameRecord => ({
      ...MIRRORED,
      offset,
      id: `p0-${offset}`,
      timestampMs: MIRRORED.timestampMs + 100 + offset,
    });
    await landNewer(lab, [later(0)]);
    await landNewer(lab, [{ ...MIRRORED, offset: 1 }]);
    for (let offset = 2; offset < 2 + 2 * LIMITS.rememberedTimestampsMax; offset++) await landNewer(lab, [later(offset)]);
    await lab.land([MIRRORED]);
    await expectKept(lab, 'generation-unmapped');
  });
}
