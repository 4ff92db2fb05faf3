// Plays the scenario of a rule: what it throws is the violation, as of a schedule.
import type { ScheduleResult } from '../engine/schedule.ts';
import { ViolationError } from '../engine/violation.ts';
import { SCENARIOS } from './scenarios.ts';

export async function playScenario(rule: string, seed = 0): Promise<ScheduleResult> {
  const scenario = SCENARIOS[rule];
  if (!scenario) throw new Error(`no scenario for the rule ${rule}`);
  try {
    await scenario();
    return { seed, violation: undefined, trace: [], tally: {} };
  } catch (error) {
    const violation = error instanceof ViolationError ? error.message : `BUG ${error instanceof Error ? error.stack : String(error)}`;
    return { seed, violation, trace: [], tally: {} };
  }
}
