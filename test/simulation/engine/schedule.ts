// One schedule, of one of two kinds, which the seed alone decides. A long one begins with nothing. A brief one goes on where a prepared
// world stands: a block of seeds shares the beginning of a long schedule, whose processes all end there, and each seed has a copy of that
// world, so short runs meet checkpoints, expired snapshots, trimmed files and parked tables too. At the end of either faults stop, half of
// the sleepers come home, and the world must become quiet (`quiesce.ts`). The same seed gives the same run.

import { blockOf, type Length, lengthOf } from './lengths.ts';
import { quiesce, SAMPLED, type Thoroughness, WHOLE } from './quiesce.ts';
import { makeRandom } from './random.ts';
import { scaleLimits } from './scaled-limits.ts';
import { type Pace, Schedule } from './scheduler.ts';
import { ViolationError } from './violation.ts';
import { copySimWorld, type Focus, makeWorld, type SimWorld } from './world.ts';

export interface ScheduleOptions {
  /** What the schedule stresses, in place of what its seed would choose. */
  readonly focus?: Focus;
  readonly steps?: number;
  /** In place of what the seed says. */
  readonly length?: Length;
  /** The trace of a brief schedule begins with that of its beginning. */
  readonly isWholeTrace?: boolean;
}

export interface ScheduleResult {
  readonly seed: number;
  /** The promise that did not hold; undefined when all did. */
  readonly violation: string | undefined;
  /** What happened, in order. */
  readonly trace: readonly string[];
  readonly tally: Readonly<Record<string, number>>;
}

const STEPS = 220;
const BRIEF_STEPS = { least: 10, more: 15 };
const PREPARED_STEPS = { least: 40, more: 140 };
/** Most calls are made while they may fail, not at the end. */
const DENSE: Pace = { start: 0.45, bursts: [1, 2, 6, 25, 25] };

/** Runs one schedule. Never throws for a violation: it is the result. */
export async function runSchedule(seed: number, options: ScheduleOptions = {}): Promise<ScheduleResult> {
  scaleLimits();
  return (options.length ?? lengthOf(seed)) === 'long' ? runLong(seed, options) : runBrief(seed, options);
}

async function runLong(seed: number, options: ScheduleOptions): Promise<ScheduleResult> {
  const world = makeWorld(seed, options);
  const schedule = new Schedule(world);
  const violation = await violationOf(() => play(schedule, { world, steps: options.steps ?? STEPS, end: WHOLE }));
  return resultOf(seed, { violation, world, schedule, length: 'long' });
}

async function runBrief(seed: number, options: ScheduleOptions): Promise<ScheduleResult> {
  const prepared = await preparedFor(seed, options);
  const world = copySimWorld(prepared.world, seed);
  const schedule = new Schedule(world, DENSE);
  if (options.isWholeTrace) world.ghost.trace.push(...prepared.world.ghost.trace);
  world.ghost.trace.push(`goes on after schedule ${prepared.world.seed}`);
  const steps = options.steps ?? BRIEF_STEPS.least + world.random.below(BRIEF_STEPS.more);
  const violation = prepared.violation ?? (await violationOf(() => play(schedule, { world, steps, end: SAMPLED })));
  return resultOf(seed, { violation, world, schedule, length: 'brief' });
}

async function play(
  schedule: Schedule,
  { world, steps, end }: { readonly world: SimWorld; readonly steps: number; readonly end: Thoroughness },
): Promise<void> {
  for (let step = 0; step < steps; step++) await schedule.step();
  await schedule.calmDown();
  await quiesce(world, end);
}

interface Prepared {
  readonly world: SimWorld;
  readonly violation: string | undefined;
}

/** The worlds of the block that was asked for last: which thread plays which seeds changes nothing but what is prepared again. */
let last: { readonly key: string; readonly prepared: Promise<Prepared> } | undefined;

function preparedFor(seed: number, options: ScheduleOptions): Promise<Prepared> {
  // No schedule has a negative seed, so names of the beginning are not given again.
  const beginning = -1 - blockOf(seed);
  const key = `${beginning} ${options.focus}`;
  if (last?.key !== key) last = { key, prepared: prepare(beginning, options) };
  return last.prepared;
}

async function prepare(seed: number, options: ScheduleOptions): Promise<Prepared> {
  const world = makeWorld(seed, { ...options, isSmall: true });
  const schedule = new Schedule(world);
  const steps = PREPARED_STEPS.least + makeRandom(seed).below(PREPARED_STEPS.more);
  const violation = await violationOf(async () => {
    for (let step = 0; step < steps; step++) await schedule.step();
    await schedule.end();
  });
  return { world, violation };
}

async function violationOf(run: () => Promise<void>): Promise<string | undefined> {
  try {
    await run();
    return undefined;
  } catch (error) {
    if (error instanceof ViolationError) return error.message;
    return `BUG ${error instanceof Error ? (error.stack ?? error.message) : String(error)}`;
  }
}

function resultOf(
  seed: number,
  run: { readonly violation: string | undefined; readonly world: SimWorld; readonly schedule: Schedule; readonly length: Length },
): ScheduleResult {
  const { violation, world, schedule, length } = run;
  schedule.count(`${length} schedule`);
  return { seed, violation, trace: world.ghost.trace, tally: Object.fromEntries(schedule.tally) };
}
