// `firn.source`: where a contract's records come from. One source or a list; what this version cannot read is refused.
import type { SourcePlan } from './compiled.ts';
import { type Place, quoted, type Report, refuse } from './findings.ts';
import { LIMITS } from './limits.ts';
import {
  checkKeys,
  type DocNode,
  describeNode,
  integerOf,
  isNull,
  type MapNode,
  member,
  needMap,
  needText,
  needWord,
  textOf,
} from './nodes.ts';

export interface SourceOptions {
  readonly sources: readonly SourcePlan[];
  readonly maxBytes: number;
  readonly tombstones: 'filter' | 'quarantine';
}

const KEYS = ['name', 'topic', 'cluster', 'format', 'maxBytes', 'registry', 'key', 'tombstones', 'generation'] as const;

/** The sources of a contract, and what is the same for all of them. Undefined after findings. */
export function readSources(report: Report, root: DocNode, node: DocNode | undefined): SourceOptions | undefined {
  if (!node || isNull(node)) {
    return refuse(report, root, {
      rule: 'source',
      message: 'expected firn.source among the customProperties, got none',
      remedy: 'add {property: firn.source, value: {topic: …}}',
    });
  }
  const nodes = node.kind === 'list' ? node.items : [node];
  if (nodes.length === 0 || nodes.length > LIMITS.sourcesMax) {
    return refuse(report, node, { rule: 'source', message: `expected 1 to ${LIMITS.sourcesMax} sources, got ${nodes.length}` });
  }
  const read = nodes.map((one) => readSource(report, one)).filter((one) => one !== undefined);
  checkDistinct(report, read);
  const first = read[0];
  if (!first || read.length < nodes.length) return undefined;
  for (const one of read) {
    if (one.maxBytes !== first.maxBytes || one.tombstones !== first.tombstones) {
      refuse(report, one.place, {
        rule: 'unsupported',
        message: 'maxBytes and tombstones must be the same in all sources in this version',
        remedy: 'use separate contracts',
      });
    }
  }
  return { sources: read.map((one) => one.plan), maxBytes: first.maxBytes, tombstones: first.tombstones };
}

interface ReadSource {
  readonly place: Place;
  readonly plan: SourcePlan;
  readonly maxBytes: number;
  readonly tombstones: 'filter' | 'quarantine';
}

function readSource(report: Report, node: DocNode): ReadSource | undefined {
  const map = needMap(report, node, 'firn.source');
  if (!map) return undefined;
  checkKeys(report, map, { what: 'firn.source', keys: KEYS });
  refuseUnsupported(report, map);
  const topic = readName(report, map, 'topic');
  const name = member(map, 'name') ? readName(report, map, 'name') : topic;
  const cluster = readCluster(report, map);
  const generation = readGeneration(report, map);
  const maxBytes = readMaxBytes(report, member(map, 'maxBytes'));
  const tombstonesNode = member(map, 'tombstones');
  const words = { what: 'tombstones', words: ['filter', 'quarantine'] as const };
  const tombstones = tombstonesNode ? needWord(report, tombstonesNode, words) : 'filter';
  if (topic === undefined || name === undefined || generation === undefined || maxBytes === undefined || !tombstones) return undefined;
  const plan: SourcePlan = { name, topic, generation, format: 'json', ...(cluster === undefined ? {} : { cluster }) };
  return { place: node, plan, maxBytes, tombstones };
}

/** The name under which the deployment's configuration knows the cluster; none for the deployment's own. */
function readCluster(report: Report, map: MapNode): string | undefined {
  const node = member(map, 'cluster');
  if (!node) return undefined;
  const text = needText(report, node, 'cluster');
  if (text === undefined || /^[A-Za-z0-9-]{1,64}$/.test(text)) return text;
  return refuse(report, node, { rule: 'source', message: `${quoted(text)} is no cluster`, remedy: "letters, digits and '-', at most 64" });
}

/** Kafka's own rule for topics, and ours for sources: both are parts of a source id, which '/' separates. */
function readName(report: Report, map: MapNode, key: 'topic' | 'name'): string | undefined {
  const node = member(map, key);
  if (!node) return refuse(report, map, { rule: 'source', message: `expected '${key}' in firn.source, got none` });
  const text = needText(report, node, key);
  if (text === undefined) return undefined;
  if (/^[A-Za-z0-9._-]{1,249}$/.test(text) && text !== '.' && text !== '..') return text;
  return refuse(report, node, {
    rule: 'source',
    message: `${quoted(text)} is no ${key}`,
    remedy: "letters, digits, '.', '_' and '-', at most 249",
  });
}

function readGeneration(report: Report, map: MapNode): number | undefined {
  const node = member(map, 'generation');
  if (!node) return 1;
  const value = integerOf(node);
  if (value !== undefined && value >= 1 && value <= 1_000_000) return value;
  return refuse(report, node, { rule: 'source', message: `expected a generation from 1, got ${describeNode(node)}` });
}

function refuseUnsupported(report: Report, map: MapNode): void {
  const format = member(map, 'format');
  const word = format && needWord(report, format, { what: 'format', words: ['json', 'avro', 'protobuf', 'json-schema', 'bytes'] as const });
  if (format && word !== undefined && word !== 'json') {
    refuse(report, format, { rule: 'unsupported', message: `the format ${word} is not supported by this version`, remedy: 'only json is' });
  }
  const registry = member(map, 'registry');
  const kind = registry && needWord(report, registry, { what: 'registry', words: ['none', 'confluent', 'glue'] as const });
  if (registry && kind !== undefined && kind !== 'none') {
    refuse(report, registry, {
      rule: 'unsupported',
      message: `schema registries are not supported by this version`,
      remedy: 'remove registry',
    });
  }
  const key = member(map, 'key');
  if (key)
    refuse(report, key, { rule: 'unsupported', message: 'decoding of record keys is not supported by this version', remedy: 'remove key' });
}

const UNITS: Readonly<Record<string, number>> = { b: 1, kb: 1000, mb: 1_000_000, kib: 1024, mib: 1_048_576 };

function readMaxBytes(report: Report, node: DocNode | undefined): number | undefined {
  if (!node) return LIMITS.recordValueBytesDefault;
  const match = /^(\d{1,12}) ?(b|kb|mb|kib|mib)?$/i.exec(textOf(node) ?? '');
  const bytes = match ? Number(match[1]) * UNITS[(match[2] ?? 'b').toLowerCase()]! : integerOf(node);
  if (bytes !== undefined && bytes >= 1 && bytes <= LIMITS.recordValueBytesMax) return bytes;
  const message = `expected maxBytes from 1 to ${LIMITS.recordValueBytesMax} (16 MiB), got ${describeNode(node)}`;
  return refuse(report, node, { rule: 'source', message, remedy: 'a number of bytes, or text like 64 KiB or 1 MiB' });
}

function checkDistinct(report: Report, read: readonly ReadSource[]): void {
  const seen = new Set<string>();
  for (const { plan, place } of read) {
    const id = `${plan.name}/${plan.topic}`;
    if (seen.has(id))
      refuse(report, place, { rule: 'source', message: `the source ${id} is there twice`, remedy: 'give each source a name' });
    seen.add(id);
  }
}
