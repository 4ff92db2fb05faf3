// The Parquet schema of a struct: the flattened schema elements with field ids on every level, the leaves with their maximum
// levels, and the tree the shredder walks. Lists and maps have three levels (`list.element`, `key_value.key|value`), ids on the
// element, key and value. Fields of type `unknown`, and groups that would hold nothing else, are left out.
// Source: Iceberg specification, appendix A "Parquet"; parquet-format, LogicalTypes.md "Nested Types".
import { type Layout, layoutOf, type Slot } from '../columns.ts';
import type { IcebergType, NestedField, PrimitiveType, StructType } from '../contract/types.ts';
import { assertInvariant } from '../errors.ts';
import { CONVERTED, type Logical, type PhysicalType, physicalOf } from './physical.ts';

export type Repetition = 'required' | 'optional' | 'repeated';

export interface SchemaElement {
  readonly name: string;
  readonly repetition?: Repetition;
  readonly fieldId?: number;
  readonly childCount?: number;
  readonly type?: PhysicalType;
  readonly logical?: Logical;
  readonly converted?: number;
}

/** One column of the file. */
export interface LeafPlan {
  readonly field: NestedField;
  readonly type: PrimitiveType;
  readonly physical: PhysicalType;
  /** Names from the top: path_in_schema. */
  readonly path: readonly string[];
  readonly pathBytes: readonly Uint8Array[];
  /** Iceberg's full name, as table properties name columns: `a.b`, `list.element`, `map.value`. */
  readonly name: string;
  readonly maxDefinition: number;
  readonly maxRepetition: number;
}

/** What the shredder walks: slots of a row space, with the nodes below each. */
export type ShredNode =
  | { readonly kind: 'leaf'; readonly slot: number; readonly required: boolean; readonly leaf: number }
  | { readonly kind: 'struct' | 'repeated'; readonly slot: number; readonly required: boolean; readonly children: readonly ShredNode[] };

export interface SchemaPlan {
  readonly layout: Layout;
  readonly elements: readonly SchemaElement[];
  readonly leaves: readonly LeafPlan[];
  readonly nodes: readonly ShredNode[];
}

interface Levels {
  readonly definition: number;
  readonly repetition: number;
  readonly path: readonly string[];
  readonly name: string;
}

/** Plans by schema: a landing writes file after file of the same one. */
const planned = new WeakMap<StructType, SchemaPlan>();

/** Plans the file's schema; the leaves are in file order (depth first). Made once for a schema. */
export function planSchema(struct: StructType): SchemaPlan {
  let plan = planned.get(struct);
  if (!plan) planned.set(struct, (plan = makePlan(struct)));
  return plan;
}

function makePlan(struct: StructType): SchemaPlan {
  const layout = layoutOf(struct);
  const elements: SchemaElement[] = [];
  const leaves: LeafPlan[] = [];
  const nodes = planFields({ layout, elements, leaves }, layout.top, { definition: 0, repetition: 0, path: [], name: '' });
  elements.unshift({ name: 'table', childCount: nodes.length });
  return { layout, elements, leaves, nodes };
}

/** Does the type hold anything a file can store? */
export function isStored(type: IcebergType): boolean {
  if (typeof type === 'string') return type !== 'unknown';
  if (type.type === 'struct') return type.fields.some((field) => isStored(field.type));
  return type.type === 'list' ? isStored(type.element) : isStored(type.key) && isStored(type.value);
}

interface Planning {
  readonly layout: Layout;
  readonly elements: SchemaElement[];
  readonly leaves: LeafPlan[];
}

function planFields(planning: Planning, slots: readonly number[], levels: Levels): ShredNode[] {
  return slots
    .map((slot) => planning.layout.slots[slot]!)
    .filter((slot) => isStored(slot.field.type))
    .map((slot) => planField(planning, slot, levels));
}

function planField(planning: Planning, slot: Slot, outer: Levels): ShredNode {
  const { field } = slot;
  const levels = {
    definition: outer.definition + (field.required ? 0 : 1),
    repetition: outer.repetition,
    path: [...outer.path, field.name],
    name: outer.name === '' ? field.name : `${outer.name}.${field.name}`,
  };
  // Levels are kept as bytes.
  assertInvariant(levels.definition < 250, 'a column nests less than 250 levels deep');
  const shared = { name: field.name, repetition: field.required ? 'required' : 'optional', fieldId: field.id } as const;
  const { type } = field;
  if (typeof type === 'string') return planLeaf(planning, slot, { type, levels, shared });
  if (type.type === 'struct') {
    const own = planning.layout.slots.filter((inner) => inner.parent === slot.slot).map((inner) => inner.slot);
    planning.elements.push({ ...shared, childCount: own.filter((inner) => isStored(planning.layout.slots[inner]!.field.type)).length });
    return { kind: 'struct', slot: slot.slot, required: field.required, children: planFields(planning, own, levels) };
  }
  return planRepeated(planning, slot, { levels, shared });
}

function planLeaf(
  planning: Planning,
  slot: Slot,
  parts: { readonly type: PrimitiveType; readonly levels: Levels; readonly shared: Omit<SchemaElement, 'type'> },
): ShredNode {
  const physical = physicalOf(parts.type);
  const leaf = planning.leaves.length;
  const { logical, converted } = physical;
  planning.elements.push({
    ...parts.shared,
    type: physical,
    ...(logical ? { logical } : {}),
    ...(converted === undefined ? {} : { converted }),
  });
  planning.leaves.push({
    field: slot.field,
    type: parts.type,
    physical,
    path: parts.levels.path,
    pathBytes: parts.levels.path.map((name) => Buffer.from(name, 'utf8')),
    name: parts.levels.name,
    maxDefinition: parts.levels.definition,
    maxRepetition: parts.levels.repetition,
  });
  return { kind: 'leaf', slot: slot.slot, required: slot.field.required, leaf };
}

function planRepeated(
  planning: Planning,
  slot: Slot,
  parts: { readonly levels: Levels; readonly shared: Omit<SchemaElement, 'type'> },
): ShredNode {
  const isList = slot.kind === 'list';
  const inner = isList ? 'list' : 'key_value';
  const child = slot.child!;
  planning.elements.push({
    ...parts.shared,
    childCount: 1,
    logical: { kind: isList ? 'list' : 'map' },
    converted: isList ? CONVERTED.list : CONVERTED.map,
  });
  planning.elements.push({ name: inner, repetition: 'repeated', childCount: child.top.length });
  const levels = {
    definition: parts.levels.definition + 1,
    repetition: parts.levels.repetition + 1,
    path: [...parts.levels.path, inner],
    name: parts.levels.name,
  };
  const children = planFields({ ...planning, layout: child }, child.top, levels);
  return { kind: 'repeated', slot: slot.slot, required: slot.field.required, children };
}
