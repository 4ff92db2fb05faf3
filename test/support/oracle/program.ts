// A small builder of TableProgram for tests: columns in a few words, slots and technical columns computed as the contract
// compiler does.
import { layoutOf } from '../../../src/columns.ts';
import { parseCel } from '../../../src/contract/cel/parse.ts';
import type {
  CleanStep,
  ColumnPlan,
  CompiledTable,
  Constraint,
  OnFailure,
  RowRule,
  RuleMode,
  TableProgram,
  TimeFormat,
  UndeclaredMode,
  VariantPlan,
} from '../../../src/contract/compiled.ts';
import type { IcebergType, NestedField, PrimitiveType, StructType } from '../../../src/contract/types.ts';

type Distribute<T> = T extends unknown ? Omit<T, 'rule' | 'onFailure' | 'mode'> : never;
export type ConstraintSpec = Distribute<Constraint> & { readonly rule?: string; readonly onFailure?: OnFailure; readonly mode?: RuleMode };

export interface ColumnSpec {
  readonly name: string;
  readonly type: PrimitiveType | 'json' | 'struct' | 'list' | 'map';
  readonly paths?: readonly (readonly string[])[];
  readonly clean?: readonly CleanStep[];
  readonly formats?: readonly TimeFormat[];
  readonly required?: boolean;
  readonly requiredPolicy?: OnFailure;
  readonly onType?: OnFailure;
  readonly typeMode?: RuleMode;
  readonly constraints?: readonly ConstraintSpec[];
  /** Members of a struct; [element]; [key, value]. */
  readonly children?: readonly ColumnSpec[];
}

export interface ProgramSpec {
  readonly columns: readonly ColumnSpec[];
  readonly variants?: readonly VariantPlan[];
  readonly rules?: readonly { readonly rule: string; readonly source: string; readonly onFailure?: OnFailure; readonly mode?: RuleMode }[];
  readonly filter?: string;
  readonly eventTime?: { readonly column: string; readonly maxAheadMs: number | null; readonly maxBehindMs: number | null };
  readonly undeclared?: UndeclaredMode;
  readonly maxBytes?: number;
  readonly tombstones?: 'filter' | 'quarantine';
}

export function tableOf(spec: ProgramSpec): CompiledTable {
  return {
    schemaObject: 'test',
    identifier: { namespace: 'test', name: 'test' },
    program: programOf(spec),
    partition: [],
    sort: [],
    formatVersion: 2,
    properties: {},
  };
}

function programOf(spec: ProgramSpec): TableProgram {
  const ids = { next: 1 };
  const undeclared = spec.undeclared ?? 'capture';
  const contract = spec.columns.map((column) => fieldOf(column, ids));
  const technical: [string, PrimitiveType, boolean][] = [
    ...(undeclared === 'capture' ? ([['undeclared', 'string', false]] as [string, PrimitiveType, boolean][]) : []),
    ['source_id', 'string', true],
    ['kafka_partition', 'int', true],
    ['kafka_offset', 'long', true],
    ['kafka_timestamp', 'timestamptz', true],
    ['kafka_topic', 'string', true],
    ['ingested_at', 'timestamptz', true],
  ];
  const struct: StructType = {
    type: 'struct',
    fields: [...contract, ...technical.map(([name, type, required]) => ({ id: ids.next++, name, type, required }))],
  };
  const layout = layoutOf(struct);
  const slotOf = (name: string) => {
    const found = layout.top.find((slot) => layout.slots[slot]!.field.name === name);
    if (found === undefined) throw new Error(`no column ${name}`);
    return found;
  };
  return {
    struct,
    columns: spec.columns.map((column) => planOf(column, { struct, prefix: '', slot: slotOf(column.name) })),
    variants: spec.variants ?? [],
    rules: (spec.rules ?? []).map(ruleOf),
    filter: spec.filter === undefined ? undefined : { source: spec.filter, expr: celOf(spec.filter) },
    eventTime: spec.eventTime && {
      ...spec.eventTime,
      slot: slotOf(spec.eventTime.column),
      ahead: { rule: 'event-time-ahead', onFailure: 'quarantine', mode: 'enforce' },
      behind: { rule: 'event-time-behind', onFailure: 'quarantine', mode: 'enforce' },
    },
    undeclared,
    maxBytes: spec.maxBytes ?? 1024 * 1024,
    tombstones: spec.tombstones ?? 'filter',
    technical: {
      undeclared: undeclared === 'capture' ? slotOf('undeclared') : undefined,
      sourceId: slotOf('source_id'),
      kafkaPartition: slotOf('kafka_partition'),
      kafkaOffset: slotOf('kafka_offset'),
      kafkaTimestamp: slotOf('kafka_timestamp'),
      kafkaTopic: slotOf('kafka_topic'),
      ingestedAt: slotOf('ingested_at'),
    },
  };
}

export function celOf(source: string): RowRule['expr'] {
  const parsed = parseCel(source);
  if (!parsed.ok) throw new Error(`${source}: ${parsed.message}`);
  return parsed.expr;
}

function ruleOf(rule: NonNullable<ProgramSpec['rules']>[number]): RowRule {
  return {
    rule: rule.rule,
    source: rule.source,
    expr: celOf(rule.source),
    onFailure: rule.onFailure ?? 'quarantine',
    mode: rule.mode ?? 'enforce',
  };
}

function fieldOf(column: ColumnSpec, ids: { next: number }): NestedField {
  const id = ids.next++;
  return { id, name: column.name, required: column.required === true && isHard(column), type: typeOf(column, ids) };
}

function isHard(column: ColumnSpec): boolean {
  return column.requiredPolicy === undefined || ['quarantine', 'drop', 'park'].includes(column.requiredPolicy);
}

function typeOf(column: ColumnSpec, ids: { next: number }): IcebergType {
  const children = column.children ?? [];
  switch (column.type) {
    case 'json':
      return 'string';
    case 'struct':
      return { type: 'struct', fields: children.map((child) => fieldOf(child, ids)) };
    case 'list': {
      const element = fieldOf(children[0]!, ids);
      return { type: 'list', 'element-id': element.id, 'element-required': element.required, element: element.type };
    }
    case 'map': {
      const [key, value] = children.map((child) => fieldOf(child, ids)) as [NestedField, NestedField];
      return { type: 'map', 'key-id': key.id, key: key.type, 'value-id': value.id, 'value-required': value.required, value: value.type };
    }
    default:
      return column.type;
  }
}

interface Place {
  readonly struct: StructType;
  readonly prefix: string;
  readonly slot: number;
}

function planOf(column: ColumnSpec, place: Place): ColumnPlan {
  const layout = layoutOf(place.struct);
  const slot = layout.slots[place.slot]!;
  const name = place.prefix + column.name;
  const isEntry = place.prefix !== '' && ['element', 'key', 'value'].includes(column.name);
  return {
    name,
    slot: place.slot,
    field: slot.field,
    paths: column.paths ?? (isEntry ? [[]] : [[column.name]]),
    clean: column.clean ?? [],
    timeFormats: column.formats ?? [],
    required: column.required ? { rule: 'required', onFailure: column.requiredPolicy ?? 'quarantine', mode: 'enforce' } : undefined,
    type: { rule: 'type', onFailure: column.onType ?? 'quarantine', mode: column.typeMode ?? 'enforce' },
    constraints: (column.constraints ?? []).map((constraint) => ({
      ...constraint,
      rule: constraint.rule ?? constraint.kind,
      onFailure: constraint.onFailure ?? 'quarantine',
      mode: constraint.mode ?? 'enforce',
    })),
    children: childPlans(column, place, name),
    isJsonText: column.type === 'json',
  };
}

function childPlans(column: ColumnSpec, place: Place, name: string): ColumnPlan[] {
  const layout = layoutOf(place.struct);
  const children = column.children ?? [];
  if (column.type === 'struct') {
    let at = place.slot + 1;
    return children.map((child) => {
      const plan = planOf(child, { struct: place.struct, prefix: `${name}.`, slot: at });
      at = layout.slots[at]!.end;
      return plan;
    });
  }
  const child = layout.slots[place.slot]!.child;
  if (!child) return [];
  return children.map((each, i) => planOf(each, { struct: child.struct, prefix: `${name}.`, slot: child.top[i]! }));
}
