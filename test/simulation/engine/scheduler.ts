// Steps of a schedule: chance decides who starts, who goes on, what fails, who crashes and who sleeps; the real jobs run over the memory
// ports, and after every step the checker has judged every change.
import { FirnError } from '../../../src/errors.ts';
import { CrashError, type Fault } from '../../support/memory/faults.ts';
import { commitSome } from './actors/commit.ts';
import { landSome } from './actors/land.ts';
import { compactSome, expireSome, redriveSome } from './actors/maintain.ts';
import { actAsOther } from './actors/others.ts';
import { declareSome, operate, resolveSome } from './actors/plans.ts';
import { keepSome, sweepSome } from './actors/upkeep.ts';
import { disturb } from './disturb.ts';
import { type Answer, makeProcess, type Process } from './process.ts';
import { TICK_MS } from './scaled-limits.ts';
import { chooseFault, isBeforeSwap, isRivalDue, passTime, sleepTicks, startInstead, weightsOf } from './stress.ts';
import { ViolationError } from './violation.ts';
import { type SimWorld, tableOf } from './world.ts';

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
  redrive: redriveSome,
  compact: compactSome,
  expire: expireSome,
};

/** How dense a schedule is. */
export interface Pace {
  /** Chance that a step begins with somebody new. */
  readonly start: number;
  /** Steps that a process makes in a row, each as likely as the others. */
  readonly bursts: readonly number[];
}

export const USUAL: Pace = { start: 0.3, bursts: [1, 1, 2, 6, 25] };

export class Schedule {
  readonly tally = new Map<string, number>();
  readonly #world: SimWorld;
  readonly #waiting: Answer[] = [];
  readonly #running = new Set<Process>();
  readonly #kinds: readonly (readonly [number, string])[];
  readonly #pace: Pace;
  #hasFaults = true;
  #started = 0;
  #fatal: unknown;

  constructor(world: SimWorld, pace = USUAL) {
    this.#world = world;
    this.#pace = pace;
    this.#kinds = weightsOf(world);
    this.count(`${world.memory.catalogKind} catalog`);
  }

  async step(): Promise<void> {
    const { random, memory } = this.#world;
    passTime(this.#world);
    // What took effect while time passed is judged before anybody acts on it.
    await this.#judge();
    if (this.#running.size < PROCESSES_MAX && random.next() < this.#pace.start) {
      const isAsleep = [...this.#running].some((one) => one.kind === 'commit' && one.asleepUntilMs > memory.nowMs());
      await this.#start(startInstead(this.#world, random.weighted(this.#kinds), isAsleep));
    }
    const swapping = this.#waiting.find(({ call }) => isBeforeSwap(call));
    if (swapping && isRivalDue(this.#world)) {
      this.count('rival');
      await actAsOther(this.#world, tableOf(this.#world, swapping.call));
      return this.#settle();
    }
    const ready = this.#waiting.filter(({ process }) => process.asleepUntilMs <= memory.nowMs());
    if (ready.length === 0) {
      memory.advance(TICK_MS);
      return this.#settle();
    }
    const answer = ready[random.below(ready.length)]!;
    if (random.next() < 0.01) {
      this.count('crash');
      this.#take(answer).crash();
      return this.#settle();
    }
    const ticks = sleepTicks(this.#world, { kind: answer.process.kind, call: answer.call });
    if (ticks > 0) {
      this.count('zombie');
      answer.process.asleepUntilMs = memory.nowMs() + ticks * TICK_MS;
      return;
    }
    await this.#goOn(answer, random.pick(this.#pace.bursts));
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

  /** Every process ends where it is; what is under way takes effect. */
  async end(): Promise<void> {
    for (let next = this.#waiting[0]; next; next = this.#waiting[0]) {
      this.#take(next).crash();
      await this.#settle();
    }
    this.#world.memory.settle();
    await this.#settle();
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
    await this.#judge();
    if (this.#fatal) throw this.#fatal;
  }

  async #judge(): Promise<void> {
    if (this.#world.ghost.isBehind()) await this.#world.ghost.settle();
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
      chooseFault: (call) => (this.#hasFaults ? this.#counted(chooseFault(this.#world, call)) : undefined),
    });
    this.count(kind);
    this.#running.add(process);
    void act(this.#world, process)
      .catch((error: unknown) => this.#note(error))
      .finally(() => this.#running.delete(process));
    await this.#settle();
  }

  /** Errors of Firn and crashes are what may happen to a process; anything else is a bug. */
  #note(error: unknown): void {
    const isAllowed =
      error instanceof CrashError || (error instanceof FirnError && error.name !== 'InvariantError' && error.name !== 'ContractError');
    if (isAllowed) this.count(error.name);
    else this.#fatal ??= error;
  }

  #counted(fault: Fault | undefined): Fault | undefined {
    if (fault) this.count(fault.kind);
    return fault;
  }

  count(what: string): void {
    this.tally.set(what, (this.tally.get(what) ?? 0) + 1);
  }
}

/** Everything that can go on without the scheduler has gone on: ticks run once no microtask is left, without a turn of the event loop. */
function drained(): Promise<void> {
  return new Promise((resolve) => void process.nextTick(resolve));
}
