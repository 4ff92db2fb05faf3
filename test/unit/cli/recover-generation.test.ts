// `firn recover --kind generation` of an older generation that is parked: no broker is asked, and the stored plan is carried out once.
import { describe, expect, it } from 'vitest';
import { recoverGeneration } from '../../../src/cli/recover-generation.ts';
import type { StoredPlan } from '../../../src/jobs/recovery-plan.ts';
import { audit, GAME_SOURCE, GAME_TABLE, gameRecords, makeLab, records, rowsOf } from '../../support/memory/index.ts';

const NAME = 'game.events';
const SECOND = 'main/events/2';

describe('firn recover --kind generation', () => {
  it('compares an older generation that delivered more, says by what, and lets it go on', async () => {
    const lab = makeLab();
    const { ports } = lab;
    const all = records('aaaa');
    await lab.land(all.slice(0, 2));
    await lab.land([], {
      records: gameRecords(
        all.slice(2).map((one) => ({ ...one, offset: one.offset + 100 })),
        SECOND,
      ),
    });
    await lab.commit();
    await lab.land(all.slice(1));
    await lab.commit();
    const rows = await rowsOf(ports, GAME_TABLE);
    const request = { ports, contractName: NAME, name: NAME, text: { source: GAME_SOURCE }, switches: new Set<string>() };
    const planned = await recoverGeneration.plan(request);
    expect(planned.what).toBe(`go on with ${GAME_SOURCE} with 2 records that landed under ${SECOND}`);
    expect(planned.effects).toContainEqual(expect.stringContaining('told by partition, timestamp and content'));
    const plan = JSON.parse(JSON.stringify(planned)) as StoredPlan;
    const first = await recoverGeneration.apply({ ports, contractName: NAME, plan });
    expect(first.result).toMatchObject({ entry: expect.any(Number), mapping: { landed: 2, fresh: 0, ambiguous: 0 } });
    expect((await recoverGeneration.apply({ ports, contractName: NAME, plan })).result).toMatchObject({ entry: null });
    expect(await rowsOf(ports, GAME_TABLE)).toEqual(rows);
    expect(await audit(ports)).toMatchObject({ clean: true, parked: [], staged: { descriptors: 0 } });
  });
});
