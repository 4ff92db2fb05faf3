// Environment of `land`: one source of one contract, whose records it lands. Limits are in src/contract/limits.ts, not here.
import { type ConfigOf, contractNameKey, environmentOf, parseEnvironment, SHARED_KEYS, sourceNameKey } from '../shared/config.ts';

export const LAND_SERVICE = 'firn-land';
/** Of each landing, by contract: records delivered, bytes and files written. */
export const LANDED_METRICS = { records: 'landed-records', bytes: 'landed-bytes', files: 'landed-files' } as const;
/** Records on which the kernels and the plain path did not agree; the plain path's answer was landed. */
export const SELFCHECK_MISMATCH_METRIC = 'selfcheck-mismatch';

export const LAND_SCHEMA = { ...SHARED_KEYS, contract: contractNameKey, source: sourceNameKey } as const;
export type LandConfig = ConfigOf<typeof LAND_SCHEMA>;

/** What the running function reads. */
export function loadLandConfig(environment: Readonly<Record<string, string | undefined>> = process.env): LandConfig {
  return parseEnvironment(LAND_SCHEMA, environment);
}

/** What infra deploys. */
export function landEnvironmentOf(config: LandConfig): Record<string, string> {
  return environmentOf(LAND_SCHEMA, config);
}
