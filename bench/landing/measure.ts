// Paired measuring in one process: every round takes one batch through every path, the order reversed every second round, CPU time of
// the whole process (collection and compilation threads count). Several batches in rotation, so that no branch predictor learns one.
import type { Made, Path } from './paths.ts';
import type { BenchBatch } from './scenarios.ts';

export interface Measured {
  readonly name: string;
  /** CPU milliseconds of each round, in the order of rounds. */
  readonly cpuMs: readonly number[];
  /** The same of early rounds; none where they are not counted. */
  readonly earlyMs: readonly number[];
  /** Of the last round. */
  readonly made: Made;
}

export interface Rounds {
  readonly warm: number;
  readonly counted: number;
  /** From this round on as many are counted for themselves: what a process does while the engine still compiles. */
  readonly early?: number;
}

/** Runs the paths side by side. */
export async function measurePaths(
  paths: Readonly<Record<string, Path>>,
  batches: readonly BenchBatch[],
  rounds: Rounds,
): Promise<Measured[]> {
  const names = Object.keys(paths);
  const times = new Map(names.map((name): [string, number[]] => [name, []]));
  const { warm, counted, early = warm } = rounds;
  const made = new Map<string, Made>();
  for (let round = 0; round < warm + counted; round++) {
    const batch = batches[round % batches.length]!;
    for (const name of round % 2 === 0 ? names : names.toReversed()) {
      const before = process.cpuUsage();
      made.set(name, await paths[name]!(batch));
      const { user, system } = process.cpuUsage(before);
      times.get(name)!.push((user + system) / 1000);
    }
  }
  return names.map((name) => {
    const all = times.get(name)!;
    return { name, cpuMs: all.slice(warm), earlyMs: early < warm ? all.slice(early, early + counted) : [], made: made.get(name)! };
  });
}

/** Median over rounds of yardstick time / path time: how fast the path is, in yardsticks. */
export function speedOf(yardstick: readonly number[], path: readonly number[]): number {
  return median(path.map((ms, round) => yardstick[round]! / ms));
}

/** The lower of two middle values. */
export function median(values: readonly number[]): number {
  return [...values].sort((a, b) => a - b)[(values.length - 1) >> 1]!;
}
