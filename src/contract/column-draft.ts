// A column before its field id and slot are known, and the Iceberg types made of drafts.
import type { CleanStep, Constraint, IcebergType, MessagePath, RulePolicy, TimeFormat } from './compiled.ts';
import { type Report, refuse } from './findings.ts';
import type { DocNode } from './nodes.ts';
import type { QualityScope } from './quality-rule.ts';

export interface ColumnDraft {
  readonly name: string;
  readonly dotted: string;
  readonly node: DocNode;
  /** Ids are 0. */
  readonly type: IcebergType;
  readonly isRequired: boolean;
  readonly doc: string | undefined;
  readonly paths: readonly MessagePath[];
  readonly clean: readonly CleanStep[];
  readonly timeFormats: readonly TimeFormat[];
  readonly required: RulePolicy | undefined;
  readonly typePolicy: RulePolicy;
  readonly constraints: readonly Constraint[];
  readonly children: readonly ColumnDraft[];
  readonly isJsonText: boolean;
  readonly isUnique: boolean;
  readonly partitionPosition: number | undefined;
}

export interface ColumnScope extends QualityScope {
  readonly formatVersion: 2 | 3;
  /** Columns so far, at every depth. */
  count: number;
}

export type Role = 'member' | 'element' | 'key' | 'value';
export interface Spot {
  readonly name: string;
  readonly dotted: string;
  readonly role: Role;
  readonly depth: number;
  readonly isRequiredByParent: boolean;
}

export interface Parts {
  readonly type: IcebergType;
  readonly children: readonly ColumnDraft[];
  readonly isJsonText: boolean;
}
/** The place of a node without its content. */
export function withoutContent(node: DocNode): DocNode {
  return { kind: 'map', line: node.line, column: node.column, path: node.path, entries: [] };
}

export function structParts(children: readonly ColumnDraft[]): Parts {
  return { type: { type: 'struct', fields: children.map(fieldOf) }, children, isJsonText: false };
}

/** The field of a draft, its id still 0. */
export function fieldOf(draft: ColumnDraft): {
  readonly id: 0;
  readonly name: string;
  readonly required: boolean;
  readonly type: IcebergType;
  readonly doc?: string;
} {
  const field = { id: 0, name: draft.name, required: draft.isRequired, type: draft.type } as const;
  return draft.doc === undefined ? field : { ...field, doc: draft.doc };
}

export function listParts(element: ColumnDraft): Parts {
  return {
    type: { type: 'list', 'element-id': 0, 'element-required': element.isRequired, element: element.type },
    children: [element],
    isJsonText: false,
  };
}

export function mapParts(
  report: Report,
  map: { readonly node: DocNode; readonly key: ColumnDraft; readonly value: ColumnDraft },
): Parts | undefined {
  const { node, key, value } = map;
  if (key.type !== 'string' || key.isJsonText) {
    return refuse(report, node, { rule: 'nested-type', message: 'expected string as the key of a map: keys of JSON objects are text' });
  }
  const type = { type: 'map', 'key-id': 0, key: key.type, 'value-id': 0, 'value-required': value.isRequired, value: value.type } as const;
  return { type, children: [key, value], isJsonText: false };
}
