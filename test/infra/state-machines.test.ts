// The machines as they are deployed, judged offline: by asl-validator, and by the house's rules on time, retries, errors and size.
import { describe, expect, it } from 'vitest';
import { parseMaintainInput } from '../../functions/maintain/steps.ts';
import { parseRecoverInput } from '../../functions/recover/steps.ts';
import { ERROR_NAMES } from '../../src/contract/error-names.ts';
import { LIMITS } from '../../src/contract/limits.ts';
import { aslProblems } from './support/asl.ts';
import { CONFIG, deploy, resourcesOf } from './support/deployment.ts';
import { type Machine, machinesOf, statesOf } from './support/machines.ts';

const { maintenanceTemplate: template } = deploy();
const machines = machinesOf(template);
const machineOf = (part: string) => machines.find(({ id }) => id.includes(part))!;
const withoutSweep = machinesOf(deploy({ ...CONFIG, maintenance: { sweep: false } }).maintenanceTemplate).find(({ id }) =>
  id.includes('FirnMaintenance'),
)!;
const HISTORY_EVENTS_MAX = 25_000;
const STATE_BYTES_MAX = 262_144;
const DEFINITION_BYTES_MAX = 1024 * 1024;

describe.each([...machines.map((machine) => [machine.id, machine] as const), ['maintenance without a sweep', withoutSweep] as const])(
  'the machine %s',
  (_id, machine: Machine) => {
    const states = [...statesOf(machine.definition)];
    const tasks = states.filter(([, { Type }]) => Type === 'Task');

    it('is what Step Functions takes: the validator has nothing to say', () => {
      expect(aslProblems(machine.definition)).toBe('');
      expect(machine.definition.QueryLanguage).toBe('JSONata');
      expect(Buffer.byteLength(machine.text)).toBeLessThan(DEFINITION_BYTES_MAX);
    });

    it('bounds every task: a time-out beyond its function’s, jittered retries, and a catch of everything', () => {
      expect(tasks.length).toBeGreaterThan(3);
      for (const [name, { TimeoutSeconds, Retry, Catch, Arguments }] of tasks) {
        const functionS = resourcesOf(template, 'AWS::Lambda::Function').get(Arguments!.FunctionName.split(':').at(-1)!)!.Properties[
          'Timeout'
        ];
        expect([name, TimeoutSeconds]).toEqual([name, (functionS as number) + LIMITS.taskMarginS]);
        expect(Retry).toHaveLength(1);
        for (const { MaxAttempts, JitterStrategy, MaxDelaySeconds } of Retry!)
          expect([MaxAttempts, JitterStrategy, MaxDelaySeconds]).toEqual([LIMITS.taskRetriesMax, 'FULL', LIMITS.taskRetryMaxS]);
        expect([name, Catch?.map(({ ErrorEquals }) => ErrorEquals)]).toEqual([name, [['States.ALL']]]);
      }
      expect(machine.definition.TimeoutSeconds).toBeLessThanOrEqual(Math.max(LIMITS.maintainRunS, LIMITS.recoverRunS));
    });

    it('retries by names that exist: Lambda’s own, or of our errors those that a repeat may mend', () => {
      const names = new Set(tasks.flatMap(([, { Retry }]) => Retry!.flatMap(({ ErrorEquals }) => ErrorEquals)));
      const ours = [...names].filter((name) => !/^(Lambda|Sandbox)\./.test(name));
      expect(ours.filter((name) => !(Object.values(ERROR_NAMES) as string[]).includes(name))).toEqual([]);
      for (const final of [ERROR_NAMES.contract, ERROR_NAMES.invariant, ERROR_NAMES.inputRefused]) expect(names.has(final)).toBe(false);
    });

    it('runs maps inside of the execution and few at once, each with a catch', () => {
      const maps = states.filter(([, { Type }]) => Type === 'Map');
      expect(maps.length).toBeGreaterThan(0);
      for (const [, { MaxConcurrency, ItemProcessor, Catch }] of maps) {
        expect(MaxConcurrency).toBeLessThanOrEqual(Math.max(LIMITS.maintainConcurrencyMax, LIMITS.recoverConcurrencyMax));
        expect(ItemProcessor!.ProcessorConfig.Mode).toBe('INLINE');
        expect(Catch).toHaveLength(1);
      }
    });

    it('gives each step exactly what its function reads', () => {
      const parse = machine.id.includes('Recovery') ? parseRecoverInput : parseMaintainInput;
      for (const [, { Arguments }] of tasks) expect(() => parse(sampleOf(Arguments!.Payload))).not.toThrow();
    });

    it('keeps its data out of logs and traces every execution', () => {
      expect(machine.properties).toMatchObject({
        LoggingConfiguration: { Level: 'ALL', IncludeExecutionData: false },
        TracingConfiguration: { Enabled: true },
        StateMachineType: 'STANDARD',
      });
    });
  },
);

/** A payload with its expressions replaced by values of their kind, by the name of the member. */
function sampleOf(payload: Readonly<Record<string, unknown>>): Readonly<Record<string, unknown>> {
  const values: Readonly<Record<string, unknown>> = {
    contract: 'game.events',
    execution: 'a1b2-c3d4_e5',
    plan: 'maintain-0123456789abcdef',
    table: 'game.events',
    kind: 'holes',
    compacted: [{ status: 'done' }],
    kept: [],
    units: [{ status: 'left' }],
  };
  return Object.fromEntries(
    Object.entries(payload).map(([name, value]) => [
      name,
      typeof value === 'string' && value.startsWith('{%') ? (values[name] ?? 0) : value,
    ]),
  );
}

describe('the validator', () => {
  it.each([
    ['a state that is not there', { Next: 'Nowhere' }],
    ['an expression that cannot be parsed', { Output: '{% $merge( %}' }],
    ['a member of the other query language', { ResultPath: '$.x' }],
  ])('is no rubber stamp: %s is found', (_what, change) => {
    const { definition } = machineOf('Recovery');
    const { Plan } = definition.States;
    expect(aslProblems({ ...definition, States: { ...definition.States, Plan: { ...Plan, ...change } } })).not.toBe('');
  });
});

describe('the sizes of executions', () => {
  it('maintenance stays below the events of a history and the bytes of a state', () => {
    const { machineItemsMax, stateEventsMax, planGroupsMax } = LIMITS;
    expect(planGroupsMax).toBeLessThanOrEqual(machineItemsMax);
    // Groups: one task each; tables: two.
    expect(machineItemsMax * (stateEventsMax + 4) + machineItemsMax * (2 * stateEventsMax + 4)).toBeLessThan(HISTORY_EVENTS_MAX);
    const groups = Array.from({ length: machineItemsMax }, (_, group) => group);
    const tables = Array.from({ length: LIMITS.tablesMax * 2 }, (_, n) => `${'n'.repeat(100)}.${'t'.repeat(100)}${n}`);
    const answers = (items: readonly unknown[]) => items.map(() => ({ status: 'replan' }));
    const state = { status: 'planned', plan: 'x'.repeat(60), groups, tables, compacted: answers(groups), kept: answers(tables) };
    expect(Buffer.byteLength(JSON.stringify(state))).toBeLessThan(STATE_BYTES_MAX / 2);
  });

  it('recovery stays below them in all its rounds', () => {
    const { recoverUnitsMax, recoverTurnsMax, recoverRoundsMax, recoverWaitsMax, stateEventsMax } = LIMITS;
    const round = recoverUnitsMax * (recoverTurnsMax * stateEventsMax + 4) + recoverWaitsMax * (stateEventsMax + 2);
    expect(recoverRoundsMax * round).toBeLessThan(HISTORY_EVENTS_MAX);
  });

  it('a machine’s waits and loops are bounded by named limits', () => {
    const { text, definition } = machineOf('Recovery');
    expect(text).toContain(`$states.input.looks < ${LIMITS.recoverWaitsMax}`);
    expect(text).toContain(`$states.input.turn < ${LIMITS.recoverTurnsMax}`);
    expect(statesOf(definition).get('Wait for the commit')).toMatchObject({ Seconds: LIMITS.recoverWaitS });
  });
});
