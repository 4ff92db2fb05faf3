// One seed of the simulation: landers and committers as real jobs over one in-memory world. Every port call is a point where the
// seeded scheduler lets another process run, lets time pass, loses the reply, lets an effect take place late, crashes the process,
// or lets it sleep beyond its deadline. After every commit and every entry the audit must hold; at the end faults stop, half of
// the sleepers come home, and the world must become quiet with every record of the topic in exactly one place.
import { FirnError } from '../../../src/errors.ts';
import { identifierOf, loadTable } from '../../../src/jobs/load-table.ts';
import { parseDescriptor } from '../../../src/ledger/descriptor-codec.ts';
import { containsOffset, subtractRanges } from '../../../src/ledger/ranges.ts';
import { deliveredOf, type LedgerState, unverifiedOf } from '../../../src/ledger/state.ts';
import {
  audit,
  CrashError,
  type Fault,
  GAME_QUARANTINE,
  GAME_SOURCE,
  GAME_TABLE,
  type GameRecord,
  KINDS,
  type Lab,
  ledgerOf,
  MemoryWorld,
  makeLab,
  type PortCall,
  records,
  rowsOf,
  verdictOf,
} from '../../support/memory/index.ts';

export interface SimulationResult {
  readonly steps: number;
  readonly landed: number;
  readonly committed: number;
  readonly crashed: number;
  readonly errors: ReadonlyMap<string, number>;
  /** Rows of the tables, for comparing runs. */
  readonly rows: readonly string[];
}

interface Waiting {
  readonly process: Process;
  readonly call: PortCall;
  readonly go: () => void;
}
interface Process {
  readonly name: string;
  readonly lab: Lab;
  fault: Fault | undefined;
  asleepUntilMs: number;
}

const STEPS = 160;
const PARTITIONS = 2;

/** Runs one seed; throws an error naming seed and step at the first violation. */
export async function simulate(seed: number): Promise<SimulationResult> {
  const simulation = new Simulation(seed);
  try {
    await simulation.run();
    return await simulation.quiesce();
  } catch (error) {
    const what = error instanceof Error ? error.message : String(error);
    throw new Error(`seed ${seed}, step ${simulation.step}: ${what}`, { cause: error });
  }
}

class Simulation {
  step = 0;
  readonly #seed: number;
  readonly #random: () => number;
  readonly #world: MemoryWorld;
  readonly #topic: GameRecord[][];
  readonly #waiting: Waiting[] = [];
  readonly #running = new Set<Process>();
  readonly #errors = new Map<string, number>();
  readonly #tally = { landed: 0, committed: 0, crashed: 0, processes: 0 };
  readonly #observer: Lab;
  #fatal: unknown;
  #hasFaults = true;

  constructor(seed: number) {
    this.#seed = seed;
    this.#random = randomOf(seed);
    this.#world = new MemoryWorld({ catalog: this.#random() < 0.5 ? 'glue' : 'sql' });
    this.#topic = Array.from({ length: PARTITIONS }, (_, partition) => this.#produce(partition));
    this.#observer = makeLab({ world: this.#world, process: 'observer', seed });
  }

  async run(): Promise<void> {
    for (this.step = 1; this.step <= STEPS; this.step++) {
      if (this.#random() < 0.03) this.#world.advance(this.#below(20) * 60_000);
      if (this.#running.size < 4 && this.#random() < 0.15) this.#start();
      const awake = this.#waiting.filter(({ process }) => process.asleepUntilMs <= this.#world.nowMs());
      if (awake.length === 0) {
        this.#world.advance(1000);
        await drained();
        continue;
      }
      const burst = this.#pick([1, 1, 3, 12, 40]);
      await this.#release(awake[this.#below(awake.length)]!, burst);
      if (this.#fatal) throw this.#fatal;
    }
  }

  /** Lets a process make some calls in a row: most interleavings are quiet. */
  async #release(first: Waiting, burst: number): Promise<void> {
    let next: Waiting | undefined = first;
    for (let i = 0; i < burst && next; i++) {
      const { process, call }: Waiting = next;
      process.fault = this.#hasFaults ? this.#chooseFault(process, call) : undefined;
      if (process.asleepUntilMs > this.#world.nowMs()) return;
      this.#waiting.splice(this.#waiting.indexOf(next), 1);
      if (call.op === 'delete' && call.target.includes('/staged/')) await this.#checkDeletable(call.target);
      next.go();
      await drained();
      if (isDecisive(call)) await this.#check();
      if (this.#fatal) throw this.#fatal;
      next = this.#waiting.find((waiting) => waiting.process === process);
      // Races are decided at these calls: let others go first more often.
      if (next && isDecisive(next.call) && this.#random() < 0.5) return;
    }
  }

  #chooseFault(process: Process, { op }: PortCall): Fault | undefined {
    // Reads, lists and deletes are retried by the ports themselves and fail rarely; what creates or swaps may not be.
    const chance = this.#random() * (op === 'create' || op === 'commit' ? 1 : 8);
    if (chance < 0.02) return { kind: 'fail-before' };
    if (chance < 0.05) return { kind: 'apply-then-fail' };
    if (chance < 0.07) return { kind: 'apply-late', afterMs: this.#below(15 * 60_000) };
    if (chance < 0.075) return { kind: 'lost' };
    if (chance < 0.08) return this.#random() < 0.5 ? { kind: 'crash-before' } : { kind: 'crash-after' };
    if (chance < 0.1) process.asleepUntilMs = this.#world.nowMs() + this.#below(60) * 60_000;
    return undefined;
  }

  #start(): void {
    const name = `p${this.#tally.processes++}`;
    const process: Process = { name, lab: undefined as unknown as Lab, fault: undefined, asleepUntilMs: 0 };
    const lab = makeLab({
      world: this.#world,
      process: name,
      seed: this.#seed,
      gate: (call) => new Promise<void>((resolve) => void this.#waiting.push({ process, call, go: resolve })),
      fault: () => process.fault,
    });
    const started = Object.assign(process, { lab });
    this.#running.add(started);
    const work = this.#random() < 0.6 ? this.#landSome(started) : this.#commitOnce(started);
    void work.catch((error: unknown) => this.#note(error)).finally(() => this.#running.delete(started));
  }

  async #landSome({ lab }: Process): Promise<void> {
    const batch = this.#fetch();
    if (batch.length === 0) return;
    await lab.land(batch, { version: this.#random() < 0.5 ? 1 : 2 });
    await this.#checkDurable(batch);
    this.#tally.landed++;
  }

  async #commitOnce({ lab }: Process): Promise<void> {
    await lab.commit();
    this.#tally.committed++;
  }

  /** Errors of Firn and crashes are what may happen to a process; anything else is a bug. */
  #note(error: unknown): void {
    if (error instanceof CrashError) this.#tally.crashed++;
    else if (error instanceof FirnError && error.name !== 'InvariantError' && error.name !== 'ContractError') {
      this.#errors.set(error.name, (this.#errors.get(error.name) ?? 0) + 1);
    } else this.#fatal ??= error;
  }

  /** What a poller delivers: contiguous parts of some partitions, from anywhere, of any length. */
  #fetch(): GameRecord[] {
    const parts = this.#topic.filter(() => this.#random() < 0.7);
    return parts.flatMap((log) => {
      const start = this.#below(log.length);
      return log.slice(start, start + 1 + this.#below(6));
    });
  }

  #produce(partition: number): GameRecord[] {
    const kinds = Array.from({ length: 6 + this.#below(8) }, () => (this.#random() < 0.15 ? '.' : this.#pick(KINDS)));
    return records(kinds.join(''), { partition });
  }

  /** Promises 1 to 3 on what is in the tables now. */
  async #check(): Promise<void> {
    const report = await audit(this.#observer.ports);
    const wrong = report.tables.find(
      (table) =>
        table.notAudited !== undefined || table.missing.count + table.doubles.count + table.foreign.count + table.addedByOthers.count > 0,
    );
    if (wrong) throw new Error(`${wrong.table} at ${wrong.applied}: ${JSON.stringify(wrong)}`);
    if (report.inTwoTables.count > 0) throw new Error(`offsets in two tables: ${JSON.stringify(report.inTwoTables)}`);
    if (report.sources.some(({ isAccounted }) => !isAccounted)) throw new Error('counts differ from classes');
    if (report.parked.length > 0) throw new Error(`parked without a cause: ${JSON.stringify(report.parked)}`);
    if (report.staged.poisoned > 0) throw new Error('a descriptor is poisoned');
  }

  /** What is acknowledged is in the ledger or in a staged descriptor. */
  async #checkDurable(batch: readonly GameRecord[]): Promise<void> {
    const staged = this.#world.urisUnder(`${this.#observer.ports.root}/_firn/game.events/staged/`);
    const descriptors = staged.map((uri) => parseDescriptor(this.#world.objects.get(uri)!.bytes));
    const { state } = await ledgerOf(this.#observer.ports);
    for (const { partition, offset } of batch) {
      const isDurable =
        containsOffset(state.sources.get(GAME_SOURCE)?.partitions.get(partition)?.covered ?? [], offset) ||
        descriptors.some(({ sources }) =>
          sources.some((source) =>
            source.partitions.some((one) => one.partition === partition && containsOffset(deliveredOf(one), offset)),
          ),
        );
      if (!isDurable) throw new Error(`acknowledged but nowhere: ${partition}:${offset}`);
    }
  }

  /** Promise 3 of descriptors: decided and applied by every table, or covered wholly by created entries; never before. */
  async #checkDeletable(uri: string): Promise<void> {
    const found = this.#world.objects.get(uri);
    if (!found) return;
    const { state } = await ledgerOf(this.#observer.ports);
    const descriptor = parseDescriptor(found.bytes);
    const entry = state.decided.get(descriptor.id);
    for (const table of state.tables.values()) {
      if (entry === undefined || !table.pending.includes(entry)) continue;
      const loaded = await loadTable(this.#observer.ports, identifierOf(table.table));
      if (Number(loaded?.metadata.properties['firn.applied']) < entry)
        throw new Error(`descriptor deleted before ${table.table} applied ${entry}`);
    }
    for (const { sourceId, partitions } of descriptor.sources) {
      for (const classes of partitions) {
        const covered = state.sources.get(sourceId)?.partitions.get(classes.partition)?.covered ?? [];
        if (subtractRanges(deliveredOf(classes), covered).length > 0)
          throw new Error(`descriptor deleted with records nowhere: ${descriptor.id}`);
      }
    }
  }

  /** Faults stop; late effects take place; some sleepers come home, the others never do. */
  async quiesce(): Promise<SimulationResult> {
    this.#hasFaults = false;
    this.#world.settle();
    for (const waiting of this.#waiting) waiting.process.asleepUntilMs = this.#random() < 0.5 ? 0 : Number.MAX_SAFE_INTEGER;
    for (let guard = 0; guard < 5000; guard++) {
      const next = this.#waiting.find(({ process }) => process.asleepUntilMs === 0);
      if (!next) break;
      await this.#release(next, 1);
    }
    const lab = makeLab({ world: this.#world, process: 'last', seed: this.#seed });
    for (const log of this.#topic) if (log.length > 0) await lab.land(log);
    for (let ring = 0; ring < 3; ring++) await lab.commit();
    await this.#check();
    return this.#checkQuiet(lab);
  }

  /** Independent of the audit: the topic's own records against the rows. */
  async #checkQuiet(lab: Lab): Promise<SimulationResult> {
    const main = await rowsOf(lab.ports, GAME_TABLE);
    const quarantine = await rowsOf(lab.ports, GAME_QUARANTINE);
    const { state } = await ledgerOf(lab.ports);
    for (const record of this.#topic.flat()) {
      const place = `${record.partition}:${record.offset}`;
      const places = [
        ...main.filter((row) => row === `${place}:${record.id}`).map(() => 'accepted'),
        ...quarantine.filter((row) => row === `${place}:`).map(() => 'quarantined'),
        ...(isFiltered(state, record) ? ['filtered'] : []),
      ];
      if (places.length !== 1) throw new Error(`record at ${place} is in ${places.length} places: ${places.join(', ')}`);
      const verdicts = [verdictOf(1, record.kind), verdictOf(2, record.kind)] as readonly string[];
      if (!verdicts.includes(places[0]!)) throw new Error(`record at ${place} of kind ${record.kind} is ${places[0]}`);
    }
    const total = this.#topic.flat().length;
    const filtered = this.#topic.flat().filter((record) => isFiltered(state, record)).length;
    if (main.length + quarantine.length + filtered !== total) throw new Error('tables hold rows that no record explains');
    const holes = [...(state.sources.get(GAME_SOURCE)?.partitions.values() ?? [])].flatMap(unverifiedOf);
    if (holes.length > 0) throw new Error(`holes are left: ${JSON.stringify(holes)}`);
    const staged = this.#world.urisUnder(`${lab.ports.root}/_firn/game.events/staged/`);
    if (staged.length > 0) throw new Error(`descriptors are left: ${staged.length}`);
    return { ...this.#tally, steps: this.step, errors: this.#errors, rows: [...main, ...quarantine] };
  }

  #below(bound: number): number {
    return Math.floor(this.#random() * bound);
  }

  #pick<T>(of: readonly T[]): T {
    return of[this.#below(of.length)]!;
  }
}

function isFiltered(state: LedgerState, { partition, offset }: GameRecord): boolean {
  return containsOffset(state.sources.get(GAME_SOURCE)?.partitions.get(partition)?.filtered ?? [], offset);
}

/** The calls that decide: a table's compare-and-swap, the creation of a ledger entry. */
function isDecisive({ port, op, target }: PortCall): boolean {
  return (port === 'catalog' && op === 'commit') || (op === 'create' && target.includes('/ledger/0'));
}

/** Everything that can go on without the scheduler has gone on. */
function drained(): Promise<void> {
  return new Promise((resolve) => void setImmediate(resolve));
}

/** mulberry32: small, seeded, good enough to choose schedules. */
function randomOf(seed: number): () => number {
  let state = (seed * 0x9e3779b1) | 0;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let t = Math.imul(state ^ (state >>> 15), 1 | state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 4_294_967_296;
  };
}
