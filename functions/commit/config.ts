// Environment of `commit`: it serves every contract of the warehouse; which, the ring says.
import { type ConfigOf, environmentOf, parseEnvironment, SHARED_KEYS } from '../shared/config.ts';

const { environment, root, doorbellUrl } = SHARED_KEYS;
export const COMMIT_SCHEMA = { environment, root, doorbellUrl } as const;
export type CommitConfig = ConfigOf<typeof COMMIT_SCHEMA>;

/** Service dimension of its metrics. */
export const COMMIT_SERVICE = 'firn-commit';
/** Tables and sources a commit parked, by contract. */
export const PARKED_METRIC = 'parked';
/** Commits that failed, by contract: an alarm reads exactly this dimension; the error class is in the log. */
export const FAILED_COMMITS_METRIC = 'failed-commits';

/**
 * Of each commit, by contract: how long it took, how far event time is behind the clock, and offsets missing between two deliveries that
 * nobody has been asked about. Records by class are `accepted`, `quarantined`, `filtered` and `absent`.
 */
export const COMMIT_METRICS = {
  latency: 'commit-latency-ms',
  watermarkAge: 'watermark-age-seconds',
  unverified: 'unverified-offsets',
} as const;

/** What the running function reads. */
export function loadCommitConfig(from: Readonly<Record<string, string | undefined>> = process.env): CommitConfig {
  return parseEnvironment(COMMIT_SCHEMA, from);
}

/** What infra deploys. */
export function commitEnvironmentOf(config: CommitConfig): Record<string, string> {
  return environmentOf(COMMIT_SCHEMA, config);
}
