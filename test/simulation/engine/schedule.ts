// One schedule: a seed decides who starts, who goes on, what fails, who crashes and who sleeps; the real jobs run over the memory
// ports, and after every step the checker has judged every change. At the end faults stop, half of the sleepers come home, and the
// world must become quiet (`quiesce.ts`). The same seed gives the same run.
import { LIMITS } from '../../../src/contract/limits.ts';
import { FirnError } from '../../../src/errors.ts';
import { CrashError, type Fault, type PortCall } from '../../support/memory/faults.ts';
import { commitSome } from './actors/commit.ts';
import { landSome } from './actors/land.ts';
import { actAsOther } from './actors/others.ts';
import { declareSome, operate, resolveSome } from './actors/plans.ts';
import { keepSome, SweepEndedError, sweepSome } from './actors/upkeep.ts';
import { type Answer, makeProcess, type Process } from './process.ts';
import { quiesce } from './quiesce.ts';
import { scaleLimits, TICK_MS } from './scaled-limits.ts';
import { ViolationError } from './violation.ts';
import { makeWorld, type SimWorld } from './world.ts';

export interface ScheduleOptions {
  /** Rules of the stand-ins to go without. */
  readonly off?: ReadonlySet<string>;
  readonly steps?: number;
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
const PROCESSES_MAX = 6;

type Act = (world: SimWorld, process: Process) => Promise<void>;
const PROCESS_KINDS: Readonly<Record<string, Act>> = {
  land: landSome,
  commit: commitSome,
  keep: keepSome,
  sweep: sweepSome,
  resolve: resolveSome,
  declare: declareSome,
  operate,
};

/** Runs one schedule. Never throws for a violation: it is the result. */
export async function runSchedule(seed: number, options: ScheduleOptions = {}): Promise<ScheduleResult> {
  scaleLimits();
  const world = makeWorld(seed, options.off);
  const schedule = new Schedule(world);
  let violation: string | undefined;
  try {
    for (let step = 0; step < (options.steps ?? STEPS); step++) await schedule.step();
    await schedule.calmDown();
    await quiesce(world);
  } catch (error) {
    violation =
      error instanceof ViolationError ? error.message : `BUG ${error instanceof Error ? (error.stack ?? error.message) : String(error)}`;
  }
  return { seed, violation, trace: world.ghost.trace, tally: Object.fromEntries(schedule.tally) };
}

class Schedule {
  readonly tally = new Map<string, number>();
  readonly #world: SimWorld;
  readonly #waiting: Answer[] = [];
  readonly #running = new Set<Process>();
  readonly #kinds: readonly (readonly [number, string])[];
  #hasFaults = true;
  #started = 0;
  #fatal: unknown;

  constructor(world: SimWorld) {
    this.#world = world;
    this.#kinds = weightsOf(world);
  }

  async step(): Promise<void> {
    const { random, memory } = this.#world;
    if (random.next() < 0.25) memory.advance(TICK_MS);
    if (random.next() < 0.02) memory.advance((3 + random.below(67)) * TICK_MS);
    if (this.#running.size < PROCESSES_MAX && random.next() < 0.3) await this.#start(random.weighted(this.#kinds));
    const ready = this.#waiting.filter(({ process }) => process.asleepUntilMs <= memory.nowMs());
    if (ready.length === 0) {
      memory.advance(TICK_MS);
      return this.#settle();
    }
    const answer = ready[random.below(ready.length)]!;
    const chance = random.next();
    if (chance < 0.01) {
      this.#count('crash');
      this.#take(answer).crash();
      return this.#settle();
    }
    if (chance < 0.03) {
      this.#count('zombie');
      answer.process.asleepUntilMs = memory.nowMs() + (5 + random.below(135)) * TICK_MS;
      return;
    }
    await this.#goOn(answer, random.pick([1, 1, 2, 6, 25]));
  }

  /** Faults stop; late effects take place; half of the sleepers come home, the others never do. */
  async calmDown(): Promise<void> {
    const { memory, random } = this.#world;
    this.#hasFaults = false;
    memory.settle();
    await this.#settle();
    for (const process of this.#running) process.asleepUntilMs = random.next() < 0.5 ? 0 : Number.MAX_SAFE_INTEGER;
    for (let guard = 0; guard < 20_000; guard++) {
      const answer = this.#waiting.find(({ process }) => process.asleepUntilMs === 0);
      if (!answer) return;
      await this.#goOn(answer, 1);
    }
    throw new ViolationError('P4 a process does not end');
  }

  /** Lets a process make some steps in a row: most interleavings are quiet. */
  async #goOn(first: Answer, burst: number): Promise<void> {
    let next: Answer | undefined = first;
    for (let i = 0; i < burst && next; i++) {
      const { process }: Answer = next;
      this.#take(next).give();
      await this.#settle();
      next = this.#waiting.find((answer) => answer.process === process);
    }
  }

  #take(answer: Answer): Answer {
    this.#waiting.splice(this.#waiting.indexOf(answer), 1);
    return answer;
  }

  async #settle(): Promise<void> {
    await drained();
    await this.#world.ghost.settle();
    if (this.#fatal) throw this.#fatal;
  }

  async #start(kind: string): Promise<void> {
    const act = PROCESS_KINDS[kind];
    if (!act) {
      await disturb(this.#world, kind);
      return this.#settle();
    }
    const { random } = this.#world;
    const process = makeProcess(this.#world, {
      name: `${kind}-${this.#started++}`,
      kind,
      // Clocks of machines differ by seconds; margins between the limits are minutes.
      skewMs: random.below(5) === 0 ? (random.below(5) - 2) * TICK_MS : 0,
      waiting: this.#waiting,
      chooseFault: (call) => (this.#hasFaults ? this.#chooseFault(call) : undefined),
    });
    this.#count(kind);
    this.#running.add(process);
    void act(this.#world, process)
      .catch((error: unknown) => this.#note(error))
      .finally(() => this.#running.delete(process));
    await this.#settle();
  }

  /** Errors of Firn and crashes are what may happen to a process; anything else is a bug. */
  #note(error: unknown): void {
    const isAllowed =
      error instanceof CrashError ||
      error instanceof SweepEndedError ||
      (error instanceof FirnError && error.name !== 'InvariantError' && error.name !== 'ContractError');
    if (isAllowed) this.#count(error.name);
    else this.#fatal ??= error;
  }

  #chooseFault({ op }: PortCall): Fault | undefined {
    const { random, focus } = this.#world;
    // Reads, lists and deletes are retried by the ports themselves and fail rarely; what creates or swaps may not be.
    const rarer = op === 'create' || op === 'commit' ? 1 : 8;
    const chance = (random.next() * rarer) / (focus === 'faults' ? 2 : 1);
    if (chance < 0.02) return this.#counted({ kind: 'fail-before' });
    if (chance < 0.05) return this.#counted({ kind: 'apply-then-fail' });
    if (chance < 0.07) return this.#counted({ kind: 'apply-late', afterMs: random.below(LIMITS.requestLifeMs) });
    if (chance < 0.075) return this.#counted({ kind: 'lost' });
    if (chance < 0.08) return this.#counted({ kind: random.next() < 0.5 ? 'crash-before' : 'crash-after' });
    return undefined;
  }

  #counted(fault: Fault): Fault {
    this.#count(fault.kind);
    return fault;
  }

  #count(what: string): void {
    this.tally.set(what, (this.tally.get(what) ?? 0) + 1);
  }
}

function weightsOf({ focus, isWild, hasTopicIds }: SimWorld): (readonly [number, string])[] {
  const others = isWild ? 3 : 0;
  const isTopic = focus === 'topic';
  return [
    [8, 'land'],
    [focus === 'orphans' ? 3 : 7, 'commit'],
    [2, 'sweep'],
    [2, 'keep'],
    [isTopic ? 5 : 1, 'resolve'],
    [2, 'operate'],
    [4, 'produce'],
    [focus === 'plans' ? 6 : 2, 'version'],
    [focus !== 'none' && !isTopic ? others * 3 : others, 'other'],
    [isTopic ? 2 : isWild ? 0.4 : 0, 'recreate'],
    // Only its identity tells a mirror from the topic it took over from: the same records, at offsets nobody has seen yet.
    [isTopic && hasTopicIds ? 1 : 0, 'mirror'],
    [0.3, 'declare'],
    [0.5, 'reset'],
    [isWild ? 0.5 : 0, 'compact-topic'],
  ];
}

/** What happens to the world between the steps of its processes. */
async function disturb(world: SimWorld, kind: string): Promise<void> {
  const { random, producer } = world;
  const source = random.pick(world.sources);
  switch (kind) {
    case 'other':
      return actAsOther(world);
    case 'produce':
      return producer.produce(source, 1 + random.below(3));
    case 'version':
      world.version = world.version === 1 ? 2 : 1;
      return;
    case 'reset':
      source.position = source.position.map((position) => random.below(position + 1));
      return;
  }
  if (source.kind === 'file') return;
  world.ghost.trace.push(`${kind} of ${source.name}`);
  if (kind === 'recreate') producer.recreate(source);
  if (kind === 'mirror') producer.mirror(source);
  // A compacted topic loses records that have landed; one that has not is lost to everybody.
  if (kind === 'compact-topic') {
    const { where } = world.ghost.ledger(source.contract);
    source.log = source.log.map((log) => log.map((record) => (record && where.has(record.id) && random.next() < 0.2 ? undefined : record)));
  }
}

/** Everything that can go on without the scheduler has gone on. */
function drained(): Promise<void> {
  return new Promise((resolve) => void setImmediate(resolve));
}
