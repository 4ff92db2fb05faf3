// Column drafts and field ids → ColumnPlans with slots: numbered in pre-order within a row space, a list or map opening a new one
// (the layout of column batches).

import type { ColumnDraft } from './column-draft.ts';
import type { ColumnPlan, NestedField } from './compiled.ts';
import type { StructType } from './types.ts';

/** Plans of the drafts, whose fields are the first of `struct`. */
export function columnPlans(drafts: readonly ColumnDraft[], struct: StructType): readonly ColumnPlan[] {
  return plansOf(drafts, struct.fields, { next: 0 });
}

interface RowSpace {
  next: number;
}

function plansOf(drafts: readonly ColumnDraft[], fields: readonly NestedField[], space: RowSpace): readonly ColumnPlan[] {
  return drafts.map((draft, i) => {
    const field = fields[i]!;
    const slot = space.next++;
    const children = childPlans(draft, field, space);
    const plan = {
      name: draft.dotted,
      slot,
      field,
      paths: draft.paths,
      clean: draft.clean,
      timeFormats: draft.timeFormats,
      required: draft.required,
      type: draft.typePolicy,
      constraints: draft.constraints,
      children,
      isJsonText: draft.isJsonText,
    };
    return draft.isUnique ? { ...plan, isUnique: true as const } : plan;
  });
}

function childPlans(draft: ColumnDraft, field: NestedField, space: RowSpace): readonly ColumnPlan[] {
  const { type } = field;
  if (typeof type === 'string') return [];
  switch (type.type) {
    case 'struct':
      return plansOf(draft.children, type.fields, space);
    case 'list': {
      const element = { id: type['element-id'], name: 'element', required: type['element-required'], type: type.element };
      return plansOf(draft.children, [element], { next: 0 });
    }
    case 'map': {
      const key = { id: type['key-id'], name: 'key', required: true, type: type.key };
      const value = { id: type['value-id'], name: 'value', required: type['value-required'], type: type.value };
      return plansOf(draft.children, [key, value], { next: 0 });
    }
  }
}

/** A field by its dotted name, through structs only, and its slot; undefined for members of lists and maps. */
export function findColumn(struct: StructType, dotted: string): { readonly field: NestedField; readonly slot: number } | undefined {
  const names = dotted.split('.');
  let fields = struct.fields;
  let slot = 0;
  for (const [depth, name] of names.entries()) {
    let found: NestedField | undefined;
    for (const field of fields) {
      if (field.name === name) {
        found = field;
        break;
      }
      slot += slotCount(field);
    }
    if (!found) return undefined;
    if (depth === names.length - 1) return { field: found, slot };
    if (typeof found.type === 'string' || found.type.type !== 'struct') return undefined;
    fields = found.type.fields;
    slot++;
  }
  return undefined;
}

/** Dotted names of every primitive column that is reachable through structs. */
export function primitiveColumns(struct: StructType, prefix = ''): readonly string[] {
  return struct.fields.flatMap((field) => {
    const dotted = `${prefix}${field.name}`;
    if (typeof field.type === 'string') return [dotted];
    return field.type.type === 'struct' ? primitiveColumns(field.type, `${dotted}.`) : [];
  });
}

/** Slots a field takes in its row space: its own and those of the structs nested in it. */
export function slotCount(field: NestedField): number {
  if (typeof field.type === 'string' || field.type.type !== 'struct') return 1;
  return field.type.fields.reduce((sum, child) => sum + slotCount(child), 1);
}
