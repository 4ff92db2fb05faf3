// Ten tables that together show a slow judge as much as possible: every column type, transform, operation, format version and kind of
// delete that any of the tables has, by the largest gain first.
import { readFileSync } from 'node:fs';
import { gunzipSync } from 'node:zlib';

interface Metadata {
  readonly 'format-version': number;
  readonly 'current-schema-id': number;
  readonly 'current-snapshot-id'?: unknown;
  readonly schemas: readonly { readonly 'schema-id': number; readonly fields: readonly Field[] }[];
  readonly 'partition-specs': readonly { readonly fields: readonly { readonly transform: string }[] }[];
  readonly snapshots?: readonly { readonly 'snapshot-id': unknown; readonly summary?: Readonly<Record<string, string>> }[];
  readonly refs?: Readonly<Record<string, { readonly type: string }>>;
}
interface Field {
  readonly type: unknown;
}

/** What a table shows, as words. */
export function featuresOf(metadataFile: string): ReadonlySet<string> {
  const bytes = readFileSync(metadataFile.replace(/^file:\/\//, ''));
  const json = JSON.parse((bytes[0] === 0x1f ? gunzipSync(bytes) : bytes).toString('utf8')) as Metadata;
  const features = new Set<string>([`version ${json['format-version']}`]);
  const schema = json.schemas.find((one) => one['schema-id'] === json['current-schema-id']);
  for (const field of schema?.fields ?? []) for (const type of typesOf(field.type)) features.add(`type ${type}`);
  for (const spec of json['partition-specs'])
    for (const { transform } of spec.fields) features.add(`transform ${transform.replace(/\d+/, 'n')}`);
  if (json['partition-specs'].length > 1) features.add('several specs');
  if (json.schemas.length > 1) features.add('several schemas');
  for (const { summary } of json.snapshots ?? []) {
    features.add(`operation ${summary?.['operation']}`);
    for (const key of ['total-position-deletes', 'total-equality-deletes', 'added-dvs'])
      if (Number(summary?.[key] ?? 0) > 0) features.add(key);
  }
  for (const { type } of Object.values(json.refs ?? {})) features.add(`ref ${type}`);
  return features;
}

/** At most `count` names: greedily the table with the most features that none before it shows. */
export function chooseTables(tables: ReadonlyMap<string, ReadonlySet<string>>, count: number): readonly string[] {
  const chosen: string[] = [];
  const shown = new Set<string>();
  const left = new Map(tables);
  while (chosen.length < count && left.size > 0) {
    const gain = (features: ReadonlySet<string>) => [...features].filter((feature) => !shown.has(feature)).length;
    const [best] = [...left].sort(([a, x], [b, y]) => gain(y) - gain(x) || (a < b ? -1 : 1));
    chosen.push(best![0]);
    for (const feature of best![1]) shown.add(feature);
    left.delete(best![0]);
  }
  return chosen;
}

function typesOf(type: unknown): readonly string[] {
  if (typeof type === 'string') return [type.replace(/\d+/g, 'n')];
  const nested = type as Readonly<Record<string, unknown>>;
  const inner = [
    nested['element'],
    nested['key'],
    nested['value'],
    ...((nested['fields'] as readonly Field[] | undefined) ?? []).map((field) => field.type),
  ];
  return [String(nested['type']), ...inner.filter((one) => one !== undefined).flatMap(typesOf)];
}
