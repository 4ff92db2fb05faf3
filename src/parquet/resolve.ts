// Finds the columns of a wanted schema in a file's schema: by field id at every level, never by name or place. What an optional field
// lacks is null, or its initial default; a required field that is missing refuses the file.
// Source: Iceberg specification, "Column Projection" and appendix A "Parquet"; parquet-format, LogicalTypes.md "Nested Types".
import type { Layout, Slot } from '../columns.ts';
import type { IcebergType } from '../contract/types.ts';
import { type Conversion, conversionOf } from './conversion.ts';
import type { FileFooter, FileNode } from './read-footer.ts';
import { expectFile } from './refuse.ts';
import { isStored } from './schema-plan.ts';

/** How a slot is filled. `definition`: level from which its value is there. */
export type ReadNode =
  | { readonly kind: 'missing'; readonly slot: number }
  | { readonly kind: 'leaf'; readonly slot: number; readonly leaf: number; readonly conversion: Conversion }
  | {
      readonly kind: 'struct';
      readonly slot: number;
      readonly definition: number;
      readonly witness: number;
      readonly children: readonly ReadNode[];
    }
  | {
      readonly kind: 'repeated';
      readonly slot: number;
      readonly definition: number;
      readonly witness: number;
      readonly children: readonly ReadNode[];
    };

/** Resolves all fields of a layout against the file. */
export function resolveColumns(layout: Layout, footer: FileFooter): ReadNode[] {
  const hasIds = footer.root.children.some((node) => node.element.field_id !== undefined);
  expectFile(hasIds || footer.root.children.length === 0, 'its columns have no field ids, and no name mapping of the table gives them any');
  return resolveFields(layout, layout.top, footer.root.children);
}

/** Leaves to decode: those asked for, and one witness for each struct or list. */
export function neededLeaves(nodes: readonly ReadNode[], into: Set<number> = new Set()): Set<number> {
  for (const node of nodes) {
    if (node.kind === 'leaf') into.add(node.leaf);
    if (node.kind !== 'struct' && node.kind !== 'repeated') continue;
    into.add(node.witness);
    neededLeaves(node.children, into);
  }
  return into;
}

function resolveFields(layout: Layout, slots: readonly number[], nodes: readonly FileNode[]): ReadNode[] {
  const byId = new Map<number, FileNode>();
  for (const node of nodes) {
    const id = node.element.field_id;
    if (id === undefined) continue;
    expectFile(!byId.has(id), `the field id ${id} is there twice`);
    byId.set(id, node);
  }
  return slots.map((slot) => resolveField(layout, layout.slots[slot]!, byId.get(layout.slots[slot]!.field.id)));
}

function resolveField(layout: Layout, slot: Slot, node: FileNode | undefined): ReadNode {
  const { field } = slot;
  if (!node || !isStored(field.type)) {
    const isNullable = !field.required || (field['initial-default'] ?? null) !== null;
    expectFile(isNullable, `the required field ${field.id} is missing`);
    return { kind: 'missing', slot: slot.slot };
  }
  expectFile(node.element.repetition_type !== 'REPEATED', `the field ${field.id} is a repeated field outside a list`);
  if (typeof field.type === 'string') {
    expectFile(node.children.length === 0, `the field ${field.id} is a group, expected ${field.type}`);
    return { kind: 'leaf', slot: slot.slot, leaf: node.leaf, conversion: conversionOf(field, node.element) };
  }
  expectFile(node.children.length > 0, `the field ${field.id} is no group, expected a ${field.type.type}`);
  if (field.type.type === 'struct') {
    const own = layout.slots.filter((inner) => inner.parent === slot.slot).map((inner) => inner.slot);
    const children = resolveFields(layout, own, node.children);
    return { kind: 'struct', slot: slot.slot, definition: node.definition, witness: witnessOf(children, node), children };
  }
  return resolveRepeated(slot, field.type, node);
}

function resolveRepeated(slot: Slot, type: IcebergType, node: FileNode): ReadNode {
  const [group] = node.children;
  const isMap = typeof type !== 'string' && type.type === 'map';
  expectFile(node.children.length === 1 && group!.element.repetition_type === 'REPEATED', `the field ${slot.field.id} repeats nothing`);
  const layout = slot.child!;
  const isTwoLevel = !isMap && isElementItself(group!, node);
  const members = isTwoLevel ? [group!] : group!.children;
  expectFile(members.length === layout.top.length, `the field ${slot.field.id} is not a list or map of three levels`);
  const children = layout.top.map((inner, i) => {
    const member = members[i]!;
    const id = member.element.field_id;
    // Some writers leave out the ids of elements, keys and values; their places are unambiguous.
    expectFile(id === undefined || id === layout.slots[inner]!.field.id, `the field ${slot.field.id} has an element of another id`);
    return resolveField(layout, layout.slots[inner]!, isTwoLevel ? asRequired(member) : member);
  });
  return { kind: 'repeated', slot: slot.slot, definition: node.definition, witness: witnessOf(children, node), children };
}

/** Lists of two levels, whose repeated node is the element: the rules of LogicalTypes.md, "Backward-compatibility rules". */
function isElementItself(group: FileNode, list: FileNode): boolean {
  const { name } = group.element;
  return group.children.length !== 1 || name === 'array' || name === `${list.element.name}_tuple`;
}

/** An element of a two-level list cannot be null. */
function asRequired(node: FileNode): FileNode {
  return { ...node, element: { ...node.element, repetition_type: 'REQUIRED' } };
}

/** A leaf below the node whose levels tell whether the node is there: one that is read anyway, else the first. */
function witnessOf(children: readonly ReadNode[], node: FileNode): number {
  for (const child of children) {
    if (child.kind === 'leaf') return child.leaf;
    if (child.kind !== 'missing') return child.witness;
  }
  return node.leaf;
}
