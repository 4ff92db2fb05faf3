// Waiting between attempts.
import { setTimeout as realSleep } from 'node:timers/promises';
import type { Ports } from '../ports.ts';

/** Waits `ms` on the port's clock, or in real time. */
export async function pause({ clock }: Pick<Ports, 'clock'>, ms: number): Promise<void> {
  if (clock.sleep) await clock.sleep(ms);
  else await realSleep(ms);
}
