// Column statistics of a data file as its manifest entry carries them, by the table's metrics modes: none, counts, truncate(n),
// full. The first 100 columns have truncate(16) unless the table says otherwise; columns the table is sorted by always have
// bounds. Source: Iceberg specification, "Data File Fields"; MetricsConfig of iceberg-java; vectors `metrics`.
import type { CellValue, IcebergType, StructType } from '../contract/types.ts';
import type { LeafStats } from '../parquet/types.ts';
import { promotedCell } from './avro-cells.ts';
import { positiveInteger } from './commit-metadata.ts';
import { childFields, fieldsById, listFields } from './schema-fields.ts';
import { toSingleValue } from './single-value.ts';
import { isOrderPreserving, parseTransform } from './transforms.ts';
import { truncateBinaryLower, truncateBinaryUpper, truncateTextLower, truncateTextUpper } from './truncate-bounds.ts';
import type { DataFile, SortOrder } from './types.ts';

export interface MetricsRequest {
  readonly stats: readonly LeafStats[];
  /** The table schema (or the file's), with table ids. */
  readonly schema: StructType;
  readonly properties: Readonly<Record<string, string>>;
  readonly sortOrder?: SortOrder;
}

export type FileMetrics = Required<
  Pick<DataFile, 'columnSizes' | 'valueCounts' | 'nullValueCounts' | 'nanValueCounts' | 'lowerBounds' | 'upperBounds'>
>;

export type MetricsMode = { readonly kind: 'none' | 'counts' | 'full' } | { readonly kind: 'truncate'; readonly length: number };

const PREFIX = 'write.metadata.metrics.';
const DEFAULT_MODE: MetricsMode = { kind: 'truncate', length: 16 };
const INFERRED_COLUMNS_DEFAULT = 100;

/** The statistics of one file's leaves. */
export function metricsOf(request: MetricsRequest): FileMetrics {
  const { modes, types } = planMetrics(request);
  const metrics = {
    columnSizes: new Map<number, number>(),
    valueCounts: new Map<number, number>(),
    nullValueCounts: new Map<number, number>(),
    nanValueCounts: new Map<number, number>(),
    lowerBounds: new Map<number, Uint8Array>(),
    upperBounds: new Map<number, Uint8Array>(),
  };
  for (const leaf of request.stats) {
    metrics.columnSizes.set(leaf.fieldId, leaf.columnSizeBytes);
    const mode = modes(leaf.fieldId);
    if (mode.kind === 'none') continue;
    metrics.valueCounts.set(leaf.fieldId, leaf.valueCount);
    metrics.nullValueCounts.set(leaf.fieldId, leaf.nullCount);
    if (leaf.nanCount !== undefined) metrics.nanValueCounts.set(leaf.fieldId, leaf.nanCount);
    const type = types.get(leaf.fieldId)?.field.type;
    if (mode.kind === 'counts' || leaf.isRepeated || type === undefined) continue;
    const bounds = boundsOf(leaf, type, mode);
    if (bounds.lower) metrics.lowerBounds.set(leaf.fieldId, bounds.lower);
    if (bounds.upper) metrics.upperBounds.set(leaf.fieldId, bounds.upper);
  }
  return metrics;
}

interface MetricsPlan extends Omit<MetricsRequest, 'stats'> {
  readonly modes: (fieldId: number) => MetricsMode;
  readonly types: ReturnType<typeof fieldsById>;
}

/** By schema the plan last made: a landing writes file after file with the same settings. */
const plans = new WeakMap<StructType, MetricsPlan>();

function planMetrics({ schema, properties, sortOrder }: MetricsRequest): MetricsPlan {
  const known = plans.get(schema);
  if (known && known.properties === properties && known.sortOrder === sortOrder) return known;
  const settings = { schema, properties, ...(sortOrder ? { sortOrder } : {}) };
  const plan = { ...settings, modes: metricsModes(settings), types: fieldsById(schema) };
  plans.set(schema, plan);
  return plan;
}

/** The mode of every column id. */
export function metricsModes(request: Omit<MetricsRequest, 'stats'>): (fieldId: number) => MetricsMode {
  const { schema, properties } = request;
  const names = new Map(listFields(schema).map(({ field, name }) => [field.id, name]));
  const stated = properties[`${PREFIX}default`];
  const otherwise = parseMode(stated, DEFAULT_MODE);
  const inferred =
    stated === undefined
      ? inferredColumns(schema, positiveInteger(properties[`${PREFIX}max-inferred-column-defaults`], INFERRED_COLUMNS_DEFAULT))
      : undefined;
  const sorted = sortedColumns(request.sortOrder);
  const modes = new Map<number, MetricsMode>();
  const find = (fieldId: number): MetricsMode => {
    const own = properties[`${PREFIX}column.${names.get(fieldId)}`];
    const usual = inferred && !inferred.has(fieldId) ? ({ kind: 'none' } as const) : otherwise;
    const isWeak = usual.kind === 'none' || usual.kind === 'counts';
    return parseMode(own, sorted.has(fieldId) && isWeak ? DEFAULT_MODE : usual);
  };
  return (fieldId) => {
    let mode = modes.get(fieldId);
    if (!mode) modes.set(fieldId, (mode = find(fieldId)));
    return mode;
  };
}

function parseMode(text: string | undefined, otherwise: MetricsMode): MetricsMode {
  const lower = text?.toLowerCase();
  if (lower === 'none' || lower === 'counts' || lower === 'full') return { kind: lower };
  const length = Number(/^truncate\((\d+)\)$/.exec(lower ?? '')?.[1]);
  // Malformed text falls back, as in the reference implementation: a write must not fail for it.
  return Number.isSafeInteger(length) && length > 0 ? { kind: 'truncate', length } : otherwise;
}

/** The first columns of a wide table, level by level: a struct's own primitives before those inside it. */
function inferredColumns(schema: StructType, limit: number): ReadonlySet<number> | undefined {
  const counted = listFields(schema).filter(({ field }) => typeof field.type === 'string' || field.type.type === 'struct');
  if (counted.length <= limit) return undefined;
  const chosen = new Set<number>();
  const visit = (type: IcebergType) => {
    for (const field of childFields(type)) if (typeof field.type === 'string' && chosen.size < limit) chosen.add(field.id);
    for (const field of childFields(type)) if (chosen.size < limit) visit(field.type);
  };
  visit(schema);
  return chosen;
}

function sortedColumns(order: SortOrder | undefined): ReadonlySet<number> {
  const fields = order?.fields.filter((field) => isOrderPreserving(parseTransform(field.transform))) ?? [];
  return new Set(fields.map((field) => field['source-id']));
}

interface Bounds {
  readonly lower: Uint8Array | undefined;
  readonly upper: Uint8Array | undefined;
}

function boundsOf(leaf: LeafStats, type: IcebergType, mode: MetricsMode): Bounds {
  const lower = boundBytes(type, leaf.min);
  const upper = boundBytes(type, leaf.max);
  if (mode.kind !== 'truncate' || (type !== 'string' && type !== 'binary')) return { lower, upper };
  const [cutLower, cutUpper] = type === 'string' ? [truncateTextLower, truncateTextUpper] : [truncateBinaryLower, truncateBinaryUpper];
  return { lower: lower && cutLower(lower, mode.length), upper: upper && cutUpper(upper, mode.length) };
}

/** A file may be narrower than its column: ints landed into what another writer has made a long. */
function boundBytes(type: IcebergType, cell: CellValue | undefined): Uint8Array | undefined {
  const wide = promotedCell(type, cell ?? null);
  return wide === null ? undefined : toSingleValue(type, wide);
}
