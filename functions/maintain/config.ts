// Environment of `maintain`: it serves every contract of the warehouse; which, the step says.
import { type ConfigOf, environmentOf, parseEnvironment, SHARED_KEYS } from '../shared/config.ts';

const { environment, root, doorbellUrl } = SHARED_KEYS;
export const MAINTAIN_SCHEMA = { environment, root, doorbellUrl } as const;
export type MaintainConfig = ConfigOf<typeof MAINTAIN_SCHEMA>;

/** Service dimension of its metrics. */
export const MAINTAIN_SERVICE = 'firn-maintain';
/** Metrics of a run, by contract. Groups by what came of them, files and bytes of the groups before and after. */
export const MAINTENANCE_METRICS = {
  compacted: 'groups-compacted',
  replanned: 'groups-replanned',
  open: 'groups-open',
  filesBefore: 'compaction-files-before',
  filesAfter: 'compaction-files-after',
  bytesBefore: 'compaction-bytes-before',
  bytesAfter: 'compaction-bytes-after',
  /** Units that were refused or failed in all their tries. */
  failed: 'maintenance-units-failed',
  /** Data files below the bound of small files that are left, over all tables of the contract. */
  debtSmallFiles: 'debt-small-files',
  debtDeleteFiles: 'debt-delete-files',
  debtManifests: 'debt-manifests',
  debtSnapshots: 'debt-snapshots',
} as const;

/** What the running function reads. */
export function loadMaintainConfig(from: Readonly<Record<string, string | undefined>> = process.env): MaintainConfig {
  return parseEnvironment(MAINTAIN_SCHEMA, from);
}

/** What infra deploys. */
export function maintainEnvironmentOf(config: MaintainConfig): Record<string, string> {
  return environmentOf(MAINTAIN_SCHEMA, config);
}
