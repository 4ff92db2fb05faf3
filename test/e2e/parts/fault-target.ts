// What the steps of a bad day share: whom they harm, and how.
import type { Poller } from '../poller/poller.ts';
import type { Services } from '../services.ts';
import type { LocalWorld } from '../world.ts';

export interface Target {
  readonly world: LocalWorld;
  readonly services: Services;
  readonly land: string;
  readonly commit: string;
  readonly doorbellUrl: string;
  readonly poller: Poller;
}

/** A step that has not come about by then has failed. */
export const STEP_MS_MAX = 90_000;

/** How many there were. One that has ended meanwhile is none. */
export function signal(pids: readonly number[], name: NodeJS.Signals): number {
  let met = 0;
  for (const pid of pids) {
    try {
      process.kill(pid, name);
      met++;
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error;
    }
  }
  return met;
}
