// Waiting between attempts, and jitter without a random source of its own: fresh ids are random enough to part two committers.
import { setTimeout as realSleep } from 'node:timers/promises';
import type { Ports } from '../ports.ts';

/** Waits `ms` on the port's clock, or in real time. */
export async function pause({ clock }: Pick<Ports, 'clock'>, ms: number): Promise<void> {
  if (clock.sleep) await clock.sleep(ms);
  else await realSleep(ms);
}

/** A pause before attempt `attempt` (from 1): doubled each time, of which a random half to whole is waited. */
export function jitteredMs({ ids }: Pick<Ports, 'ids'>, options: { readonly firstMs: number; readonly attempt: number }): number {
  const whole = options.firstMs * 2 ** (options.attempt - 1);
  const fraction = Number.parseInt(ids.uuid().replaceAll('-', '').slice(-8), 16) / 0xffff_ffff;
  return Math.round(whole * (0.5 + fraction / 2));
}
