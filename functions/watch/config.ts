// Environment of `watch`: the contracts whose staged descriptors it looks for are those of the contracts file.
import { type ConfigOf, environmentOf, parseEnvironment, SHARED_KEYS } from '../shared/config.ts';

export const WATCH_SCHEMA = SHARED_KEYS;
export type WatchConfig = ConfigOf<typeof WATCH_SCHEMA>;

/** Service dimension of its metrics. */
export const WATCH_SERVICE = 'firn-watch';
/** Age of the oldest staged descriptor by contract; 0 when nothing is staged. */
export const STAGED_AGE_METRIC = 'staged-oldest-age-seconds';
/** How long ago maintenance last ended well, by contract; looked at every so many minutes. */
export const MAINTENANCE_AGE_METRIC = 'maintenance-age-seconds';
export const MAINTENANCE_AGE_MINUTES = 15;

/** What the running function reads. */
export function loadWatchConfig(environment: Readonly<Record<string, string | undefined>> = process.env): WatchConfig {
  return parseEnvironment(WATCH_SCHEMA, environment);
}

/** What infra deploys. */
export function watchEnvironmentOf(config: WatchConfig): Record<string, string> {
  return environmentOf(WATCH_SCHEMA, config);
}
