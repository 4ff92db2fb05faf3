// Threads that share the seeds of a run: each takes the next part when it is done with its last.
import { Worker } from 'node:worker_threads';
import type { PlantedBug } from '../planted/bugs.ts';
import type { Part, PartReport } from './worker.ts';

/** A schedule makes much that soon is garbage: room for it halves the collector's share. */
const YOUNG_MB = 128;

export interface PoolOptions {
  readonly workers: number;
  readonly bug?: PlantedBug;
  /** The next part; undefined when there is no more. */
  next(): Part | undefined;
  report(report: PartReport): void;
}

/** Runs all parts; ends when every thread found none left. Throws what a thread throws. */
export async function runPool(options: PoolOptions): Promise<void> {
  await Promise.all(Array.from({ length: options.workers }, () => runThread(options)));
}

async function runThread({ bug, next, report }: PoolOptions): Promise<void> {
  const worker = new Worker(new URL('./worker.ts', import.meta.url), {
    workerData: { bug },
    resourceLimits: { maxYoungGenerationSizeMb: YOUNG_MB },
  });
  try {
    await new Promise<void>((resolve, reject) => {
      const go = (): void => {
        const part = next();
        if (part) worker.postMessage(part);
        else resolve();
      };
      worker.on('error', reject);
      worker.on('message', (one: PartReport) => {
        report(one);
        go();
      });
      go();
    });
  } finally {
    await worker.terminate();
  }
}
