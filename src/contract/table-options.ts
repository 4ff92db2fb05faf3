// `firn.table`: name, partition, sort, format version and properties of the table of a schema object.
import type { PartitionFieldPlan, SortFieldPlan, TableIdentifier } from './compiled.ts';
import { type Place, quoted, type Report, refuse } from './findings.ts';
import {
  checkKeys,
  type DocNode,
  describeNode,
  flagOf,
  integerOf,
  type MapNode,
  member,
  needList,
  needMap,
  needText,
  needWord,
} from './nodes.ts';
import { findColumn } from './plans.ts';
import { checkPartition, defaultName, partitionField, sortField } from './transforms.ts';
import type { StructType } from './types.ts';

/** The parts that need no columns. */
export interface TableOptions {
  readonly node: MapNode | undefined;
  readonly identifier: TableIdentifier | undefined;
  readonly formatVersion: 2 | 3;
  readonly properties: Readonly<Record<string, string>>;
  /** Technical columns switched off. */
  readonly omit: readonly ('kafka_topic' | 'ingested_at')[];
}

const KEYS = ['name', 'partition', 'sort', 'formatVersion', 'rawArchive', 'properties', 'omit'] as const;
const NAME = /^[a-z0-9_]{1,200}$/;

/** Reads `firn.table` and names the table. `node` is the value of the property, at the root or on the schema object. */
export function readTableOptions(
  report: Report,
  node: DocNode | undefined,
  defaults: { readonly domain: DocNode | undefined; readonly nameNode: DocNode; readonly root: Place },
): TableOptions {
  const map = node && needMap(report, node, 'firn.table');
  if (map) checkKeys(report, map, { what: 'firn.table', keys: KEYS });
  const archive = member(map, 'rawArchive');
  if (archive && flagOf(archive) !== false) {
    refuse(report, archive, {
      rule: 'unsupported',
      message: 'rawArchive is not supported by this version',
      remedy: 'remove it, or set it to false',
    });
  }
  const omitNode = member(map, 'omit');
  const omitList = omitNode && needList(report, omitNode, 'omit');
  const omit = (omitList?.items ?? []).map((item) =>
    needWord(report, item, { what: 'omit', words: ['kafka_topic', 'ingested_at'] as const }),
  );
  return {
    node: map,
    identifier: identify(report, map, defaults),
    formatVersion: readFormatVersion(report, member(map, 'formatVersion')),
    properties: readProperties(report, member(map, 'properties')),
    omit: omit.filter((one) => one !== undefined),
  };
}

/** Partition fields: as written, else by the standard's `partitioned`, else by day of the event time, else of the Kafka timestamp. */
export function readPartition(
  report: Report,
  options: {
    readonly table: TableOptions;
    readonly struct: StructType;
    readonly standard: readonly string[];
    readonly eventTime: string | undefined;
    readonly at: Place;
  },
): readonly PartitionFieldPlan[] {
  const { struct } = options;
  const node = member(options.table.node, 'partition');
  const list = node && needList(report, node, 'partition');
  const fields = list
    ? list.items.map((item) => partitionField(report, item, struct)).filter((field) => field !== undefined)
    : defaultPartition(options);
  checkPartition(report, list ?? options.at, { fields, struct });
  return fields;
}

/** Sort fields: as written, else the event time. */
export function readSort(
  report: Report,
  options: { readonly table: TableOptions; readonly struct: StructType; readonly eventTime: string | undefined },
): readonly SortFieldPlan[] {
  const node = member(options.table.node, 'sort');
  const list = node && needList(report, node, 'sort');
  if (list) return list.items.map((item) => sortField(report, item, options.struct)).filter((field) => field !== undefined);
  if (options.eventTime === undefined) return [];
  return [{ column: options.eventTime, transform: 'identity', direction: 'asc', nullOrder: 'nulls-first' }];
}

function defaultPartition(options: {
  readonly struct: StructType;
  readonly standard: readonly string[];
  readonly eventTime: string | undefined;
}): readonly PartitionFieldPlan[] {
  const columns = options.standard.length > 0 ? options.standard : [options.eventTime ?? 'kafka_timestamp'];
  return columns.map((column) => {
    const type = findColumn(options.struct, column)?.field.type;
    const isTime = typeof type === 'string' && /^(date|timestamp)/.test(type);
    const term = { column, transform: isTime ? 'day' : 'identity' };
    return { ...term, name: defaultName(term) };
  });
}

/** `ns.table`, or a table in the domain's namespace; without `name`, the schema object's name. */
function identify(
  report: Report,
  map: MapNode | undefined,
  defaults: { readonly domain: DocNode | undefined; readonly nameNode: DocNode; readonly root: Place },
): TableIdentifier | undefined {
  const nameNode = member(map, 'name') ?? defaults.nameNode;
  const text = needText(report, nameNode, 'a table name');
  if (text === undefined) return undefined;
  const [first, second, ...more] = text.split('.');
  const namespaceNode = second === undefined ? defaults.domain : nameNode;
  if (!namespaceNode) {
    return refuse(report, defaults.root, {
      rule: 'namespace',
      message: "expected 'domain' as the namespace of the table, got none",
      remedy: 'add domain, or firn.table {name: namespace.table}',
    });
  }
  const namespace = second === undefined ? needText(report, namespaceNode, 'domain') : first;
  const name = second ?? first!;
  if (namespace === undefined) return undefined;
  const remedy = 'lower case letters, digits and _; name it otherwise with firn.table {name: namespace.table}';
  if (!NAME.test(namespace))
    return refuse(report, namespaceNode, { rule: 'namespace', message: `${quoted(namespace)} is no namespace`, remedy });
  if (more.length > 0 || !NAME.test(name))
    return refuse(report, nameNode, { rule: 'table-name', message: `${quoted(text)} is no table name`, remedy });
  if (!/__(quarantine)$/.test(name) && !namespace.startsWith('_')) return { namespace, name };
  return refuse(report, nameNode, { rule: 'table-name', message: `${quoted(text)} is a name Firn keeps for itself`, remedy: 'rename it' });
}

function readFormatVersion(report: Report, node: DocNode | undefined): 2 | 3 {
  if (!node) return 2;
  const version = integerOf(node);
  if (version === 2 || version === 3) return version;
  refuse(report, node, { rule: 'format-version', message: `expected formatVersion 2 or 3, got ${describeNode(node)}` });
  return 2;
}

/** Iceberg's TableProperties.RESERVED_PROPERTIES: not properties but fields of the metadata. */
const RESERVED = new Set([
  'format-version',
  'uuid',
  'snapshot-count',
  'current-snapshot-summary',
  'current-snapshot-id',
  'current-snapshot-timestamp-ms',
  'current-schema',
  'default-partition-spec',
  'default-sort-order',
]);

function readProperties(report: Report, node: DocNode | undefined): Readonly<Record<string, string>> {
  const map = node && needMap(report, node, 'properties');
  const found: [string, string][] = [];
  for (const { key, keyPlace, value } of map?.entries ?? []) {
    if (RESERVED.has(key) || key.startsWith('firn.')) {
      refuse(report, keyPlace, {
        rule: 'property',
        message: `${quoted(key)} is reserved ${key.startsWith('firn.') ? 'by Firn' : 'by Iceberg'}`,
        remedy: 'remove it',
      });
    } else if (!/^[A-Za-z0-9][A-Za-z0-9._-]{0,254}$/.test(key)) {
      refuse(report, keyPlace, { rule: 'property', message: `${quoted(key)} is no property name` });
    } else if (key === 'write.format.default' && (value.kind !== 'scalar' || value.value !== 'parquet')) {
      refuse(report, value, {
        rule: 'property',
        message: `expected parquet, got ${describeNode(value)}`,
        remedy: 'data files are always Parquet',
      });
    } else if (value.kind !== 'scalar' || value.value === null) {
      refuse(report, value, { rule: 'property', message: `expected a single value of ${quoted(key)}, got ${describeNode(value)}` });
    } else found.push([key, typeof value.value === 'string' ? value.value : value.source]);
  }
  return Object.fromEntries(found);
}
