// Names several parts share: folders under `_firn/`, the quarantine table, table properties and summary keys (DESIGN §5).
import type { TableIdentifier } from './compiled.ts';
import type { StructType } from './types.ts';

export const PROPERTY = {
  contract: 'firn.contract',
  ledger: 'firn.ledger',
  applied: 'firn.applied',
  fieldIds: 'firn.field-ids',
} as const;

export const SUMMARY = {
  job: 'firn.job',
  entries: 'firn.entries',
  accepted: 'firn.accepted',
  quarantined: 'firn.quarantined',
  filtered: 'firn.filtered',
  absent: 'firn.absent',
  /** Rows in files of the unpartitioned second spec. */
  late: 'firn.late',
  watermarkMs: 'firn.watermark-ms',
  contractVersion: 'firn.contract-version',
  /** Of a compaction: the maintenance plan and the group it carried out. */
  plan: 'firn.plan',
  group: 'firn.group',
} as const;

/** The tag that marks the last snapshot of ours. */
export const APPLIED_TAG = 'firn-applied';

/** Tags of expiry: `firn-hour-2026-11-22T13`, on the last snapshot of an hour. */
export const HOUR_TAG = 'firn-hour-';

/** `namespace.name`, the key of a table in descriptors, entries and messages. */
export function tableKey(identifier: TableIdentifier): string {
  return `${identifier.namespace}.${identifier.name}`;
}

/** Quarantine tables are told by name (DESIGN §5.5). */
export const QUARANTINE_SUFFIX = '__quarantine';

export function quarantineIdentifier(identifier: TableIdentifier): TableIdentifier {
  return { namespace: identifier.namespace, name: `${identifier.name}${QUARANTINE_SUFFIX}` };
}

/** `<root>/_firn/<contract>/` and what lies in it; no object of a contract's protocol is anywhere else. */
export function contractPaths(root: string, contractName: string) {
  const base = `${root}/_firn/${contractName}`;
  return {
    base,
    identity: `${base}/ledger.json`,
    ledger: `${base}/ledger/`,
    entry: (n: number) => `${base}/ledger/${String(n).padStart(20, '0')}.json.zst`,
    checkpoints: `${base}/checkpoint/`,
    checkpoint: (n: number) => `${base}/checkpoint/${String(n).padStart(20, '0')}.json.zst`,
    classes: `${base}/classes/`,
    segment: (name: string) => `${base}/classes/${name}.json.zst`,
    staged: `${base}/staged/`,
    descriptor: (id: string) => `${base}/staged/${id}.json`,
    parked: `${base}/parked/`,
    suspects: `${base}/suspect/`,
    plans: `${base}/plans/`,
    plan: (id: string) => `${base}/plans/${id}.json`,
    runs: (kind: string) => `${base}/runs/${kind}/`,
    run: (kind: string, execution: string) => `${base}/runs/${kind}/${execution}.json`,
    maintained: `${base}/runs/maintained/`,
    replacements: `${base}/maintenance/pending/`,
    replacement: (plan: string, group: number) => `${base}/maintenance/pending/${plan}-${group}.json`,
    removed: `${base}/maintenance/removed/`,
    compactions: `${base}/maintenance/results/`,
    compactionsOf: (plan: string) => `${base}/maintenance/results/${plan}/`,
    compaction: (plan: string, group: number) => `${base}/maintenance/results/${plan}/${group}.json`,
  };
}

/** `<root>/<namespace>/<table>`: an Iceberg table's location. */
export function tableLocation(root: string, identifier: TableIdentifier): string {
  return `${root}/${identifier.namespace}/${identifier.name}`;
}

/** Technical columns of DESIGN §5.1; a contract column of such a name is refused. */
export const TECHNICAL_COLUMNS = ['source_id', 'kafka_partition', 'kafka_offset', 'kafka_timestamp', 'kafka_topic', 'ingested_at'] as const;

/** DESIGN §5.5. Field ids are the table's own. Partitioned by day(quarantined_at). */
export const QUARANTINE_STRUCT: StructType = {
  type: 'struct',
  fields: [
    { id: 1, name: 'source_id', required: true, type: 'string' },
    { id: 2, name: 'kafka_topic', required: true, type: 'string' },
    { id: 3, name: 'kafka_partition', required: true, type: 'int' },
    { id: 4, name: 'kafka_offset', required: true, type: 'long' },
    { id: 5, name: 'kafka_timestamp', required: true, type: 'timestamptz' },
    { id: 6, name: 'key', required: false, type: 'binary' },
    { id: 7, name: 'value', required: false, type: 'binary' },
    {
      id: 8,
      name: 'headers',
      required: false,
      type: {
        type: 'list',
        'element-id': 9,
        'element-required': true,
        element: {
          type: 'struct',
          fields: [
            { id: 10, name: 'name', required: true, type: 'string' },
            { id: 11, name: 'value', required: false, type: 'binary' },
          ],
        },
      },
    },
    {
      id: 12,
      name: 'reasons',
      required: true,
      type: {
        type: 'list',
        'element-id': 13,
        'element-required': true,
        element: {
          type: 'struct',
          fields: [
            { id: 14, name: 'rule', required: true, type: 'string' },
            { id: 15, name: 'field', required: true, type: 'string' },
            { id: 16, name: 'message', required: true, type: 'string' },
          ],
        },
      },
    },
    { id: 17, name: 'contract', required: true, type: 'string' },
    { id: 18, name: 'quarantined_at', required: true, type: 'timestamptz' },
  ],
};
