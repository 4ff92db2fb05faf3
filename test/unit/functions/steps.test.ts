import { describe, expect, it } from 'vitest';
import { type MaintainTools, parseMaintainInput, runMaintainStep } from '../../../functions/maintain/steps.ts';
import { parseRecoverInput } from '../../../functions/recover/steps.ts';
import { MAINTENANCE_AGE_METRIC, MAINTENANCE_AGE_MINUTES } from '../../../functions/watch/config.ts';
import { tellMaintenanceAges } from '../../../functions/watch/maintenance-age.ts';
import { CommitRefusedError, TransientIoError } from '../../../src/errors.ts';
import { startDeadline } from '../../../src/jobs/deadline.ts';
import { compactGroup } from '../../../src/jobs/maintenance/compact-group.ts';
import { expireTable } from '../../../src/jobs/maintenance/expire-table.ts';
import { planMaintenance } from '../../../src/jobs/maintenance/plan-maintenance.ts';
import { maintenanceReport } from '../../../src/jobs/maintenance/report.ts';
import { sweepTable } from '../../../src/jobs/maintenance/sweep-table.ts';
import { makeLab, records } from '../../support/memory/index.ts';

const JOBS = { plan: planMaintenance, compact: compactGroup, expire: expireTable, sweep: sweepTable, report: maintenanceReport };
const contract = 'game.events';
const PLAN = 'maintain-0123456789abcdef';

describe('the input of a step', () => {
  it.each<[unknown, string]>([
    [undefined, 'expected a step of plan, compact'],
    ['plan', 'expected a step of plan, compact'],
    [{ step: 'toString' }, 'expected a step of plan, compact'],
    [{ step: 'plan', contract }, 'execution is not the name of an execution'],
    [{ step: 'plan', contract: '../x', execution: 'a' }, 'contract is not <namespace>.<dataset>'],
    [{ step: 'compact', contract, plan: PLAN, group: -1 }, 'group is not a whole number'],
    [{ step: 'compact', contract, plan: '../../secret', group: 0 }, 'plan is not the name of a plan'],
    [{ step: 'expire', contract, table: 'game.events', more: 1 }, 'more is unknown'],
    [{ step: 'report', contract, execution: 'a', plan: PLAN, compacted: [{}], kept: [] }, 'compacted is not a list of answers'],
  ])('%j is refused by name', (input, why) => {
    expect(() => parseMaintainInput(input)).toThrow(why);
  });

  it('a recovery knows its two kinds', () => {
    expect(parseRecoverInput({ step: 'plan', contract, kind: 'holes', execution: 'a' })).toMatchObject({ kind: 'holes' });
    expect(() => parseRecoverInput({ step: 'plan', contract, kind: 'everything', execution: 'a' })).toThrow('kind is not resolve or holes');
  });
});

async function maintained(jobs: Partial<MaintainTools['jobs']> = {}) {
  const lab = makeLab();
  for (let i = 0; i < 3; i++) {
    await lab.land(records('aa', { offset: 2 * i }));
    await lab.commit();
  }
  const step = (input: Parameters<typeof runMaintainStep>[1]) =>
    runMaintainStep({ ports: lab.ports, jobs: { ...JOBS, ...jobs }, deadline: startDeadline(lab.ports.clock, 60_000) }, input);
  return { lab, step };
}

describe('the steps of maintenance', () => {
  it('a second run is told that one is under way, and may begin once the first has reported or was closed', async () => {
    const { step } = await maintained();
    const first = await step({ step: 'plan', contract, execution: 'a' });
    expect(first).toMatchObject({ status: 'planned', tables: ['game.events'] });
    expect(await step({ step: 'plan', contract, execution: 'b' })).toEqual({ status: 'busy' });
    await step({ step: 'close', contract, execution: 'a' });
    const second = (await step({ step: 'plan', contract, execution: 'b' })) as { plan: string };
    expect(await step({ step: 'report', contract, execution: 'b', plan: second.plan, compacted: [], kept: [] })).toEqual({
      status: 'complete',
    });
    expect(await step({ step: 'plan', contract, execution: 'c' })).toMatchObject({ status: 'planned' });
  });

  it('a unit that no repeat mends is answered, so that the others go on; what may pass is thrown', async () => {
    const refusing = await maintained({
      expire: async () => {
        throw new CommitRefusedError('commit of game.events refused', { code: 'catalog-refused' });
      },
      sweep: async () => {
        throw new TransientIoError('list failed', { code: 'io' });
      },
    });
    expect(await refusing.step({ step: 'expire', contract, table: 'game.events' })).toEqual({ status: 'refused' });
    await expect(refusing.step({ step: 'sweep', contract, table: 'game.events' })).rejects.toThrow('list failed');
  });

  it('a run with a failed unit is incomplete and leaves no note of having ended well, one without says so to watch', async () => {
    const { lab, step } = await maintained();
    const ages = async () => {
      const minutes = MAINTENANCE_AGE_MINUTES * 60_000;
      lab.world.advance(minutes - (lab.ports.clock.nowMs() % minutes));
      const told: number[] = [];
      const telemetry = {
        ...lab.ports.telemetry,
        count: (metric: string, value: number) => void (metric === MAINTENANCE_AGE_METRIC && told.push(value)),
      };
      await tellMaintenanceAges({ ...lab.ports, telemetry }, [contract], (_name, error) => {
        throw error;
      });
      return told[0]!;
    };
    lab.world.advance(24 * 3_600_000);
    const run = async (execution: string, status: 'done' | 'failed') => {
      const { plan } = (await step({ step: 'plan', contract, execution })) as { plan: string };
      return step({ step: 'report', contract, execution, plan, compacted: [{ status }], kept: [] });
    };
    expect(await run('a', 'failed')).toEqual({ status: 'incomplete' });
    expect(await ages()).toBeGreaterThan(23 * 3600);
    expect(await run('b', 'done')).toEqual({ status: 'complete' });
    expect(await ages()).toBeLessThanOrEqual(MAINTENANCE_AGE_MINUTES * 60);
  });
});
