// The resolver inside a consuming process: now and then, for the partitions it reads. The first time is at once: what a killed process
// or another way of landing left open should not wait.
import { LIMITS } from '../contract/limits.ts';
import { startDeadline } from './deadline.ts';
import { type ResolveRequest, type ResolveResult, resolveOffsets } from './resolve-offsets.ts';

export type RegularResolver = (isMine: NonNullable<ResolveRequest['isMine']>) => Promise<ResolveResult | undefined>;

/** Resolves when it is due; undefined when it is not. */
export function makeRegularResolver(request: Omit<ResolveRequest, 'deadline' | 'isMine'>): RegularResolver {
  let dueAtMs = Number.NEGATIVE_INFINITY;
  return async (isMine) => {
    const nowMs = request.ports.clock.nowMs();
    if (nowMs < dueAtMs) return undefined;
    dueAtMs = nowMs + LIMITS.runResolveMs;
    return resolveOffsets({ ...request, isMine, deadline: startDeadline(request.ports.clock, LIMITS.commitDeadlineMs) });
  };
}
