// Waiting for a condition, never for a time: asked again and again, bounded, and a failure says what was seen last.
import { setTimeout as sleep } from 'node:timers/promises';

export interface UntilOptions {
  readonly withinMs: number;
  /** @default 100 */
  readonly everyMs?: number;
  /** What there is instead, for the message. */
  readonly seen?: () => unknown;
}

/** Throws when it is not so in time. */
export async function until(what: string, isSo: () => boolean | Promise<boolean>, options: UntilOptions): Promise<void> {
  const { withinMs, everyMs = 100, seen } = options;
  const endMs = performance.now() + withinMs;
  while (!(await isSo())) {
    if (performance.now() > endMs) {
      const instead = seen === undefined ? '' : `; seen: ${JSON.stringify(await seen()).slice(0, 1_000)}`;
      throw new Error(`waited ${withinMs / 1000} s in vain: ${what}${instead}`);
    }
    await sleep(everyMs);
  }
}
