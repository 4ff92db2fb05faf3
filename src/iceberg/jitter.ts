// How long to wait before another attempt, jittered without a random source of its own: fresh ids are random enough to part two
// committers. The waiting itself is the caller's.
import type { Ports } from '../ports.ts';

/** A pause before attempt `attempt` (from 1): doubled each time, of which a random half to whole is waited. */
export function jitteredMs({ ids }: Pick<Ports, 'ids'>, options: { readonly firstMs: number; readonly attempt: number }): number {
  const whole = options.firstMs * 2 ** (options.attempt - 1);
  const fraction = Number.parseInt(ids.uuid().replaceAll('-', '').slice(-8), 16) / 0xffff_ffff;
  return Math.round(whole * (0.5 + fraction / 2));
}
